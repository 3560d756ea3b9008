"""Which level to try next, and between which two the capacity lies.

The rise doubles the level until one is missed. What came through there, divided by what a session offers, is a good
guess of the capacity; so is where the figures of two levels cross the SLO's bound. A guess is tried a little below, and
then a little above. Where the evidence gives none, or misled three times, the gap is halved in haste. What was found in
haste is tried again, with whole sessions, before it bounds anything. What stays open stays inside the interval.
"""

import math
from typing import Final

import msgspec

from harness.capacity.guess import crossing, hopeless, saturation, straddles
from harness.capacity.interval import Boundary, boundary
from harness.capacity.looks import REPEATS
from harness.capacity.terms import Pace, Terms
from harness.capacity.trial import Step
from harness.report.certificate import Level, Outcome

_ASIDE: Final = 0.4
"""So far from a guess, in terms of the precision, its neighbours are tried. Where an SLO gives slowly, twice that:
nearer to it, verdicts take long; and from a level that stayed open as well."""
_MISLED: Final = 3
"""Guesses in a row on the same side of the capacity; then the middle is tried."""
_WIDE: Final = 4.0
"""Times the precision: in a gap as wide as that it pays to be hasty."""
_BLURRED: Final = 4.0
"""Times the precision: so near to the generator's own limit it is worth coming."""
_ROUNDING: Final = 0.9975
"""So much lower does an interval end that must not be wider than asked for, once its end is rounded."""
_DIGITS: Final = 3
"""Of a rate."""


class _Known(msgspec.Struct):
    """The last verdict on a level, which rests on all that was seen of it."""

    level: Level
    proven: bool
    times: int
    """That it was tried, but for haste."""

    @property
    def outcome(self) -> Outcome:
        return self.level.outcome

    @property
    def again(self) -> bool:
        """Whether to try it once more before anything else: it is open, or the generator may have had a hiccup."""
        if self.outcome == "unresolved":
            return self.times <= REPEATS and not hopeless(self.level, (REPEATS + 1) / self.times)
        return self.outcome == "invalid" and self.times == 1


class Search:
    """Of one target. It learns levels one by one."""

    def __init__(self, terms: Terms, pace: Pace) -> None:
        self._terms, self._pace = terms, pace
        self._levels: list[Level] = []
        self._known: dict[float, _Known] = {}
        self._sides: list[bool] = []

    def learn(self, level: Level) -> None:
        """What came of a step."""
        self._levels.append(level)
        known = self._known.get(level.level)
        times = (known.times if known else 0) + (not level.provisional)
        if known and level.outcome == "invalid" and (known.proven or known.outcome == "unresolved"):
            known.times = times  # it takes back nothing
            return
        proven = level.outcome in {"kept", "missed"} and not level.provisional
        self._known[level.level] = _Known(level, proven, times)
        if level.purpose == "bisection":
            self._sides.append(level.outcome == "kept")

    @property
    def edge(self) -> Boundary:
        """Between which levels the capacity lies, as far as it is known."""
        return boundary(self._levels)

    @property
    def next(self) -> Step | None:
        """What to try; None where nothing would tell more."""
        if not self._known:
            return Step(self._rounded(min(self._terms.first, self._terms.most)), "rise", hasty=True)
        for at, known in self._known.items():
            if known.again and (known.outcome == "invalid" or not straddles(known.level)):
                return Step(at, "repeat")
        return self._contradiction() or self._onwards()

    def _contradiction(self) -> Step | None:
        """A level missed below one that was kept: each is tried once more."""
        kept, missed = self._proven("kept"), self._proven("missed")
        if kept and missed and min(missed) < max(kept):
            for at in (min(missed), max(kept)):
                if self._known[at].times <= 1:
                    return Step(at, "repeat")
        return None

    def _onwards(self) -> Step | None:
        floor, roof = self._floor, self._roof
        if roof is None:
            return self._higher(floor)
        if floor == 0 and roof <= self._least:
            return self._prove(roof)
        if not self._narrow(floor, roof):
            step = self._beside_open(floor, roof) if self._open(floor, roof) else self._inside(floor, roof)
            if step:
                return step
        return self._prove(floor) or self._prove(roof)

    def _higher(self, floor: float) -> Step | None:
        """Nothing was missed yet."""
        open_ = self._open(floor, math.inf)
        tried, most = max([floor, *open_]), self._rounded(self._terms.most)
        if tried < most:
            return Step(self._rounded(min(2 * tried, most)), "rise", hasty=True)
        again = next((Step(at, "repeat") for at in open_ if self._known[at].again), None)
        return again or self._prove(floor)

    def _prove(self, at: float) -> Step | None:
        known = self._known.get(at)
        if known is None or known.proven or known.outcome not in {"kept", "missed"}:
            return None
        return Step(at, "repeat")

    @property
    def _roof(self) -> float | None:
        """The smallest that was missed, or could not be tried."""
        kept = max(self._proven("kept"), default=0.0)
        ends = [at for at, known in self._known.items() if known.outcome in {"missed", "invalid"}]
        return min((at for at in ends if at > kept), default=None)

    @property
    def _floor(self) -> float:
        """The largest that held, proven or not, below all that did not."""
        roof = self._roof or math.inf
        return max((at for at, known in self._known.items() if known.outcome == "kept" and at < roof), default=0.0)

    def _open(self, floor: float, roof: float) -> list[float]:
        return [at for at, known in self._known.items() if known.outcome == "unresolved" and floor < at < roof]

    def _proven(self, outcome: Outcome) -> list[float]:
        return [at for at, known in self._known.items() if known.outcome == outcome and known.proven]

    def _narrow(self, low: float, high: float) -> bool:
        if not low < self._rounded((low + high) / 2) < high:
            return True
        known = self._known.get(high)
        blurred = _BLURRED if known and known.outcome == "invalid" else 1.0
        return 2 * (high - low) <= blurred * self._terms.precision * (high + low)

    def _beside_open(self, floor: float, roof: float) -> Step | None:
        """A level beside what stays open, below it first; None where the gaps are as narrow as it gets."""
        zone = self._open(floor, roof)
        low, high = min(zone), max(zone)
        aside = _ASIDE * self._terms.precision
        below, above = self._known.get(floor), self._known[roof]
        crossed = None
        if below and above.outcome == "missed":
            crossed = crossing(below.level, above.level, [self._known[at].level for at in zone])
        around = crossed if crossed and floor < crossed < roof else (low + high) / 2
        down = max(min(around * (1 - 2 * aside), low * (1 - aside)), (low + floor) / 2)
        up = min(max(around * (1 + 2 * aside), high * (1 + aside)), (high + roof) / 2)
        gaps = [(low - floor, down), (roof - high, up)]
        for enough in (4 * aside, 2 * aside):
            for gap, aim in gaps:
                rounded = self._rounded(aim)
                if gap > enough * aim and floor < rounded < roof and rounded not in self._known:
                    return Step(rounded, "bisection")
            for at in sorted(zone, key=lambda at: -abs(at - around)):
                if self._known[at].again:
                    return Step(at, "repeat")
        return None

    def _inside(self, low: float, high: float) -> Step:
        """A level between the two."""
        wide = high - low > _WIDE * self._terms.precision * high
        middle = Step(self._rounded((low + high) / 2), "bisection", hasty=wide)
        guess, aside = self._guess(low, high)
        if not guess or self._sides[-_MISLED:] in ([True] * _MISLED, [False] * _MISLED):
            return middle
        aim = guess * (1 - aside)
        if aim <= low * (1 + aside):
            aim = max(guess * (1 + aside), low * (1 + aside))
            if aside <= _ASIDE * self._terms.precision:  # it gives at once
                enough = low * (2 + self._terms.precision) / (2 - self._terms.precision) * _ROUNDING
                aim = max(min(aim, enough), guess * (1 + aside / 2))
        rounded = self._rounded(aim)
        return Step(rounded, "bisection") if low < rounded < high else middle

    def _guess(self, low: float, high: float) -> tuple[float, float]:
        """And how far from it to try, as a share of it; 0 where there is none."""
        below, above = (self._known[at].level if at in self._known else None for at in (low, high))
        aside = _ASIDE * self._terms.precision
        if above is None or above.outcome != "missed":
            return 0.0, aside
        saturated = saturation(above, below, self._terms.unit, self._pace)
        if saturated and low < saturated < high:
            return saturated, aside
        crossed = crossing(below, above) if below else None
        if crossed is None or not low < crossed < high:
            return 0.0, aside
        near = high - low <= 2 * self._terms.precision * high
        return crossed, aside if near else 2 * aside

    @property
    def _least(self) -> float:
        return 1.0 if self._terms.unit == "sessions" else 10.0**-_DIGITS

    def _rounded(self, level: float) -> float:
        if self._terms.unit == "sessions":
            return float(max(round(level), 1))
        return float(f"{level:.{_DIGITS}g}")
