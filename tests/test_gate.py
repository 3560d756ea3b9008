"""The gate over the memory transport: its verdicts, and what it survives."""

import pytest

from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.contract.catalogue import load_catalogue
from harness.errors import ExitCode, UnusableError
from harness.gate.judged_session import JudgedSession
from harness.gate.preflight import preflight
from harness.gate.runner import Gate
from harness.gate.verdict import conclude, conclude_sessions
from harness.history.observations import Sent
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Tally
from harness.oracle.ledger import Ledger
from harness.sandbox.exchange import json_reply
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.scenario.call import Call
from harness.scenario.loader import find
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
    gate.run([find("start", Call), find("cancel", Call)], 1, lambda name, *_: told.append(name))
    assert sorted(told) == ["cancel", "start"]
    assert [crash.partition(": ")[2] for crash in gate.assessment.crashes] == ["RuntimeError('no transport')"]
    assert gate.assessment.tallies["START-1"].passed == 1
    assert conclude(gate.assessment, CATALOGUE).exit_code is ExitCode.HARNESS


def session(takers=(), **options):
    clock = VirtualClock()
    transport = MemoryTransports(Service(Settings()), clock).connect()
    return JudgedSession(plan(find("gap", Call), 1), SUT, transport, clock, label="gap", takers=takers, **options)


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
