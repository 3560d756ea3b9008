"""In which order the sessions of a run's probes are performed, and which of them at the same time."""

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


def probe_seed(seed: int, name: str) -> int:
    """The seed of one probe within a run, or of the first of its sessions; the same wherever it stands in the list."""
    return zlib.crc32(f"{seed}/{name}".encode())


def bouts(probes: Sequence[Probe], seed: int, crowd: int) -> tuple[list[Bout], list[Bout], list[Bout]]:
    """Those to be alone, the crowd (none, where that is less than 2 sessions), and the others, longest waits first."""
    # Whoever looks at the server as such, finds it as it was; then those who look at each other.
    lonely = sorted((p for p in probes if p.alone), key=lambda probe: probe.sessions)
    alone = [Bout((p.name,), dict(_plans(p, seed, p.sessions))) for p in lonely]
    several = [p for p in probes if p.sessions > 1 and not p.alone]
    together = {p.name: dict(_plans(p, seed, share)) for p, share in _shares(several, crowd)}
    at_once = [Bout(tuple(together), {k: v for plans in together.values() for k, v in plans.items()}, at_once=True)]
    others = [
        Bout((p.name,), dict(_plans(p, seed, 1)), disabled=p.deployment == "disabled")
        for p in probes
        if p.sessions == 1 and not p.alone
    ]
    # So the whole takes little longer than the longest.
    others.sort(key=lambda bout: max(map(_waiting, bout.sessions.values())), reverse=True)
    if crowd < 2:  # a session that is left behind may be the only one that there is room for
        others.sort(key=lambda bout: any(map(_leaves_behind, bout.sessions.values())))
    return alone, at_once if together else [], others


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


def _waiting(planned: Plan) -> float:
    """Roughly how long the plan waits, in TTLs."""
    silences = sum(action.ttl or 0.0 for action in planned.actions if isinstance(action, Silence))
    spoken = max((action.at or 0.0 for action in planned.actions if isinstance(action, Push)), default=0.0)
    waits = any(isinstance(action, Expire | Outlive) for action in planned.actions)
    return silences + 2 * waits + spoken / _SHORTEST_TTL


_SHORTEST_TTL = 5.0
"""Seconds, by which the pace of speech is set against a TTL: where it is longer, the speech matters less."""
