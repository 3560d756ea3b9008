"""The judge of one session: checks, fed with its observations one after another, live or from a file.

It touches nothing but its arguments, and what it keeps does not grow with the session.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final

import msgspec

from harness.contract.profile import Profile
from harness.history.observations import (
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
from harness.oracle.checks import ALL, Check
from harness.oracle.exchange import Exchange, Standing
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, Verdict, inconclusive

_TRAIL: Final = 24
_FINDINGS: Final = 20
_CRASHES: Final = 20

_HOOKS: Final = ("exchanged", "event", "closed", "waited", "withheld", "ended")


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
        self.crashes: list[str] = []
        """Checks of ours that raised an exception: what they would have said is inconclusive."""
        self._known = Knowledge(profile)
        self._checks = [check(self._known) for check in ALL]
        self._hooks = {hook: _overriding(self._checks, hook) for hook in _HOOKS}
        self._takers: dict[type, Callable[[Any], None]] = {
            Event: self._event,
            Sent: self._sent,
            Returned: self._returned,
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

    def _event(self, event: Event) -> None:
        self._ask("event", event)
        self._known.told(event)

    def _sent(self, sent: Sent) -> None:
        self._pending[sent.n] = sent, self._known.sending(sent)

    def _returned(self, returned: Returned) -> None:
        if (pending := self._pending.pop(returned.n, None)) is not None:
            sent, was = pending
            exchange = Exchange.of(sent, returned, was)
            self._ask("exchanged", exchange)
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


def _overriding(checks: Iterable[Check], hook: str) -> list[tuple[Check, Callable[[Any], Iterator[Outcome]]]]:
    return [(c, getattr(c, hook)) for c in checks if getattr(type(c), hook) is not getattr(Check, hook)]
