"""A certificate in words and figures, the same in every form of the report."""

from collections.abc import Iterator
from typing import Final, Literal

from harness.report.certificate import Attainment, Certificate, Level, Outcome, Unit
from harness.report.results import duration

NOUNS: Final[dict[Unit, str]] = {"sessions": "live sessions", "arrivals per second": "arrivals a second"}
SIGNS: Final[dict[Outcome, str]] = {"kept": "●", "missed": "✕", "unresolved": "◇", "invalid": "□"}
"""How each outcome can be told without colour."""

_DIGITS: Final = 100


def amount(level: float) -> str:
    """`1,160`, `12.5`."""
    return f"{level:,.0f}" if level >= _DIGITS or level == round(level) else f"{level:.3g}"


def held(certificate: Certificate) -> str:
    """The figure of the verdict: `1,160`, `9,000 or more`, `fewer than 8`, `?`."""
    low, high = certificate.low, certificate.high
    if not low:
        return "?" if high is None else f"fewer than {amount(high)}"
    return f"{amount(low)} or more" if high is None else amount(low)


def span(certificate: Certificate) -> str:
    """`1,168 to 1,184`; empty where an end is missing."""
    low, high = certificate.low, certificate.high
    return f"{amount(low)} to {amount(high)}" if low and high is not None else ""


def limit(certificate: Certificate, headline: str) -> str:
    """What was the limit; empty where the headline has said it."""
    return "" if certificate.limiting in headline else certificate.limiting


def interval(certificate: Certificate) -> str:
    """What the figure rests on, in sentences."""
    low, high, noun = certificate.low, certificate.high, NOUNS[certificate.unit]
    sure = f"each verdict on a level with {percent(certificate.confidence)} confidence"
    if high is None and not low:
        return "No level was decided."
    if high is None:
        return f"All SLOs and the contract held at {amount(low)} {noun}, and nothing gave at any level tried; {sure}."
    if not low:
        return f"They held at no level that was tried; the lowest at which they did not is {amount(high)}; {sure}."
    return (
        f"All SLOs and the contract held at {amount(low)}, and no longer at {amount(high)}: {sure}. "
        f"Best estimate: {amount(certificate.best)}."
    )


def gave(certificate: Certificate) -> str:
    """What gave first, with its figure: `lag.final_transcript.p95: 3.41 s at 1,200 (SLO: < 3 s)`; empty if nothing."""
    level = missed_at(certificate)
    for slo in level.attainments if level else ():
        if slo.measure == certificate.binding and level:
            return f"{slo.measure}: {measured(slo)} at {amount(level.level)} (SLO: {slo.threshold})"
    if level and certificate.binding:
        return f"{certificate.binding} at {amount(level.level)}"
    return certificate.binding


def held_at(certificate: Certificate) -> Level | None:
    """The last try of the capacity that was kept; None where nothing held."""
    return _last(certificate, "kept", certificate.low)


def missed_at(certificate: Certificate) -> Level | None:
    """The last try that was missed of the level at which something gave; None where nothing did."""
    return _last(certificate, "missed", certificate.high)


def boundary(certificate: Certificate) -> list[Level]:
    """The level that was kept there, and the one that was missed; as far as there are any."""
    return [level for level in (held_at(certificate), missed_at(certificate)) if level]


def side_by_side(levels: list[Level]) -> Iterator[list[Attainment]]:
    """Each SLO, as it fared at all of the levels."""
    for slo in levels[0].attainments if levels else ():
        same = [other for level in levels for other in level.attainments if other.measure == slo.measure]
        if len(same) == len(levels):
            yield same


def kind(measure: str) -> Literal["share", "count", "time"]:
    """Of what an SLO speaks."""
    return "share" if measure == "session.success" else "count" if measure == "findings" else "time"


def measured(slo: Attainment) -> str:
    """`3.41 s`, `99.2%`; `nothing` where there was nothing to measure."""
    return "nothing" if slo.value is None else _told(slo.measure, slo.value)


def spread(slo: Attainment) -> str:
    """`3.2 s to 3.6 s`; empty where the samples don't bear it."""
    if slo.low is None or slo.high is None:
        return ""
    return f"{_told(slo.measure, slo.low)} to {_told(slo.measure, slo.high)}"


def used(slo: Attainment) -> float | None:
    """The share of what the SLO allows that is used: 1 at its bound; None where that means nothing."""
    if slo.value is None:
        return None
    if kind(slo.measure) == "time":
        return slo.value / slo.bound if slo.bound > 0 else None
    # What it allows is failures; all and none of them are no scale.
    return (1 - slo.value) / (1 - slo.bound) if kind(slo.measure) == "share" and slo.bound < 1 else None


def percent(share: float | None) -> str:
    """`68%`, `1,240%`; `-` for None."""
    return "-" if share is None else f"{100 * share:,.3g}%" if share < 10 else f"{100 * share:,.0f}%"


def _last(certificate: Certificate, outcome: Outcome, at: float | None) -> Level | None:
    tried = [each for each in certificate.levels if each.outcome == outcome and each.level == at]
    return tried[-1] if tried else None


def _told(measure: str, value: float) -> str:
    match kind(measure):
        case "share":
            return f"{100 * value:.4g}%"
        case "count":
            return amount(value)
        case "time":
            return duration(value)
