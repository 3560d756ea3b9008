"""A client with an independent clock for each chunk: it is sent when it is due, whatever has become of the last one.

Arguments: sessions, chunks of each, bytes of a chunk, seconds between chunks, the server's URL. Prints the times from
due to acknowledged, in seconds, as JSON. A session's requests follow each other on one connection (HTTP pipelining).
"""

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

import httptools
import httpx

from harness.client.requests import Requests
from harness.contract.messages import API_KEY_HEADER, START_PATH
from harness.contract.profile import Profile
from harness.sandbox.settings import DEFAULT_KEY
from harness.scenario.plan import Push

REQUESTS = Requests(DEFAULT_KEY, Profile())


class Replies(asyncio.Protocol):
    """Takes the time of each reply, so many of them."""

    def __init__(self, expected):
        self._parser = httptools.HttpResponseParser(self)
        self._expected = expected
        self.times = []
        self.over = asyncio.get_running_loop().create_future()

    def data_received(self, data):
        self._parser.feed_data(data)

    def on_message_complete(self):
        if self._parser.get_status_code() != 200:
            self.over.set_exception(RuntimeError("a chunk was refused: what is measured would be something else"))
        self.times.append(time.monotonic())
        if len(self.times) == self._expected:
            self.over.set_result(None)


def written(target, seq, size):
    """A request as bytes."""
    request = REQUESTS.chunk(target, Push(seq=seq, begin=0, end=size), memoryview(bytes(size)))
    body = b"".join(request.body)
    fields = "".join(f"{name}: {value}\r\n" for name, value in request.headers)
    return f"POST {target} HTTP/1.1\r\nHost: bench\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def session(url, target, size, due):
    """The times of one, whose chunks are due at these moments."""
    place = urlsplit(url)
    loop = asyncio.get_running_loop()
    transport, replies = await loop.create_connection(lambda: Replies(len(due)), place.hostname, place.port)
    for seq, moment in enumerate(due):
        await asyncio.sleep(moment - time.monotonic())
        transport.write(written(target, seq, size))
    await replies.over
    transport.close()
    return [at - moment for at, moment in zip(replies.times, due, strict=True)]


async def main(sessions, chunks, size, every, url):
    async with httpx.AsyncClient(base_url=url, headers={API_KEY_HEADER: DEFAULT_KEY}) as client:
        started = [(await client.post(START_PATH, json={})).json()["chunk_endpoint"] for _ in range(sessions)]
    begin = time.monotonic()
    due = [[begin + every * (seq + n / sessions) for seq in range(1, chunks + 1)] for n in range(sessions)]
    taken = await asyncio.gather(*(session(url, target, size, due[n]) for n, target in enumerate(started)))
    sys.stdout.write(json.dumps([seconds for each in taken for seconds in each]))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:4]), float(sys.argv[4]), sys.argv[5]))
