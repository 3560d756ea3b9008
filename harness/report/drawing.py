"""What a chart is made of; `chart.svg.j2` draws it. All is in percent of its axes, and all text is clean."""

from dataclasses import dataclass, field
from typing import NamedTuple

from harness.report.axis import Mark


class Curve(NamedTuple):
    """One quantity."""

    name: str
    path: str
    """As SVG has it, from the upper left."""


class Spot(NamedTuple):
    """What can be pointed at."""

    x: float
    width: float
    title: str


class Dot(NamedTuple):
    """A figure that was measured."""

    x: float
    y: float
    """From the bottom, as is all below."""
    look: str
    """Its shape."""
    curve: int = 0
    """From 1; 0 for none."""
    low: float | None = None
    """How far down it may lie."""
    high: float | None = None


class Limit(NamedTuple):
    """A threshold."""

    at: float
    label: str
    curve: int = 0
    """Of which it is the threshold; 0 for all."""


class Band(NamedTuple):
    """A part of the axis across."""

    x: float
    width: float
    look: str
    height: float = 100.0
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart as a whole."""

    title: str
    over: str
    """What the axis across is."""
    columns: list[Mark]
    finer: list[Mark] = field(default_factory=list)
    """For who looks closer."""
    rows: list[Mark]
    curves: list[Curve] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    warm_up: float = 0.0
    """So many percent of the time belong to it."""
    main: bool = False


def joined(points: list[tuple[float, float] | None]) -> str:
    """A path through points, x and y in percent from the lower left; broken where there is none."""
    steps: list[str] = []
    pen = "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        steps.append(f"{pen}{point[0]:g} {round(100 - point[1], 2):g}")
        if pen == "M":
            steps.append("h.01")  # a round end makes even a point of its own visible
        pen = "L"
    return "".join(steps)
