"""What can be drawn of each level of a search."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from harness.report.capacity.words import kind, used
from harness.report.certificate import Attainment, Certificate, Level
from harness.report.drawing import Limit

_SHORTEST: Final = 1e-6  # seconds: a logarithm has no place for none at all


class Series(NamedTuple):
    """A quantity at each level; None where there is none."""

    name: str
    value: Callable[[Level], float | None]
    spread: Callable[[Level], tuple[float, float] | None] = lambda _: None


def slos(certificates: Iterable[Certificate]) -> list[Attainment]:
    """Each of them once."""
    found: dict[str, Attainment] = {}
    for slo in (slo for each in certificates for level in each.levels for slo in level.attainments):
        found.setdefault(slo.measure, slo)
    return list(found.values())


def timed(certificates: Iterable[Certificate]) -> list[Attainment]:
    """Those that speak of a time."""
    return [slo for slo in slos(certificates) if kind(slo.measure) == "time"]


def time(slo: Attainment) -> Series:
    """The percentile that it demands, and where it lies."""

    def value(level: Level) -> float | None:
        found = _of(slo, level)
        return None if found is None or found.value is None else max(found.value, _SHORTEST)

    def spread(level: Level) -> tuple[float, float] | None:
        found = _of(slo, level)
        if found is None or found.low is None or found.high is None:
            return None
        return max(found.low, _SHORTEST), max(found.high, _SHORTEST)

    return Series(slo.measure, value, spread)


def share(slo: Attainment) -> Series:
    """How much is used of what it allows."""

    def value(level: Level) -> float | None:
        found = _of(slo, level)
        return used(found) if found else None

    return Series(slo.measure, value)


def figure(measure: str, percentile: str, name: str) -> Series:
    """Of a measure, whether an SLO speaks of it or not."""

    def value(level: Level) -> float | None:
        figures = level.figures.get(measure)
        return None if figures is None else max(getattr(figures, percentile), _SHORTEST)

    return Series(name, value)


def bounds(demanded: Iterable[Attainment]) -> list[Limit]:
    """Of SLOs on times, in the order of their curves, in seconds."""
    return [
        Limit(max(slo.bound, _SHORTEST), f"SLO: {slo.measure} {slo.threshold}", curve)
        for curve, slo in enumerate(demanded, start=1)
    ]


def _of(slo: Attainment, level: Level) -> Attainment | None:
    return next((each for each in level.attainments if each.measure == slo.measure), None)
