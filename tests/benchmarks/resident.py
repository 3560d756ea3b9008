"""Open sessions that are idle, in a monkey-patched process of its own: what one of them occupies.

Arguments: the client's name, and the server's port. Prints by how much the resident set grows with a session, in KiB.
"""

import gc
import sys
from functools import partial
from threading import Semaphore

import gevent
import msgspec
import psutil
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook

from harness.client.clock import SystemClock
from harness.client.deployment import Deployment
from harness.client.http1 import Http1
from harness.client.session import open_session
from harness.contract.messages import API_KEY_HEADER, START_PATH
from harness.history.observations import Returned
from harness.oracle.judge import Judge
from harness.sandbox.settings import DEFAULT_KEY
from harness.scenario.call import Call
from harness.scenario.loader import find
from harness.scenario.plan import Silence
from harness.scenario.planner import plan

WARM_UP = 50
SESSIONS = 500
IDLE = 300.0  # seconds: longer than everything here takes
AUDIO = bytes(64 * 1024)


def harness(url, is_idle):
    """A shipped call that falls silent after its first chunk: driver, judge and transport."""
    clock, call = SystemClock(), find("plain", Call)
    http = Http1(url, clock)
    sut = Deployment(url, "", DEFAULT_KEY)

    def session(seed):
        planned = plan(call, seed)
        start, attach, push, *rest = planned.actions
        push = msgspec.structs.replace(push, at=None)  # at once, and not when it has been spoken
        planned = msgspec.structs.replace(planned, actions=(start, attach, push, Silence(seconds=IDLE), *rest))
        judge = Judge(sut.profile)

        def watch(observation):
            if isinstance(observation, Returned) and observation.n == 3:  # the chunk's
                is_idle.release()

        takers = [judge.observe, watch]
        open_session(planned, sut, http.connect(), clock, takers, label=f"plain-{seed}").perform()

    return session


def fasthttp(url, is_idle, *, forgets):
    """The same session by hand, as a Locust user would hold it: nothing is checked.

    Recipe 2 keeps the last chunk and its response in variables; a user that `forgets` them is the best there can be.
    """
    headers = {API_KEY_HEADER: DEFAULT_KEY}

    def read(client, target):
        for _ in client.iter_lines(target, headers=headers):
            pass

    def session(_):
        client = FastHttpSession(url, EventHook(), None)
        started = client.post(START_PATH, json={"filename": "live.wav", "goal": ""}, headers=headers).json()
        gevent.spawn(read, client, started["events_endpoint"])
        data = bytes(memoryview(AUDIO))
        files = {"chunk": ("chunk-0.bin", data, "application/octet-stream")}
        response = client.post(started["chunk_endpoint"], data={"chunk_seq": "0"}, files=files, headers=headers)
        response.raise_for_status()
        if forgets:
            del data, files, response
        is_idle.release()
        gevent.sleep(IDLE)

    return session


CLIENTS = {
    "harness": harness,
    "fasthttp": partial(fasthttp, forgets=False),
    "fasthttp-forgets": partial(fasthttp, forgets=True),
}


def main(client, port):
    is_idle = Semaphore(0)
    session = CLIENTS[client](f"http://127.0.0.1:{port}", is_idle)
    resident = []
    for count in (WARM_UP, SESSIONS):
        for seed in range(count):  # one after another, so that no moment needs more than what stays
            gevent.spawn(session, seed)
            is_idle.acquire()
        gc.collect()
        resident.append(psutil.Process().memory_info().rss)
    sys.stdout.write(f"{(resident[1] - resident[0]) / SESSIONS / 1024}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
