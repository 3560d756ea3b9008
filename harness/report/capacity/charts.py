"""What was measured over the levels of a search, ready to be drawn; of two deployments on the same axes."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple

from harness.report.axis import Linear, Logarithmic, Mark
from harness.report.capacity.series import Series, bounds, figure, share, slos, time, timed
from harness.report.capacity.words import NOUNS, SIGNS, amount, held, outcome, span
from harness.report.certificate import Certificate, Level, Usl
from harness.report.drawing import Band, Chart, Curve, Dot, Limit, Spot, joined
from harness.report.evidence import clean

_ALWAYS: Final = ("ack", "lag.final_transcript")
_PERCENTILES: Final = ("p50", "p95", "p99")
_TOP: Final = 2.0
"""Of the shares that are told apart; what is beyond has failed by far."""
_STEPS: Final = 60
_MARKS: Final = 8
_EDGE: Final = 100.0

_Axis = Linear | Logarithmic


class _Sheet(NamedTuple):
    """A chart, before it is known of whom."""

    title: str
    series: list[Series]
    axis: Callable[[list[float]], _Axis]
    limits: Sequence[Limit] = ()
    """In the unit of the axis."""
    dots: bool = False
    main: bool = False
    fit: bool = False


def charts(certificates: Sequence[Certificate]) -> list[Chart]:
    """Each chart for each of the certificates, and then the next one."""
    demanded = timed(certificates)
    measures = dict.fromkeys([*_ALWAYS, *(slo.measure.removesuffix(".9").rpartition(".")[0] for slo in demanded)])
    of = next((each.usl.of for each in certificates if each.usl), "chunks")
    # Without an SLO on a time, the usual ones are the main thing.
    main = [time(slo) for slo in demanded] or [figure(measure, "p95", f"{measure}.p95") for measure in _ALWAYS]
    shares = [share(slo) for slo in slos(certificates)]
    sheets = [
        _Sheet("The percentiles that the SLOs speak of", main, _logarithmic, bounds(demanded), dots=True, main=True),
        _Sheet("Used of what each SLO allows", shares, _Shares, [Limit(1, "all of it")], dots=True),
        _Sheet(
            f"Throughput, {of}", [Series("measured", lambda level: getattr(level, of))], _rates, dots=True, fit=True
        ),
        *(_Sheet(measure, [figure(measure, p, p) for p in _PERCENTILES], _logarithmic) for measure in measures),
        _Sheet("Failed requests", [Series("a second", lambda level: level.failed)], _rates),
    ]
    return [chart for sheet in sheets for chart in _drawn(sheet, certificates)]


def _logarithmic(seen: list[float]) -> _Axis:
    return Logarithmic(min(seen), max(seen))


class _Shares(Linear):
    """That says where it ends early."""

    def __init__(self, seen: list[float]) -> None:
        super().__init__(min(max(seen), _TOP), "%")
        self._more = "≥ " * (max(seen) > self.top)

    @property
    def marks(self) -> list[Mark]:
        *marks, top = super().marks
        return [*marks, top._replace(label=self._more + top.label)]


def _rates(seen: list[float]) -> _Axis:
    return Linear(max(seen), "/s")


def _drawn(sheet: _Sheet, certificates: Sequence[Certificate]) -> Iterator[Chart]:
    levels = [level for each in certificates for level in each.levels]
    seen = [value for level in levels for series in sheet.series if (value := series.value(level)) is not None]
    if not any(seen):
        return
    there = [series for series in sheet.series if any(series.value(level) is not None for level in levels)]
    sheet = sheet._replace(series=there)
    ends = [end for level in levels for series in there for end in series.spread(level) or ()]
    up = sheet.axis([*seen, *ends, *(limit.at for limit in sheet.limits)])
    across = Linear(max(level.level for level in levels), marks=_MARKS)
    for each in certificates:
        chart = Chart(
            title=clean(f"{sheet.title}: {each.target}" if each.target else sheet.title),
            over=NOUNS[each.unit],
            columns=[Mark(0, "0"), *across.marks],
            finer=across.finer,
            rows=up.marks,
            curves=[Curve(clean(series.name), _path(series, each, across, up)) for series in sheet.series],
            dots=[*_dots(sheet, each, across, up)] if sheet.dots else [],
            limits=[limit._replace(at=up(limit.at), label=clean(limit.label)) for limit in sheet.limits],
            bands=_boundary(each, across, named=sheet.main),
            spots=[*_spots(sheet, each, across, up)],
            main=sheet.main,
        )
        if sheet.fit and each.usl:
            _add_fit(chart, each.usl, across, up)
        yield chart


def _height(up: _Axis, value: float) -> float:
    """What is beyond the axis stands at its end."""
    return min(up(value), _EDGE)


def _path(series: Series, certificate: Certificate, across: Linear, up: _Axis) -> str:
    """Through the median at each level; an ill generator's figures are nobody's."""
    found: dict[float, list[float]] = {}
    for level in certificate.levels:
        if level.outcome != "invalid" and (value := series.value(level)) is not None:
            found.setdefault(level.level, []).append(value)
    return joined([(across(level), _height(up, median(values))) for level, values in sorted(found.items())])


def _dots(sheet: _Sheet, certificate: Certificate, across: Linear, up: _Axis) -> Iterator[Dot]:
    for curve, series in enumerate(sheet.series, start=1):
        for level in certificate.levels:
            if (value := series.value(level)) is not None:
                low, high = series.spread(level) or (None, None)
                spread = (None, None) if low is None or high is None else (_height(up, low), _height(up, high))
                yield Dot(across(level.level), _height(up, value), level.outcome, curve, *spread)


def _boundary(certificate: Certificate, across: Linear, *, named: bool) -> list[Band]:
    """From what was held to what was not."""
    low, high = across(certificate.low), _EDGE if certificate.high is None else across(certificate.high)
    if certificate.high is None and not certificate.low:
        return []
    if certificate.high is None:
        return [Band(low, round(high - low, 2), "untried", label="not tried" * named)]
    return [Band(low, round(high - low, 2), "boundary", label=(span(certificate) or held(certificate)[0]) * named)]


def _spots(sheet: _Sheet, certificate: Certificate, across: Linear, up: _Axis) -> Iterator[Spot]:
    """A strip for each level, to half the way to the next."""
    tried: dict[float, list[Level]] = {}
    for level in certificate.levels:
        tried.setdefault(level.level, []).append(level)
    places = sorted(tried)
    edges = [0.0, *(across((a + b) / 2) for a, b in pairwise(places)), _EDGE]
    for place, (begin, end) in zip(places, pairwise(edges), strict=True):
        told = [f"{amount(place)} {NOUNS[certificate.unit]}"]
        for level in tried[place]:
            values = [(series.name, series.value(level)) for series in sheet.series]
            figures = ", ".join(f"{name} {up.told(value)}" for name, value in values if value is not None)
            word = f"{SIGNS[level.outcome]} {outcome(level)}"
            told.append(clean(f"{word} (level {level.number}): {figures or 'nothing'}"))
        yield Spot(begin, round(end - begin, 2), "; ".join(told))


def _add_fit(chart: Chart, fit: Usl, across: Linear, up: _Axis) -> None:
    """The law, after Gunther: sessions queue for what they share, and what they must agree on grows with the square."""
    points: list[tuple[float, float] | None] = []
    for step in range(1, _STEPS + 1):
        n = across.top * step / _STEPS
        rate = fit.rate.best * n / (1 + fit.contention.best * (n - 1) + fit.coherency.best * n * (n - 1))
        points.append((across(n), max(_height(up, rate), 0)))
    chart.curves.append(Curve("fit (USL)", joined(points)))
    if fit.peak and fit.peak.low < across.top:
        low, high = across(fit.peak.low), min(across(fit.peak.high), _EDGE)
        chart.bands.append(Band(low, round(high - low, 2), "peak", label="peak of the fit"))
