"""The open model's schedule: when each session of a run is due, and which process begins it.

Nothing but the load file and the run's seed decides, so that every process knows all of it.
"""

import itertools
import math
import random
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from harness.load.arrivals.levels import Stretch


def moments(rates: Iterable[Stretch], spacing: Literal["poisson", "even"], seed: int) -> Iterator[float]:
    """When arrival 0, 1, 2, ... is due, in seconds from the begin of the run; `rates` are arrivals a second.

    It ends where the last rate is 0. Each moment is where the number of arrivals to be expected by then, which is the
    area under the rates, reaches a mark; in a Poisson process the marks lie a unit exponential apart (time rescaling).
    """
    marks = _random_marks(seed) if spacing == "poisson" else itertools.count(0.5)  # no even one on a stage's border
    mark, began, expected = next(marks), 0.0, 0.0
    for stretch in rates:
        slope = (stretch.last - stretch.first) / stretch.seconds
        by_its_end = expected + _expected(stretch)
        while mark < by_its_end:
            within = mark - expected
            # The root of first * t + slope / 2 * t**2 = within, in the form that is exact where the slope is little.
            root = math.sqrt(max(stretch.first**2 + 2 * slope * within, 0.0))
            yield began + (min(2 * within / (stretch.first + root), stretch.seconds) if within else 0.0)
            mark = next(marks)
        began, expected = began + stretch.seconds, by_its_end


def _expected(stretch: Stretch) -> float:
    """How many arrivals are to be expected of it."""
    mean = (stretch.first + stretch.last) / 2
    return mean * stretch.seconds if mean else 0.0  # and not 0 times infinity


def _random_marks(seed: int) -> Iterator[float]:
    draw = random.Random(f"arrivals {seed}")
    mark = 0.0
    while True:
        yield (mark := mark + draw.expovariate(1.0))


@dataclass(frozen=True, slots=True)
class Share:
    """From a moment of the run on, every `count`-th arrival, counted from number `index`; none, where `count` is 0."""

    index: int
    count: int
    since: float


class Shares:
    """One process's share of the arrivals, as it changes while a run goes on."""

    def __init__(self) -> None:
        self._share = Share(0, 0, -math.inf)
        self._to_come: deque[Share] = deque()

    def add(self, share: Share) -> None:
        """Have another share from a moment on; whatever was to change after that moment is void."""
        while self._to_come and self._to_come[-1].since >= share.since:
            self._to_come.pop()
        self._to_come.append(share)

    def takes(self, number: int, moment: float) -> bool:
        """Whether this arrival is its own; to be asked in the order of the moments."""
        while self._to_come and self._to_come[0].since <= moment:
            self._share = self._to_come.popleft()
        return self._share.count > 0 and number % self._share.count == self._share.index
