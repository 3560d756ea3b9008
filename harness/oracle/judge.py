"""The judge of one session: checks, fed with its observations one after another, live or from a file.

It touches nothing but its arguments, and what it keeps does not grow with the session.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any, Final

import msgspec

from harness.contract.profile import Profile
from harness.history.observations import (
    BESIDE,
    Ended,
    Event,
    Header,
    Observation,
    Returned,
    Sent,
    Stored,
    StreamBytes,
    StreamClosed,
    Waited,
    Withheld,
)
from harness.oracle.account import Account, Accountant
from harness.oracle.checks import ALL, Check
from harness.oracle.exchange import Exchange, Standing
from harness.oracle.knowledge import Knowledge
from harness.oracle.notes import Notes
from harness.oracle.observers import OBSERVERS, Observer, is_ordinary
from harness.oracle.payload import Reader
from harness.oracle.verdicts import Outcome, Verdict, inconclusive

_TRAIL: Final = 24
_FINDINGS: Final = 20
_CRASHES: Final = 20

_HOOKS: Final = ("exchanged", "aside", "event", "illegal", "closed", "waited", "withheld", "ended")
_OBSERVERS_HOOKS: Final = ("answered", "bytes")


class Finding(msgspec.Struct, frozen=True):
    """A broken requirement in one session, with its evidence."""

    requirement: str
    session: str
    scenario: str
    seed: int
    at: float
    """Seconds since the session's first observation."""
    expected: str
    happened: str
    trail: tuple[Stored | Event, ...] = ()
    """The last observations up to the one that showed it."""


class Tally(msgspec.Struct):
    """How often a requirement was kept, broken, or left open."""

    passed: int = 0
    failed: int = 0
    inconclusive: int = 0
    reasons: list[str] = []
    """Why nothing could be said; the first few different ones."""

    def merge(self, other: "Tally") -> None:
        """Add the counts of `other`."""
        self.passed += other.passed
        self.failed += other.failed
        self.inconclusive += other.inconclusive
        self.reasons = [*self.reasons, *(reason for reason in other.reasons if reason not in self.reasons)][:3]

    @property
    def verdict(self) -> Verdict:
        """The greatest of what was seen."""
        if self.failed:
            return Verdict.FAIL
        if self.inconclusive:
            return Verdict.INCONCLUSIVE
        return Verdict.PASS if self.passed else Verdict.NOT_EXERCISED

    @property
    def exercised(self) -> int:
        """How often it was tried."""
        return self.passed + self.failed + self.inconclusive


class Judge:
    """Judges one session. Feed it with `observe`; then read `tallies` and `findings`."""

    def __init__(self, profile: Profile) -> None:
        self.tallies: dict[str, Tally] = {}
        self.findings: list[Finding] = []
        self.notes: Notes = {}
        """What was observed where the document is silent."""
        self.crashes: list[str] = []
        """Checks of ours that raised an exception: what they would have said is inconclusive."""
        self._known = Knowledge(profile)
        self._accountant = Accountant(self._known)
        observers = [observer(self._known, self.notes) for observer in OBSERVERS]
        checks = [*(check(self._known) for check in ALL), *observers]
        self._hooks = {hook: _overriding(checks, hook) for hook in _HOOKS}
        self._hooks |= {hook: _overriding(observers, hook) for hook in _OBSERVERS_HOOKS}
        self._takers: dict[type, Callable[[Any], None]] = {
            Event: self._event,
            Sent: self._sent,
            Returned: self._returned,
            StreamBytes: partial(self._ask, "bytes"),
            StreamClosed: self._closed,
            Waited: partial(self._ask, "waited"),
            Withheld: partial(self._ask, "withheld"),
            Ended: partial(self._ask, "ended"),
        }
        self._pending: dict[int, tuple[Sent, Standing]] = {}
        self._trail: deque[Stored | Event] = deque(maxlen=_TRAIL)
        self._began = self._last = -1.0

    def observe(self, observation: Observation) -> None:
        """Take in the next observation."""
        if isinstance(observation, Header):
            self._known.begin(observation)
            return
        self._last = observation.at
        if self._began < 0:
            self._began = observation.at
        if not isinstance(observation, StreamBytes):
            self._trail.append(observation)
        take = self._takers.get(type(observation))
        if take is not None:
            take(observation)
        self._accountant(observation)

    @property
    def reader(self) -> Reader:
        """Reads the payloads of this session, for others who have a use for what it has read already."""
        return self._known.reader

    @property
    def account(self) -> Account:
        """What the session has to say when sessions are held against each other."""
        return self._accountant.account

    def _event(self, event: Event) -> None:
        if event.illegal:
            self._ask("illegal", event)
            return
        self._ask("event", event)
        self._known.told(event)

    def _sent(self, sent: Sent) -> None:
        self._pending[sent.n] = sent, Standing() if sent.kind in BESIDE else self._known.sending(sent)

    def _returned(self, returned: Returned) -> None:
        if (pending := self._pending.pop(returned.n, None)) is not None:
            sent, was = pending
            exchange = Exchange.of(sent, returned, was)
            if sent.kind in BESIDE:
                self._ask("aside", exchange)
                return
            self._ask("exchanged", exchange)
            if not is_ordinary(exchange):
                self._ask("answered", exchange)
            self._known.update(exchange)

    def _closed(self, closed: StreamClosed) -> None:
        self._ask("closed", closed)
        self._known.stream_closed(closed)

    def _ask(self, hook: str, subject: Any) -> None:
        for check, ask in self._hooks[hook]:
            try:
                for outcome in ask(subject):
                    self._record(check, outcome)
            except Exception as error:  # noqa: BLE001 -- a crashed check must neither pass nor stop the others
                name = type(check).__name__
                self.crashes = [*self.crashes, f"{name}.{hook}: {error!r}"][:_CRASHES]
                for requirement in check.judges:
                    self._record(check, inconclusive(requirement, f"the check {name} crashed: a fault of the harness"))

    def _record(self, check: Check, outcome: Outcome) -> None:
        if outcome.requirement not in check.judges:
            raise LookupError(f"{outcome.requirement} is none of its requirements")
        tally = self.tallies.get(outcome.requirement)
        if tally is None:
            tally = self.tallies[outcome.requirement] = Tally()
        if outcome.verdict is Verdict.PASS:
            tally.passed += 1
        elif outcome.verdict is Verdict.INCONCLUSIVE:
            tally.inconclusive += 1
            if outcome.happened not in tally.reasons and len(tally.reasons) < 3:
                tally.reasons.append(outcome.happened)
        else:
            tally.failed += 1
            if len(self.findings) < _FINDINGS:
                self.findings.append(self._finding(outcome))

    def _finding(self, outcome: Outcome) -> Finding:
        header = self._known.header
        return Finding(
            requirement=outcome.requirement,
            session=header.session if header else "",
            scenario=header.scenario if header else "",
            seed=header.seed if header else 0,
            at=self._last - self._began,
            expected=outcome.expected,
            happened=outcome.happened,
            trail=tuple(self._trail),
        )


def _overriding(checks: Sequence[Check], hook: str) -> list[tuple[Check, Callable[[Any], Iterator[Outcome]]]]:
    places = _places(tuple(type(check) for check in checks), hook)
    return [(checks[place], getattr(checks[place], hook)) for place in places]


@cache  # found out once, and not for every session of a load run
def _places(checks: tuple[type[Check], ...], hook: str) -> tuple[int, ...]:
    base = Observer if hook in _OBSERVERS_HOOKS else Check
    return tuple(n for n, check in enumerate(checks) if getattr(check, hook) is not getattr(base, hook))
