"""Bounds of shares, by samples that resemble their neighbours."""

import math
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Counts = NDArray[np.float64]
"""Of each window."""

_WIDTHS: Final = (1, 2, 4)
"""So many windows are put together, to see neighbours that resemble each other over longer than one."""
_FEWEST: Final = 6
"""Groups; of fewer, the spread can't be told."""


class Interval(NamedTuple):
    """Of a share."""

    low: float
    high: float
    effective: float


def wilson(share: float, samples: float, quantile: float) -> tuple[float, float]:
    """Bounds of a share (E. B. Wilson, 1927), `quantile` standard errors to either side."""
    square = quantile * quantile / samples
    middle = (share + square / 2) / (1 + square)
    half = quantile / (1 + square) * math.sqrt(share * (1 - share) / samples + square / samples / 4)
    return middle - half, middle + half


def bounds(all_: Counts, good: Counts, tail: float) -> Interval:
    """Of the share of good ones, from the counts of each window.

    By Student's quantile, since their spread is estimated; where all are alike, there is none to estimate.
    """
    effective = float(all_.sum()) / _design_effect(all_, good)
    share = float(good.sum() / all_.sum())
    quantile = float(stats.norm.isf(tail)) if share in {0.0, 1.0} else student(tail, len(all_) - 1)
    return Interval(*wilson(share, effective, quantile), effective)


@cache
def student(tail: float, freedom: int) -> float:
    """The quantile beyond which a share `tail` of Student's distribution lies."""
    return float(stats.t.isf(tail, max(freedom, 1)))


def _design_effect(all_: Counts, good: Counts) -> float:
    """By how much more the windows differ than independent samples would; at least 1."""
    share = good.sum() / all_.sum()
    if share in {0.0, 1.0}:
        return 1.0
    effects = [1.0]
    for width in _WIDTHS:
        groups = len(all_) // width
        if width > 1 and groups < _FEWEST:
            break
        starts = np.arange(groups) * width
        off = np.add.reduceat(good, starts) - share * np.add.reduceat(all_, starts)
        if groups > 1:
            effects.append(float((off @ off) * groups / (groups - 1) / (all_.sum() * share * (1 - share))))
    return max(effects)
