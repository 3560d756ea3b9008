"""One process's part of a load run: what it tells, what it records, and how it begins and ends."""

import dataclasses
import errno
import re
import time
from types import SimpleNamespace

import gevent
import msgspec
import pytest

from harness.errors import ExitCode, UsageError
from harness.load.cluster.keys import Keys
from harness.load.options import Settings
from harness.load.part import Part
from harness.load.run import LiveRun
from harness.load.workload import load_workload
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding
from harness.oracle.ledger import Ledger
from tests.locust_runs import unpatched


def finding(number):
    return Finding("CHUNK-3", f"quick-w0-u0-s{number}", "quick", number, 0.0, "refused", "accepted")


@pytest.fixture
def live_run():
    settings = Settings("http://127.0.0.1:9", "s3cr3t", "plain", None, "none", 1, verify=True)
    return LiveRun(settings, load_workload("plain"), [settings.deployment()], 0, lambda **_: None)


@pytest.fixture
def current():
    return unpatched("harness.load.current")


def test_a_process_tells_everything_once_and_few_findings_of_a_kind(live_run):
    whole, told = Part(), []
    for number in range(20):
        live_run.assessment.merge(Assessment(findings=[finding(number)], ledger=Ledger(sessions={"done": 1})))
        try:
            int("ours")
        except ValueError as error:
            live_run.fault(error)
        seen, _ = live_run.shed()
        told += seen.assessment.findings
        whole.merge(seen)
    assert told == [finding(number) for number in range(5)]
    assert whole.assessment.ledger.sessions == {"done": 20}
    assert list(whole.faults.values()) == [20]


def test_the_warm_up_counts_from_the_begin_of_the_run(live_run):
    run = LiveRun(
        live_run.settings,
        dataclasses.replace(live_run.workload, warm_up=30.0),
        [live_run.settings.deployment()],
        0,
        lambda **_: None,
    )
    now = time.monotonic()
    run._times.record("ack", now, now + 1)  # the others are waited for
    run.begin(25.0)
    run.begin(60.0)
    for began in (now + 4, now + 60):
        run._times.record("ack", began, began + 1)
    assert sum(run.recent_times()["ack"].values()) == 1
    assert run.pulse.warm_until == run._times.warm_until == pytest.approx(now + 5, abs=1)


def test_histories_that_can_not_be_written_are_said_once_and_no_more_are_begun(live_run):
    settings = msgspec.structs.replace(live_run.settings, record="all", folder="/nowhere")
    run = LiveRun(settings, live_run.workload, [settings.deployment()], 0, lambda **_: None)
    for _ in range(2):
        run._unrecorded(OSError(errno.ENOSPC, "No space left on device"))
    seen, _ = run.shed()
    assert [re.search("No space left", remark) is not None for remark in seen.remarks] == [True]
    assert (seen.faults, run.open(0, 0, 0.0).history) == ({}, None)


def test_a_folder_that_takes_no_histories_is_refused_when_the_run_begins(tmp_path, live_run, current):
    (tmp_path / "report").touch()
    settings = msgspec.structs.replace(live_run.settings, record="failed", folder=str(tmp_path / "report"))
    with pytest.raises(UsageError, match=r"report/histories: no histories can be written here: Not a directory; give"):
        current._check_histories(settings)
    current._check_histories(msgspec.structs.replace(settings, record="none"))


def test_the_report_is_not_lost_with_the_last_look_at_the_counters(live_run, current):
    counters = SimpleNamespace(against=lambda ledger: 1 / 0)
    begun = current.Current(live_run.settings, live_run.workload, None, 0.0, embedded=False, counters=counters)
    told, said = begun.remarks(Part(remarks=["another"]))
    assert re.search(r"own counters could not be looked at: ZeroDivisionError in test_.*, line \d+", told)
    assert said == "another"


def test_the_key_of_a_session_that_can_not_be_made_is_free_again(live_run, monkeypatch):
    live_run.keys = Keys()
    live_run.keys.deal(["1"], 1)
    monkeypatch.setattr("harness.load.run.Session", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        live_run.open(0, 0, 0.0)
    assert live_run.keys.take() == "1"


class Hooks:
    """Locust's events, of which none comes."""

    def __getattr__(self, _):
        return SimpleNamespace(add_listener=lambda listener: None)


def test_a_run_that_fails_when_it_has_half_begun_is_ended():
    live = unpatched("harness.load.live").Live(Hooks(), None, ())
    heard = []
    live.run = SimpleNamespace(end=lambda: heard.append("ended"))
    live.arrivals = SimpleNamespace(leave=heard.append)
    runner = SimpleNamespace(stop=lambda: heard.append("stopped"))
    live._environment = SimpleNamespace(web_ui="there", process_exit_code=None, runner=runner)
    live._sight = SimpleNamespace(conclude=lambda *told: heard.append(told))
    live.give_up("ours", ExitCode.HARNESS)
    gevent.sleep(0)
    assert heard == ["ended", ("HARNESS", "ours"), 0.0, "stopped"]
    assert (live.run, live.arrivals) == (None, None)
    assert live._environment.process_exit_code == ExitCode.HARNESS
