"""A load generator that uploads chunks by one client library, in a monkey-patched process of its own.

Arguments: the client's name, and the server's URL. For each line on its standard input it uploads a batch, with
several sessions at once, and prints the CPU time of a chunk in microseconds.
"""

import sys
import time
from urllib.parse import urlsplit

import gevent
import httpx
import msgspec
from geventhttpclient import HTTPClient
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook

from harness.client.clock import SystemClock
from harness.client.http1 import Http1
from harness.client.requests import Requests
from harness.contract.messages import API_KEY_HEADER, START_PATH
from harness.contract.profile import Profile
from harness.sandbox.settings import DEFAULT_KEY
from harness.scenario.plan import Push

AUDIO = bytes(64 * 1024)  # no WAV: the server hears nothing in it, and there are no events
SESSIONS = 20
CHUNKS = 25  # of each session, in a batch
REQUESTS = Requests(DEFAULT_KEY, Profile())
HEADERS = {API_KEY_HEADER: DEFAULT_KEY}


def asked(target, seq):
    return REQUESTS.chunk(target, Push(seq=seq, begin=0, end=len(AUDIO)), memoryview(AUDIO))


def over_http1(url, target):
    """The harness's own, without the driver, the log and the judge around it."""
    clock = SystemClock()
    transport = Http1(url, clock).connect()

    def upload(seq):
        reply = transport.send(asked(target, seq), clock.now() + 60.0)
        return reply.status, reply.body

    return upload


def over_geventhttpclient(url, target):
    """At its best: the form comes ready-made, and only has to be joined."""
    client = HTTPClient.from_url(url)

    def upload(seq):
        request = asked(target, seq)
        response = client.request("POST", target, b"".join(request.body), dict(request.headers))
        return response.status_code, response.read()

    return upload


def form(seq):
    """As Recipe 2 has it."""
    return {
        "data": {"chunk_seq": str(seq)},
        "files": {"chunk": (f"chunk-{seq}.bin", AUDIO, "application/octet-stream")},
        "headers": HEADERS,
    }


def over_fasthttp(url, target):
    """As users of Locust write it: the form is made by the session. No statistics listen."""
    session = FastHttpSession(url, EventHook(), None)

    def upload(seq):
        response = session.post(target, **form(seq))
        return response.status_code, response.content

    return upload


def over_httpx(url, target):
    client = httpx.Client(base_url=url)

    def upload(seq):
        response = client.post(target, **form(seq))
        return response.status_code, response.content

    return upload


CLIENTS = {
    "http1": over_http1,
    "geventhttpclient": over_geventhttpclient,
    "fasthttp": over_fasthttp,
    "httpx": over_httpx,
}


def received(upload, first):
    """Upload the chunks of a batch; return what the server has counted."""
    for seq in range(first, first + CHUNKS):
        status, ack = upload(seq)
        if status != 200:
            raise RuntimeError(f"the server answered {status}: what is measured would be something else")
    return msgspec.json.decode(ack)["received_bytes"]


def main(client, url):
    started = [httpx.post(url + START_PATH, json={}, headers=HEADERS).json() for _ in range(SESSIONS)]
    sessions = [CLIENTS[client](url, urlsplit(each["chunk_endpoint"]).path) for each in started]
    for batch, _ in enumerate(sys.stdin):
        begin = time.process_time()
        users = [gevent.spawn(received, upload, batch * CHUNKS) for upload in sessions]
        gevent.joinall(users, raise_error=True)
        spent = time.process_time() - begin
        if {user.value for user in users} != {(batch + 1) * CHUNKS * len(AUDIO)}:
            raise RuntimeError("the server did not get all of the audio: what is measured would be something else")
        sys.stdout.write(f"{spent / (SESSIONS * CHUNKS) * 1e6}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
