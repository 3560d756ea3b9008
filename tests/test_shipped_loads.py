"""The shipped load files: each says what it is for, ends by itself, and its sessions go as they are meant to."""

from dataclasses import dataclass

import msgspec
import pytest

from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.client.preflight import preflight
from harness.load.arrivals.levels import level_at
from harness.load.measures.counting import Counting
from harness.load.measures.lag import Lag
from harness.load.measures.slo import FLOORS
from harness.load.measures.statistics import Statistics
from harness.load.measures.stopwatch import Stopwatch
from harness.load.measures.times import Counts, Times
from harness.load.session import Session
from harness.load.workload import load_workload
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Judge
from harness.proof.rehearing import Rehearing
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.scenario.load import Load
from harness.scenario.loader import shipped
from harness.scenario.plan import Abandon, Control
from harness.scenario.planner import plan

LOADS = [scenario.name for scenario in shipped() if isinstance(scenario, Load)]
EACH = 3
"""Sessions of each of a load's calls."""
THINK = 0.5
"""Seconds between sessions of one user, on average."""
PATIENCE = 15 * 60.0
"""Seconds that a load lasts at most, where its user says nothing."""


@dataclass
class Performed:
    """A handful of a load's sessions, all begun at once, against one sandbox."""

    assessment: Assessment
    faults: list[Exception]
    times: Counts
    seconds: float
    """Until the last of them was over."""
    service: Service
    clock: VirtualClock


def perform(workload):
    clock = VirtualClock(wall=1_800_000_000.25)
    service = Service(Settings(), Rehearing)
    transports = MemoryTransports(service, clock)
    sut = Deployment("http://memory", "", DEFAULT_KEY)
    sut = msgspec.structs.replace(sut, server_offset=preflight(sut, transports.connect, clock).server_offset)
    times, faults = Times(), []

    def session(call, seed):
        planned, judge = plan(call, seed), Judge(sut.profile)
        lag = Lag(planned.audio.time_of, judge.reader)
        return Session(
            planned,
            sut,
            transports.connect(),
            clock,
            [Stopwatch(times, Counting(), Statistics(lambda **_: None), lag)],
            judge=judge,
            label=f"{call.name}-{seed}",
            history=None,
            found=lambda _: None,
            fault=faults.append,
            unrecorded=faults.append,
        )

    sessions = [session(call, seed) for call, _ in workload.mix for seed in range(EACH)]
    clock.side_by_side([each.perform for each in sessions])
    assessment = Assessment()
    for each in sessions:
        assessment.add(each.label, each.judge, each.books)
    assessment.compare_sessions()
    return Performed(assessment, faults, times.take(), clock.now(), service, clock)


def planned_end(call):
    last = [action for action in plan(call, 0).actions if isinstance(action, Control | Abandon)][-1]
    return "abandoned" if isinstance(last, Abandon) else {"finalize": "done", "cancel": "cancelled"}[last.action]


@pytest.fixture(scope="module", params=LOADS)
def workload(request):
    return load_workload(request.param)


@pytest.fixture(scope="module")
def performed(workload):
    return perform(workload)


def test_it_ends_by_itself_and_says_how_many_there_are(workload):
    assert 0 < workload.seconds <= PATIENCE
    assert max(max(stretch.first, stretch.last) for stretch in workload.levels) > 0


def test_its_sessions_can_end_before_it_does(workload, performed):
    assert performed.seconds < workload.seconds


def test_its_sessions_come_to_their_planned_end(workload, performed):
    endings = [planned_end(call) for call, _ in workload.mix for _ in range(EACH)]
    assert performed.assessment.ledger.sessions == {each: endings.count(each) for each in endings}
    assert not performed.assessment.ledger.uneven
    assert not performed.faults


def test_an_honest_server_breaks_nothing_in_it(workload, performed):
    assert "findings" in {slo.measure for slo in workload.slos}
    assert not performed.assessment.broken
    assert not performed.assessment.crashes
    assert any(tally.passed for tally in performed.assessment.tallies.values())


def sessions_in(workload, performed):
    """About how many a whole run has that are measured."""
    seconds = range(round(workload.warm_up), round(workload.seconds))
    area = sum(level_at(second + 0.5, workload.levels) for second in seconds)
    if workload.open:
        return area
    whole = sum(weight for _, weight in workload.mix)
    mean = sum(performed.assessment.scenarios[call.name].seconds * weight for call, weight in workload.mix) / whole
    return area / (mean + THINK)


def test_what_it_demands_is_measured_often_enough(workload, performed):
    share = sessions_in(workload, performed) / sum(performed.assessment.ledger.sessions.values())
    for slo in workload.slos:
        if slo.threshold.unit == "seconds":
            name, _, statistic = slo.measure.rpartition(".")
            samples = sum(performed.times[name].values()) * share
            assert samples > 1.2 * FLOORS.get(statistic, 1), slo.measure


def test_nothing_of_it_stays_at_the_server_longer_than_its_time_to_live(performed):
    performed.clock.sleep(performed.service.settings.ttl + 1)
    assert [session.id for session in performed.service.sessions.values() if not session.is_over] == []
