"""Whose fault it was: load runs of a generator that is kept from running, and against a server that is slow."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from harness.load.health.pulse import SPAN
from harness.sandbox.child import Sandbox
from harness.sandbox.settings import DEFAULT_KEY
from tests.locust_runs import Locust, headless, over

LOAD = """
load: demanding
mix: {quick.yaml: 1}
slo:
  ack.p50: < 450ms
  session.success: = 100%
"""
CALL = """
call: quick
audio: {speech: one-speaker, length: 4s}
chunks: {size: 32KiB}
pace: {speed: 8x}
steps:
  - start
  - attach
  - push: rest
  - finalize
  - await: done
"""
FAILURES = """
from locust import events

@events.request.add_listener
def tell_failures(name, exception, **_):
    if exception:
        print(f"failed: {name}: {exception}", flush=True)
"""
"""A locustfile beside the tested one."""
BUSY = "while True: pass"


def under_way(folder, *flags, limit=()):
    """A load run under way."""
    for name, text in {"load.yaml": LOAD, "quick.yaml": CALL, "failures.py": FAILURES}.items():
        (folder / name).write_text(text)
    flags = (*headless(folder, folder / "load.yaml"), *flags)
    return Locust(folder, *flags, beside=[folder / "failures.py"], key=DEFAULT_KEY, limit=limit)


def starved(run):
    """Seconds for which its loop waited for a CPU: the second figure of Linux's schedstat, in nanoseconds."""
    return int(Path(f"/proc/{run.process.pid}/schedstat").read_text().split()[1]) / 1e9


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def pinned_busy():
    """A function that keeps one core busy, and gives up when the test is over."""
    busy = []

    def keep_busy(core):
        for _ in range(2):
            busy.append(subprocess.Popen([sys.executable, "-c", BUSY]))
            os.sched_setaffinity(busy[-1].pid, {core})
        return give_up

    def give_up():
        for process in busy:
            process.kill()
            process.wait()

    yield keep_busy
    give_up()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux, to pin processes to a core")
def test_a_starved_generator_makes_the_run_invalid_and_accuses_nobody(sandbox, tmp_path, pinned_busy):
    with under_way(tmp_path, "-H", sandbox.url, "-u", "5", "-r", "5", "--record", "all") as run:
        run.until(lambda: run.recorded)
        core = min(os.sched_getaffinity(0))
        os.setpriority(os.PRIO_PROCESS, run.process.pid, 19)
        os.sched_setaffinity(run.process.pid, {core})
        free = pinned_busy(core)
        enough = starved(run) + SPAN + 2  # it looks once a second, and averages over so many
        run.until(lambda: starved(run) > enough)
        free()
        run.quit()
        assert run.ended() == 4, run.output
        summary = run.summary
    assert "Invalid: the generator, not the API, was the limit: worker 0 " in summary["headline"]
    assert "waited for a CPU" in summary["invalid"][0]
    assert "FAIL" not in {requirement["verdict"] for requirement in summary["requirements"]}
    assert {slo["met"] for slo in summary["slos"]} == {None}


def test_a_slow_server_leaves_the_run_valid_and_misses_its_slo(tmp_path):
    flags = "-u", "24", "-r", "8", "--record", "all"
    with Sandbox("--request-delay", "300ms") as sandbox, under_way(tmp_path, "-H", sandbox.url, *flags) as run:
        run.until(lambda: len(over(run.recorded, "done")) >= 24)  # all of whose chunks were overdue
        run.quit()
        assert run.ended() == 1, run.output
        summary = run.summary
    assert summary["invalid"] == []
    counts = {measure["name"]: measure["count"] for measure in summary["measures"]}
    assert counts["schedule_lag"] >= 64
    assert {slo["measure"]: slo["met"] for slo in summary["slos"]}["ack.p50"] is False


def test_a_run_that_is_over_before_it_has_begun_looks_like_no_success(tmp_path):
    with Sandbox("--request-delay", "300ms") as sandbox, under_way(tmp_path, "-H", sandbox.url, "-t", "1s") as run:
        assert run.ended() == 4, run.output
    assert "no verdict: the time was up before the run had begun" in run.output


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux, to take descriptors from a process")
def test_a_generator_without_descriptors_makes_the_run_invalid_and_no_sut_unreachable(sandbox, tmp_path):
    flags = "-u", "5", "-r", "5", "--record", "all"
    with under_way(tmp_path, "-H", sandbox.url, *flags) as run:
        run.until(lambda: run.recorded)
        limits = resource.prlimit(run.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(run.process.pid, resource.RLIMIT_NOFILE, (5, limits[1]))
        run.until(lambda: "start: exhausted" in run.output)
        resource.prlimit(run.process.pid, resource.RLIMIT_NOFILE, limits)
        run.quit()
        assert run.ended() == 4, run.output
        summary = run.summary
    assert "worker 0 had no file descriptor or port left" in summary["headline"]
    assert not [cause for cause in summary["ledger"]["trouble"] if "unreachable" in cause]
    assert summary["crashes"] == []


def test_more_users_than_there_are_descriptors_for_are_refused_before_anything_is_sent(sandbox, tmp_path):
    shell = ["sh", "-c", 'ulimit -n 400 && exec "$@"', "sh"]
    with under_way(tmp_path, "-H", sandbox.url, "-u", "90", "-t", "9s", limit=shell) as run:
        assert run.ended() == 3, run.output
    assert "90 sessions at once are more than this machine can hold" in run.output
    assert "enough for 72 sessions" in run.output
    assert run.recorded == []
