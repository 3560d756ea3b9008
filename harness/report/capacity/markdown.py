"""What a search found, in Markdown, for a pull request."""

from collections.abc import Iterator
from typing import Final

from harness.report.axis import clock
from harness.report.capacity.words import (
    NOUNS,
    SIGNS,
    amount,
    boundary,
    gave,
    held,
    interval,
    limit,
    measured,
    percent,
    side_by_side,
    span,
    used,
)
from harness.report.certificate import Certificate
from harness.report.marking import escaped, table
from harness.report.results import duration

_ICONS: Final = {"kept": "🟢", "missed": "🔴", "unresolved": "🟡", "invalid": "⚪"}


def found(certificate: Certificate, headline: str) -> Iterator[str]:
    """What the run's headline leaves to be said of the verdict, the SLOs at the boundary, and the levels."""
    where = f"{escaped(certificate.target)}: " if certificate.target else ""
    between = f", {span(certificate)}" if span(certificate) else ""
    figure = f"**{where}{held(certificate)} {NOUNS[certificate.unit]}**{between}"
    yield f"\n{figure}. {escaped(interval(certificate))}\n"
    beyond = certificate.degradation
    told = {
        "gives first": gave(certificate),
        "the limit": limit(certificate, headline),
        "beyond it": f"{beyond.kind}; {beyond.why}" if beyond.why else beyond.kind,
        "throughput": f"{amount(certificate.throughput)} chunks a second at {amount(certificate.low)}",
        "broken first": ", ".join(f"{name} at {amount(level)}" for name, level in certificate.breaks.items()),
    }
    for label, words in told.items():
        if words:
            yield f"- {label}: {escaped(words)}"
    for reason in certificate.reasons:
        yield f"- {'less sharp' if certificate.valid else '🔴 not valid'}: {escaped(reason)}"
    yield from _slos(certificate)
    yield f"\n<details><summary>The {len(certificate.levels)} levels that were tried</summary>"
    rows = [
        (
            f"{_ICONS[level.outcome]} {SIGNS[level.outcome]} {level.outcome}",
            amount(level.level),
            clock(level.began),
            duration(level.ended - level.settled),
            escaped(level.why),
        )
        for level in certificate.levels
    ]
    yield from table(("Outcome", "Level", "At", "Held for", "Why"), rows)
    yield "\n</details>"


def _slos(certificate: Certificate) -> Iterator[str]:
    levels = boundary(certificate)
    rows = [
        (
            escaped(slos[0].measure),
            escaped(slos[0].threshold),
            *(escaped(f"{measured(slo)} ({percent(used(slo))})") for slo in slos),
        )
        for slos in side_by_side(levels)
    ]
    at = (f"At {amount(level.level)}, {level.outcome} (share of what it allows)" for level in levels)
    yield from table(("SLO", "Threshold", *at), rows)
