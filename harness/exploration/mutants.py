"""The search put to the proof: which of the broken sandboxes it finds out, from no probe at all."""

import signal
from collections.abc import Collection, Iterator
from functools import partial
from multiprocessing import get_context
from typing import Final

import msgspec

from harness.contract.profile import Profile
from harness.exploration.alphabet import Waits
from harness.exploration.drafts import Drafts, steps_in_words
from harness.exploration.performing import InMemory
from harness.exploration.search import Search
from harness.oracle.account import ACROSS
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.mutants.company import Crowded

_BEYOND: Final = ACROSS | {"AVAIL-1"}
"""Requirements that take several sessions, or a server on which live capture is disabled."""


class Hunted(msgspec.Struct, frozen=True):
    """A mutant, and what came of the search for it."""

    mutant: str
    trips: tuple[str, ...]
    """The requirements that it declares to break."""
    found: tuple[str, ...]
    """Those among them that were found broken; none where it was not found out."""
    sessions: int
    """Until then, or in all."""
    seconds: float
    steps: str
    """Of the session that shows it, cut short."""
    astray: dict[str, str]
    """Others that were found broken, and the steps of the session that showed them."""


def is_within_reach(name: str) -> bool:
    """Whether a single session can show what the mutant breaks."""
    mutant = MUTANTS[name]
    return not (_BEYOND & set(mutant.trips) or issubclass(mutant.service, Crowded))


def hunt(names: Collection[str], *, seed: int, seconds: float, jobs: int) -> Iterator[Hunted]:
    """Go after each of these mutants for at most `seconds`, `jobs` at a time; those that are found first come first."""
    # Spawned: the same on every system, and no child inherits a lock that one of our threads happens to hold.
    with get_context("spawn").Pool(jobs, _leave_interrupts_to_the_parent) as pool:
        yield from pool.imap_unordered(partial(_hunt, seed=seed, seconds=seconds), names)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _hunt(name: str, *, seed: int, seconds: float) -> Hunted:
    mutant = MUTANTS[name]
    search = Search(InMemory(mutant.service, Profile()), Drafts(Waits()), seed=seed, seconds=seconds)
    astray: dict[str, str] = {}
    for found in search.run():
        steps = steps_in_words(found.draft)
        if declared := tuple(requirement for requirement in found.broken if requirement in mutant.trips):
            return Hunted(name, mutant.trips, declared, found.sessions, found.seconds, steps, astray)
        astray.update(dict.fromkeys(found.broken, steps))
    return Hunted(name, mutant.trips, (), search.sessions, search.seconds, "", astray)
