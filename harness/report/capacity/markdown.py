"""What a search found, in Markdown, for a pull request."""

from collections.abc import Iterator
from typing import Final

from harness.report.axis import clock
from harness.report.capacity.verdict import flaw, interval, told
from harness.report.capacity.words import (
    SIGNS,
    allowance,
    amount,
    aside,
    boundary,
    held,
    measured,
    outcome,
    side_by_side,
    span,
)
from harness.report.certificate import Certificate
from harness.report.marking import escaped, table
from harness.report.results import duration

_COUNTS: Final = (
    "Held for: what counts. For how long lag has grown is counted from the end of the ramp on; a level that is tried "
    "again is judged by what was measured of it before as well. Passed and failed: in haste, to know where to go on."
)
_ICONS: Final = {"kept": "🟢", "missed": "🔴", "unresolved": "🟡", "invalid": "⚪"}


def found(certificate: Certificate, headline: str) -> Iterator[str]:
    """What the run's headline leaves to be said of the verdict, the SLOs at the boundary, and the levels."""
    where = f"{escaped(certificate.target)}: " if certificate.target else ""
    between = f", {span(certificate)}" if span(certificate) else ""
    figure = f"**{where}{' '.join(held(certificate))}**{between}"
    yield f"\n{figure}. {escaped(interval(certificate))}\n"
    for label, words in told(certificate, headline).items():
        yield f"- {label}: {escaped(words)}"
    for reason in certificate.reasons:
        yield f"- {'' if certificate.valid else '🔴 '}{flaw(certificate)}: {escaped(reason)}"
    yield from _slos(certificate)
    yield f"\n<details><summary>The {len(certificate.levels)} levels that were tried</summary>"
    rows = [
        (
            f"{_ICONS[level.outcome]} {SIGNS[level.outcome]} {outcome(level)}",
            amount(level.level),
            clock(level.began),
            duration(level.ended - level.settled),
            escaped(level.why),
        )
        for level in certificate.levels
    ]
    yield from table(("Outcome", "Level", "At", "Held for", "Why"), rows)
    yield f"\n{_COUNTS}\n\n</details>"


def _slos(certificate: Certificate) -> Iterator[str]:
    levels = boundary(certificate)
    rows = [
        (
            escaped(slos[0].measure),
            escaped(slos[0].threshold),
            *(escaped(f"{measured(slo)} ({allowance(slo)})") for slo in slos),
        )
        for slos in side_by_side(levels)
    ]
    if missed := aside(levels):
        name, *seen = map(escaped, missed)
        rows.append((name, "none", *seen))
    at = (f"At {amount(level.level)}, {outcome(level)} (share used of what it allows)" for level in levels)
    yield from table(("SLO", "Threshold", *at), rows)
