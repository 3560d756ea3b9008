"""How times spread, packed small: two digits of each are kept, in about a kilobyte however many there are.

A histogram of three digits for every measure and every few seconds of a run would cost more than the run itself. Over
these few seconds a chart or a glance tells no more than two.
"""

import math
import zlib
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.load.measures.times import HIGHEST, SECOND
from harness.report.course import Figures

_BITS: Final = 7
"""So many bits of a value are kept: a bucket is less than 1.6% of it wide."""
_HALF: Final = 1 << (_BITS - 1)
_BUCKETS: Final = _HALF * (HIGHEST.bit_length() - _BITS + 2)
_PERCENTILES: Final = (50, 95, 99)

_Buckets = NDArray[np.uint32]


def pack(counts: Mapping[int, int]) -> bytes:
    """How often each number of microseconds came."""
    times = np.fromiter(counts.keys(), np.int64, len(counts))
    coarse = np.maximum(np.frexp(times)[1] - _BITS, 0)
    buckets = np.zeros(_BUCKETS, np.uint32)
    np.add.at(buckets, coarse * _HALF + (times >> coarse), np.fromiter(counts.values(), np.uint32, len(counts)))
    return _packed(buckets)


def join(one: bytes, other: bytes) -> bytes:
    """Both together."""
    return _packed(_unpacked(one) + _unpacked(other))


def add(ours: dict[str, bytes], theirs: Mapping[str, bytes]) -> None:
    """Add theirs to ours, by measure."""
    for name, packed in theirs.items():
        ours[name] = join(ours[name], packed) if name in ours else packed


def figures(packed: bytes) -> Figures:
    """Of what `pack` or `join` gave; percentiles in seconds, within 1%."""
    sums = np.cumsum(_unpacked(packed), dtype=np.int64)
    count = int(sums[-1])
    # By nearest rank, as `Measures` has them, so that a run's figures agree wherever they stand.
    at = np.searchsorted(sums, [math.ceil(count * percentile / 100 - 1e-9) for percentile in _PERCENTILES])
    p50, p95, p99 = (_middle(int(bucket)) / SECOND for bucket in at)
    top = int(np.searchsorted(sums, count))
    return Figures(count=count, p50=p50, p95=p95, p99=p99, max=_middle(top) / SECOND)


def counts(packed: bytes) -> dict[int, int]:
    """How often about each number of microseconds came; each within 1%."""
    buckets = _unpacked(packed)
    return {round(_middle(int(bucket))): int(buckets[bucket]) for bucket in np.flatnonzero(buckets)}


def longer(packed: bytes, microseconds: int) -> tuple[int, int]:
    """How many took about so long, or longer; and how many there are."""
    buckets = _unpacked(packed)
    coarse = max(microseconds.bit_length() - _BITS, 0)
    first = coarse * _HALF + (microseconds >> coarse)
    return int(buckets[first:].sum(dtype=np.int64)), int(buckets.sum(dtype=np.int64))


def _middle(bucket: int) -> float:
    """Microseconds."""
    coarse = max(bucket // _HALF - 1, 0)
    return ((bucket - coarse * _HALF) << coarse) + ((1 << coarse) - 1) / 2


def _packed(buckets: _Buckets) -> bytes:
    return zlib.compress(buckets.astype("<u4").tobytes(), 1)


def _unpacked(packed: bytes) -> _Buckets:
    return np.frombuffer(zlib.decompress(packed), "<u4").astype(np.uint32)
