"""What a capacity search found, as reports tell it."""

from typing import Literal

import msgspec

from harness.report.course import Figures

Outcome = Literal["kept", "missed", "unresolved", "invalid"]
"""Of a level: all SLOs and the contract held; one of them did not; there was not evidence enough; the generator, and
not the API, was the limit."""

Unit = Literal["sessions", "arrivals per second"]


class Attainment(msgspec.Struct, frozen=True, kw_only=True):
    """How one SLO fared at one level."""

    measure: str
    threshold: str
    """In words, such as `< 500 ms`."""
    bound: float
    """Of the threshold, in seconds, or as a share, or a count."""
    value: float | None = None
    """Of the measure, in the unit of the bound; None where nothing was measured."""
    low: float | None = None
    high: float | None = None
    """Where the value lies, with the search's confidence; None where the samples don't bear it."""
    samples: int = 0
    effective: float = 0.0
    """What they are worth as independent ones: those of a queue resemble their neighbours."""
    met: bool | None = None
    """None where the evidence decides neither way."""
    why: str = ""


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """One level that was tried: so many sessions, or arrivals a second, for a while."""

    number: int
    """From 1, in the order of time; of one target where there are two."""
    target: str = ""
    """The deployment, where two are compared."""
    level: float
    purpose: Literal["rise", "bisection", "repeat"]
    outcome: Outcome
    why: str
    """In a sentence."""
    binding: str = ""
    """Of a level that was missed: the SLO's measure, the requirement, or `growing lag`."""
    early: bool = False
    """Whether the verdict came before the level's time was up; if it is unresolved, since the search was over."""
    provisional: bool = False
    """Tried in haste, to know where to go on: too short for whole sessions, and its sessions began close together."""
    began: float
    """Seconds of the run."""
    settled: float
    """Seconds of the run at which what was measured had stopped drifting; from then on it counts. `ended` if never."""
    ended: float
    live: float = 0.0
    """Sessions in flight on average, once settled."""
    chunks: float = 0.0
    """Accepted a second."""
    events: float = 0.0
    """A second."""
    failed: float = 0.0
    """Requests a second that should have succeeded."""
    trouble: dict[str, int] = {}
    """How often what came of those, by the kind of request, such as `start: 503` or `chunk: timeout`."""
    sessions: dict[str, int] = {}
    """That ended in it, by ending."""
    figures: dict[str, Figures] = {}
    """By measure."""
    attainments: list[Attainment] = []
    broken: list[str] = []
    """Requirements."""


class Estimate(msgspec.Struct, frozen=True):
    """A figure, with the interval in which it lies."""

    low: float
    best: float
    high: float


class Usl(msgspec.Struct, frozen=True, kw_only=True):
    """The Universal Scalability Law, fitted to the throughput of the levels."""

    of: Literal["chunks", "events"] = "chunks"
    """What is counted: the one that saturates."""
    rate: Estimate
    """So many of them a second has one session alone."""
    contention: Estimate
    coherency: Estimate
    peak: Estimate | None = None
    """So many sessions have the highest throughput; None where the data don't say that there is a highest one."""
    error: float
    """Root mean square of what the fit leaves, as a share of the throughput."""


class Degradation(msgspec.Struct, frozen=True, kw_only=True):
    """How it goes beyond the boundary."""

    kind: Literal["cliff", "slope", "unknown"]
    why: str
    """With its figures."""


class Certificate(msgspec.Struct, kw_only=True):
    """How much a deployment holds, with the proof."""

    unit: Unit
    target: str = ""
    """The deployment, where two are compared."""
    low: float
    """The largest level at which all held; 0 where none did."""
    best: float
    high: float | None
    """The smallest level at which something did not; None where none was found."""
    confidence: float
    """Of each verdict on a level, such as 0.95."""
    binding: str = ""
    """What gave first: an SLO's measure, a requirement, or `growing lag`; empty where nothing did."""
    limiting: str = ""
    """In plain words: what was the limit, as far as can be seen from outside."""
    throughput: float = 0.0
    """Chunks a second at `low`."""
    valid: bool = True
    reasons: list[str] = []
    """Why it is not valid, or less sharp than was asked for."""
    breaks: dict[str, float] = {}
    """The lowest level at which each requirement was broken."""
    degradation: Degradation
    usl: Usl | None = None
    no_usl: str = ""
    """Why there is no fit."""
    levels: list[Level] = []
    """All that were tried, in the order of time."""
