"""The figures of a series, ready to be drawn."""

import math
from collections.abc import Iterator
from typing import Final

from harness.report.axis import Linear, Mark
from harness.report.capacity.words import NOUNS
from harness.report.comparison.difference import Unit, figure_in_words
from harness.report.drawing import Chart, Curve, Dot, Limit, Spot, joined
from harness.report.evidence import clean
from harness.report.results import duration
from harness.report.trend.series import Entry, Figure, Series

_LABELS: Final = 4
_FAR: Final = 3
"""An SLO is drawn unless that would press all figures against the ground."""


class _Times(Linear):
    """Seconds; differences of a tenth would not be seen on the logarithmic axis of a time course."""

    def told(self, value: float) -> str:
        return duration(value)


def charts(series: Series) -> list[Chart]:
    """One for each measure."""
    measures = dict.fromkeys(measure for entry in series.entries for measure in entry.figures)
    return [_chart(measure, series.entries) for measure in measures]


def _chart(measure: str, entries: list[Entry]) -> Chart:
    told = [entry.figures.get(measure) for entry in entries]
    seen = [each for each in told if each is not None]
    highest = max(_top(each) for each in seen)
    bound = seen[-1].bound
    bounds = [bound] if bound is not None and bound < _FAR * highest else []
    axis = _axis(seen[-1].unit, max([highest, *bounds]))
    width = 100 / len(entries)
    middles = [round((n + 0.5) * width, 2) for n in range(len(entries))]
    step = math.ceil(len(entries) / _LABELS)
    return Chart(
        title=clean(measure + _unit(seen[-1].unit)),
        over="the runs, the newest to the right",
        columns=[Mark(x, entry.started[:10]) for x, entry in list(zip(middles, entries, strict=True))[::step]],
        rows=axis.marks,
        curves=[Curve(clean(measure), _path(entries, told, middles, axis))],
        dots=[
            _dot(x, each, axis, valid=not entry.invalid)
            for x, each, entry in zip(middles, told, entries, strict=True)
            if each is not None
        ],
        limits=[Limit(axis(at), f"SLO: {duration(at)}") for at in bounds],
        spots=[
            Spot(round(n * width, 2), round(width, 2), clean(_title(entry, each)))
            for n, (entry, each) in enumerate(zip(entries, told, strict=True))
        ],
        main=True,
    )


def _unit(unit: Unit) -> str:
    match unit:
        case "sessions" | "arrivals per second":
            return f" in {NOUNS[unit]}"
        case _:
            return ""


def _axis(unit: Unit, highest: float) -> Linear:
    return _Times(highest) if unit == "seconds" else Linear(highest, "%" if unit == "share" else "")


def _top(figure: Figure) -> float:
    return figure.value.best if math.isinf(figure.value.high) else figure.value.high


def _dot(x: float, figure: Figure, axis: Linear, *, valid: bool) -> Dot:
    value = figure.value
    high = 100.0 if math.isinf(value.high) else axis(value.high)
    return Dot(x, axis(value.best), "kept" if valid else "invalid", int(valid), axis(value.low), high)


def _path(entries: list[Entry], told: list[Figure | None], middles: list[float], axis: Linear) -> str:
    """Through runs that can be compared with the one before; what is invalid stands by itself."""
    return joined(list(_points(entries, told, middles, axis)))


def _points(
    entries: list[Entry], told: list[Figure | None], middles: list[float], axis: Linear
) -> Iterator[tuple[float, float] | None]:
    for entry, figure, x in zip(entries, told, middles, strict=True):
        if not entry.joined:
            yield None
        if figure is not None and not entry.invalid:
            yield x, axis(figure.value.best)


def _title(entry: Entry, figure: Figure | None) -> str:
    words = "nothing measured" if figure is None else figure_in_words(figure.value, figure.unit)
    return f"{entry.started} {entry.name}: {'INVALID, ' if entry.invalid else ''}{words}; {entry.change}"
