"""Runs of one scenario, in the order of time, each with what it measured and how that differs from the one before."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from harness.report.capacity.words import NO_VERDICT, kind
from harness.report.certificate import Estimate
from harness.report.comparison.capacity import estimate
from harness.report.comparison.compared import compared, invalid
from harness.report.comparison.difference import Unit, figure_in_words
from harness.report.comparison.objectives import UNITS, figure
from harness.report.results import titled
from harness.report.run import Run

_SAID: Final = 2
"""Differences in the setting that are named; `compare` names them all."""


class Figure(msgspec.Struct, frozen=True):
    """What a run measured."""

    value: Estimate
    unit: Unit
    bound: float | None = None
    """Of an SLO on a time, in seconds."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A run."""

    name: str
    """Of its report's folder."""
    started: str
    host: str
    harness: str
    figures: dict[str, Figure]
    """By measure."""
    invalid: str = ""
    """Why it is; empty where it is valid."""
    change: str
    """Against the last valid one before it, in words."""
    joined: bool = False
    """Whether the two can be compared."""

    @property
    def in_words(self) -> list[str]:
        """`capacity 100 (98 to 103)`."""
        told = [f"{name} {figure_in_words(each.value, each.unit)}" for name, each in self.figures.items()]
        return told or [NO_VERDICT]


class Series(msgspec.Struct, frozen=True):
    """All runs of one scenario."""

    title: str
    entries: list[Entry]
    """The newest last."""


def series(runs: Mapping[str, Run]) -> list[Series]:
    """Those by the names of their folders, each scenario by itself; all of them have figures."""
    kinds: dict[str, dict[str, Run]] = {}
    for name, run in sorted(runs.items(), key=lambda item: item[1].started):
        kinds.setdefault(titled(run), {})[name] = run
    return [Series(title, list(_entries(same.items()))) for title, same in kinds.items()]


def _entries(runs: Iterable[tuple[str, Run]]) -> Iterable[Entry]:
    before: tuple[str, Run] | None = None
    for name, run in runs:
        reasons = invalid(run)
        change, joined = _change(before, (name, run)) if not reasons else ("-", False)
        yield Entry(
            name=name,
            started=datetime.fromtimestamp(run.started).astimezone().strftime("%Y-%m-%d %H:%M"),
            host=run.host,
            harness=run.harness,
            figures=_figures(run),
            invalid="; ".join(reasons),
            change=change,
            joined=joined,
        )
        before = before if reasons else (name, run)


def _change(before: tuple[str, Run] | None, now: tuple[str, Run]) -> tuple[str, bool]:
    if before is None:
        return "the first valid one", False
    found = compared(before[1], now[1], (before[0], now[0]))
    if not found.unlike:
        return found.headline, True
    more = len(found.unlike) - _SAID
    told = [*found.unlike[:_SAID], *([f"{more} more"] if more > 0 else [])]
    return f"Not alike: {'; '.join(told)}", False


def _figures(run: Run) -> dict[str, Figure]:
    if run.capacity:
        found = estimate(run.capacity[0])
        return {"capacity": Figure(found, run.capacity[0].unit)} if found else {}
    return {
        slo.measure: Figure(value, UNITS[kind(slo.measure)], slo.bound)
        for slo in run.slos
        if slo.measure != "findings" and (value := figure(slo)) is not None
    }
