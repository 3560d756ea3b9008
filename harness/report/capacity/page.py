"""What the page of a capacity search shows, beside what that of any run does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.contract.catalogue import Requirement, load_catalogue
from harness.report.capacity import verdict, words
from harness.report.capacity.charts import charts
from harness.report.capacity.trace import trace
from harness.report.certificate import Attainment, Certificate, Level
from harness.report.drawing import Chart

FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "amount": words.amount,
    "measured": words.measured,
    "allowance": words.allowance,
    "outcome": words.outcome,
    "percent": words.percent,
    "spread": words.spread,
}
"""For its templates."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate, ready for the page."""

    certificate: Certificate
    noun: str
    held: tuple[str, str]
    span: str
    interval: str
    told: dict[str, str]
    """What more there is to say of the verdict, by its name."""
    flaw: str
    """What the reasons are reasons of."""
    at: list[Level]
    """What was kept at the boundary, and what was missed."""
    slos: list[list[Attainment]]
    """Each as it fared at those."""
    aside: list[str]
    """What was missed there although it is no SLO, if anything was."""
    times: list[str]
    """Measures of which they have figures, lags first."""
    broken: list[tuple[Requirement, float]]
    """With the level at which each was broken first, from the lowest on."""
    trace: Chart | None


@dataclass(frozen=True, slots=True)
class Search:
    """All that it found."""

    shown: list[Shown]
    charts: list[Chart]
    signs: dict[Any, str]


def search(certificates: Sequence[Certificate], headline: str) -> Search | None:
    """None where the run was none."""
    if not certificates:
        return None
    return Search([_shown(each, headline) for each in certificates], charts(certificates), {**words.SIGNS})


def _shown(certificate: Certificate, headline: str) -> Shown:
    at = words.boundary(certificate)
    measures = dict.fromkeys(measure for level in at for measure in level.figures)
    catalogue = load_catalogue()
    return Shown(
        certificate,
        noun=words.NOUNS[certificate.unit],
        held=words.held(certificate),
        span=words.span(certificate),
        interval=verdict.interval(certificate),
        told=verdict.told(certificate, headline),
        flaw=verdict.flaw(certificate),
        at=at,
        slos=[*words.side_by_side(at)],
        aside=words.aside(at),
        times=sorted(measures, key=lambda measure: not measure.startswith("lag.")),
        broken=[
            (catalogue.find(name), level) for name, level in sorted(certificate.breaks.items(), key=lambda b: b[1])
        ],
        trace=trace(certificate) if certificate.levels else None,
    )
