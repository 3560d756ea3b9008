"""A client that was kept from running, by a busy machine or one that stood still, accuses no server of that."""

import pytest

from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.client.session import open_session
from harness.history.observations import Ended
from harness.oracle.judge import Judge
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.scenario.call import Call
from harness.scenario.loader import find
from harness.scenario.planner import plan

CALL = """
call: kept
audio: {speech: one-speaker, length: 10s}
keepalive: auto
steps:
  - start
  - attach
  - push: rest
  - silence: 9s
  - finalize
  - await: done
  - await: end
"""


class StarvedClock(VirtualClock):
    """Stands still once, in one of its waits: what comes meanwhile is not read before the next one."""

    def __init__(self, at, seconds):
        super().__init__()
        self.waits = 0
        self._at = at
        self._seconds = seconds

    def _run(self, until, signal):
        self.waits += 1
        if self.waits == self._at:
            self._now += self._seconds
            if self._now >= until:
                return  # its time is up, and nobody has looked yet at what came meanwhile
        super()._run(until, signal)


@pytest.fixture(scope="session")
def call(tmp_path_factory):
    file = tmp_path_factory.mktemp("calls") / "kept.yaml"
    file.write_text(CALL)
    return find(str(file), Call)


def perform(call, at, seconds, **settings):
    """What is seen of a session that is kept from running for so many seconds, in wait number `at`."""
    clock = StarvedClock(at, seconds)
    transports = MemoryTransports(Service(Settings(**settings)), clock)
    sut = Deployment("http://memory", "", DEFAULT_KEY)
    judge, seen = Judge(sut.profile), []
    takers = [seen.append, judge.observe]
    open_session(plan(call, 1), sut, transports.connect(), clock, takers, label="kept", strict=False).perform()
    assert not judge.crashes
    return judge, seen, clock.waits


@pytest.mark.parametrize("seconds", [3, 20, 100])
def test_wherever_a_session_stands_still_nothing_is_held_against_the_server(call, seconds):
    judge, _, waits = perform(call, 0, 0, ttl=6.0)
    assert judge.findings == []
    for at in range(1, waits + 1):
        judge, _, _ = perform(call, at, seconds, ttl=6.0)
        assert [(at, finding.requirement, finding.happened) for finding in judge.findings] == []


def test_a_keepalive_that_comes_too_late_for_the_session_to_live_on(call):
    endings = set()
    for at in range(1, perform(call, 0, 0, ttl=6.0)[2]):
        judge, seen, _ = perform(call, at, 20, ttl=6.0)
        endings.add(next(o.ending for o in seen if isinstance(o, Ended)))
        assert judge.findings == []
    assert endings == {"done", "failed"}
