"""The search: draft after draft, until one breaks a requirement; that one is cut short; and on to the next one."""

import itertools
import math
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from random import Random
from typing import Final, Literal, NamedTuple

from hypothesis import HealthCheck, Phase, Verbosity, find, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.errors import NoSuchExample

from harness.errors import UsageError
from harness.exploration.drafts import Draft, Drafts
from harness.exploration.performing import Perform, Seen
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Tally

FAULT: Final = "a fault of the harness"
"""Stands in the place of a requirement where a check of ours crashed."""
_ROUND: Final = 8
"""Drafts of one round."""
_SETTINGS: Final = settings(
    max_examples=_ROUND,
    deadline=None,
    database=None,  # what was found is kept as probe files
    phases=[Phase.generate, Phase.shrink],
    verbosity=Verbosity.quiet,
    suppress_health_check=list(HealthCheck),
)
_REMEMBERED: Final = 10_000
"""Drafts that are not performed again."""
_UNREACHED: Final = 3
"""Sessions in a row without any answer, after which there is nothing to be explored."""


class Found(NamedTuple):
    """A session that broke something."""

    broken: list[str]
    """The requirements, or `FAULT`."""
    draft: Draft
    seen: Seen
    sessions: int
    """So many there had been when the first of these was seen to be broken for the first time, that one included."""
    seconds: float
    """So much time there had been."""


class _OverError(BaseException):
    """The search is over: nothing that Hypothesis may take for a failure of the draft."""


class Search:
    """Looks for broken requirements until `seconds` or `sessions` are used up; `wanted` are all, where it is empty."""

    def __init__(
        self,
        perform: Perform,
        drafts: Drafts,
        *,
        seed: int,
        seconds: float,
        sessions: float = math.inf,
        wanted: Collection[str] = (),
    ) -> None:
        self._perform = perform
        self._drafts = drafts
        self._seed = seed
        self._began = time.monotonic()
        self._budget = (seconds, sessions)
        self._wanted = frozenset(wanted)
        self._unreached = 0
        self._answers: dict[str, list[str]] = {}
        """What the drafts broke, by name: those of this round at least."""
        self._shortest: dict[str, Found] = {}
        """By broken requirement."""
        self.sessions = 0
        self.assessment = Assessment()
        """All sessions', but for their findings."""
        self.end: Literal["budget", "interrupted", "unreachable"] = "budget"

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    def run(self) -> Iterator[Found]:
        """Each requirement that can be broken, once, in the shortest session that the budget had room for."""
        told: set[str] = set()
        with _homeless(), suppress(_OverError):
            for n in itertools.count():
                hunt = _Hunt(self, told)
                self._find(hunt, n)
                if hunt.target:
                    yield self._tell(hunt.target, told)
        for requirement in self._shortest:
            if requirement not in told:
                yield self._tell(requirement, told)

    def attempt(self, draft: Draft) -> list[str]:
        """Perform a draft that is new, and return what it broke; raise `_OverError`.

        The answer is the same, however often a fickle server is asked.
        """
        name = draft.probe.name
        if name not in self._answers:
            self._answers[name] = self._perform_once(draft)
        return self._answers[name]

    def _perform_once(self, draft: Draft) -> list[str]:
        if self.seconds >= self._budget[0] or self.sessions >= self._budget[1]:
            raise _OverError
        try:
            seen = self._perform(draft.probe)
        except UsageError:  # its audio is too short for its steps
            return []
        self._account(seen)
        broken = [name for name in broken_in(seen) if not self._wanted or name in self._wanted | {FAULT}]
        for name in broken:
            known = self._shortest.get(name)
            # Of two that are as long, Hypothesis takes the simpler one for the later.
            if known is None or _length(draft) <= _length(known.draft):
                first = (known.sessions, known.seconds) if known else (self.sessions, self.seconds)
                self._shortest[name] = Found(broken, draft, seen, *first)
        return broken

    def _find(self, hunt: "_Hunt", number: int) -> None:
        if len(self._answers) > _REMEMBERED:
            self._answers.clear()
        try:
            find(self._drafts.round(number), hunt, settings=_SETTINGS, random=Random(f"{self._seed}/{number}"))
        except NoSuchExample:
            pass
        except KeyboardInterrupt:
            self.end = "interrupted"
            raise _OverError from None

    def _account(self, seen: Seen) -> None:
        if seen.interrupted:
            raise KeyboardInterrupt
        self.sessions += 1
        for name, tally in seen.assessment.tallies.items():
            self.assessment.tallies.setdefault(name, Tally()).merge(tally)
        self.assessment.ledger.merge(seen.assessment.ledger)
        self._unreached = self._unreached + 1 if seen.assessment.ledger.unreached else 0
        if self._unreached == _UNREACHED:
            self.end = "unreachable"
            raise _OverError

    def _tell(self, requirement: str, told: set[str]) -> Found:
        found = self._shortest[requirement]
        news = [requirement, *(name for name in found.broken if name not in told and name != requirement)]
        told.update(news)
        return found._replace(broken=news)


class _Hunt:
    """The condition that Hypothesis looks for: a requirement is broken that was not told; from then on, that one."""

    def __init__(self, search: Search, told: Collection[str]) -> None:
        self._search = search
        self._told = told
        self.target: str | None = None

    def __call__(self, draft: Draft) -> bool:
        """Whether the draft breaks it."""
        broken = self._search.attempt(draft)
        self.target = self.target or next((each for each in broken if each not in self._told), None)
        return self.target in broken


def broken_in(seen: Seen) -> list[str]:
    """The requirements that a session broke, in the order in which it did; or `FAULT`."""
    fault = [FAULT] if seen.assessment.crashes else []
    return [*fault, *dict.fromkeys(finding.requirement for finding in seen.assessment.findings)]


def _length(draft: Draft) -> tuple[int, int]:
    return len(draft.probe.steps), len(str(draft.written))


@contextmanager
def _homeless() -> Iterator[None]:
    """Keep Hypothesis from leaving a folder of its own where the user stands."""
    with tempfile.TemporaryDirectory() as home:
        set_hypothesis_home_dir(home)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)
