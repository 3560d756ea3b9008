"""Live sessions as people write them with plain Locust, after the document's recipes: nothing is checked."""

import io
import json
import os
import wave

import gevent
from locust import FastHttpUser, task

PERIOD = float(os.environ["PLAIN_PERIOD"])  # seconds
CHUNKS = int(os.environ["PLAIN_CHUNKS"])
SIZE = int(os.environ["PLAIN_SIZE"])
HEADERS = {"X-API-Key": os.environ["LIVE_API_KEY"]}


def audio():
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(bytes(SIZE * CHUNKS - 44))
    return file.getvalue()


AUDIO = audio()


class Caller(FastHttpUser):
    """One session after another."""

    @task
    def call(self):
        """Recipes 1 to 3."""
        body = {"filename": "live.wav", "goal": "Coach for confidence"}
        started = self.client.post("/analyze/live/start", json=body, headers=HEADERS, name="start").json()
        reader = gevent.spawn(self.read, started["events_endpoint"])
        for seq in range(CHUNKS):
            gevent.sleep(PERIOD)
            data = AUDIO[seq * SIZE : (seq + 1) * SIZE]
            files = {"chunk": (f"chunk-{seq}.bin", data, "application/octet-stream")}
            form = {"chunk_seq": str(seq)}
            self.client.post(started["chunk_endpoint"], data=form, files=files, headers=HEADERS, name="chunk")
        self.client.post(started["control_endpoint"], json={"action": "finalize"}, headers=HEADERS, name="finalize")
        reader.join()

    def read(self, target):
        """Recipe 1's loop over the stream."""
        name, buffer = None, []
        for line in self.client.iter_lines(target, headers=HEADERS | {"Accept": "text/event-stream"}, name="events"):
            if not line:
                if buffer:
                    self.told = name, json.loads("".join(buffer))
                    buffer.clear()
            elif line.startswith("event:"):
                name = line.split("event:", 1)[1].strip()
            elif line.startswith("data:"):
                buffer.append(line.split("data:", 1)[1].strip())
