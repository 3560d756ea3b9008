"""The sessions of the benchmarks' server: what the document asks for, and no more work than that.

The audio is 16-bit WAV, and nobody listens to it: by the bytes received, somebody has spoken in each `PERIOD`, and a
transcript, an emotion and a cognitive event say so, each in a write of its own. At 16 kHz and 64 KiB that is 1.5 events
a chunk. No clock and no socket here: `later(seconds, do)`, the `analysts` and the consumer's `write` are given.
"""

import math
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial

import msgspec

PERIOD = 4.096  # seconds of audio: two chunks
BEGIN, END = 0.3, 3.6  # when somebody speaks in it
APART = 0.1  # seconds between the events of an utterance: each agent takes its own time
SHORTEST = 0.5  # seconds of audio that are an utterance, after the last whole period
LIFE = timedelta(hours=1)  # longer than any benchmark: nothing expires here
HEAD = 1024  # bytes of a form within which its audio has begun, and the WAV header is over
FORM = re.compile(
    rb'--([^\r]+)\r\n[^\r]*name="chunk_seq"(?:\r\n[^\r]+)*\r\n\r\n(\d+)\r\n--\1\r\n(?:[^\r]*name="chunk"[^\r]*)\r\n'
    rb"(?:[^\r]+\r\n)*\r\n"
)
SAID = "and so we said that it would be better for all of us to look at the figures again before we decide"
EMOTIONS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """A request is turned down: the status, and the reason in words."""


class Session:
    """One session."""

    def __init__(self, number, later, hold, analysts, over, *, listens):
        """`hold`: seconds from a chunk to the transcript that it completes. `listens`: whether anybody is heard.

        `analysts` (see `workers`) hear each chunk before that; `over` is called when the session is.
        """
        self.id = str(number)
        self.received = 0
        self.following = 0  # the number of the next chunk
        self._later, self._hold, self._analysts, self._over, self._listens = later, hold, analysts, over, listens
        self._state = "ingesting"
        self._rate = math.inf  # bytes of audio a second, until a WAV header says otherwise
        self._told = self._events = 0
        self._write, self._missed = None, []
        self._emit("status", b'{"phase":"ingesting","progress":0.0}')

    @property
    def is_attached(self):
        """Whether it has its consumer."""
        return self._write is not None

    def started(self):
        """What Recipe 1 reads."""
        urls = {f"{name}_endpoint": f"/analyze/live/{self.id}/{name}" for name in ("chunk", "events", "control")}
        return {"session_id": self.id, "expires_at": _expires_at(), **urls}

    def attach(self, write):
        """One consumer; what it has missed so far is returned. An empty write ends the stream."""
        if self._write is not None:
            raise Refused(409, "the session has its one consumer already")
        self._write = write
        missed, self._missed = self._missed, []
        return missed

    def detach(self):
        """The consumer has gone."""
        self._write = None

    def chunk(self, head, size):
        """Take in a form of so many bytes; `head` is its beginning, and the audio its last part."""
        if self._state != "ingesting":
            raise Refused(409, f"the session is {self._state}: this chunk comes too late")
        form = FORM.match(head)
        if form is None:
            raise Refused(400, "expected a form with the field chunk_seq and then the file chunk")
        seq, begin = int(form[2]), form.end()
        if seq == self.following:
            if seq == 0 and self._listens and head.startswith(b"RIFF", begin):
                self._rate = int.from_bytes(head[begin + 28 : begin + 32], "little")
            self.following += 1
            self.received += size - begin - len(b"\r\n--%b--\r\n" % form[1])
            self._analysts.take(partial(self._heard, self.received))
        elif seq != self.following - 1:  # "Retries should resend the same chunk_seq"
            raise Refused(409, f"chunk_seq {self.following} comes next, got {seq}")
        return {"session_id": self.id, "chunk_seq": seq, "received_bytes": self.received}

    def control(self, action, reason):
        """Finalize, cancel or keepalive."""
        takers = {"finalize": self._finalize, "cancel": partial(self._cancel, reason), "keepalive": lambda: None}
        if action not in takers:
            raise Refused(400, f"unknown action {action!r}")
        if self._state != "ingesting" and (action, self._state) not in {
            ("finalize", "processing"),
            ("cancel", "processing"),
            ("cancel", "cancelled"),
        }:
            raise Refused(409, f"the session is {self._state}: no {action} any more")
        takers[action]()
        return {"session_id": self.id, "action": action, "state": self._state, "expires_at": _expires_at()}

    def _finalize(self):
        if self._state == "processing":
            return
        self._state = "processing"
        self._emit("status", b'{"phase":"processing","progress":0.95}')
        self._analysts.behind(self._drain)

    def _drain(self):
        end = self.received / self._rate - 0.05
        if end - self._told * PERIOD - BEGIN >= SHORTEST:
            self._spoken(end)
        self._later(self._hold + 3 * APART, self._complete)  # when the last agent has finished

    def _complete(self):
        if self._state != "processing":
            return
        self._state = "completed"
        if self._told:
            self._emit("summary_update", b'{"summary":"Two people spoke.","utterances":%d}' % self._told)
        self._emit("status", b'{"phase":"completed","progress":1.0}')
        self._emit("done", _done() % {b"id": self.id.encode()})
        self._put(b"")
        self._over()

    def _cancel(self, reason):
        if self._state == "cancelled":
            return
        self._state = "cancelled"
        self._emit("error", msgspec.json.encode({"code": "cancelled", "message": reason or "cancelled by the client"}))
        self._put(b"")
        self._over()

    def _heard(self, received):
        while received >= self._rate * (self._told * PERIOD + END):
            self._spoken(self._told * PERIOD + END)

    def _spoken(self, end):
        about = _results(self._told, round(end, 3))
        self._told += 1
        for n, (name, data) in enumerate(about):
            self._later(self._hold + n * APART, partial(self._result, name, data))

    def _result(self, name, data):
        if self._state in {"ingesting", "processing"}:
            self._emit(name, data % {b"id": self.id.encode()})

    def _emit(self, name, data):
        self._events += 1
        self._put(b"id: %d\nevent: %b\ndata: %b\n\n" % (self._events, name.encode(), data))

    def _put(self, frame):
        if self._write is None:
            self._missed.append(frame)
        else:
            self._write(frame)


def _expires_at():
    return (datetime.now(UTC) + LIFE).isoformat()


@lru_cache(maxsize=4096)
def _results(number, end):
    """The events of an utterance, by name: about 300 bytes each. The session's id is left to be filled in."""
    belongs = {"utterance_id": f"%(id)b-u{number}"}
    said = SAID[number % 11 : 70 + number % 23]
    events = {
        "final_transcript": {
            "speaker": "AB"[number % 2],
            "text": f"{number}: {said}, {said}",
            "start": round(number * PERIOD + BEGIN, 3),
            "end": end,
            "confidence": 0.97,
        },
        "emotion": {
            "pleasure": 0.25,
            "arousal": -0.125,
            "dominance": 0.5,
            "distribution": dict.fromkeys(EMOTIONS, 0.125) | {"neutral": 0.25},
        },
        "cognitive": {"engagement": 0.75, "focus": 0.5, "load": 0.25, "rationale": f"It was said {said}, {said}."},
    }
    return tuple((name, msgspec.json.encode(belongs | event)) for name, event in events.items())


@lru_cache(maxsize=1)
def _done():
    artifacts = {name: f"/analyze/live/%(id)b/artifacts/{name}" for name in ("timeline", "summary", "segmentation")}
    return msgspec.json.encode({"conversation_id": "conversation-%(id)b", "artifacts": artifacts})
