"""Between which levels the capacity lies, and where most likely."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from harness.capacity.guess import crossing, saturation
from harness.capacity.terms import Pace
from harness.report.capacity.words import amount
from harness.report.certificate import Attainment, Level, Unit


class Boundary(NamedTuple):
    """Levels without evidence leave it as wide as it is, or widen it."""

    low: float
    """The largest level that held, with nothing missed at or below it; 0 where there is none."""
    high: float | None
    """The smallest level that was missed, with nothing held at or above it; None where there is none."""
    within: Level | None
    """Where `low` held."""
    beyond: Level | None
    """Where `high` was missed."""
    contradictions: list[str]

    @property
    def binding(self) -> str:
        """What gave at `high`; empty where nothing did."""
        return self.beyond.binding if self.beyond else ""


def boundary(levels: Sequence[Level]) -> Boundary:
    """The last verdict on a level rests on all that was seen of it, and takes back those before it.

    A miss in haste bounds it from above, until something better is known, and speaks against nothing that was held. A
    level that was cut short takes nothing back.
    """
    levels = sorted(levels, key=lambda each: each.number)
    latest = {each.level: each for each in levels if evident(each)}
    last = {each.level: each for each in levels if each.outcome != "invalid" and not _cut_short(each)}
    kept = [level for level, each in latest.items() if each.outcome == "kept"]
    missed = [level for level, each in latest.items() if each.outcome == "missed"]
    against = [level for level in missed if not latest[level].provisional]
    decided = {level for level, each in last.items() if each.outcome != "unresolved"}
    low = max((level for level in kept if level in decided and level < min(against, default=math.inf)), default=0.0)
    high = min((level for level in missed if level in decided and level > max(kept, default=0.0)), default=None)
    contradictions = []
    if kept and against and min(against) < max(kept):
        contradictions = [f"{amount(max(kept))} was held, although {amount(min(against))} was missed"]
    in_haste = [each.level for each in levels if each.outcome == "kept" and each.provisional]
    passed = max((level for level in in_haste if level not in missed), default=0.0)
    if high is not None and not low and passed >= high:
        told = f"{amount(passed)} had gone well for a while, and {amount(high)} did not later"
        contradictions.append(f"{told}: it may not have recovered from what came between, or hold less and less")
    return Boundary(low, high, latest.get(low), None if high is None else latest[high], contradictions)


def best(edge: Boundary, unit: Unit, pace: Pace) -> float:
    """Where the binding SLO's figure crosses its bound; else where the offer meets what came through of too much of it.

    Within the boundary; where the figures say neither, the level that is known to hold.
    """
    low, high, beyond = edge.low, edge.high, edge.beyond
    if high is None or beyond is None:
        return low
    crossed = crossing(edge.within, beyond) if edge.within else None
    if crossed is not None and not low <= crossed <= high:
        crossed = None
    guess = crossed or saturation(beyond, edge.within, unit, pace) or low
    guess = min(max(low, guess), high)
    return max(low, math.floor(guess)) if unit == "sessions" else guess


def evident(level: Level) -> bool:
    """Whether it proves anything."""
    return level.outcome == "missed" or (level.outcome == "kept" and not level.provisional)


def _cut_short(level: Level) -> bool:
    return level.outcome == "unresolved" and level.early


def attainment(level: Level | None, measure: str) -> Attainment | None:
    """What the measure came to; None where nothing was measured."""
    slos = level.attainments if level else []
    return next((slo for slo in slos if slo.measure == measure and slo.value is not None), None)
