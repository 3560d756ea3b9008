"""What is missed at the boundary, and why, as far as can be seen from outside."""

from collections import Counter
from typing import Final

from harness.capacity.interval import Boundary, attainment
from harness.contract.catalogue import load_catalogue
from harness.history.observations import AS_PLANNED
from harness.report.capacity.words import measured
from harness.report.certificate import Level
from harness.report.results import counted, duration

GROWING: Final = "growing lag"
"""Binds where the API falls further behind for as long as the load lasts."""

_NO_ERROR: Final = {*AS_PLANNED, "interrupted"}
_REFUSALS: Final = ("start: 503", "start: 429")
_ACTS: Final = {
    "ack": ("uploads slow down", "acks take"),
    "start": ("starts slow down", "they take"),
    "attach": ("opening an event stream slows down", "it takes"),
    "first_event": ("event streams are slow to begin", "the first event takes"),
    "control": ("control requests slow down", "they take"),
    "drain": ("analysis falls behind", "from the finalize to `done` it takes"),
    "session": ("sessions take longer", "they take"),
    "throughput": ("sessions hang, so that less comes through than they offer", "it is"),
}
"""What slows down, and of what the figure is."""


def limiting(edge: Boundary) -> str:
    """What was the limit, in plain words that may follow a `since`; empty where nothing was missed."""
    if edge.beyond is None:
        return ""
    binding, trouble, live = edge.binding, Counter(edge.beyond.trouble), f"{edge.beyond.live:,.0f} sessions"
    refusal = max(_REFUSALS, key=lambda cause: trouble[cause])
    if binding == "session.success" and 2 * trouble[refusal] > trouble.total():
        status = refusal.removeprefix("start: ")
        return f"starts are refused with {status} (a limit on sessions, or on how many start at a time)"
    if of_contract(binding):
        return f"correctness fails before speed does ({_text(edge)})"
    if binding == "session.success":
        failed = {ending: count for ending, count in edge.beyond.sessions.items() if ending not in _NO_ERROR}
        told = counted(trouble or failed)
        return f"errors come with {live} in flight{told and f' ({told})'}"
    if binding == GROWING or binding.startswith("lag."):
        return _lagging(edge)
    return _slowing(edge)


def of_contract(binding: str) -> bool:
    """Whether correctness was missed, and no time or share."""
    return binding == "findings" or binding in _texts()


def _texts() -> dict[str, str]:
    return {row.id: row.text for row in load_catalogue().requirements}


def _text(edge: Boundary) -> str:
    broken = edge.beyond.broken if edge.beyond else []
    return _texts().get(edge.binding, ", ".join(broken)).removesuffix(".")


def _slowing(edge: Boundary) -> str:
    act, of = _ACTS.get(edge.binding.partition(".")[0], (f"{edge.binding} is too long", "it takes"))
    inside, outside = attainment(edge.within, edge.binding), attainment(edge.beyond, edge.binding)
    if outside is None:
        return act
    return f"{act} ({of} {measured(outside)}{f' instead of {measured(inside)}' if inside else ''})"


def _lagging(edge: Boundary) -> str:
    """A lag contains the time that its chunk's upload took: only what it grows by beyond that is the analysis."""
    figures = edge.beyond.figures if edge.beyond else {}
    lags = [name for name in sorted(figures) if name.startswith("lag.")]
    lags = [name for name in lags if edge.binding == GROWING or edge.binding.startswith(f"{name}.")]
    name = max(lags, key=lambda lag: _grown(edge, lag), default="")
    lag, ack = _p95(edge.beyond, name), _p95(edge.beyond, "ack")
    if lag is None or ack is None:
        return "events come too late"
    late = f"{name.removeprefix('lag.')} comes {duration(lag)} after its audio at p95"
    if 4 * _grown(edge, "ack") < _grown(edge, name):
        return f"analysis falls behind ({late}, while acks take {duration(ack)})"
    return f"the API as a whole slows down ({late}, and acks take {duration(ack)})"


def _grown(edge: Boundary, name: str) -> float:
    return (_p95(edge.beyond, name) or 0.0) - (_p95(edge.within, name) or 0.0)


def _p95(level: Level | None, name: str) -> float | None:
    """As the SLO on it has it, which rests on all tries of the level; else that of the last try."""
    if judged := attainment(level, f"{name}.p95"):
        return judged.value
    return level.figures[name].p95 if level and name in level.figures else None
