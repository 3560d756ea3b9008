"""Bounds of shares and means, by samples that resemble their neighbours."""

import math
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from harness.report.proportion import wilson

Counts = NDArray[np.float64]
"""Of each window."""

_FEWEST: Final = 5
"""Groups: fewer tell too little of how they vary. What lasts for longer than one of them can't be seen."""


class Interval(NamedTuple):
    """Of a share."""

    low: float
    high: float
    effective: float
    """So many independent samples all of them are worth."""
    quantile: float
    """So many standard errors wide, to either side."""


def bounds(all_: Counts, good: Counts, tail: float) -> Interval:
    """Of the share of good ones, from the counts of each window.

    By groups of windows, ever longer, the widest interval counts, as in `harness.load.course.uncertainty`. By Student's
    quantile, since the spread is estimated; where all are alike, there is none to estimate.
    """
    samples, share = float(all_.sum()), float(good.sum() / all_.sum())
    if share in {0.0, 1.0}:
        effect, quantile = 1.0, float(stats.norm.isf(tail))
    else:
        alike = samples * share * (1 - share)
        by_groups = [(max(each / alike, 1.0), student(tail, n - 1)) for n, each in _variances(good - share * all_)]
        effect, quantile = max(by_groups, key=lambda each: each[0] * each[1] ** 2)
    return Interval(*wilson(share, samples / effect, quantile), samples / effect, quantile)


def reach(off: Counts, tail: float) -> float:
    """How far a sum over the windows may be from 0, by chance, where that is what is expected of each."""
    return max(student(tail, groups - 1) * math.sqrt(variance) for groups, variance in _variances(off))


@cache
def student(tail: float, freedom: int) -> float:
    """The quantile beyond which a share `tail` of Student's distribution lies."""
    return float(stats.t.isf(tail, max(freedom, 1)))


def _variances(off: Counts) -> Iterator[tuple[int, float]]:
    """How many groups of windows there are, and the variance of the sum of all by how these differ.

    Windows of the end that fill no group belong to the last one.
    """
    groups, width = len(off), 1
    while width == 1 or groups >= _FEWEST:
        sums = np.add.reduceat(off, np.arange(groups) * width)
        yield groups, float(sums @ sums) * groups / max(groups - 1, 1)
        width *= 2
        groups = len(off) // width
