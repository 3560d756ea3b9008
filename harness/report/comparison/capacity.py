"""Two capacities held against each other, and the SLOs' figures at a level that both deployments hold."""

import math
from itertools import product

import msgspec

from harness.report.capacity.words import NOUNS, amount
from harness.report.certificate import Certificate, Estimate, Level
from harness.report.comparison.difference import NO_EVIDENCE, Difference, change_in_words, differ, figure_in_words
from harness.report.comparison.objectives import of_objectives


def of_certificates(old: Certificate, new: Certificate, tolerance: float = 0.0) -> list[Difference]:
    """The capacity first, then each SLO at the largest level that both hold; they must be of one unit."""
    found = [_capacity(old, new, tolerance)]
    pair = _nearest(_kept(old), _kept(new))
    if pair is None:
        return found
    before, now = pair
    noun = NOUNS[new.unit]
    if before.level == now.level:
        where = f"at {amount(now.level)} {noun}"
    else:
        where = f"at {amount(before.level)} and {amount(now.level)} {noun}"
    slos = of_objectives(before.attainments, now.attainments, tolerance, where)
    return found + [_despite(slo, before.level, now.level) for slo in slos]


def sentence(first: Certificate, second: Certificate) -> str:
    """The verdict on two deployments that took turns in one run: the first one, held against the second."""
    found = _capacity(second, first, 0.0)
    one, other = first.target or "the first deployment", second.target or "the second"
    figures = f"{figure_in_words(found.new, found.unit)} against {figure_in_words(found.old, found.unit)}"
    figures = f"{figures} {NOUNS[first.unit]}"
    if invalid := [name for name, each in ((one, first), (other, second)) if not each.valid]:
        return f"No verdict, since what was found of {' and '.join(invalid)} is not valid: {figures}."
    if found.verdict == NO_EVIDENCE:
        return f"No evidence that {one} holds more or less than {other}: {figures}{found.why and f'; {found.why}'}."
    more = "more" if found.verdict == "better" else "less"
    return f"{one} holds {more} than {other}: {figures}, {change_in_words(found)}."


def holds_less(first: Certificate, second: Certificate) -> bool:
    """Whether it is proven that the first of two deployments that took turns holds less."""
    return first.valid and second.valid and _capacity(second, first, 0.0).verdict == "worse"


def _capacity(old: Certificate, new: Certificate, tolerance: float) -> Difference:
    found = differ("capacity", new.unit, estimate(old), estimate(new), more_is_better=True, tolerance=tolerance)
    if found.is_bounded and old.high is None and new.high is None:
        return msgspec.structs.replace(found, why="neither search found a limit")
    return found


def estimate(certificate: Certificate) -> Estimate | None:
    """What is known to hold, which is the figure of its report; None where no level was decided.

    Without a bound where no limit was found.
    """
    low, high = certificate.low, certificate.high
    if not low and high is None:
        return None
    return Estimate(low, low, math.inf if high is None else high)


def _kept(certificate: Certificate) -> list[Level]:
    """Those that are proven to hold; of several tries of a level the last, which rests on those before as well."""
    proven = [each for each in certificate.levels if each.outcome == "kept" and not each.provisional]
    kept = [each for each in proven if each.level <= certificate.low]
    kept.sort(key=lambda each: (each.level, each.number))
    return list({each.level: each for each in kept}.values())


def _nearest(old: list[Level], new: list[Level]) -> tuple[Level, Level] | None:
    """Those of the largest common level; without one, the two that lie closest; None where nothing was held."""
    pairs = product(old, new)
    return min(pairs, key=lambda pair: (abs(math.log(pair[1].level / pair[0].level)), -pair[0].level), default=None)


def _despite(found: Difference, before: float, now: float) -> Difference:
    """At levels that differ, the verdict that holds in spite of it: worse with less to do, better with more."""
    easier = "better" if now < before else "worse" if now > before else ""
    if found.verdict != easier:
        return found
    why = "what differs may be due to the levels, which do"
    return msgspec.structs.replace(found, verdict=NO_EVIDENCE, intolerable=False, why=why)
