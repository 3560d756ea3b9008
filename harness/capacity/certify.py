"""From the levels of a search to what they prove."""

from collections.abc import Sequence

from harness.capacity import usl
from harness.capacity.degradation import degradation
from harness.capacity.interval import Boundary, best, boundary, evident
from harness.capacity.limit import limiting
from harness.capacity.terms import Pace, Terms
from harness.report.capacity.words import amount
from harness.report.certificate import Certificate, Level


def certify(levels: Sequence[Level], terms: Terms, pace: Pace, *, target: str = "", stopped: str = "") -> Certificate:
    """How much one target holds; `stopped` says why the search ended early, such as `the time was up`."""
    levels = sorted((each for each in levels if each.target == target), key=lambda each: each.number)
    edge = boundary(levels)
    fitted = usl.fit(levels, terms.confidence)
    flaws = _flaws(edge, levels)
    return Certificate(
        unit=terms.unit,
        target=target,
        low=edge.low,
        best=best(edge, terms.unit, pace),
        high=edge.high,
        confidence=terms.confidence,
        binding=edge.binding,
        limiting=limiting(edge),
        throughput=edge.within.chunks if edge.within else 0.0,
        valid=not flaws,
        reasons=flaws + edge.contradictions + _haste(edge) + _dullness(edge, levels, terms, stopped),
        breaks=_breaks(levels),
        degradation=degradation(edge, levels),
        usl=None if isinstance(fitted, str) else fitted,
        no_usl=fitted if isinstance(fitted, str) else "",
        levels=levels,
    )


def _flaws(edge: Boundary, levels: Sequence[Level]) -> list[str]:
    """Why it is no certificate of the API's capacity."""
    ill = [each for each in levels if each.outcome == "invalid" and each.level > edge.low]
    if edge.contradictions and not edge.low:
        return ["all levels contradict each other"]
    if not edge.low and edge.high is None:
        return [f"no level gave evidence ({levels[-1].why if levels else 'none was tried'})"]
    if edge.high is None and ill:
        why = min(ill, key=lambda each: (each.level, each.number)).why
        why = why.removeprefix("the generator was the limit: ")
        return [f"beyond {amount(edge.low)}, the generator and not the API was the limit ({why})"]
    return []


def _haste(edge: Boundary) -> list[str]:
    if edge.high is None or not edge.beyond or not edge.beyond.provisional:
        return []
    return [f"{amount(edge.high)} was missed in haste, and that was not shown again"]


def _dullness(edge: Boundary, levels: Sequence[Level], terms: Terms, stopped: str) -> list[str]:
    """Why the interval is wider than was asked for; empty where it is not."""
    low, high = edge.low, edge.high
    since = f" ({stopped})" if stopped else ""
    if high is None and low >= terms.most:
        return [f"nothing beyond {amount(terms.most)} was asked for"]
    if high is None:
        return [f"no level was found that is too much{since}"]
    width = 2 * (high - low) / (high + low)
    if width <= terms.precision or (terms.unit == "sessions" and high - low <= 1):
        return []
    told = [f"the interval is as wide as {width:.0%} of its middle, and {terms.precision:.0%} was asked for{since}"]
    if not low:
        told = [f"nothing less than {amount(high)} was shown to hold{since}"]
    void = [each for each in levels if not evident(each) and low < each.level < high]
    return told + [f"{amount(each.level)} gave no evidence: {each.why}" for each in void]


def _breaks(levels: Sequence[Level]) -> dict[str, float]:
    """A finding is proven, whether or not its level is evidence of anything else."""
    lowest: dict[str, float] = {}
    for each in sorted(levels, key=lambda each: each.level):
        for requirement in sorted(each.broken):
            lowest.setdefault(requirement, each.level)
    return lowest
