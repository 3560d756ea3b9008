"""What many tests share: sessions over the memory transport, under a virtual clock."""

from dataclasses import dataclass

import msgspec
import pytest

from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.client.preflight import preflight
from harness.client.session import open_session
from harness.contract.profile import Profile
from harness.history.observations import Ended
from harness.oracle.judge import Judge
from harness.oracle.ledger import Bookkeeper
from harness.oracle.verdicts import Verdict
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.scenario.call import Probe
from harness.scenario.planner import plan


@dataclass
class Performed:
    """One session that is over."""

    judge: Judge
    books: Bookkeeper
    ended: Ended
    clock: VirtualClock
    observations: list

    def verdicts(self, verdict):
        """The requirements that got this verdict."""
        return {name for name, tally in self.judge.tallies.items() if tally.verdict is verdict}

    @property
    def broken(self):
        """The requirements that were broken."""
        return self.verdicts(Verdict.FAIL)


@pytest.fixture(scope="session")
def perform():
    """A function that performs a call against a sandbox in memory; each time a new one."""

    def perform(call, service=Service, *, seed=1, profile=None, max_wait=600.0, wall=1_800_000_000.25, **settings):
        clock = VirtualClock(wall=wall)
        disabled = isinstance(call, Probe) and call.deployment == "disabled"
        transports = MemoryTransports(service(Settings(**{"ttl": 6.0, "enabled": not disabled} | settings)), clock)
        sut = Deployment("http://memory", "", DEFAULT_KEY, profile or Profile(), max_wait=max_wait, disabled=disabled)
        if not disabled:
            sut = msgspec.structs.replace(sut, server_offset=preflight(sut, transports.connect, clock).server_offset)
        judge, books, observations = Judge(sut.profile), Bookkeeper(), []
        takers = [observations.append, judge.observe, books]
        driver = open_session(plan(call, seed), sut, transports.connect(), clock, takers, label=call.name, alone=True)
        ended = driver.perform()
        assert not judge.crashes
        return Performed(judge, books, ended, clock, observations)

    return perform


@pytest.fixture(scope="session")
def performing():
    """A function that makes the driver of a call against a sandbox in memory, and leaves performing to the test."""

    def performing(call, takers):
        clock = VirtualClock()
        transports = MemoryTransports(Service(Settings()), clock)
        sut = Deployment("http://memory", "", DEFAULT_KEY)
        return open_session(plan(call, 1), sut, transports.connect(), clock, takers, label=call.name)

    return performing
