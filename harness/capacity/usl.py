"""The Universal Scalability Law (Gunther), fitted to the throughput of the levels.

    X(N) = rate * N / (1 + contention * (N - 1) + coherency * N * (N - 1))

Its inverse N / X is a sum of 1, N and N * (N - 1), each with a weight that is not negative, so that the best fit is one
linear problem and can't end in a wrong valley. Each parameter is a quotient of such weights; those that fit about as
well as the best (profile likelihood, F test) are therefore an interval, and that is the one told.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from harness.report.certificate import Estimate, Level, Usl

FEWEST: Final = 5
"""Distinct levels: three parameters, and something left over to tell how well they fit."""

_SPAN: Final = 2.0
_BENT: Final = 0.95
"""Of its fair share: a session that gets less at a level is held up by the others."""

_WORST: Final = 0.05
"""A hard limit, where throughput is flat at once, is about twice as far from the law."""

_BEYOND: Final = "All levels are so far beyond saturation that they don't tell what one session has alone."

_SHARPNESS: Final = 1e-4
_DOUBLINGS: Final = 40

_Column = NDArray[np.float64]


def fit(levels: Sequence[Level], confidence: float) -> Usl | str:
    """The law over the sessions in flight, or a sentence on why the data don't bear it."""
    usable = [each for each in levels if each.outcome != "invalid" and each.ended > each.settled and each.live >= 1]
    usable = [each for each in usable if each.chunks > 0 and each.events > 0]
    if (distinct := len({each.level for each in usable})) < FEWEST:
        return f"The scalability law needs {FEWEST} levels with throughput; there are {distinct}."
    usable.sort(key=lambda each: (each.live, each.number))
    live = np.array([each.live for each in usable])
    if live[-1] < _SPAN * live[0]:
        return f"The scalability law needs levels that are further apart than {live[0]:,.0f} and {live[-1]:,.0f}."
    counts: dict[Literal["chunks", "events"], _Column] = {
        "chunks": np.array([each.chunks for each in usable]),
        "events": np.array([each.events for each in usable]),
    }
    of = min(counts, key=lambda name: _share_left(live, counts[name]))
    each_gets = counts[of] / live
    if np.sum(each_gets < _BENT * each_gets.max()) < 2:
        return (
            "Throughput grew in proportion at nearly all levels: sessions offer at a fixed pace, so that below "
            "saturation it says nothing about contention."
        )
    seconds = np.array([each.ended - each.settled for each in usable])
    best = _Fit(live, counts[of], seconds)
    if best.error > _WORST:
        return f"Throughput does not follow the scalability law: the best fit is off by {best.error:.0%}."
    if not best.alone:
        return _BEYOND
    return best.usl(of, confidence)


def _share_left(live: _Column, throughput: _Column) -> float:
    each_gets = throughput / live
    return round(float(each_gets[-1] / each_gets.max()), 1)  # coarse: chunks, unless events saturate visibly more


class _Fit:
    """Of N / X, with what is left weighed as a share of it, and by the seconds over which it was measured."""

    def __init__(self, live: _Column, throughput: _Column, seconds: _Column) -> None:
        self._inverse = live / throughput
        self._weight = np.sqrt(seconds / seconds.mean()) / self._inverse
        self._one, self._n, self._pairs = np.ones_like(live), live, live * (live - 1)
        weights = self._solve(self._inverse, self._one, self._n, self._pairs)
        self.alone, self._serial, self._crosstalk, self._least = weights
        self.error = float(np.sqrt(self._least / len(live)))

    def usl(self, of: Literal["chunks", "events"], confidence: float) -> Usl | str:
        """The parameters, each with those that fit about as well."""
        one, n, pairs = self._one, self._n, self._pairs
        free = len(n) - 3
        allowed = max(self._least, 1e-12) * (1 + float(stats.f.ppf(confidence, 1, free)) / free)
        alone = self.alone + self._serial

        def excess(target: _Column, *columns: _Column) -> float:
            return self._solve(target, *columns)[-1] - allowed

        # Each with its value held, and the other two weights free.
        def of_time(value: float) -> float:
            return excess(self._inverse - value, n - 1, pairs)

        def of_contention(value: float) -> float:
            return excess(self._inverse, one - value + value * n, pairs)

        def of_coherency(value: float) -> float:
            return excess(self._inverse, one + value * pairs, n + value * pairs)

        def of_turn(value: float) -> float:  # coherency / (1 - contention), which is 1 / peak²
            return excess(self._inverse, one + value * pairs, n)

        time = _around(alone, of_time, alone)
        if not time.low:
            return _BEYOND
        tiny = float(n[-1]) ** -2
        turn = _around(self._crosstalk / self.alone, of_turn, tiny)
        return Usl(
            of=of,
            rate=_turned(time, 1),
            contention=_around(self._serial / alone, of_contention, 0.01, most=1.0),
            coherency=_around(self._crosstalk / alone, of_coherency, tiny),
            peak=_turned(turn, 0.5) if turn.low > 0 else None,
            error=self.error,
        )

    def _solve(self, target: _Column, *columns: _Column) -> tuple[float, ...]:
        """The weights, none below 0, and the sum of the squares that they leave."""
        scaled = np.stack(columns, axis=1) * self._weight[:, None]
        sizes = np.linalg.norm(scaled, axis=0)
        solution: Any
        solution, norm = optimize.nnls(scaled / sizes, target * self._weight)
        return (*(float(value) for value in solution / sizes), float(norm) ** 2)


def _around(best: float, excess: Callable[[float], float], scale: float, most: float = math.inf) -> Estimate:
    """The values about the best one of which the excess is below 0, from 0 to `most`."""

    def border(inside: float, outside: float) -> float:
        return float(optimize.brentq(excess, inside, outside, xtol=_SHARPNESS * abs(outside - inside)))

    low = border(best, 0.0) if best > 0 and excess(0.0) > 0 else 0.0
    steps = [min(best + max(best, scale) * 2**doubled, most) for doubled in range(_DOUBLINGS)]
    outside = next((value for value in steps if excess(value) > 0), steps[-1])
    return Estimate(low, best, border(best, outside) if excess(outside) > 0 else outside)


def _turned(of: Estimate, power: float) -> Estimate:
    """The same of 1 / x to a power."""
    return Estimate(of.high**-power, of.best**-power, of.low**-power)
