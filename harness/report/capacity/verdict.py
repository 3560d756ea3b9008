"""The verdict of a search in sentences, the same in every form of the report."""

from typing import Final

from harness.report.capacity.words import NOUNS, amount, measured, missed_at, percent
from harness.report.certificate import Certificate

_KINDS: Final = {"cliff": "a cliff", "slope": "a slope", "unknown": "not known"}


def interval(certificate: Certificate) -> str:
    """What the figure rests on, in sentences."""
    low, high, noun = certificate.low, certificate.high, NOUNS[certificate.unit]
    sure = f"each verdict on a level with {percent(certificate.confidence)} confidence"
    if high is None and not low:
        return "No level was decided."
    if high is None:
        return f"All SLOs and the contract held at {amount(low)} {noun}, and nothing was missed at any level; {sure}."
    if not low:
        return f"They held at no level that was tried; the lowest at which they did not is {amount(high)}; {sure}."
    return (
        f"All SLOs and the contract held at {amount(low)}, and no longer at {amount(high)}: {sure}. "
        f"Best estimate: {amount(certificate.best)}."
    )


def told(certificate: Certificate, headline: str) -> dict[str, str]:
    """What the figure and the run's headline leave to be said, by its name."""
    said = {
        "missed first": first(certificate) or "nothing, as far as was tried",
        "the limit": "" if certificate.limiting in headline else certificate.limiting,
        "beyond": _beyond(certificate),
        "throughput": _throughput(certificate),
        "conformance under load": _conformance(certificate),
    }
    return {name: words for name, words in said.items() if words}


def flaw(certificate: Certificate) -> str:
    """What its reasons are reasons of."""
    return "less sharp" if certificate.valid else "not valid"


def first(certificate: Certificate) -> str:
    """What was missed, with its figure: `lag.final_transcript.p95: 3.41 s at 1,200 (SLO: < 3 s)`; empty if nothing."""
    level = missed_at(certificate)
    for slo in level.attainments if level else ():
        if slo.measure == certificate.binding and level:
            return f"{slo.measure}: {measured(slo)} at {amount(level.level)} (SLO: {slo.threshold})"
    if level and certificate.binding:
        return f"{certificate.binding} at {amount(level.level)}"
    return certificate.binding


def _beyond(certificate: Certificate) -> str:
    """How it goes on: `a cliff: at 54 the API falls further behind.`"""
    kind, why = _KINDS[certificate.degradation.kind], certificate.degradation.why
    return f"{kind}: {why[0].lower()}{why[1:]}" if why else kind


def _throughput(certificate: Certificate) -> str:
    """`26.1 chunks a second at 52`; `-` and a word where nothing held."""
    if not certificate.low:
        return "- (nothing was held)"
    return f"{amount(certificate.throughput)} chunks a second at {amount(certificate.low)}"


def _conformance(certificate: Certificate) -> str:
    """Which requirements were broken, each with the lowest level at which it was."""
    if not certificate.breaks:
        return "no requirement was broken at any level that was tried"
    return ", ".join(f"{name} is broken from {amount(level)} on" for name, level in certificate.breaks.items())
