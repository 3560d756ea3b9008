"""A session of a load run: what it breaks is told while it runs."""

import errno
import gc

import pytest

from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.contract.profile import Profile
from harness.history.draft import Draft, Spool
from harness.history.file import HistoryWriter
from harness.history.observations import Ended
from harness.load.measures.counting import Counting
from harness.load.measures.lag import Lag
from harness.load.measures.statistics import Statistics
from harness.load.measures.stopwatch import Stopwatch
from harness.load.measures.times import Times
from harness.load.session import Session
from harness.oracle.judge import Judge
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.scenario.call import Call
from harness.scenario.loader import find
from harness.scenario.planner import plan


def performed(mutant, *takers, history=None, unrecorded=None, judge=None):
    """What a session told of as it happened, the session, and the faults that were noted."""
    clock, told, faults = VirtualClock(), [], []
    transport = MemoryTransports(MUTANTS[mutant].service(Settings()), clock).connect()
    session = Session(
        plan(find("plain", Call), 1),
        Deployment("http://memory", "", DEFAULT_KEY),
        transport,
        clock,
        [lambda seen: told.append(seen) if isinstance(seen, Ended) else None, *takers],
        judge=judge or Judge(Profile()),
        label="plain-1",
        history=history,
        found=told.append,
        fault=faults.append,
        unrecorded=unrecorded,
    )
    session.perform()
    return told, session, faults


def test_the_first_finding_of_each_requirement_is_told_at_once():
    [first, last], session, _ = performed("nobody-speaks")
    assert isinstance(last, Ended)  # what was found before it was told before it
    assert first is session.judge.findings[0]
    assert [finding.requirement for finding in session.judge.findings] == ["EVENT-4"] * 6


def test_a_taker_that_fails_stops_neither_the_session_nor_the_others():
    def fails(_):
        raise LookupError

    told, _, faults = performed("nobody-speaks", fails)
    assert isinstance(told[-1], Ended)
    assert {type(fault) for fault in faults} == {LookupError}


@pytest.fixture(params=["writer", "draft"])
def history(request, tmp_path):
    """A history of either kind that a load run has, not yet written."""
    path = tmp_path / "plain-1.jsonl"
    return HistoryWriter(path) if request.param == "writer" else Draft(path, Spool(tmp_path))


def fails_from(monkeypatch, kind, piece):
    """The disk is full from the given piece of a history on."""
    pieces, write = [], kind._write

    def full(self, data):
        pieces.append(self)
        if len(pieces) > piece:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, data)

    monkeypatch.setattr(kind, "_write", full)


@pytest.mark.parametrize("piece", [0, 1])
def test_a_full_disk_is_no_fault_of_ours_and_leaves_no_half_of_a_history(history, monkeypatch, piece):
    fails_from(monkeypatch, type(history), piece)
    unrecorded, path = [], history.path
    told, session, faults = performed("nobody-speaks", history=history, unrecorded=unrecorded.append)
    assert isinstance(told[-1], Ended)
    assert not session.keep_history(wanted=True)
    assert ([error.errno for error in unrecorded], faults) == ([errno.ENOSPC], [])
    assert not path.exists()


def test_a_folder_for_histories_that_is_gone_is_no_fault_of_ours(history):
    history.path.parent.rmdir()
    unrecorded = []
    _, session, faults = performed("nobody-speaks", history=history, unrecorded=unrecorded.append)
    assert not session.keep_history(wanted=True)
    assert (len(unrecorded), faults) == (1, [])


def test_a_draft_that_can_not_be_written_out_leaves_no_half_of_a_history(tmp_path, monkeypatch):
    history, unrecorded = Draft(tmp_path / "plain-1.jsonl", Spool(tmp_path)), []
    _, session, _ = performed("nobody-speaks", history=history, unrecorded=unrecorded.append)

    def broken(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Spool, "get", broken)
    assert not session.keep_history(wanted=True)
    assert ([error.errno for error in unrecorded], list(tmp_path.iterdir())) == ([errno.EIO], [])


@pytest.mark.parametrize("wanted", [True, False])
def test_a_history_is_there_where_it_is_wanted(history, wanted):
    _, session, _ = performed("nobody-speaks", history=history)
    assert (session.keep_history(wanted=wanted), history.path.exists()) == (wanted, wanted)


def test_a_session_may_have_no_history():
    _, session, _ = performed("nobody-speaks")
    assert not session.keep_history(wanted=True)


def test_a_session_that_is_over_is_gone_without_the_collector(tmp_path):
    spool = Spool(tmp_path)

    def stand_and_fall():
        judge = Judge(Profile())
        lag = Lag(lambda offset: offset / 32_000, judge.reader)
        stopwatch = Stopwatch(Times(), Counting(), Statistics(lambda **_: None), lag)
        performed("nobody-speaks", stopwatch, history=Draft(tmp_path / "h.jsonl", spool), judge=judge)

    stand_and_fall()  # what is made once and kept
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        stand_and_fall()
        gc.collect()
        left = {type(each).__module__ for each in gc.garbage}  # the sandbox, in memory here, may leave what it likes
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert not [module for module in left if module.startswith(("harness.oracle", "harness.load", "harness.history"))]
