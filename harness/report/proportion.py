"""Where a share lies, by how often it was seen."""

import math
from typing import Final

Z: Final = 1.959964
"""Of the normal distribution: 95% lie within so many standard deviations."""


def wilson(share: float, samples: float, quantile: float = Z) -> tuple[float, float]:
    """Bounds of a share (E. B. Wilson, 1927), `quantile` standard errors to either side."""
    square = quantile * quantile / samples
    middle = (share + square / 2) / (1 + square)
    half = quantile / (1 + square) * math.sqrt(share * (1 - share) / samples + square / samples / 4)
    return max(middle - half, 0.0), min(middle + half, 1.0)
