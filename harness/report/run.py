"""What a report tells: a run, its circumstances, its assessment, and its measures."""

from typing import Final

import msgspec

from harness import __version__
from harness.contract.catalogue import load_catalogue
from harness.oracle.assessment import Assessment

SCHEMA: Final = 1
"""Version of `summary.json`."""


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


class Run(msgspec.Struct):
    """A run that is over."""

    kind: str
    """`conform`, `load`, `replay` or `check`."""
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
    sampled: list[str] = []
    """History files written, relative to the report's folder."""
