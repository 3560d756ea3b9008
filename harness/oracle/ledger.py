"""The books of a run: what was sent, and what became of it. What does not add up is a fault of somebody's."""

from typing import Final

import msgspec

from harness.contract.messages import EVENT_NAMES
from harness.history.observations import (
    ON_PURPOSE,
    Ended,
    Event,
    Header,
    Observation,
    Returned,
    Sent,
    StreamBytes,
    Waited,
)
from harness.oracle.exchange import Answer, answer

_NAMED: Final = 5
_ACCEPTED: Final = Answer.ACCEPTED
_TAKEN: Final = _ACCEPTED.value
_NAMES: Final = frozenset(EVENT_NAMES)
_OTHER: Final = "(other)"


class Ledger(msgspec.Struct):
    """Counts of one session, or of many."""

    sessions: dict[str, int] = {}
    """Sessions that ended, by ending."""
    requests: dict[str, int] = {}
    """Requests sent, by kind."""
    chunks: dict[str, int] = {}
    """Chunks by what became of them: accepted, refused, unauthorised, untouched, indeterminate (no answer, or 5xx)."""
    trouble: dict[str, int] = {}
    """Replies that did not come or said 5xx, by kind and cause, such as `chunk: 503` or `start: unreachable`."""
    events: dict[str, int] = {}
    """Events received, by name; `(other)`: those of names that the document does not have."""
    uneven: dict[str, int] = {}
    """What does not add up, in words that name the session; the first few."""

    def merge(self, other: "Ledger") -> None:
        """Add the counts of `other`."""
        for field in self.__struct_fields__:
            ours, theirs = getattr(self, field), getattr(other, field)
            for name, count in theirs.items():
                ours[name] = ours.get(name, 0) + count
        if len(self.uneven) > _NAMED:
            self.uneven = dict(list(self.uneven.items())[:_NAMED])

    def miss(self, session: str) -> None:
        """A session was opened, and no end of it was ever seen."""
        self.merge(Ledger(uneven={f"{session} was opened and came to no end": 1}))

    @property
    def unreachable(self) -> int:
        """Requests for which there was no connection to be had."""
        return sum(count for cause, count in self.trouble.items() if cause.endswith("unreachable"))

    @property
    def unreached(self) -> bool:
        """Whether something was sent, and never an answer came."""
        sent = sum(self.requests.values())
        unanswered = sum(count for cause, count in self.trouble.items() if not cause[-3:].isdigit())
        return sent > 0 and unanswered == sent


class Bookkeeper:
    """Keeps the books of one session; a taker of its log."""

    __slots__ = ("_pending", "ended", "header", "ledger", "too_long")

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.header: Header | None = None
        self.ended: Ended | None = None
        self.too_long: dict[str, float] = {}
        """What would have had to be waited for longer than allowed, and for how many seconds."""
        self._pending: dict[int, Sent] = {}

    def __call__(self, observation: Observation) -> None:
        """Take in an observation."""
        if isinstance(observation, StreamBytes):
            return
        if isinstance(observation, Event):
            if not observation.illegal:
                _count(self.ledger.events, observation.name if observation.name in _NAMES else _OTHER)
        elif isinstance(observation, Sent):
            self._pending[observation.n] = observation
            _count(self.ledger.requests, observation.kind)
        elif isinstance(observation, Returned):
            if (sent := self._pending.pop(observation.n, None)) is not None:
                self._settle(sent, observation)
        else:
            self._seldom(observation)

    def _seldom(self, observation: Observation) -> None:
        match observation:
            case Waited(outcome="over-budget"):
                self.too_long[observation.what] = observation.needed
            case Ended():
                self.ended = observation
                _count(self.ledger.sessions, observation.ending)
                self._balance(observation)
            case Header():
                self.header = observation

    @property
    def seconds(self) -> float:
        """How long the session took, once it is over."""
        return self.ended.at - self.header.mono if self.ended and self.header else 0.0

    def _balance(self, ended: Ended) -> None:
        """Everything sent has an outcome, except where the end of the run cut it off."""
        for sent in self._pending.values():
            if ended.ending != "interrupted":
                name = self.header.session if self.header else "a session"
                _count(self.ledger.uneven, f"{name} knows no outcome of its request {sent.n} ({sent.kind})")
            elif sent.kind == "chunk":
                _count(self.ledger.chunks, Answer.UNKNOWN.value)

    def _settle(self, sent: Sent, returned: Returned) -> None:
        meant = answer(returned)
        if meant is _ACCEPTED:  # as nearly all are
            if sent.kind == "chunk":
                _count(self.ledger.chunks, _TAKEN)
            return
        if sent.kind == "chunk":
            _count(self.ledger.chunks, meant.value)
        if meant in {Answer.UNKNOWN, Answer.UNTOUCHED} and returned.failure not in ON_PURPOSE:
            _count(self.ledger.trouble, f"{sent.kind}: {returned.status or returned.failure}")


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1
