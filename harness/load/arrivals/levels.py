"""How many users, or how many arrivals a second, at each moment of a run: straight lines, stage by stage."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from harness.scenario.load import Stage


class Stretch(NamedTuple):
    """So many seconds in which the level goes evenly from `first` to `last`."""

    seconds: float
    first: float
    last: float


def stretches(level: float, stages: Iterable[Stage]) -> Iterator[Stretch]:
    """The stages, begun at a level; the last stretch is endless, for a run that is to last longer than its stages."""
    for stage in stages:
        target = stage.target.amount if stage.target else level
        yield Stretch(stage.lasting, level if stage.ramp_to else target, target)
        level = level if stage.spike_to else target
    yield Stretch(math.inf, level, level)


def level_at(seconds: float, along: Iterable[Stretch]) -> float:
    """The level at a moment; that of the later stretch where two meet."""
    for stretch in along:
        if seconds < stretch.seconds:
            break
        seconds -= stretch.seconds
    return stretch.first + (stretch.last - stretch.first) * seconds / stretch.seconds
