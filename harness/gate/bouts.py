"""In which order the sessions of a run's probes are performed, and which of them at the same time.

1. Probes of one session that want to be alone read the server's counters: nothing else of ours runs beside them.
2. Sessions that are compared go in line: first those that are to have the server to themselves, one after another, then
   the crowd. Beside the line run only those that wait for more than a TTL, or go at the pace of speech: one request in
   a while, far too little to change how a server hears another session.
3. All others, as soon as the line is over.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from harness.scenario.call import Probe
from harness.scenario.plan import Abandon, Expire, Outlive, Plan, Push, Silence
from harness.scenario.planner import plan

CROWD: Final = 12


class Bout(NamedTuple):
    """Sessions that are performed in one go."""

    probes: tuple[str, ...]
    sessions: dict[str, Plan]
    """By label."""
    at_once: bool = False
    """Else one after another."""
    disabled: bool = False
    """At the deployment on which live capture is switched off."""
    alone: bool = False
    """What its sessions lead to is taken as what a session leads to that has the server to itself."""


class Bouts(NamedTuple):
    """All of a run."""

    alone: list[Bout]
    line: list[Bout]
    """One after another, the crowd last (none, where that is less than 2 sessions)."""
    beside: list[Bout]
    """May run beside the line; the longest first."""
    others: list[Bout]


def probe_seed(seed: int, name: str) -> int:
    """The seed of one probe within a run, or of the first of its sessions; the same wherever it stands in the list."""
    return zlib.crc32(f"{seed}/{name}".encode())


def bouts(probes: Sequence[Probe], seed: int, crowd: int) -> Bouts:
    """Those of the probes."""
    lonely = [Bout((p.name,), dict(_plans(p, seed, p.sessions)), alone=True) for p in probes if p.alone]
    alone = [bout for bout in lonely if len(bout.sessions) == 1]
    line = [bout for bout in lonely if len(bout.sessions) > 1]
    several = [p for p in probes if p.sessions > 1 and not p.alone]
    together = {p.name: dict(_plans(p, seed, share)) for p, share in _shares(several, crowd)}
    if together:
        line.append(
            Bout(tuple(together), {k: v for plans in together.values() for k, v in plans.items()}, at_once=True)
        )
    others = [
        Bout((p.name,), dict(_plans(p, seed, 1)), disabled=p.deployment == "disabled")
        for p in probes
        if p.sessions == 1 and not p.alone
    ]
    # So the whole takes little longer than the longest.
    others.sort(key=_longest, reverse=True)
    if crowd < 2:  # a session that is left behind may be the only one that there is room for
        others.sort(key=lambda bout: any(map(_leaves_behind, bout.sessions.values())))
        return Bouts(alone, line, [], others)
    beside = [bout for bout in others if _longest(bout) >= 1]
    return Bouts(alone, line, beside, others[len(beside) :])


def _shares(probes: Sequence[Probe], crowd: int) -> Iterator[tuple[Probe, int]]:
    if crowd >= 2:
        whole = sum(probe.sessions for probe in probes)
        yield from ((probe, max(1, round(probe.sessions * crowd / whole))) for probe in probes)


def _plans(probe: Probe, seed: int, sessions: int) -> Iterator[tuple[str, Plan]]:
    """Seeds in a row, so that the sessions differ in what they draw from them, and a name can be played again."""
    first = probe_seed(seed, probe.name)
    for n in range(sessions):
        yield probe.name if probe.sessions == 1 else f"{probe.name}-{n + 1}", plan(probe, first + n)


def _leaves_behind(planned: Plan) -> bool:
    """Whether the plan may go away from a session that lives."""
    return isinstance(planned.actions[-1], Abandon) and not any(isinstance(a, Expire) for a in planned.actions)


def _longest(bout: Bout) -> float:
    return max(map(_waiting, bout.sessions.values()))


def _waiting(planned: Plan) -> float:
    """Roughly how long the plan waits, in TTLs."""
    silences = sum(action.ttl or 0.0 for action in planned.actions if isinstance(action, Silence))
    spoken = max((action.at or 0.0 for action in planned.actions if isinstance(action, Push)), default=0.0)
    waits = any(isinstance(action, Expire | Outlive) for action in planned.actions)
    return silences + 2 * waits + spoken / _SHORTEST_TTL


_SHORTEST_TTL = 5.0
"""Seconds, by which the pace of speech is set against a TTL: where it is longer, the speech matters less."""
