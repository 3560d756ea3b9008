"""What is to be expected, by what was measured."""

import math
from collections.abc import Sequence
from typing import Final

from harness.capacity.terms import Pace
from harness.report.certificate import Attainment, Level, Unit

_FARTHEST: Final = 50.0
"""The logarithm of the highest level that a guess may come to, and less that of the lowest."""
_SHORT: Final = 0.95
"""Of what was offered; where more came through, it was not throughput that gave first."""
_BEFORE: Final = 0.98
"""Of the sessions at the end of the window in which something broke, on the way up: it broke with fewer."""


def saturation(missed: Level, kept: Level | None, unit: Unit, pace: Pace) -> float | None:
    """The level that would have offered just what came through at one that was missed.

    Chunks of a server that takes them late, events of one that answers late, sessions of one that takes no more. Where
    the contract broke on the way up, those in flight then were too many already.
    """
    if missed.broken:
        return _BEFORE * min(missed.live, missed.level) if unit == "sessions" else None
    offered = pace.chunks / (pace.call if unit == "sessions" else 1)
    through = [missed.chunks]
    if kept and kept.events and kept.chunks:
        through.append(missed.events * kept.chunks / kept.events)
    guess = min(through) / offered
    if unit == "sessions" and missed.sessions.get("failed"):
        guess = min(guess, missed.live)
    return guess if 0 < guess < _SHORT * missed.level else None


def crossing(kept: Level, missed: Level, open_: Sequence[Level] = ()) -> float | None:
    """Where the binding SLO's figure crosses its bound, on a line in logarithms: through `kept` and `missed`.

    Levels that stayed open between them lie nearer: it goes in parallel through the one with the most samples.
    """
    below, above = _of(kept, missed.binding), _of(missed, missed.binding)
    if not below or not above or not (below.value and above.value) or below.value >= above.value:
        return None
    slope = math.log(above.value / below.value) / math.log(missed.level / kept.level)
    found = [(each, told) for each in open_ if (told := _of(each, missed.binding)) and told.value]
    near, at = max(found, key=lambda pair: pair[1].samples, default=(missed, above))
    if not (slope and at.bound):
        return None
    # In logarithms to the end: where the figures hardly differ, the line is so flat that no number could hold it.
    crossed = math.log(near.level) + math.log(at.bound / (at.value or at.bound)) / slope
    return math.exp(crossed) if abs(crossed) < _FARTHEST else None


def _of(level: Level, measure: str) -> Attainment | None:
    return next((each for each in level.attainments if each.measure == measure), None)


def straddles(level: Level) -> bool:
    """Whether it was an SLO that stayed open, and not a trend."""
    return any(each.met is None and _within(each) for each in level.attainments)


def hopeless(level: Level, more: float) -> bool:
    """Whether so many times the evidence would leave each open SLO open, were the figures to stay what they are."""
    if not level.attainments or any(each.met is False for each in level.attainments):
        return False
    open_ = [each for each in level.attainments if each.met is None]
    return bool(open_) and all(_near(each, more) for each in open_)


def _within(each: Attainment) -> bool:
    return each.low is not None and each.high is not None and each.low <= each.bound <= each.high


def _near(each: Attainment, more: float) -> bool:
    if each.value is None or each.low is None or each.high is None:
        return False
    half = (each.high - each.value) if each.bound > each.value else (each.value - each.low)
    return abs(each.bound - each.value) * math.sqrt(more) < half
