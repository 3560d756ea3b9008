"""What a report tells: a run, its circumstances, its assessment, and its measures."""

from typing import Final, Literal

import msgspec

from harness import __version__
from harness.contract.catalogue import load_catalogue
from harness.errors import ExitCode
from harness.oracle.assessment import Assessment
from harness.oracle.verdicts import Verdict
from harness.report.certificate import Certificate
from harness.report.course import Slice
from harness.report.environment import Environment

SCHEMA: Final = 2
"""Version of `summary.json`: 2 has what a capacity search found."""


class Measure(msgspec.Struct, frozen=True):
    """A distribution of times, in seconds."""

    name: str
    count: int
    mean: float
    p50: float
    p95: float
    p99: float
    max: float


class SloResult(msgspec.Struct, frozen=True):
    """A service level objective of a load file, and what was measured."""

    measure: str
    threshold: str
    value: str
    met: bool | None
    """None where the figure is not valid: too few samples, or none."""
    why: str = ""
    bound: float | None = None
    """Of a threshold on a time, in seconds."""
    figure: float | None = None
    """What was measured, in seconds, as a share, or a count; None where nothing was."""
    low: float | None = None
    high: float | None = None
    """Where the figure lies with 95% confidence; None where the run does not tell."""
    samples: int = 0


class Excuse(msgspec.Struct, frozen=True):
    """Why the run does not fail by a requirement that was broken, or got no verdict."""

    requirement: str
    kind: Literal["known", "newer", "waived", "out of reach"]
    """In the baseline; newer than the pinned catalogue; the user needs no verdict on it; nothing here could show it."""
    why: str
    """In words."""
    probe: str = ""
    """The only probe for which that holds; empty for all."""


class Run(msgspec.Struct):
    """A run that is over."""

    kind: str
    """`conform`, `load`, `capacity`, `replay` or `check`."""
    name: str
    host: str
    started: float
    """Epoch seconds."""
    seconds: float
    seed: int
    profile: str
    exit_code: int
    headline: str
    """The verdict in a sentence."""
    assessment: Assessment
    catalogue: str = msgspec.field(default_factory=lambda: load_catalogue().version)
    harness: str = __version__
    aims: list[str] | None = None
    """The requirements that the run was to exercise; None for all that are checked."""
    notes: list[str] = []
    """What the reader should know: what was not exercised and why, what was waived, that the run was interrupted."""
    replays: dict[str, str] = {}
    """For the session of each finding, the command that replays it."""
    measures: list[Measure] = []
    slos: list[SloResult] = []
    excuses: list[Excuse] = []
    outdated: dict[str, str] = {}
    """Entries of the baseline by which the run fails, and why: what they know no longer fails, or they have expired."""
    probes: dict[str, tuple[str, ...]] = {}
    """The probes that were to run, with the requirements that each exercises."""
    sampled: list[str] = []
    """History files written, relative to the report's folder."""
    course: list[Slice] = []
    """Of a load run or a search: what happened every few seconds."""
    warm_up: float = 0.0
    """So many seconds of it are left out of the measures."""
    invalid: list[str] = []
    """Why the figures of a load run may be none of the SUT's; empty where it is valid."""
    capacity: list[Certificate] = []
    """Of a search: what the deployment holds; or two, one against the other."""
    environment: Environment | None = None
    """Of a load run or a search: where it was made, and how it was set up."""

    @property
    def outcome(self) -> str:
        """The exit code in words; what misses only its SLOs has broken nothing."""
        if self.exit_code == ExitCode.BROKEN and (self.slos or self.capacity) and not self.assessment.broken:
            return "SLO MISSED"
        return ExitCode(self.exit_code).name.replace("_", " ")

    def excuse(self, requirement: str, probe: str = "") -> Excuse | None:
        """The excuse for a requirement, in one probe or in all; None where there is none."""
        covering = (e for e in self.excuses if e.requirement == requirement and e.probe in {"", probe})
        return next(covering, None)

    def fails_by(self, requirement: str) -> bool:
        """Whether it was broken, or got no verdict and needed one, without an excuse."""
        verdict = self.assessment.verdict(requirement)
        needed = self.aims is None or requirement in self.aims
        return not self.excuse(requirement) and (verdict is Verdict.FAIL or (needed and verdict is not Verdict.PASS))
