"""The benchmarks' server keeps the document, and its knobs do what they say.

The figures of a harness that had to complain all the time would be others, and what is known of a server is worth as
much as its knobs.
"""

import asyncio
import heapq
import importlib
import io
import itertools
import sys
import time
import wave
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import httpx
import msgspec
import pytest

from harness.client.clock import SystemClock
from harness.client.deployment import Deployment
from harness.client.http1 import Http1
from harness.client.session import open_session
from harness.contract.messages import API_KEY_HEADER, START_PATH
from harness.oracle.judge import Judge
from harness.oracle.verdicts import Verdict
from harness.sandbox.settings import DEFAULT_KEY
from harness.scenario.call import Call, Pace, Probe
from harness.scenario.loader import find
from harness.scenario.planner import plan

pytest.importorskip("uvloop", reason="it is under the benchmarks' server, and not for Windows")

PROBES = ("cancel", "counting", "gap", "in-turn", "retry", "second-consumer", "unknown-action", "wav", "whole-call")
BENCHMARKS = Path(__file__).parent / "benchmarks"
PASSES = {"CHUNK-2", "CTRL-1", "EVENT-3", "EVENT-4", "EVENT-5", "EVENT-9"}
AT_ONCE = msgspec.structs.replace(find("plain", Call), pace=Pace(speed=float("inf")))


@contextmanager
def serving(*flags):
    with Popen([sys.executable, str(BENCHMARKS / "server.py"), *flags], stdin=PIPE, stdout=PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def url():
    with serving() as url:
        yield url


def judged(url, call):
    """The requirements of one session, by verdict."""
    clock = SystemClock()
    sut, judge = Deployment(url, "", DEFAULT_KEY), Judge(Deployment(url, "", DEFAULT_KEY).profile)
    open_session(plan(call, 1), sut, Http1(url, clock).connect(), clock, [judge.observe], label=call.name).perform()
    assert not judge.crashes
    return {
        verdict: {name for name, tally in judge.tallies.items() if tally.verdict is verdict}
        for verdict in (Verdict.PASS, Verdict.FAIL)
    }


@pytest.mark.parametrize("name", PROBES)
def test_it_breaks_nothing(url, name):
    verdicts = judged(url, find(name, Probe))
    assert verdicts[Verdict.FAIL] == set()
    assert verdicts[Verdict.PASS]


def test_a_call_passes_what_calls_exercise(url):
    verdicts = judged(url, AT_ONCE)
    assert verdicts[Verdict.FAIL] == set()
    assert verdicts[Verdict.PASS] >= PASSES


def test_one_session_alone_is_a_mutant():
    with serving("--mutant-session", "2") as url:
        broken = [judged(url, AT_ONCE)[Verdict.FAIL] for _ in range(3)]
    assert broken == [set(), {"CHUNK-2"}, set()]


class User:
    """A session by hand; each chunk is the first one again, which the server takes for a retry."""

    def __init__(self, client):
        self.client = client
        self.start = client.post(START_PATH, json={})
        self.urls = self.start.json()

    def chunk(self, audio=b"four"):
        files = {"chunk": ("chunk.wav", audio)}
        return self.client.post(self.urls["chunk_endpoint"], data={"chunk_seq": "0"}, files=files).json()

    def cancel(self):
        assert self.client.post(self.urls["control_endpoint"], json={"action": "cancel"}).status_code == 200


def book(url):
    return httpx.get(f"{url}/book").json()


@contextmanager
def visited(*flags):
    with serving(*flags) as url, httpx.Client(base_url=url, headers={API_KEY_HEADER: DEFAULT_KEY}) as client:
        yield client


def test_queues_break_nothing_and_let_every_chunk_through():
    with serving("--analysis", "2x0.02", "--ack-queue", "2x0.01") as url:
        verdicts, told = judged(url, AT_ONCE), book(url)
    assert verdicts[Verdict.FAIL] == set()
    assert verdicts[Verdict.PASS] >= PASSES
    assert told["analysis"] == told["acks"] == {"done": 10, "waiting": 0}
    assert told["open"] == 0


def test_timers_that_wake_late_take_nothing_from_the_workers(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    workers = importlib.import_module("workers")
    now, timers, numbers, told = 0.0, [], itertools.count(), []
    monkeypatch.setattr(workers.time, "monotonic", lambda: now)
    crew = workers.Workers(
        lambda seconds, do: heapq.heappush(timers, (now + seconds + 0.07, next(numbers), do)), "3x0.02"
    )
    for _ in range(300):
        crew.take(lambda: told.append(now))
    crew.behind(lambda: told.append("all"))
    while timers:
        now, _, do = heapq.heappop(timers)
        do()
    due = [0.02 * (n // 3 + 1) for n in range(300)]
    assert all(moment <= real <= moment + 0.08 for moment, real in zip(due, told, strict=False))
    assert told[300:] == ["all"]
    assert crew.book == {"done": 300, "waiting": 0}


def test_acks_come_as_fast_as_the_workers_are_and_no_faster():
    async def at_once(users):
        async with httpx.AsyncClient(base_url=url, headers={API_KEY_HEADER: DEFAULT_KEY}) as client:
            urls = [(await client.post(START_PATH, json={})).json()["chunk_endpoint"] for _ in range(users)]
            begin = time.monotonic()
            form = {"data": {"chunk_seq": "0"}, "files": {"chunk": ("chunk.wav", b"four")}}
            await asyncio.gather(*(client.post(url, **form) for url in urls))
            return time.monotonic() - begin

    with serving("--ack-queue", "4x0.05") as url:
        seconds = asyncio.run(at_once(48))
        told = book(url)
    assert 48 * 0.05 / 4 <= seconds <= 1.5 * 48 * 0.05 / 4
    assert told["acks"] == {"done": 48, "waiting": 0}


def test_transcripts_wait_for_the_analysis_and_acks_do_not():
    with visited("--analysis", "1x0.5") as client:
        user = User(client)
        assert user.chunk(four_seconds())["received_bytes"] > 100_000
        at_first = client.get("/book").json()["analysis"]
        with client.stream("GET", user.urls["events_endpoint"]) as stream:
            told = next(line for line in stream.iter_lines() if line == "event: final_transcript")
            analysed = client.get("/book").json()["analysis"]
    assert at_first == {"done": 0, "waiting": 1}
    assert told
    assert analysed == {"done": 1, "waiting": 0}


def four_seconds():
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 16_000, 0, "NONE", ""))
        writer.writeframes(bytes(4 * 32_000))
    return file.getvalue()


def test_there_is_room_for_so_many_sessions_at_once():
    with visited("--admit", "2") as client:
        first, second, third = (User(client) for _ in range(3))
        first.cancel()
        fourth, told = User(client), client.get("/book").json()
    assert [user.start.status_code for user in (first, second, third, fourth)] == [200, 200, 503, 200]
    assert third.start.headers["retry-after"] == "1"
    assert (told["open"], told["refused"]) == (2, 1)


def test_beyond_so_many_sessions_acks_lack_a_byte():
    with visited("--lies-beyond", "1") as client:
        first = User(client)
        counted = [first.chunk()["received_bytes"]]
        second = User(client)
        counted.append(first.chunk()["received_bytes"])
        second.cancel()
        counted.append(first.chunk()["received_bytes"])
        told = client.get("/book").json()
    assert counted == [4, 3, 4]
    assert told["lies"] == 1


@pytest.mark.parametrize("acks", [False, True])
def test_a_simulated_crowd_is_as_large_as_its_queue_can_bear(monkeypatch, acks):
    """With more users than keep all workers busy there is a lag, and it slows them down: to its bound, and no more."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    crowd = importlib.import_module("crowd")
    cycle, chunks, bound = 8 + 0.3, 8 / 0.25, 0.3  # seconds of a call with its end
    busy = 2 / 0.01 * cycle / chunks
    found = crowd.capacity("2x0.01", (6, 7, 8, 9, 10), 0.25, bound, acks=acks)
    assert busy <= found <= busy * (1 + bound / cycle)
