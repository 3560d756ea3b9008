"""When to look at a level's evidence, and how sure a verdict must be then.

The errors of all looks at a level together stay within what the confidence allows. Four equal shares of it go to the
end of the level's hold, to the ends of the two repeats that an open verdict gets, and to all looks before: there is one
after a few seconds, then each after twice the time. Those before can only tell that an SLO is missed by far: what sways
for a while evens out over a whole hold.

A level is wrongly kept only where the SLO that it misses is, and wrongly missed where any one is: so the SLOs that
samples decide share the error of a miss, and only that.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from harness.capacity.terms import Pace, Terms
from harness.capacity.window import Window
from harness.load.measures.slo import FLOORS, parted
from harness.scenario.load import Slo

REPEATS: Final = 2
"""Of a level whose verdict stays open; the evidence is pooled."""
_FIRST: Final = 6.0
"""Seconds."""
_LONGEST: Final = 4.0
"""Times a session, where percentiles would need longer."""
_AMPLE: Final = 2.0
"""Times the floor of a percentile: at the floor itself a single miss leaves the verdict open."""
_LEAST: Final = 20.0
"""Seconds: of fewer windows one can't tell how much they differ."""


class Looks:
    """Of one trial of a level."""

    def __init__(self, terms: Terms, hold: float, seen: float) -> None:
        """`seen` seconds of evidence there are from before."""
        self._early = [_FIRST]
        while self._early[-1] < 0.4 * hold:
            self._early.append(2 * self._early[-1])
        self.tail: Final = share(terms)
        """Of either bound's error, at the end."""
        self.early_tail: Final = self.tail / len(self._early)
        self._until = hold * (1 + seen // hold)
        self._early = [look for look in self._early if look > seen]

    def over(self, seconds: float) -> bool:
        """Whether the hold is over, with so many seconds of evidence."""
        return seconds >= self._until

    def due(self, seconds: float) -> bool:
        """Whether it is time for a look; once for each."""
        passed = [look for look in self._early if look <= seconds]
        self._early = self._early[len(passed) :]
        return bool(passed) or self.over(seconds)


def share(terms: Terms) -> float:
    """Of a bound's error, for one look at the end of a hold."""
    return (1 - terms.confidence) / 2 / (REPEATS + 2)


def sampled(slos: Iterable[Slo]) -> int:
    """How many of them samples decide."""
    return sum(slo.measure != "findings" and parted(slo.measure)[1] != "max" for slo in slos)


def hold(level: float, terms: Terms, slos: Iterable[Slo], pace: Pace, windows: Sequence[Window]) -> float:
    """Seconds that a level is held: as long as sessions last, and as its percentiles need samples.

    How fast these come, the windows tell; but for chunks, of which it is known.
    """
    if terms.hold is not None:
        return terms.hold
    seconds = sum(window.length for window in windows) or 1.0
    begun = level / pace.call if terms.unit == "sessions" else level
    needed = [pace.longest, _LEAST]
    for slo in slos:
        name, statistic = parted(slo.measure)
        came = sum(sum(window.times.get(name, {}).values()) for window in windows) / seconds
        rate = begun * pace.chunks if name == "ack" else came
        if rate and statistic in FLOORS:
            needed.append(_AMPLE * FLOORS[statistic] / rate)
    return min(max(needed), _LONGEST * max(pace.longest, 30.0))
