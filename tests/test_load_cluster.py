"""A run on several processes: what master and workers tell each other, keys that are dealt out, and what is kept."""

import copy
import dataclasses
import errno
import importlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import gevent
import msgspec
import pytest
import yaml

from harness.contract.messages import KEY_VARIABLE
from harness.contract.profile import Profile
from harness.errors import ExitCode, UsageError
from harness.history.file import read_history
from harness.history.observations import Ended, Event, Returned, Sent
from harness.load.cluster import bundle
from harness.load.cluster.bundle import pack
from harness.load.cluster.gathering import Gathering, Piece
from harness.load.cluster.keys import Deal, Keys, Tenure, read_keys
from harness.load.measures.times import Times
from harness.load.options import Settings, add_arguments, settle
from harness.load.part import Part
from harness.load.run import LiveRun
from harness.load.workload import load_workload
from harness.oracle.account import Account, Who
from harness.oracle.assessment import Assessment
from harness.oracle.company import Company
from harness.oracle.judge import Finding
from harness.oracle.ledger import Ledger
from harness.oracle.verdicts import Verdict
from harness.sandbox.child import Sandbox
from harness.sandbox.settings import DEFAULT_KEY

ROOT = Path(__file__).parents[1]
BOUND = 90
"""Seconds that a run may take before it counts as stuck."""


def part(*, started=1, unanswered=0):
    """What a worker may have seen."""
    ledger = Ledger(sessions={"done": started}, requests={"start": started})
    return Part(assessment=Assessment(ledger=ledger), unanswered=unanswered)


def piece(number, *, last=False, times=(), **seen):
    counted = Times()
    for seconds in times:
        counted.record("ack", 0.0, seconds)
    return Piece(number, part(**seen), counted.counts, last)


# What workers tell, piece by piece


def test_pieces_of_what_workers_saw_add_up():
    gathering = Gathering()
    gathering.add("a", piece(0, started=2, times=[0.1, 0.2]), 5.0)
    gathering.add("b", piece(0, started=3, times=[0.3], last=True), 5.0)
    gathering.add("a", piece(1, started=4, times=[0.4], last=True), 9.0)
    assert gathering.whole().assessment.ledger.sessions == {"done": 9}
    assert sum(gathering.times["ack"].values()) == 4
    assert gathering.through == {"a", "b"}


def test_a_worker_that_was_lost_leaves_what_it_told():
    gathering = Gathering()
    gathering.add("a", piece(0, started=2), 12.0)
    assert gathering.whole().assessment.ledger.sessions == {"done": 2}
    assert gathering.through == set()
    assert "what it told in its first 12 s is in this report" in gathering.became("a")
    assert "told nothing" in gathering.became("b")


def test_a_piece_that_never_came_is_missed():
    gathering = Gathering()
    gathering.add("a", piece(0), 5.0)
    gathering.add("a", piece(2, last=True), 15.0)
    assert gathering.through == set()


def test_the_sut_is_gone_when_no_worker_reached_it_at_the_end():
    gathering = Gathering()
    gathering.add("a", piece(0, unanswered=7), 5.0)
    gathering.add("b", piece(0, unanswered=4, last=True), 5.0)
    assert gathering.whole().unanswered == 4
    gathering.add("a", piece(1, started=0, unanswered=0, last=True), 9.0)  # its last requests got their answers
    assert gathering.whole().unanswered == 0


def test_an_id_that_sessions_of_two_workers_have_is_found_out():
    gathering = Gathering()
    for worker, session in (("a", "1"), ("b", "2"), ("c", "1")):
        company = Company()
        company.add(Account(Who(f"quick-{worker}", "quick", 1), session=session))
        told = msgspec.msgpack.encode(Piece(0, Part(assessment=Assessment(company=company)), {}, last=True))
        gathering.add(worker, msgspec.msgpack.decode(told, type=Piece), 5.0)
    assessment = gathering.whole().assessment
    assessment.compare_sessions()
    assert assessment.verdict("START-4") is Verdict.FAIL
    [finding] = assessment.findings
    assert (finding.session, "quick-a" in finding.happened) == ("quick-c", True)


def finding(number):
    return Finding("CHUNK-3", f"quick-w0-u0-s{number}", "quick", number, 0.0, "refused", "accepted")


@pytest.fixture
def live_run():
    settings = Settings("http://127.0.0.1:9", "s3cr3t", "plain", None, "none", 1, verify=True)
    return LiveRun(settings, load_workload("plain"), settings.deployment(), 0, lambda **_: None)


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
        live_run.settings.deployment(),
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
    run = LiveRun(settings, live_run.workload, settings.deployment(), 0, lambda **_: None)
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


def test_a_run_that_fails_when_it_has_half_begun_is_ended(modules):
    live = importlib.import_module("harness.load.live").Live(Hooks(), None, ())
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


class Hooks:
    """Locust's events, of which none comes."""

    def __getattr__(self, _):
        return SimpleNamespace(add_listener=lambda listener: None)


# Who takes part


def nothing():
    return Part(), {}


class Node:
    """Locust's idea of a worker."""

    def __init__(self):
        self.state = "running"
        self.heartbeat = 3


class Wire:
    """A Locust master's runner, with workers whose messages arrive at once."""

    def __init__(self, cluster, worker, *names):
        self.clients = {}
        self.environment = SimpleNamespace(stop_timeout=0, shape_class=None)
        self.listeners = {}
        self.indexes = {}
        self.told = {}
        self.workers = {}
        self.lost = set()
        self._worker = worker.Worker
        self.master = cluster.Master(self)
        for name in names:
            self.connect(name)

    def connect(self, name):
        self.indexes[name] = len(self.indexes)
        self.clients[name] = Node()
        self.told[name] = SimpleNamespace(shares=[], keys=[], most=None)
        far = Far(self, name)
        told = self.told[name]
        self.workers[name] = far.worker = self._worker(
            far, told.shares.append, lambda keys, most: take(told, keys, most)
        )

    def get_worker_index(self, name):
        return self.indexes[name]

    def register_message(self, message, listener):
        self.listeners[message] = listener

    def send_message(self, message, data, worker=None):
        for name in {worker} if worker else self.clients.keys() - self.lost:
            self.workers[name]._runner.hear(message, data)

    def lose(self, name):
        """This worker was killed, and Locust has noticed."""
        self.clients[name].state = "missing"
        self.lost.add(name)

    def get_ready(self, *names):
        """These workers are ready; returns when all of them know their shares."""
        for name in names:
            self.workers[name].begin("run")
            self.workers[name].ready(nothing)
        wait_for(lambda: all(self.told[name].shares for name in names))


class Far:
    """A Locust worker's runner, at the other end of the wire."""

    def __init__(self, wire, name):
        self.wire = wire
        self.name = name
        self.listeners = {}
        self.worker = None
        self.stopped = False

    def register_message(self, message, listener, concurrent=False):
        self.listeners[message] = listener

    def hear(self, message, data):
        self.listeners[message](SimpleNamespace(data=data, node_id="master"))

    def send_message(self, message, data):
        self.wire.listeners[message](SimpleNamespace(data=data, node_id=self.name))

    def stop(self):
        self.stopped = True


def take(told, keys, most):
    told.keys += keys
    told.most = most


def wait_for(condition):
    with gevent.Timeout(5):
        while not condition():
            gevent.sleep(0.01)


@pytest.fixture(scope="module")
def modules():
    """The modules that know Locust, imported so that it leaves this process's standard library as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCUST_SKIP_MONKEY_PATCH", "yes")
        rooms = ("harness.load.cluster.master", "harness.load.cluster.worker")
        return tuple(importlib.import_module(room) for room in rooms)


@pytest.fixture
def current(modules):
    return importlib.import_module("harness.load.current")


def shares(wire):
    return {name: [(share.index, share.count) for share in told.shares] for name, told in wire.told.items()}


def test_nothing_is_shared_out_before_all_are_ready(modules):
    wire = Wire(*modules, "a", "b")
    wire.master.begin("run")
    wire.workers["b"].begin("run")
    wire.workers["b"].ready(nothing)
    gevent.sleep(0.25)
    assert shares(wire) == {"a": [], "b": []}
    wire.get_ready("a")
    wait_for(lambda: wire.told["b"].shares)
    assert shares(wire) == {"a": [(0, 2)], "b": [(1, 2)]}
    assert wire.told["a"].shares[0].since == 0.0


def test_a_late_worker_and_a_lost_one_change_the_shares_of_the_others(modules):
    wire = Wire(*modules, "a", "b")
    wire.master.begin("run")
    wire.get_ready("a", "b")
    wire.connect("c")
    wire.get_ready("c")
    assert shares(wire) == {"a": [(0, 2), (0, 3)], "b": [(1, 2), (1, 3)], "c": [(2, 3)]}
    late = wire.told["c"].shares[0]
    assert late.since > late.elapsed
    wire.lose("a")
    wait_for(lambda: len(wire.told["c"].shares) == 2)
    assert (shares(wire)["b"][-1], shares(wire)["c"][-1]) == ((0, 2), (1, 2))


def test_the_end_names_who_did_not_see_it(modules):
    wire = Wire(*modules, "a", "b", "c")
    wire.master.begin("run")
    wire.get_ready("a", "b", "c")
    wire.workers["b"].tell(part(started=5), {})  # it left early
    wire.lose("c")
    whole, _, lost = wire.master.collect()
    assert whole.assessment.ledger.sessions == {"done": 5}
    assert list(lost) == ["worker 1 (b)", "worker 2 (c)"]
    assert lost["worker 1 (b)"].startswith("left ")
    assert "told nothing" in lost["worker 2 (c)"]


def test_a_worker_that_can_not_take_part_says_why(modules):
    wire = Wire(*modules, "a")
    wire.master.begin("run")
    wire.workers["a"].begin("run")
    wire.workers["a"].tell_trouble("speech.wav: can't be read")
    del wire.clients["a"]
    *_, lost = wire.master.collect()
    assert lost == {"worker 0 (a)": "could not take part: speech.wav: can't be read"}


def test_a_worker_that_is_long_gone_is_forgotten_before_locust_starts_all_anew(modules):
    wire = Wire(*modules, "a", "b")
    wire.master.begin("run")
    wire.clients["b"].state, wire.clients["b"].heartbeat = "missing", -31
    wait_for(lambda: list(wire.clients) == ["a"])


def test_what_is_told_of_the_time_course_arrives(modules):
    wire = Wire(*modules, "a")
    heard = []
    wire.master.progress = heard.append
    wire.master.begin("run")
    wire.workers["a"].begin("run")
    wire.workers["a"].tell_progress(b"interval")
    wire.workers["a"].begin("another run")
    wire.workers["a"].tell_progress(b"too late")
    assert heard == [b"interval"]


def test_a_master_that_can_not_be_reached_is_no_fault_of_ours(modules):
    wire = Wire(*modules, "a")
    wire.master.begin("run")
    wire.get_ready("a")
    worker = wire.workers["a"]

    def unreachable(*_):
        raise modules[1].RPCError

    worker._runner.send_message = unreachable
    worker.tell_trouble("speech.wav: can't be read")
    worker.give_back(["1"])
    worker.tell(Part(), {})
    assert not worker.has_heard_the_end


def test_a_worker_has_heard_the_end_of_the_run_that_the_master_ended(modules):
    wire = Wire(*modules, "a")
    wire.master.begin("run")
    wire.get_ready("a")
    wire.connect("b")
    wire.master.collect()
    assert [worker.has_heard_the_end for worker in wire.workers.values()] == [True, True]
    wire.workers["a"].begin("run 2")
    assert not wire.workers["a"].has_heard_the_end


def test_the_time_that_is_shown_counts_from_the_begin_of_the_run(modules, monkeypatch):
    sight = importlib.import_module("harness.load.display.sight")
    flags = SimpleNamespace(headless=False)
    wire, shown = Wire(*modules, "a"), sight.Sight(SimpleNamespace(web_ui=None, parsed_options=flags))
    wire.master.begin("run")
    shown.begin(load_workload("plain"), 60.0, wire.master)
    gevent.sleep(0.05)
    assert shown.watch.elapsed == 0.0
    wire.get_ready("a")
    gevent.sleep(0.05)
    assert 0.0 < shown.watch.elapsed < 5
    shown.end()
    lasted = shown.watch.elapsed
    assert shown.end() == []  # the next run, which could not begin
    assert shown.watch.elapsed == lasted
    wire.master.collect()


def test_the_master_looks_after_its_workers_again_after_a_fault(modules, monkeypatch):
    monkeypatch.setattr(modules[0], "_SETTLING", 0.0)
    wire, calls = Wire(*modules, "a"), []

    def started():
        calls.append(None)
        if len(calls) == 1:
            raise ValueError

    look = wire.master._share_out
    wire.master._share_out = lambda crew: (started(), look(crew))
    wire.master.begin("run")
    wire.get_ready("a")
    assert (len(calls), shares(wire)) == (2, {"a": [(0, 1)]})


# Keys


def test_workers_have_different_keys_and_a_late_one_gets_what_others_give_back(modules):
    wire = Wire(*modules, "a", "b")
    wire.master.begin("run", tuple("12345"))
    wire.get_ready("a", "b")
    assert (wire.told["a"].keys, wire.told["b"].keys) == (["1", "2", "3"], ["4", "5"])
    wire.connect("c")
    wire.get_ready("c")
    assert (wire.told["a"].most, wire.told["b"].most, wire.told["c"].most) == (2, 2, 1)
    assert wire.told["c"].keys == []
    wire.workers["a"].give_back(["2"])
    assert wire.told["c"].keys == ["2"]


def test_the_keys_of_a_lost_worker_are_dealt_to_nobody():
    deal = Deal("1234")
    assert deal.out(["a", "b"]) == {"a": (["1", "2"], 2), "b": (["3", "4"], 2)}
    assert deal.out(["b"]) == {"b": ([], 2)}
    assert deal.out(["b", "c"]) == {"b": ([], 1), "c": ([], 1)}


def test_a_session_waits_for_a_key_and_gets_the_one_that_was_free_for_longest():
    keys = Keys()
    keys.deal(["1", "2"], 2)
    for name, key in ("a", "1"), ("b", "2"):
        assert keys.wait() == key
        keys.lodge(name, key, Profile())
    assert keys.take() is None
    waiting = gevent.spawn(keys.wait)
    gevent.sleep(0)
    assert not waiting.ready()
    keys.leave("b", 0.0)
    assert waiting.get(timeout=5) == "2"


def test_the_key_of_a_session_that_can_not_be_made_is_free_again(live_run, monkeypatch):
    live_run.keys = Keys()
    live_run.keys.deal(["1"], 1)
    monkeypatch.setattr("harness.load.run.Session", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        live_run.open(0, 0, 0.0)
    assert live_run.keys.take() == "1"


def test_keys_beyond_a_processs_own_are_given_up_when_they_are_free():
    given = []
    keys = Keys(given.extend)
    keys.deal(["1", "2", "3"], 3)
    keys.lodge("a", keys.wait(), Profile())
    keys.deal([], 1)
    assert given == ["2", "3"]
    keys.deal([], 0)
    assert given == ["2", "3"]
    keys.leave("a", 0.0)
    assert given == ["2", "3", "1"]


DATE = "Sun, 22 Nov 2026 12:00:00 GMT"
STARTED = {
    "session_id": "s",
    "chunk_endpoint": "/c",
    "events_endpoint": "/e",
    "control_endpoint": "/x",
    "expires_at": "2026-11-22T12:00:30Z",
}
START = [Sent(1, "start", 0.0, 0.0), Returned(1, 0.5, 200, date=DATE, body=STARTED, is_json=True)]
CANCEL = Sent(2, "control", 9.0, 9.0, action="cancel")


@pytest.mark.parametrize(
    ("history", "rest"),
    [
        ([], 0),
        ([START[0], Returned(1, 0.5, 429)], 0),
        ([START[0], Returned(1, 0.5, failure="unreachable")], 0),
        ([START[0], Returned(1, 10.0, failure="timeout")], 900 + 225),  # there may be one of which we never heard
        ([*START, CANCEL, Returned(2, 9.5, 200)], 0),
        ([*START, CANCEL, Returned(2, 10.0, failure="timeout")], 30 + 7.5),
        ([*START, Returned(3, 10.0, 200)], 30 + 7.5),  # abandoned: its last request may have extended it
        ([*START, Event(2, 9.0, "done", "{}")], 0),
        ([*START, Ended(50.0, "expired")], 0),
    ],
)
def test_a_key_rests_as_long_as_the_sut_may_hold_its_session(history, rest):
    tenure = Tenure(Profile())
    for observation in history:
        tenure(observation)
    assert tenure.rest(10.0) == pytest.approx(rest)


def test_a_key_file(tmp_path):
    file = tmp_path / "keys.txt"
    file.write_text("# of staging\n\n first \nsecond#1\n")
    assert read_keys(file) == ("first", "second#1")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("# none\n", "holds no keys"),
        ("s3cr3t\nother\ns3cr3t\n", "line 3: the same key as in line 1"),
        ("s3cr3t\x07\n", "line 1: a key with characters"),
        ("s3cr\u00e9t\n", "line 1: a key with characters"),
    ],
)
def test_a_key_file_of_no_use_is_told_of_without_its_keys(tmp_path, text, fault):
    file = tmp_path / "keys.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=fault) as problem:
        read_keys(file)
    assert "s3cr" not in str(problem.value)


def test_a_key_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match=r"keys\.txt: can't be read: No such file"):
        read_keys(tmp_path / "keys.txt")


def test_keys_are_for_a_host_and_instead_of_a_single_one(tmp_path, monkeypatch):
    monkeypatch.setenv("LIVE_API_KEY", "the-single-one")
    file = tmp_path / "keys.txt"
    file.write_text("first\nsecond\n")
    given = {"host": "http://127.0.0.1:9", "api_key": None, "keys": str(file), "mutant": None, "profile": None}
    given |= {"record": "none", "scenario": "plain", "seed": 1, "verify": True}
    settings = settle(given, (), embedded=False)
    assert (settings.key, settings.keys) == ("first", str(file))
    assert "first" not in repr(settings)
    with pytest.raises(UsageError, match="--keys is for a --host"):
        settle(given, (), embedded=True)
    with pytest.raises(UsageError, match="--keys and --api-key"):
        settle(given | {"api_key": "other"}, (), embedded=False)


# Files that workers may not have


@pytest.fixture
def master_files(tmp_path, monkeypatch):
    """A load file with a call beside it, and that with audio of the user's own; and the folder of a worker."""
    here = tmp_path / "master"
    (here / "mine").mkdir(parents=True)
    speech = load_workload("plain").mix[0][0].audio.for_session(0)
    (here / "mine" / "speech.wav").write_bytes(speech.data)
    (here / "mine" / "load.yaml").write_text("load: mine\nmix: {spoken: 1, ../other.yaml: 2, plain: 1}\n")
    (here / "mine" / "spoken.yaml").write_text("call: spoken\naudio: {file: speech.wav}\nsteps: [start]\n")
    (here / "other.yaml").write_text("call: other\nsteps: [start]\n")
    (tmp_path / "worker").mkdir()
    monkeypatch.chdir(here)
    return tmp_path


def packed():
    workload = load_workload("mine/load.yaml")
    return pack("mine/load.yaml", None, [call for call, _ in workload.mix])


def test_a_worker_gets_the_texts_and_finds_its_audio(master_files, monkeypatch):
    sent = packed()
    assert sorted(sent.texts) == ["mine/../other.yaml", "mine/load.yaml", "mine/spoken.yaml"]
    monkeypatch.chdir(master_files / "worker")
    Path("mine").mkdir()
    (master_files / "master" / "mine" / "speech.wav").rename("mine/speech.wav")
    sent.unpack(master_files / "unpacked")
    workload = load_workload(sent.here("mine/load.yaml", master_files / "unpacked"))
    assert [call.name for call, _ in workload.mix] == ["spoken", "other", "plain"]
    assert workload.mix[0][0].audio.for_session(0).digest == sent.audio["mine/speech.wav"]


def test_audio_that_a_worker_lacks_or_has_otherwise_is_named(master_files, monkeypatch):
    sent = packed()
    monkeypatch.chdir(master_files / "worker")
    with pytest.raises(UsageError, match=r"mine/speech\.wav: can't be read \(No such file"):
        sent.unpack(master_files / "unpacked")
    Path("mine").mkdir()
    Path("mine/speech.wav").write_bytes((master_files / "master/mine/speech.wav").read_bytes()[:-2000])
    with pytest.raises(UsageError, match=r"mine/speech\.wav: is another audio than the master's"):
        sent.unpack(master_files / "unpacked again")


def test_shipped_files_and_names_need_no_sending():
    assert pack("mixed", "sandbox", [call for call, _ in load_workload("mixed").mix]).texts == {}


def test_another_version_of_the_harness_is_refused(tmp_path, monkeypatch):
    sent = pack("plain", None, [])
    monkeypatch.setattr(bundle, "__version__", "9.9")
    with pytest.raises(UsageError, match=r"the master has harness .*, and this worker 9\.9"):
        sent.unpack(tmp_path)


# Real processes

CALL = """
call: quick
audio: {speech: one-speaker, length: 4s}
chunks: {size: 32KiB}
pace: {speed: 4x}
steps: [start, attach, push: rest, finalize, await: done]
"""

EYES = """
import json, os, pathlib, signal
import gevent
from locust import events
import harness.load.cluster.worker

harness.load.cluster.worker._TELLING = 0.3
tell, told = harness.load.cluster.worker.Worker._tell, []

def seen(worker, part, times, *, last):
    tell(worker, part, times, last=last)
    told.append(sum(part.assessment.ledger.sessions.values()))
    sight = {"index": worker._runner.worker_index, "sessions": sum(told[:-2])}
    path = pathlib.Path(os.environ["EYES"], f"{os.getpid()}.json")
    path.with_suffix(".new").write_text(json.dumps(sight))
    path.with_suffix(".new").rename(path)

harness.load.cluster.worker.Worker._tell = seen

@events.init.add_listener
def quit_when_told(environment, **_):
    gevent.signal_handler(signal.SIGUSR1, environment.runner.quit)
"""
"""A locustfile beside the tested one. Workers tell more often, and a file says what they told well before now; the run
ends as by `--run-time` when it is told to."""

SUT = """
import sys
from harness.sandbox.server import serve
from harness.sandbox.service import Service
from harness.sandbox.settings import Settings
from harness.sandbox.exchange import refuse

class OneSessionAKey(Service):
    holders = {}

    def start(self, call):
        key = call.headers["x-api-key"]
        if any(not s.is_over and self.holders[s.id] == key for s in self.sessions.values()):
            refuse("session_over", "the key has its one session already")
        known = set(self.sessions)
        served = super().start(call)
        self.holders |= dict.fromkeys(self.sessions.keys() - known, key)
        return served

keys, latency = frozenset(sys.argv[1].split(",")), float(sys.argv[2])
service = OneSessionAKey(Settings(api_keys=keys, agent_latency=latency))
serve(service, "127.0.0.1", 0, lambda url: print(url, flush=True), sys.stdin.fileno())
"""
"""A sandbox that allows one session a key."""


class Processes:
    """Whatever a test starts is stopped when it is over, each by its own id."""

    def __init__(self, folder):
        self.folder = folder
        self.reports = folder / "reports"
        self._started = []
        (folder / "eyes.py").write_text(EYES)
        (folder / "sut.py").write_text(SUT)
        (folder / "elsewhere").mkdir()  # where workers live: they have none of the master's files
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])

    def sut(self, *keys, latency=0.05):
        command = [sys.executable, str(self.folder / "sut.py"), ",".join(keys), str(latency)]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._started.append(process)
        return process.stdout.readline().strip()

    def master(self, host, *flags, key=None):
        (self.folder / "quick.yaml").write_text(CALL)
        ports = ["--master-bind-port", self.port, "--master-bind-host", "127.0.0.1", "--master-port", self.port]
        command = [*ports, "--headless", "--only-summary", "-H", host, "--report", str(self.reports)]
        command += ["--scenario", "quick.yaml", "--record", "all", *flags]
        return self._locust("master", self.folder, *command, key=key)

    def worker(self, name):
        address = ["--master-host", "127.0.0.1", "--master-port", self.port]
        return self._locust(name, self.folder / "elsewhere", "--worker", *address)

    def _locust(self, name, cwd, *flags, key=None):
        environment = {each: value for each, value in os.environ.items() if not each.startswith(("LOCUST_", "LIVE_"))}
        files = f"{ROOT / 'locustfiles/live.py'},{self.folder / 'eyes.py'}"
        with (self.folder / f"{name}.txt").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "locust", "-f", files, *flags],
                cwd=cwd,
                env=environment
                | {"EYES": str(self.folder), "TMPDIR": str(self.folder)}
                | ({"LIVE_API_KEY": key} if key else {}),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def output(self, name):
        return (self.folder / f"{name}.txt").read_text()

    def told(self, worker):
        """What a worker told its master, and surely has arrived."""
        path = self.folder / f"{worker.pid}.json"
        return json.loads(path.read_text()) if path.exists() else {"sessions": 0}

    def done(self, worker):
        """Histories of sessions of this worker that came to their end."""
        paths = self.reports.glob(f"*/histories/*-w{worker}-*.jsonl")
        return [path for path in paths if '"ending":"done"' in path.read_text()]

    def until(self, condition, *watched):
        stuck = time.monotonic() + BOUND
        while not condition():
            told = "".join(path.read_text() for path in self.folder.glob("*.txt"))
            assert time.monotonic() < stuck, told
            assert all(process.poll() is None for process in watched), told
            time.sleep(0.05)

    def summary(self):
        [file] = self.reports.glob("*-quick/summary.json")
        return json.loads(file.read_text())

    def histories(self):
        return {path.name: list(read_history(path)) for path in self.reports.glob("*-quick/histories/*.jsonl")}

    def stop(self):
        for process in self._started:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()


@pytest.fixture
def processes(tmp_path):
    started = Processes(tmp_path)
    yield started
    started.stop()


@pytest.fixture
def sandbox():
    with Sandbox() as started:
        yield started.url


def endings(histories):
    return Counter(o.ending for history in histories for o in history if isinstance(o, Ended))


def test_workers_are_killed_join_late_and_leave_and_the_rest_is_kept(processes, sandbox):
    flags = ("--master", "--expect-workers", "2", "-u", "4", "-r", "4")
    master = processes.master(sandbox, *flags, key=DEFAULT_KEY)
    processes.worker("first")
    second = processes.worker("second")
    processes.until(lambda: processes.told(second)["sessions"], master, second)
    killed, told = (processes.told(second)[name] for name in ("index", "sessions"))
    second.kill()
    third = processes.worker("third")
    processes.until(lambda: processes.done(2), master, third)
    third.send_signal(signal.SIGINT)
    processes.until(lambda: third.poll() == 0 and "to missing" in processes.output("master"), master)
    master.send_signal(signal.SIGUSR1)
    assert master.wait(BOUND) == 4, processes.output("master")

    summary = processes.summary()
    notes = "\n".join(summary["notes"])
    assert re.search(rf"worker {killed} \(\S+\) did not see the run through; what it told", notes)
    assert re.search(r"worker 2 \(\S+\) left \d+ s into the run", notes)
    assert summary["headline"].startswith("Invalid: worker ")
    kept = endings(history for name, history in processes.histories().items() if f"-w{killed}-" not in name)
    of_the_lost = Counter(summary["ledger"]["sessions"]) - kept
    assert of_the_lost["done"] >= told > 0
    assert kept["done"] + of_the_lost["done"] == summary["ledger"]["sessions"]["done"]


def test_a_worker_that_can_write_no_histories_takes_no_part_and_says_why(processes, sandbox):
    (processes.folder / "elsewhere" / "mine").touch()
    flags = ("--master", "--expect-workers", "1", "-u", "1", "--report", "mine")
    master = processes.master(sandbox, *flags, key=DEFAULT_KEY)
    worker = processes.worker("worker")
    assert (worker.wait(BOUND), master.wait(BOUND)) == (2, 4), processes.output("master")
    assert re.search(r"can't take part: \S+/histories: no histories can be written here", processes.output("master"))


def test_workers_end_when_their_master_is_lost(processes, sandbox):
    with (processes.folder / "eyes.py").open("a") as eyes:
        eyes.write("import locust.runners\nlocust.runners.MASTER_HEARTBEAT_TIMEOUT = 5\n")
    master = processes.master(sandbox, "--master", "--expect-workers", "1", "-u", "1", key=DEFAULT_KEY)
    worker = processes.worker("worker")
    processes.until(lambda: processes.told(worker)["sessions"], master, worker)
    master.kill()
    assert worker.wait(BOUND) == 4, processes.output("worker")
    assert "the master is gone" in processes.output("worker")


def test_each_session_has_a_key_of_its_own_and_what_ends_last_is_counted(processes):
    keys = [f"s3cr3t-{number}" for number in range(4)]
    host = processes.sut(*keys, latency=0.4)
    (processes.folder / "keys.txt").write_text("\n".join(keys))
    flags = ("--processes", "2", "-u", "6", "-r", "6", "--keys", "keys.txt", "--stop-timeout", "25")
    master = processes.master(host, *flags)
    processes.until(lambda: processes.done(0) and processes.done(1), master)
    arguments = Path(f"/proc/{master.pid}/cmdline").read_text()
    stopped = time.monotonic()
    master.send_signal(signal.SIGUSR1)
    assert master.wait(BOUND) == 0, processes.output("master")

    summary, histories = processes.summary(), processes.histories()
    count = len(histories)
    assert endings(histories.values()) == {"done": count}
    assert summary["ledger"]["sessions"] == {"done": count}
    assert summary["ledger"]["trouble"] == {}
    last = [o.at for history in histories.values() for o in history if isinstance(o, Event) and o.name == "done"]
    assert max(last) > stopped  # after the workers were told to end
    measures = {measure["name"]: measure for measure in summary["measures"]}
    assert {name: measures[name]["count"] for name in ("drain", "session", "key_wait")} == dict.fromkeys(
        ("drain", "session", "key_wait"), count
    )
    assert "6 users and 4 API keys" in processes.output("master")
    written = [path for path in processes.folder.rglob("*.*") if path.is_file() and path.name != "keys.txt"]
    assert not [path for path in written if b"s3cr3t" in path.read_bytes()]
    assert "s3cr3t" not in arguments


# Examples

CLUSTER = ROOT / "locustfiles" / "cluster"
COMPOSE = yaml.safe_load((CLUSTER / "compose.yaml").read_text())
OBJECTS = list(yaml.safe_load_all((CLUSTER / "kubernetes.yaml").read_text()))
SERVICE_KEYS = {
    *("image", "build", "command", "environment", "volumes", "depends_on", "deploy", "ulimits"),
    *("stop_signal", "stop_grace_period"),
}
"""Of the Compose specification, those that the example may use."""
KINDS = {"ConfigMap": "v1", "PersistentVolumeClaim": "v1", "Service": "v1", "Job": "batch/v1"}
TELLING = 15
"""Seconds that workers have for what they tell at the end, beyond Locust's stop timeout."""


def named(kind, name):
    [found] = [each for each in OBJECTS if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def pod(job):
    return named("Job", job)["spec"]["template"]


def parsed(flags):
    """The command line of an example, as Locust with the harness reads it; an unknown flag ends the test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCUST_SKIP_MONKEY_PATCH", "yes")
        locust = importlib.import_module("locust.argument_parser")
    parser = locust.get_empty_argument_parser(default_config_files=[])
    locust.setup_parser_arguments(parser)
    add_arguments(parser)
    defaults = {"LIVE_WORKERS": "2", "LIVE_SCENARIO": "mixed"}
    filled = [re.sub(r"\$\{(\w+)[^}]*\}", lambda match: defaults.get(match[1], "http://host"), each) for each in flags]
    return parser.parse_args(filled)


def seconds(text):
    return int(text.removesuffix("s"))


def test_the_compose_example_agrees_with_itself():
    assert COMPOSE.keys() == {"name", "services", "volumes"}
    for service in COMPOSE["services"].values():
        assert service.keys() <= SERVICE_KEYS
        assert {volume.split(":")[0] for volume in service.get("volumes", ())} <= COMPOSE["volumes"].keys()
        assert set(service.get("depends_on", ())) <= COMPOSE["services"].keys()
    master, worker = (COMPOSE["services"][name] for name in ("master", "worker"))
    assert (CLUSTER / master["build"]["context"] / master["build"]["dockerfile"]).resolve() == CLUSTER / "Dockerfile"
    assert f"--expect-workers={worker['deploy']['replicas']}" in master["command"]
    assert f"{parsed(master['command']).report}" == master["volumes"][0].split(":")[1]
    assert parsed(worker["command"]).master_host == "master"
    assert list(master["environment"]) == [KEY_VARIABLE]
    assert "environment" not in worker  # it gets the key from the master
    assert seconds(master["stop_grace_period"]) > parsed(master["command"]).stop_timeout + TELLING


def test_the_kubernetes_example_agrees_with_itself():
    assert {(each["kind"], each["apiVersion"]) for each in OBJECTS} <= KINDS.items()
    master, workers = pod("live-load-master"), pod("live-load-workers")
    service = named("Service", "live-load-master")["spec"]
    assert service["selector"].items() <= master["metadata"]["labels"].items()
    assert not service["selector"].items() <= workers["metadata"]["labels"].items()
    [container], [loader] = (each["spec"]["containers"] for each in (master, workers))
    flags, theirs = parsed(container["args"]), parsed(loader["args"])
    assert theirs.master_host == "live-load-master"
    ports = [service["ports"][0]["port"], container["ports"][0]["containerPort"]]
    assert ports == [flags.master_bind_port, theirs.master_port]
    assert named("Job", "live-load-workers")["spec"]["parallelism"] == flags.expect_workers
    assert master["spec"]["terminationGracePeriodSeconds"] > flags.stop_timeout + TELLING
    volumes = {volume.pop("name"): volume for volume in copy.deepcopy(master["spec"]["volumes"])}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys()
    assert named("ConfigMap", volumes["scenario"]["configMap"]["name"])
    assert named("PersistentVolumeClaim", volumes["reports"]["persistentVolumeClaim"]["claimName"])
    assert "volumes" not in workers["spec"]
    assert [variable["name"] for variable in container["env"]] == [KEY_VARIABLE]
    assert "env" not in loader


def test_the_load_of_the_kubernetes_example_can_be_run(tmp_path):
    [(name, text)] = named("ConfigMap", "live-load")["data"].items()
    (tmp_path / name).write_text(text)
    assert parsed(pod("live-load-master")["spec"]["containers"][0]["args"]).scenario == f"/scenario/{name}"
    assert load_workload(str(tmp_path / name)).users == 400


def test_the_image_is_started_as_the_examples_expect():
    lines = (CLUSTER / "Dockerfile").read_text().splitlines()
    entry = json.loads(next(line for line in lines if line.startswith("ENTRYPOINT")).removeprefix("ENTRYPOINT "))
    assert entry == ["locust", "-f", "locustfiles/live.py"]
    assert (ROOT / entry[2]).is_file()
