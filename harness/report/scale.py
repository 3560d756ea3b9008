"""A time axis: linear, but for a few long stretches in which nothing happens, which are cut out and marked."""

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, NamedTuple

_BREAKS: Final = 5
_BREAK_WIDTH: Final = 6.0  # percent of the axis
_QUIET: Final = 0.5  # seconds; a shorter gap is never cut out
_WORTHWHILE: Final = 4  # breaks are made where they show the rest so many times larger
_MARGIN: Final = 0.03  # of the time shown, at both sides of each piece
_NARROWEST: Final = 1e-3  # seconds of margin; a session of one moment has an axis, too
_TICKS: Final = 6
_APART: Final = 15.0  # percent between labels
_FINER: Final = 3  # digits more, where two labels would read the same


class Tick(NamedTuple):
    """A mark on the axis."""

    x: float
    """Percent."""
    label: str
    """`0.25 s`; empty where there is no room for it."""


class Break(NamedTuple):
    """A stretch that was cut out."""

    x: float
    width: float
    seconds: float


class _Piece(NamedTuple):
    begin: float
    end: float
    x: float


class Scale:
    """From the seconds of a session to percent of its axis.

    `instants` are all the moments at which something begins or ends; at least one.
    """

    def __init__(self, instants: Iterable[float]) -> None:
        times = sorted(set(instants))
        gaps = _broken(times)
        shown = times[-1] - times[0] - sum(end - begin for begin, end in gaps)
        margin = max(_MARGIN * shown, _NARROWEST)
        bounds = [times[0], *(edge for gap in gaps for edge in gap), times[-1]]
        stretches = [(begin - margin, end + margin) for begin, end in zip(bounds[::2], bounds[1::2], strict=True)]
        room = 100 - _BREAK_WIDTH * len(gaps)
        self._rate = room / sum(end - begin for begin, end in stretches)
        self._pieces: list[_Piece] = []
        x = 0.0
        for begin, end in stretches:
            self._pieces.append(_Piece(begin, end, x))
            x += (end - begin) * self._rate + _BREAK_WIDTH
        self._margin = margin

    def __call__(self, seconds: float) -> float:
        """Where a moment stands, in percent."""
        for piece, following in pairwise(self._pieces):
            if seconds < following.begin:
                return round(min(piece.x + (seconds - piece.begin) * self._rate, following.x), 2)
        last = self._pieces[-1]
        return round(last.x + (seconds - last.begin) * self._rate, 2)

    @property
    def breaks(self) -> list[Break]:
        """Where time was cut out, and how much."""
        return [
            Break(round(after.x - _BREAK_WIDTH, 2), _BREAK_WIDTH, after.begin - before.end)
            for before, after in pairwise(self._pieces)
        ]

    @property
    def ticks(self) -> list[Tick]:
        """At the beginning of each piece, and at round times in between."""
        step = nice(100 / _TICKS / self._rate)
        digits = max(0, -math.floor(math.log10(step)))
        finest = digits + _FINER
        ticks: list[tuple[float, float | None]] = []
        labelled = -_APART
        for piece in self._pieces:
            for at in _ticked(piece.begin + self._margin, piece.end, step):
                x = self(at)
                room = x - labelled >= _APART
                labelled = x if room else labelled
                ticks.append((x, at if room else None))
        told = [at for _, at in ticks if at is not None]
        # A piece after a break begins anywhere, so that it may lie less than a step from the tick before.
        while len({f"{at:.{digits}f}" for at in told}) < len(told) and digits < finest:
            digits += 1
        return [Tick(x, "" if at is None else f"{at:.{digits}f} s") for x, at in ticks]


def _broken(times: list[float]) -> list[tuple[float, float]]:
    """The gaps to be cut out, in order: none unless a few of them are most of the time."""
    whole = left = times[-1] - times[0]
    chosen: list[tuple[float, float]] = []
    for begin, end in sorted(pairwise(times), key=lambda gap: gap[0] - gap[1])[:_BREAKS]:
        if end - begin < max(_QUIET, left / (_BREAKS + 1)):
            break
        chosen.append((begin, end))
        left -= end - begin
    return sorted(chosen) if left <= whole / _WORTHWHILE else []


def nice(least: float) -> float:
    """The smallest of 1, 2, 5, 10 ... times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= least * 0.999)


def _ticked(begin: float, end: float, step: float) -> Iterator[float]:
    yield begin
    yield from (n * step for n in range(math.floor(begin / step) + 1, math.floor(end / step) + 1))
