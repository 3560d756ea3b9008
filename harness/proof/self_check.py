"""Would the gate see it if this very server lied? Each lie is told on its behalf, and looked for by the same probes."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from harness.client.clock import Clock
from harness.client.deployment import Deployment
from harness.client.transport import Connect, Transport
from harness.gate.bouts import CROWD
from harness.gate.runner import Gate
from harness.oracle.assessment import Assessment
from harness.proof.tampering import LIES
from harness.proof.tampering.lie import Course, Shared
from harness.proof.tampering.transport import Tampering
from harness.scenario.call import Probe

CAUGHT: Final = "caught"
UNSEEN: Final = "unseen"
UNTOLD: Final = "not told"
HIDDEN: Final = "hidden"


class Told(msgspec.Struct, frozen=True):
    """One lie, and what came of it."""

    lie: str
    trips: tuple[str, ...]
    outcome: str
    """`caught` by a requirement that it trips; `unseen`; `not told`, since this server or these probes gave no occasion
    for it; `hidden` behind what the server itself breaks."""
    also: tuple[str, ...] = ()
    """Other requirements that broke: what this server makes of the lie."""
    happened: str = ""
    """The first finding's words."""


class SelfCheck:
    """Lies about one deployment. `interrupted` says whether Ctrl-C ended the last run."""

    def __init__(
        self, deployment: Deployment, connect: Connect, clock: Clock, *, seed: int, jobs: int, crowd: int = CROWD
    ) -> None:
        """`jobs`, `crowd`: see `Gate`."""
        self._deployment = deployment
        self._connect = connect
        self._clock = clock
        self._seed = seed
        self._jobs = jobs
        self._crowd = crowd
        self.interrupted = False
        self.crashes: list[str] = []
        """Faults of the harness, by which what it says is worth nothing."""

    def run(
        self, lies: Sequence[str], probes: Sequence[Probe], progress: Callable[[str, int, int], object]
    ) -> list[Told]:
        """Tell them one after another, each in all sessions of the probes that exercise what it trips."""
        wanted = {requirement for lie in lies for requirement in LIES[lie].trips}
        honest = self._assess([probe for probe in probes if wanted & set(probe.exercises)], self._connect)
        told: list[Told] = []
        for lie in lies:
            if self.interrupted:
                break
            one = self._tell(lie, probes, honest)
            if not self.interrupted:  # else nobody knows what would have come of it
                told.append(one)
                progress(lie, len(told), len(lies))
        return told

    def _tell(self, lie: str, probes: Sequence[Probe], honest: Assessment) -> Told:
        trips = LIES[lie].trips
        if set(trips) <= set(honest.broken):
            return Told(lie, trips, HIDDEN)
        shared, ways = Shared(), list[Tampering]()

        def connect() -> Transport:
            course = Course(self._deployment.profile, self._deployment.key)
            ways.append(Tampering(self._connect(), LIES[lie](course, shared), self._deployment.key, self._clock))
            return ways[-1]

        seen = self._assess([probe for probe in probes if set(probe.exercises) & set(trips)], connect)
        broken = [name for name in seen.broken if name not in honest.broken]
        caught = [finding.happened for finding in seen.findings if finding.requirement in trips]
        outcome = CAUGHT if set(trips) & set(broken) else UNSEEN if any(way.told for way in ways) else UNTOLD
        return Told(lie, trips, outcome, tuple(name for name in broken if name not in trips), *caught[:1])

    def _assess(self, probes: Sequence[Probe], connect: Connect) -> Assessment:
        gate = Gate(self._deployment, connect, self._clock, jobs=self._jobs, crowd=self._crowd)
        assessment = gate.run(probes, self._seed)
        self.interrupted = self.interrupted or gate.interrupted
        self.crashes += assessment.crashes
        return assessment
