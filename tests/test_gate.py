"""The gate over the memory transport: its verdicts, in which order it does what, and what it survives."""

import threading
from itertools import pairwise

import msgspec
import pytest

from harness.client.clock import SystemClock, VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.client.preflight import preflight
from harness.client.transport import TransportError
from harness.contract.catalogue import load_catalogue
from harness.errors import ExitCode, UnusableError
from harness.gate.bouts import bouts
from harness.gate.judged_session import JudgedSession
from harness.gate.replay import replays
from harness.gate.runner import Gate
from harness.gate.verdict import conclude, conclude_sessions
from harness.history.observations import Ended, Sent
from harness.oracle.assessment import Assessment
from harness.oracle.checks.sizes import SizesMayVary
from harness.oracle.dispatch import asked
from harness.oracle.judge import Finding, Tally
from harness.oracle.ledger import Ledger
from harness.oracle.verdicts import Verdict
from harness.sandbox.exchange import json_reply
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.scenario.call import Probe
from harness.scenario.loader import find, read
from harness.scenario.planner import plan

CATALOGUE = load_catalogue()
SUT = Deployment("http://memory", "", DEFAULT_KEY)
PASSED = {"START-1": Tally(passed=1)}


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (Assessment(), ExitCode.NO_VERDICT),
        (Assessment(tallies=PASSED), ExitCode.OK),
        (Assessment(tallies=PASSED, problems=["s: the start was answered 500"]), ExitCode.NO_VERDICT),
        (Assessment(tallies=PASSED, too_long={"s: silence": 900.0}), ExitCode.NO_VERDICT),
        (Assessment(tallies=PASSED | {"TTL-1": Tally(passed=1, inconclusive=1)}), ExitCode.NO_VERDICT),
        (Assessment(tallies={"TTL-1": Tally(failed=1)}, problems=["s: gone"]), ExitCode.BROKEN),
        (Assessment(tallies=PASSED, crashes=["a taker"]), ExitCode.HARNESS),
    ],
)
def test_single_sessions_are_conformant_only_if_they_went_well_and_showed_something(seen, code):
    assert conclude_sessions(seen, CATALOGUE).exit_code is code


def test_a_reason_is_told_for_a_session_without_a_verdict():
    seen = conclude_sessions(Assessment(tallies=PASSED, problems=["s: the start was answered 500"]), CATALOGUE)
    assert any("answered 500" in note for note in seen.notes)


def test_a_sut_that_goes_away_is_said_to_be_gone():
    gone = Assessment(tallies=PASSED, ledger=Ledger(requests={"chunk": 9}, trouble={"chunk: unreachable": 4}))
    verdict = conclude(gone, CATALOGUE)
    assert verdict.exit_code is ExitCode.UNUSABLE
    assert "any more" in verdict.headline


def test_a_gate_that_aims_at_nothing_has_no_verdict():
    assert conclude(Assessment(tallies=PASSED), CATALOGUE, aims=[]).exit_code is ExitCode.NO_VERDICT
    assert conclude(Assessment(tallies=PASSED), CATALOGUE, aims=["START-1"]).exit_code is ExitCode.OK


def test_one_probes_crash_leaves_the_others_their_verdicts():
    clock = VirtualClock()
    transports, connected = MemoryTransports(Service(Settings()), clock), []

    def connect():
        connected.append(1)
        if len(connected) == 1:
            raise RuntimeError("no transport")
        return transports.connect()

    told = []
    gate = Gate(SUT, connect, clock, jobs=1)
    gate.run([find("start", Probe), find("cancel", Probe)], 1, lambda name, *_: told.append(name))
    assert sorted(told) == ["cancel", "start"]
    assert [crash.partition(": ")[2] for crash in gate.assessment.crashes] == ["RuntimeError('no transport')"]
    assert gate.assessment.tallies["START-1"].passed == 1
    assert conclude(gate.assessment, CATALOGUE).exit_code is ExitCode.HARNESS


def session(takers=(), **options):
    clock = VirtualClock()
    transport = MemoryTransports(Service(Settings()), clock).connect()
    return JudgedSession(plan(find("gap", Probe), 1), SUT, transport, clock, label="gap", takers=takers, **options)


def test_a_fault_of_a_taker_ends_no_session_and_is_a_fault_of_the_harness():
    def broken(observation):
        raise ValueError("oh")

    judged = session([broken])
    judged.perform()
    assert not judged.interrupted
    assert judged.assessment.ledger.sessions == {"done": 1}
    assert conclude_sessions(judged.assessment, CATALOGUE).exit_code is ExitCode.HARNESS
    assert "ValueError('oh')" in judged.assessment.crashes[0]


def test_ctrl_c_leaves_what_was_seen_so_far(tmp_path):
    def ctrl_c(observation):
        if isinstance(observation, Sent) and observation.seq == "1":
            raise KeyboardInterrupt

    judged = session([ctrl_c], history=tmp_path / "gap.jsonl")
    judged.perform()
    assert judged.interrupted
    assert judged.assessment.tallies["START-1"].passed == 1
    assert b'"interrupted"' in (tmp_path / "gap.jsonl").read_bytes()


class Refusing(Service):
    """Refuses those starts whose numbers are in `refused`, from 1."""

    refused = frozenset()
    status = 429
    starts = 0
    lived = 0

    def start(self, call):
        self.starts += 1
        if self.starts in self.refused:
            return json_reply({"error": f"{'x' * 170} {DEFAULT_KEY}"}, self.status)
        self.lived += 1
        return super().start(call)

    def control(self, call, session):
        self.lived -= 1
        return super().control(call, session)


def preflown(connect=None, **attributes):
    service = Refusing(Settings())
    for name, value in attributes.items():
        setattr(service, name, value)
    clock = VirtualClock()
    return service, preflight(SUT, MemoryTransports(service, clock).connect, clock)


@pytest.mark.parametrize(
    ("refused", "status", "one_at_a_time", "starts"),
    [
        ((), 429, False, 8),
        ((2, 4, 6, 8), 409, True, 8),
        ((2,), 409, True, 8),
        ((3,), 409, True, 3),
        ((4, 5, 6, 7), 429, True, 5),
        ((3,), 503, False, 3),
    ],
)
def test_only_the_very_first_start_must_be_accepted(refused, status, one_at_a_time, starts):
    service, found = preflown(refused=frozenset(refused), status=status)
    assert found.one_at_a_time is one_at_a_time
    assert found.server_offset is not None
    assert (service.starts, service.lived) == (starts, 0)


def test_a_refused_first_start_is_told_without_the_key():
    with pytest.raises(UnusableError, match="429") as caught:
        preflown(refused={1})
    assert DEFAULT_KEY[:6] not in str(caught.value)


def test_an_interrupted_preflight_says_so_and_leaves_no_session():
    service, clock = Refusing(Settings()), VirtualClock()
    transport = MemoryTransports(service, clock).connect()
    send = transport.send

    def ctrl_c_at_the_second(request, deadline):
        if service.starts == 1 and request.target.endswith("/start"):
            raise KeyboardInterrupt
        return send(request, deadline)

    transport.send = ctrl_c_at_the_second
    with pytest.raises(KeyboardInterrupt, match="before the first session"):
        preflight(SUT, lambda: transport, clock)
    assert (service.starts, service.lived) == (1, 0)


# In which order, and how many at once


def probes(*names):
    return [find(name, Probe) for name in names]


class Counting(Service):
    """Remembers each start: when, and how many sessions were live then."""

    def __init__(self, settings, **others):
        super().__init__(settings, **others)
        self.told = []

    def open(self, filename, goal, origin):
        self.told.append((self.now, sum(not session.is_over for session in self.sessions.values())))
        return super().open(filename, goal, origin)


def ran(names, service=Counting, **options):
    clock = VirtualClock()
    served = service(Settings(ttl=6.0))
    gate = Gate(SUT, MemoryTransports(served, clock).connect, clock, **{"jobs": 1} | options)
    gate.run(probes(*names), 1)
    assert not gate.assessment.crashes
    return gate, served


def test_those_that_want_to_be_alone_are_first_and_one_after_another():
    gate, served = ran(["gap", "in-turn", "start"])
    assert len(served.told) == 8
    assert all(live == 0 for _, live in served.told)
    assert next(iter(gate.assessment.scenarios)) == "in-turn"


def test_a_crowd_starts_at_the_same_moment():
    _, served = ran(["gap", "crowd", "crowd-cancels"])
    crowd = served.told[:12]
    assert [live for _, live in crowd] == list(range(12))
    assert len({at for at, _ in crowd}) == 1
    assert served.told[12][1] == 0


@pytest.mark.parametrize(("crowd", "sessions"), [(12, 12), (2, 3), (24, 24), (1, 0), (0, 0)])
def test_the_probes_of_a_crowd_share_its_sessions(crowd, sessions):
    _, served = ran(["crowd", "crowd-retries", "crowd-cancels"], crowd=crowd)
    assert len(served.told) == sessions


def test_every_session_of_a_probe_has_its_own_label_seed_and_history(tmp_path):
    ran(["crowd"], histories=tmp_path, crowd=4)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"crowd-{n}.jsonl" for n in range(1, 5)]
    headers = [msgspec.json.decode(path.read_bytes().splitlines()[0]) for path in sorted(tmp_path.iterdir())]
    assert [after["seed"] - before["seed"] for before, after in pairwise(headers)] == [1, 1, 1]
    assert not any(header.get("alone") for header in headers)


def test_those_that_are_told_to_be_alone_say_so_in_their_histories(tmp_path):
    ran(["in-turn"], histories=tmp_path)
    headers = [msgspec.json.decode(path.read_bytes().splitlines()[0]) for path in tmp_path.iterdir()]
    assert [header["alone"] for header in headers] == [True] * 6


def test_what_leaves_a_session_behind_is_last_where_a_key_holds_only_one(tmp_path):
    for name, steps in {"goer": "start, silence: 50% of ttl, abandon", "late": "start, expire, abandon"}.items():
        (tmp_path / f"{name}.yaml").write_text(f"probe: {name}\nexercises: []\nsteps: [{steps}]\n")
    given = [read(tmp_path / "goer.yaml"), read(tmp_path / "late.yaml"), find("start", Probe)]
    assert order(bouts(given, 1, crowd=12)) == [[], [], ["late"], ["goer", "start"]]
    assert order(bouts(given, 1, crowd=0)) == [[], [], [], ["late", "start", "goer"]]


def order(all_bouts):
    return [[name for bout in each for name in bout.probes] for each in all_bouts]


def test_beside_those_that_are_compared_run_only_those_that_mostly_wait():
    names = ["gap", "crowd", "expiry", "in-turn", "crowd-cancels", "operations", "early-results"]
    alone, line, beside, others = order(bouts(probes(*names), 1, crowd=12))
    assert alone == ["operations"]
    assert line == ["in-turn", "crowd", "crowd-cancels"]
    assert sorted(beside) == ["early-results", "expiry"]
    assert others == ["gap"]


def test_nothing_is_beside_those_that_are_alone_and_the_others_wait_for_the_line():
    def connect():
        raise RuntimeError("no transport")

    over = []
    gate = Gate(SUT, connect, SystemClock(), jobs=4, crowd=3)
    gate.run(probes("gap", "crowd", "in-turn", "operations", "start"), 1, lambda name, *_: over.append(name))
    assert over[:3] == ["operations", "in-turn", "crowd"]
    assert sorted(over[3:]) == ["gap", "start"]


class Small(Counting):
    """Has room for three sessions."""

    def start(self, call):
        if sum(not session.is_over for session in self.sessions.values()) >= 3:
            return json_reply({"error": "full"}, 429)
        return super().start(call)


class Full(Counting):
    def start(self, call):
        return json_reply({"error": "full"}, 429)


def test_who_finds_no_room_in_a_crowd_accuses_nobody():
    gate, served = ran(["crowd", "crowd-retries", "crowd-cancels"], Small)
    assert 3 <= len(served.told) < 12
    assert gate.assessment.tallies["START-1"].inconclusive == 0
    assert not gate.assessment.broken


def test_a_fault_of_ours_is_told_even_of_who_found_no_room(monkeypatch, request):
    def crash(_, exchange):
        return () if exchange.accepted else (1 / 0,)

    monkeypatch.setattr(SizesMayVary, "exchanged", crash)
    monkeypatch.setattr(SizesMayVary, "requests", ("start",))
    asked.cache_clear()  # what checks declare is found out once
    request.addfinalizer(asked.cache_clear)
    clock = VirtualClock()
    gate = Gate(SUT, MemoryTransports(Small(Settings()), clock).connect, clock, crowd=4)
    gate.run(probes("crowd"), 1)
    assert "ZeroDivisionError" in gate.assessment.crashes[0]


class Tight(Counting):
    """Has room for one session, until a while after it is over."""

    after = 4.0
    status = 429

    def start(self, call):
        if any(not session.is_over for session in self.sessions.values()):
            self.freed = self.now + self.after
        if self.now < getattr(self, "freed", 0.0):
            return json_reply({"error": "full"}, self.status)
        return super().start(call)

    def control(self, call, session):
        self.freed = self.now + self.after
        return super().control(call, session)


@pytest.mark.parametrize("status", [403, 409, 429, 503])
def test_who_finds_no_room_is_tried_again_until_there_is_some(status):
    kind = type("Tighter", (Tight,), {"status": status})
    gate, served = ran(["start-key", "gap", "cancel", "in-turn"], kind)
    assert (
        conclude(gate.assessment, CATALOGUE, aims=["AUTH-1", "CHUNK-3", "START-1", "STREAM-8"]).exit_code is ExitCode.OK
    )
    assert len(served.told) == 9
    assert gate.assessment.problems == []
    assert gate.room is None


def test_who_was_turned_away_beside_others_says_how_many_there_were():
    served, clock = Service(Settings()), VirtualClock()
    gate = Gate(SUT, MemoryTransports(served, clock).connect, clock, jobs=1)
    live = plan(find("start", Probe), 1)
    there = JudgedSession(live, SUT, MemoryTransports(served, clock).connect(), clock, label="there")
    there.perform()
    gate._sessions.add(there)
    refused = MemoryTransports(Full(Settings()), clock)
    turned_away = JudgedSession(live, SUT, refused.connect(), clock, label="away")
    turned_away.perform()
    assert gate._is_turned_away([turned_away])
    assert gate.room == 1
    assert not gate._is_turned_away([there])


def test_a_start_that_is_refused_for_another_reason_is_no_matter_of_room():
    class Choosy(Counting):
        refused = 0

        def start(self, call):
            self.refused += 1
            return json_reply({"error": "no"}, 400)

    gate, served = ran(["gap"], Choosy)
    assert served.refused == 1
    assert gate.assessment.verdict("START-1") is not Verdict.PASS


def test_where_nobody_ever_finds_room_the_run_comes_to_its_end():
    clock = VirtualClock()
    gate = Gate(SUT, MemoryTransports(Full(Settings()), clock).connect, clock, jobs=1)
    gate.run(probes("gap", "start", "cancel"), 1)
    assert SUT.profile.waits.drain <= clock.now() < 1.5 * SUT.profile.waits.drain
    assert len(gate.assessment.problems) == 3


def test_one_session_shows_nothing_of_several():
    gate, _ = ran(["whole-call"])
    assert not {"STREAM-8", "START-4", "STREAM-7"} & gate.assessment.tallies.keys()


def finding(requirement, scenario, trail=()):
    return Finding(requirement, f"{scenario}-1", scenario, 7, 0.0, "this", "that", tuple(trail))


def test_what_shows_by_comparing_sessions_is_shown_again_by_comparing_them():
    found = [
        finding("CHUNK-3", "gap", [Ended(0.0, "done", "")]),
        finding("STREAM-8", "crowd"),
        finding("START-4", "gap"),
    ]
    again = replays(found[:2], {}, insecure=True, host="http://sut", comparing=["--only", "crowd", "--seed", "1"])
    assert again == {
        "gap-1": "live-harness replay gap --seed 7 --host http://sut --insecure",
        "crowd-1": "live-harness conform --only crowd --seed 1 --host http://sut --insecure",
    }
    for both in (found, found[::-1]):
        assert "conform" in replays(both, {}, insecure=False, comparing=["--only", "gap"])["gap-1"]


def test_a_crowd_of_which_nobody_finds_room_is_no_crowd():
    gate, _ = ran(["crowd"], Full)
    assert gate.assessment.tallies["START-1"].inconclusive == 12


def test_a_probe_for_a_deployment_that_there_is_not_is_left_out():
    probe = msgspec.structs.replace(find("start", Probe), deployment="disabled")
    clock = VirtualClock()
    served = [Counting(Settings()), Counting(Settings())]
    ways = [MemoryTransports(each, clock).connect for each in served]
    assert Gate(SUT, ways[0], clock).run([probe], 1).ledger.requests == {}
    Gate(SUT, ways[0], clock, disabled=(SUT, ways[1])).run([probe], 1)
    assert [len(each.told) for each in served] == [0, 1]


# When the time is over


class Endless:
    """A transport on which no reply comes before the test says so."""

    def __init__(self, release):
        self.release = release
        self.asked = threading.Event()

    def send(self, request, deadline):
        self.asked.set()
        self.release.wait(60)
        raise TransportError("timeout", "no reply")

    def close(self):
        pass


class Impatient(SystemClock):
    """A clock at which somebody presses Ctrl-C, so many times, once something has been asked for."""

    def __init__(self, transport, presses=1):
        self._transport = transport
        self._presses = presses
        self._thread = threading.current_thread()

    def now(self):
        if threading.current_thread() is self._thread and self._transport.asked.is_set() and self._presses:
            self._presses -= 1
            if not self._presses:
                self._transport.release.set()
            raise KeyboardInterrupt
        return super().now()


def test_when_there_is_no_time_nothing_is_started():
    gate, served = ran(["gap", "in-turn", "crowd"], time_limit=0.0)
    assert (served.told, gate.ran_out, gate.interrupted) == ([], True, False)


def test_when_the_time_is_over_nothing_more_is_started_and_what_was_seen_is_kept():
    gate, served = ran(["in-turn", "start"], time_limit=4.0)
    assert 1 <= len(served.told) < 6
    assert gate.ran_out
    assert gate.assessment.tallies["CHUNK-1"].passed
    assert conclude(gate.assessment, CATALOGUE, ran_out=True).exit_code is ExitCode.NO_VERDICT


def test_a_run_that_is_just_through_has_not_run_out_of_time():
    gate, _ = ran(["start"], time_limit=3600.0)
    assert not gate.ran_out


def test_sessions_that_wait_are_stopped_when_the_time_is_over():
    transport = Endless(threading.Event())
    gate = Gate(SUT, lambda: transport, SystemClock(), jobs=1, time_limit=0.05)
    stop = gate._stop

    def stop_and_release():
        stop()
        transport.release.set()

    gate._stop = stop_and_release
    gate.run(probes("gap", "start", "cancel"), 1)
    assert gate.ran_out
    assert sum(gate.assessment.ledger.sessions.values()) <= 1


def test_ctrl_c_stops_the_sessions_and_starts_no_more():
    transport = Endless(threading.Event())
    gate = Gate(SUT, lambda: transport, Impatient(transport), jobs=1)
    gate.run(probes("gap", "start", "cancel"), 1)
    assert gate.interrupted
    assert not gate.ran_out
    assert gate.assessment.ledger.sessions == {"interrupted": 1}


def test_a_second_ctrl_c_waits_for_nobody():
    transport = Endless(threading.Event())
    gate = Gate(SUT, lambda: transport, Impatient(transport, presses=3), jobs=1)
    with pytest.raises(KeyboardInterrupt):
        gate.run(probes("gap", "start", "cancel"), 1)
    assert gate.interrupted
    assert not transport.release.is_set()
    transport.release.set()
