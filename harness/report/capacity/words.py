"""A certificate in words and figures, the same in every form of the report."""

from collections.abc import Iterator
from typing import Final, Literal

from harness.report.certificate import Attainment, Certificate, Level, Outcome, Unit
from harness.report.results import duration

NOUNS: Final[dict[Unit, str]] = {"sessions": "live sessions", "arrivals per second": "arrivals a second"}
SIGNS: Final[dict[Outcome, str]] = {"kept": "●", "missed": "✕", "unresolved": "◇", "invalid": "□"}
"""How each outcome can be told without colour."""
NO_VERDICT: Final = "- (no verdict)"
"""Instead of a capacity."""

_DIGITS: Final = 100
_HASTY: Final[dict[Outcome, str]] = {"kept": "passed", "missed": "failed"}


def amount(level: float) -> str:
    """`1,160`, `12.5`."""
    return f"{level:,.0f}" if level >= _DIGITS or level == round(level) else f"{level:.3g}"


def outcome(level: Level) -> str:
    """In a word: of a level that was tried in haste `passed` or `failed`, which is no verdict on it."""
    return _HASTY.get(level.outcome, level.outcome) if level.provisional else level.outcome


def held(certificate: Certificate) -> tuple[str, str]:
    """The figure of the verdict, and of what it is: `1,160`, `9,000 or more`, `fewer than 8`; `-` and a word."""
    low, high, noun = certificate.low, certificate.high, NOUNS[certificate.unit]
    if low:
        return (f"{amount(low)} or more" if high is None else amount(low)), noun
    figure, _, word = NO_VERDICT.partition(" ")
    return (figure, word) if high is None else (f"fewer than {amount(high)}", noun)


def span(certificate: Certificate) -> str:
    """`1,168 to 1,184`; empty where an end is missing."""
    low, high = certificate.low, certificate.high
    return f"{amount(low)} to {amount(high)}" if low and high is not None else ""


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


def aside(levels: list[Level]) -> list[str]:
    """What was missed although it is no SLO, such as growing lag: its name, then what was seen of it at each level."""
    missed = [each.binding for each in levels if each.outcome == "missed" and each.binding]
    if not missed or any(slo.measure == missed[0] for level in levels for slo in level.attainments):
        return []
    return [missed[0], *(level.why if level.binding == missed[0] else "none seen" for level in levels)]


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


def allowance(slo: Attainment) -> str:
    """How much of it is used: `68%`, `40% of the failures`; `-` where that means nothing."""
    share = used(slo)
    return percent(share) + " of the failures" * (share is not None and kind(slo.measure) == "share")


def _last(certificate: Certificate, outcome: Outcome, at: float | None) -> Level | None:
    tried = [each for each in certificate.levels if each.outcome == outcome and each.level == at]
    proven = [each for each in tried if outcome == "missed" or not each.provisional]
    return proven[-1] if proven else None


def _told(measure: str, value: float) -> str:
    match kind(measure):
        case "share":
            return f"{100 * value:.4g}%"
        case "count":
            return amount(value)
        case "time":
            return duration(value)
