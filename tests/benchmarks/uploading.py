"""A load generator that uploads chunks by one client library, in a monkey-patched process of its own.

Arguments: the client's name, and the server's port. For each line on its standard input it uploads a batch, with
several sessions at once, and prints the CPU time of a chunk in microseconds.
"""

import socket
import sys
import time
from functools import partial

import gevent
import msgspec
from geventhttpclient import HTTPClient
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook

from harness.client.clock import SystemClock
from harness.client.http1 import Http1
from harness.client.over_httpx import OverHttpx
from harness.client.requests import Requests
from harness.contract.messages import API_KEY_HEADER
from harness.contract.profile import Profile
from harness.sandbox.settings import DEFAULT_KEY
from harness.scenario.plan import Push

AUDIO = bytes(64 * 1024)
SESSIONS = 20
CHUNKS = 25  # of each session, in a batch
REQUESTS = Requests(DEFAULT_KEY, Profile())


def asked(target, seq):
    return REQUESTS.chunk(target, Push(seq=seq, begin=0, end=len(AUDIO)), memoryview(AUDIO))


def over_transport(factory, url, target):
    """The harness's own, without the driver, the log and the judge around it."""
    clock = SystemClock()
    transport = factory(url, clock).connect()

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


def over_fasthttp(url, target):
    """As users of Locust write it: the form is made by the session. No statistics listen."""
    session = FastHttpSession(url, EventHook(), None)

    def upload(seq):
        files = {"chunk": (f"chunk-{seq}.bin", AUDIO, "application/octet-stream")}
        form = {"chunk_seq": str(seq)}
        response = session.post(target, data=form, files=files, headers={API_KEY_HEADER: DEFAULT_KEY})
        return response.status_code, response.content

    return upload


def over_bare_socket(url, target):
    """The floor: bytes made beforehand, and a reply that is taken for granted."""
    host, _, port = url.removeprefix("http://").partition(":")
    sock = socket.create_connection((host, int(port)))
    form = b"".join(asked(target, 0).body)
    data = f"POST {target} HTTP/1.1\r\nContent-Length: {len(form)}\r\n\r\n".encode() + form

    def upload(seq):
        sock.sendall(data)
        return 200, sock.recv(65536).partition(b"\r\n\r\n")[2]

    return upload


CLIENTS = {
    "bare-socket": over_bare_socket,
    "http1": partial(over_transport, Http1),
    "geventhttpclient": over_geventhttpclient,
    "fasthttp": over_fasthttp,
    "over-httpx": partial(over_transport, OverHttpx),
}


def received(upload):
    """Upload the chunks of a batch; return what the server has counted."""
    for seq in range(CHUNKS):
        status, ack = upload(seq)
        if status != 200:
            raise RuntimeError(f"the server answered {status}: what is measured would be something else")
    return msgspec.json.decode(ack)["received_bytes"]


def main(client, port):
    url = f"http://127.0.0.1:{port}"
    sessions = [CLIENTS[client](url, f"/analyze/live/{client}-{n}/chunk") for n in range(SESSIONS)]
    for batch, _ in enumerate(sys.stdin, start=1):
        begin = time.process_time()
        users = [gevent.spawn(received, upload) for upload in sessions]
        gevent.joinall(users, raise_error=True)
        spent = time.process_time() - begin
        if {user.value for user in users} != {batch * CHUNKS * len(AUDIO)}:
            raise RuntimeError("the server did not get all of the audio: what is measured would be something else")
        sys.stdout.write(f"{spent / (SESSIONS * CHUNKS) * 1e6}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
