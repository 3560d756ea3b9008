"""One probe in one session: over the memory transport under a virtual clock, or against a real host."""

from contextlib import suppress
from typing import Final, NamedTuple, Protocol

import msgspec

from harness.client.clock import Clock, VirtualClock
from harness.client.deployment import Deployment
from harness.client.exchanges import Result
from harness.client.known_session import KnownSession
from harness.client.over_memory import MemoryTransports
from harness.client.preflight import preflight
from harness.client.transport import Connect, Transport
from harness.contract.messages import MalformedReplyError
from harness.contract.profile import Profile
from harness.exploration.moves import move
from harness.gate.judged_session import JudgedSession
from harness.gate.runner import probe_seed
from harness.history.observations import Observation, Returned, Sent
from harness.oracle.assessment import Assessment
from harness.proof.in_memory import SEED, SETTINGS
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY
from harness.scenario.call import Probe
from harness.scenario.planner import plan
from harness.scenario.sequence import Steps

_WALL: Final = 1_800_000_000.25
"""Not at the beginning of a second, as no real clock is."""


_PLAIN: Final = Probe(name="time-to-live", exercises=(), steps=Steps([move("start").step]))


class Seen(NamedTuple):
    """What a session has shown."""

    assessment: Assessment
    observations: list[Observation]
    interrupted: bool


class Perform(Protocol):
    """Performs a probe, from start to end."""

    def __call__(self, probe: Probe) -> Seen: ...


class InMemory:
    """Each session has a service of its own, and a clock that only it can move."""

    def __init__(self, service: type[Service], profile: Profile) -> None:
        self._service = service
        sut = Deployment("http://memory", "", DEFAULT_KEY, profile)
        transports = self._transports()
        offset = preflight(sut, transports.connect, transports.clock).server_offset
        self._sut = msgspec.structs.replace(sut, server_offset=offset)

    def __call__(self, probe: Probe) -> Seen:
        """Perform it."""
        transports = self._transports()
        return _performed(probe, self._sut, transports.connect(), transports.clock, alone=True)

    def _transports(self) -> MemoryTransports:
        return MemoryTransports(self._service(SETTINGS), VirtualClock(_WALL))


class AtHost:
    """Sessions at a deployment, one after another, after a preflight."""

    def __init__(self, sut: Deployment, connect: Connect, clock: Clock) -> None:
        self._sut = msgspec.structs.replace(sut, server_offset=preflight(sut, connect, clock).server_offset)
        self._connect = connect
        self._clock = clock

    def __call__(self, probe: Probe) -> Seen:
        """Perform it."""
        # Others may be using the server meanwhile.
        return _performed(probe, self._sut, self._connect(), self._clock, alone=False)

    def time_to_live(self) -> float | None:
        """How long the SUT lets a session live, in seconds, by one that is started and cancelled; at most that long."""
        known, left = KnownSession(self._sut.profile, self._sut.server_offset), dict[int, float]()
        for observation in self(_PLAIN).observations:
            match observation:
                case Sent(kind="start"):
                    left[observation.n] = observation.at
                case Returned() if observation.n in left:
                    with suppress(MalformedReplyError):
                        known.start(_result(observation, left[observation.n]))
        return known.lease.ttl.high if known.lease.ttl else None


def _result(returned: Returned, sent: float) -> Result:
    return Result(returned.status, body=returned.body, date=returned.date, sent=sent, at=returned.at)


def _performed(probe: Probe, sut: Deployment, transport: Transport, clock: Clock, *, alone: bool) -> Seen:
    # The gate gives a probe of that name the same seed, and with it the same plan.
    planned, observations = plan(probe, probe_seed(SEED, probe.name)), list[Observation]()
    session = JudgedSession(planned, sut, transport, clock, label=probe.name, takers=[observations.append], alone=alone)
    session.perform()
    return Seen(session.assessment, observations, session.interrupted)
