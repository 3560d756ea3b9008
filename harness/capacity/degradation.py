"""How it goes beyond the boundary."""

import math
from collections.abc import Sequence
from typing import Final

from harness.capacity.interval import Boundary, attainment
from harness.capacity.limit import GROWING, of_contract
from harness.report.capacity.words import amount, kind, measured
from harness.report.certificate import Attainment, Degradation, Level

_STEP: Final = 1.1
_CLIFF: Final = 2.0
"""So many times as bad for a tenth more."""


def degradation(edge: Boundary, levels: Sequence[Level]) -> Degradation:
    """From what holds to about a tenth more than that."""
    low, high, binding = amount(edge.low), edge.high, edge.binding
    if high is None or not edge.low:
        return Degradation(kind="unknown", why=f"No level was {'missed' if high is None else 'held'} to compare with.")
    if binding == GROWING:
        why = f"At {amount(high)} the API falls further behind for as long as the load lasts."
        return Degradation(kind="cliff", why=why)
    if of_contract(binding):
        return Degradation(kind="cliff", why=f"The contract holds at {low} and is broken at {amount(high)}.")
    missed = [each for each in levels if each.outcome == "missed" and each.level >= high]
    latest = {each.level: each for each in missed if attainment(each, binding)}
    tried = [latest[level] for level in sorted(latest)]
    far = (each for each in tried if each.level >= _STEP * edge.low)
    beyond = next(far, tried[-1] if tried else None)
    before, after = attainment(edge.within, binding), attainment(beyond, binding)
    if before is None or after is None or beyond is None:
        return Degradation(kind="unknown", why=f"There are no figures of {binding} on both sides of the boundary.")
    told = f"{binding} goes from {measured(before)} at {low} to {measured(after)} at {amount(beyond.level)}"
    # A step of less than a tenth is taken for one: what is noise would become a cliff.
    worse: float = _growth(before, after) ** min(1, math.log(_STEP) / math.log(beyond.level / edge.low))
    if worse < _CLIFF:
        return Degradation(kind="slope", why=f"{told}.")
    return Degradation(kind="cliff", why=f"{told}: about {worse:.2g} times as bad for a tenth more.")


def _growth(before: Attainment, after: Attainment) -> float:
    """Of a share that must be high, it is what it lacks that grows; what is hardly there yet counts as a trace."""
    trace = max(_bad(before, before.bound) / 10, 1e-3)
    return _bad(after, after.value or 0.0) / max(_bad(before, before.value or 0.0), trace)


def _bad(slo: Attainment, value: float) -> float:
    return 1 - value if kind(slo.measure) == "share" else value
