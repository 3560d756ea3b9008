"""The benchmarks' server keeps the document: figures of a harness that had to complain all the time would be others."""

import sys
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import msgspec
import pytest

from harness.client.clock import SystemClock
from harness.client.deployment import Deployment
from harness.client.http1 import Http1
from harness.client.session import open_session
from harness.oracle.judge import Judge
from harness.oracle.verdicts import Verdict
from harness.sandbox.settings import DEFAULT_KEY
from harness.scenario.call import Call, Pace, Probe
from harness.scenario.loader import find
from harness.scenario.planner import plan

pytest.importorskip("uvloop", reason="it is under the benchmarks' server, and not for Windows")

PROBES = ("cancel", "counting", "gap", "in-turn", "retry", "second-consumer", "unknown-action", "wav", "whole-call")
AT_ONCE = msgspec.structs.replace(find("plain", Call), pace=Pace(speed=float("inf")))


@contextmanager
def serving(*flags):
    script = Path(__file__).parent / "benchmarks" / "server.py"
    with Popen([sys.executable, str(script), *flags], stdin=PIPE, stdout=PIPE, text=True) as process:
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
    assert {"CHUNK-2", "CTRL-1", "EVENT-3", "EVENT-4", "EVENT-5", "EVENT-9"} <= verdicts[Verdict.PASS]


def test_one_session_alone_is_a_mutant():
    with serving("--mutant-session", "2") as url:
        broken = [judged(url, AT_ONCE)[Verdict.FAIL] for _ in range(3)]
    assert broken == [set(), {"CHUNK-2"}, set()]
