"""Whether a run's figures are the SUT's, or tell of the generator: what makes a run invalid, in words."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from harness.load.health.pulse import SPAN, Health
from harness.load.part import Part
from harness.report.results import duration
from harness.scenario.load import Slo

_SHARE: Final = 10
"""The generator's lateness may be so small a part of the tightest time that is demanded of the SUT."""
_BOUNDS: Final = (0.020, 0.100)
"""Seconds: less is no generator's to promise, and more would make any figure doubtful."""
BUSY: Final = 0.9
"""Share of a core that a process uses: it has no more than one."""
STARVED: Final = 0.5
"""Share of its time that a process waits for a core."""


def lag_bound(slos: Iterable[Slo]) -> float:
    """The seconds by which the generator itself may be late (p99), beside what is demanded of the SUT."""
    times = [slo.threshold.bound for slo in slos if slo.threshold.unit == "seconds"]
    least, most = _BOUNDS
    return min(max(min(times, default=most * _SHARE) / _SHARE, least), most)


def reasons(part: Part, slos: Iterable[Slo], lost: Mapping[str, str], *, conducted: bool = False) -> list[str]:
    """Why the run is invalid; none where it is valid. `lost` says what became of workers that were.

    Of a `conducted` run, each level is valid or not by itself, as to the generator's health.
    """
    bound = lag_bound(slos)
    found = [f"{worker} {became}" for worker, became in lost.items()]
    for process, health in sorted({} if conducted else part.health.items()):
        if ills := "; ".join(_ills(health, bound)):
            found.append(f"the generator, not the API, was the limit: {process} {ills}")
    return found + [
        f"the ledger is uneven: {what}" for each in (part.assessment, part.against) for what in each.ledger.uneven
    ]


def _ills(health: Health, bound: float) -> Iterator[str]:
    if health.exhausted:
        yield f"had no file descriptor or port left, {health.exhausted:,} times"
    if health.waiting >= STARVED:
        yield f"waited for a CPU {health.waiting:.0%} of the time, for {SPAN} s: others had it"
    if health.cpu >= BUSY:
        yield f"used {health.cpu:.0%} of a core, for {SPAN} s: it has no more than one"
    for statistic, lag in health.lags.items():
        if lag > bound:
            yield f"was late by itself: {statistic} {duration(lag)}, where {duration(bound)} is the bound"
