"""The time course of a run, ready to be drawn."""

from collections.abc import Callable, Iterable
from typing import Final

from harness.report.axis import Linear, Logarithmic, Time, clock
from harness.report.capacity.words import SIGNS, amount
from harness.report.certificate import Level
from harness.report.course import Slice
from harness.report.drawing import Band, Chart, Curve, Limit, Spot, joined
from harness.report.evidence import clean
from harness.report.run import Run, SloResult

_ALWAYS: Final = ("ack", "lag.final_transcript")
"""Measures that are drawn in any case; of the others, those that an SLO speaks of."""
_PERCENTILES: Final = ("p50", "p95", "p99")
_SHORTEST: Final = 1e-6
_END: Final = 100.0
_ROOM: Final = 2.5
"""Percent of the axis that the number of a level needs."""

_Value = Callable[[Slice], float | None]
"""What is drawn of a slice; None where there is nothing."""


def charts(run: Run) -> list[Chart]:
    """Of a run long enough to have a course at all; those in which there is anything to be seen."""
    if len(run.course) <= 1:
        return []
    spoken_of = [_timed(slo) for slo in run.slos if slo.bound is not None]
    measures = dict.fromkeys([*_ALWAYS, *spoken_of])
    drawn = [
        _counts(run, "Sessions in flight", "", {"live": lambda each: each.live}),
        _counts(run, "Traffic", "/s", {"chunks": _rate("chunks"), "events": _rate("events")}),
        _counts(
            run,
            "Sessions",
            "/s",
            {"started": _rate("started"), "ended": lambda each: sum(each.ended.values()) / each.length},
        ),
        *(_times(run, measure, {p: _figure(measure, p) for p in _PERCENTILES}) for measure in measures),
        _counts(
            run,
            "Errors",
            "",
            {
                "failed requests": lambda each: each.failed,
                "failed sessions": lambda each: each.ended.get("failed", 0),
            },
        ),
        _counts(run, "Findings", "", {"requirements broken, each once a session": lambda each: each.findings}),
        _times(
            run,
            "Lateness of the generator",
            {"schedule lag p99": _figure("schedule_lag", "p99"), "loop lag": _health("loop_lag")},
        ),
        _counts(run, "CPU of the generator's busiest process", "%", {"of one core": _health("cpu")}),
        _counts(run, "Memory of the generator's largest process", "B", {"resident": _health("memory")}),
        _counts(run, "Open files of the process that has most", "", {"descriptors": _health("files")}),
    ]
    return [chart for chart in drawn if chart is not None]


def _timed(slo: SloResult) -> str:
    """What it demands a statistic of; one of them has a point in its name: p99.9."""
    return slo.measure.removesuffix(".9").rpartition(".")[0]


def _rate(name: str) -> _Value:
    return lambda each: float(getattr(each, name) / each.length)


def _figure(measure: str, percentile: str) -> _Value:
    def value(each: Slice) -> float | None:
        figures = each.figures.get(measure)
        return None if figures is None else max(getattr(figures, percentile), _SHORTEST)

    return value


def _health(name: str) -> _Value:
    return lambda each: None if each.health is None else getattr(each.health, name)


def _counts(run: Run, title: str, unit: str, values: dict[str, _Value]) -> Chart | None:
    seen = _seen(run.course, values.values())
    return _chart(run, title, values, Linear(max(seen), unit), []) if seen else None


def _times(run: Run, title: str, values: dict[str, _Value]) -> Chart | None:
    limits = [slo for slo in run.slos if slo.bound is not None and _timed(slo) == title]
    seen = [max(value, _SHORTEST) for value in _seen(run.course, values.values())]
    if not seen:
        return None
    bounds = [max(slo.bound or 0, _SHORTEST) for slo in limits]
    axis = Logarithmic(min(seen + bounds), max(seen + bounds))
    marks = [
        Limit(axis(at), clean(f"SLO, over the whole run: {slo.measure.removeprefix(title)[1:]} {slo.threshold}"))
        for at, slo in zip(bounds, limits, strict=True)
    ]
    return _chart(run, title, values, axis, marks)


def _seen(course: Iterable[Slice], values: Iterable[_Value]) -> list[float]:
    every = list(values)
    return [told for each in course for value in every if (told := value(each)) is not None]


def _chart(run: Run, title: str, values: dict[str, _Value], axis: Linear | Logarithmic, limits: list[Limit]) -> Chart:
    course = run.course
    time = Time(course[-1].end)
    levels = sorted((level for each in run.capacity for level in each.levels), key=lambda level: level.began)
    return Chart(
        title=clean(title),
        over="the time of the run",
        curves=[
            Curve(name, joined([_point(each, value(each), time, axis) for each in course]))
            for name, value in values.items()
        ],
        rows=axis.marks,
        columns=time.marks,
        limits=limits,
        warm_up=min(time(run.warm_up), 100.0),
        spots=[
            Spot(time(each.start), round(time(each.end) - time(each.start), 2), _told(each, levels, values, axis))
            for each in course
        ],
        bands=[_band(level, n, time) for n, level in enumerate(levels) if time(level.began) < _END],
    )


def _point(each: Slice, height: float | None, time: Time, axis: Linear | Logarithmic) -> tuple[float, float] | None:
    """In the middle of a slice."""
    return None if height is None else (time(each.start + each.length / 2), axis(max(height, _SHORTEST)))


def _band(level: Level, n: int, time: Time) -> Band:
    """Every second one is shaded."""
    x = time(level.began)
    width = round(min(time(level.ended), 100.0) - x, 2)
    return Band(x, width, "level" if n % 2 else "level odd", label=str(level.number) if width > _ROOM else "")


def _told(each: Slice, levels: list[Level], values: dict[str, _Value], axis: Linear | Logarithmic) -> str:
    figures = [(name, value(each)) for name, value in values.items()]
    words = [f"{name} {axis.told(figure)}" for name, figure in figures if figure is not None]
    middle = each.start + each.length / 2
    within = next((level for level in levels if level.began <= middle < level.ended), None)
    during = "" if within is None else f" (level {within.number}, {amount(within.level)} {SIGNS[within.outcome]})"
    return f"{clock(each.start)} to {clock(each.end)}{during}: {', '.join(words) or 'nothing'}"
