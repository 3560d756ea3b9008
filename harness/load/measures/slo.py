"""Service level objectives: what a load file demands, held against what was measured."""

import operator
from collections.abc import Callable, Iterable
from typing import Final

from msgspec import structs

from harness.documents.quantities import Threshold, threshold
from harness.history.observations import AS_PLANNED
from harness.load.measures.histograms import Measures
from harness.load.measures.stopwatch import OVERDUE
from harness.oracle.assessment import Assessment
from harness.report.results import duration
from harness.report.run import SloResult
from harness.scenario.load import Slo

DEFAULT: Final = Slo("session.success", threshold("≥ 99%"))
"""What a scenario is held to that sets no SLO: a run whose sessions fail is not green."""

FLOORS: Final = {"p90": 64, "p95": 130, "p99": 662, "p99.9": 6_636}
"""So many samples does a percentile need that with 99% certainty two lie beyond it: with fewer, one outlier
more or less would decide."""

_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "≤": operator.le,
    ">": operator.gt,
    "≥": operator.ge,
    "=": operator.eq,
}


def evaluate(slos: Iterable[Slo], measures: Measures, assessment: Assessment) -> list[SloResult]:
    """One result for each, in order. Where there is no valid figure, `met` is None and `why` gives the reason."""
    return [_evaluate(slo, measures, assessment) for slo in slos]


def parted(measure: str) -> tuple[str, str]:
    """What is measured, and its statistic: `lag.EVENT` and `p99.9`, which has a point of its own."""
    name, _, statistic = measure.partition(".")
    if name == "lag":
        event, _, statistic = statistic.partition(".")
        name = f"lag.{event}"
    return name, statistic


def holds(threshold: Threshold, value: float) -> bool:
    """Whether a value keeps it."""
    return _COMPARE[threshold.comparison](value, threshold.bound)


def in_words(threshold: Threshold) -> str:
    """`< 500 ms`, `≥ 99.5%`, `= 0`."""
    comparison, bound, unit = threshold
    shown = {"seconds": duration(bound), "fraction": f"{100 * bound:g}%", "count": f"{bound:g}"}[unit]
    return f"{comparison} {shown}"


def withheld(results: Iterable[SloResult]) -> list[SloResult]:
    """The same of a run that is invalid: its figures are shown, and not held against the SUT. Findings are proven."""
    why = "not judged, since the run is invalid"
    return [each if each.measure == "findings" else structs.replace(each, met=None, why=why) for each in results]


def _evaluate(slo: Slo, measures: Measures, assessment: Assessment) -> SloResult:
    if slo.measure == "findings":
        return _findings(slo, assessment)
    if slo.measure == "session.success":
        return _success(slo, assessment.ledger.sessions, measures.count("overdue"))
    name, statistic = parted(slo.measure)
    count, floor = measures.count(name), FLOORS.get(statistic, 1)
    value = measures.value(name, statistic)
    if not count:
        return _result(slo, "-", None, "nothing was measured")
    if count < floor:
        return _result(slo, duration(value), None, f"{count:,} samples; {statistic} needs {floor:,}")
    met = holds(slo.threshold, value)
    return _result(slo, duration(value), met, f"{count:,} samples", figure=value, samples=count)


def _findings(slo: Slo, assessment: Assessment) -> SloResult:
    if not any(tally.exercised for tally in assessment.tallies.values()):
        return _result(slo, "-", None, "nothing was judged")
    found = sum(tally.failed for tally in assessment.tallies.values())
    return _result(slo, f"{found:,}", holds(slo.threshold, found), figure=found)


def _success(slo: Slo, sessions: dict[str, int], overdue: int) -> SloResult:
    """The share of sessions that ended as planned; those that the end of the run interrupted say nothing.

    But where so many of them were `overdue` that they would decide, had they waited in vain, nothing can be said.
    """
    ended = sum(count for ending, count in sessions.items() if ending != "interrupted")
    if not ended:
        return _result(slo, "-", None, "no session came to its end")
    good = sum(sessions.get(ending, 0) for ending in AS_PLANNED)
    value, met = f"{good * 10_000 // ended / 100:g}%", holds(slo.threshold, good / ended)
    if met and not holds(slo.threshold, good / (ended + overdue)):
        waited = f"{overdue:,} more were still waiting for the API, for over {duration(OVERDUE)}, when the run ended"
        return _result(slo, value, None, f"{good:,} of {ended:,} sessions; {waited}")
    return _result(slo, value, met, f"{good:,} of {ended:,} sessions", figure=good / ended, samples=ended)


def _result(
    slo: Slo, value: str, met: bool | None, why: str = "", *, figure: float | None = None, samples: int = 0
) -> SloResult:
    words = in_words(slo.threshold) + " (default)" * (slo is DEFAULT)
    timed = slo.threshold.bound if slo.threshold.unit == "seconds" else None
    return SloResult(slo.measure, words, value, met, why, timed, figure=figure, samples=samples)
