"""A session of a load run: what it breaks is told while it runs."""

from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.contract.profile import Profile
from harness.history.observations import Ended
from harness.load.session import Session
from harness.oracle.judge import Judge
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.scenario.call import Call
from harness.scenario.loader import find
from harness.scenario.planner import plan


def performed(mutant, *takers):
    """What a session told of as it happened, its judge, and the faults that were noted."""
    clock, told, faults = VirtualClock(), [], []
    transport = MemoryTransports(MUTANTS[mutant].service(Settings()), clock).connect()
    session = Session(
        plan(find("plain", Call), 1),
        Deployment("http://memory", "", DEFAULT_KEY),
        transport,
        clock,
        [lambda seen: told.append(seen) if isinstance(seen, Ended) else None, *takers],
        judge=Judge(Profile()),
        label="plain-1",
        history=None,
        found=told.append,
        fault=faults.append,
    )
    session.perform()
    return told, session.judge, faults


def test_the_first_finding_of_each_requirement_is_told_at_once():
    [first, last], judge, _ = performed("nobody-speaks")
    assert isinstance(last, Ended)  # what was found before it was told before it
    assert first is judge.findings[0]
    assert [finding.requirement for finding in judge.findings] == ["EVENT-4"] * 6


def test_a_taker_that_fails_stops_neither_the_session_nor_the_others():
    def fails(_):
        raise LookupError

    told, _, faults = performed("nobody-speaks", fails)
    assert isinstance(told[-1], Ended)
    assert {type(fault) for fault in faults} == {LookupError}
