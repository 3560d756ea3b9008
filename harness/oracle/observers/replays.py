"""What consumers are told at once who come late or come back (TTL-3, STREAM-3, EVENT-11)."""

from typing import Final

from harness.history.observations import Event, StreamClosed, Waited
from harness.oracle.exchange import Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.notes import Answers
from harness.oracle.observers.base import Observer, reply
from harness.oracle.observers.ends import has_expired
from harness.oracle.verdicts import Outcomes

_AT_ONCE: Final = 0.4
"""Seconds after attaching within which events count as old news, while nothing else is asked of the server."""
_QUIET: Final = 0.5
"""Seconds without audio before attaching, so that what comes at once is nothing new."""
_ENOUGH: Final = 2
"""Events by which a beginning is known again."""
_Told = tuple[str, int]
"""An event's name, and the hash of its data."""


class Replays(Observer):
    """Compares the first events of a stream with those that consumers have seen before."""

    __slots__ = ("_answer", "_beginning", "_busy", "_last", "_opened", "_over", "_question", "_told")

    requests = ("attach",)
    asks = ("replay", "late-consumer", "attach-after-done", "attach-after-cancel", "attach-after-expiry")

    def __init__(self, known: Knowledge, answers: Answers) -> None:
        super().__init__(known, answers)
        self._beginning: tuple[_Told, ...] = ()
        """The first events of the first stream that brought some."""
        self._last: _Told | None = None
        """That came before the stream that is looked at."""
        self._over = ""
        """What the session has come to."""
        self._question = ""
        self._answer = ""
        self._opened = 0.0
        self._told: tuple[_Told, ...] = ()
        self._busy = True
        """Whether events are to be looked at closely."""

    def answered(self, exchange: Exchange) -> Outcomes:
        if not exchange.is_right or exchange.returned.status is None:
            return ()
        if exchange.was.stream is not None:
            return ()  # a second consumer
        over = "cancel" if self.known.endgame.cancelled and self._over != "done" else self._over
        if not exchange.accepted:
            return self.note(f"attach-after-{over}", reply(exchange)) if over else ()
        self._opened, self._told, self._answer = exchange.returned.at, (), reply(exchange)
        self._last = self.known.last_told
        self._question = f"attach-after-{over}" if over else self._live(exchange)
        if len(self._beginning) < _ENOUGH:
            self._beginning = ()
        self._busy = bool(self._question) or not self._beginning
        return ()

    def rests(self) -> bool:
        return not self._busy

    def event(self, event: Event) -> Outcomes:
        if event.name == "done":
            self._over = "done"
        if not self._busy:
            return ()
        told = event.name, hash(event.data)
        if not self._question:
            self._beginning = (*self._beginning, told)
            self._busy = len(self._beginning) < _ENOUGH
        elif event.at <= self._opened + _AT_ONCE and self._is_quiet_since(self._opened):
            self._told = (*self._told, told)[: _ENOUGH + 1]
        return ()

    def waited(self, waited: Waited) -> Outcomes:
        lasted = waited.since >= self._opened and waited.at - waited.since >= _AT_ONCE
        return self._decide() if self._question and lasted and self._is_quiet_since(self._opened) else ()

    def closed(self, closed: StreamClosed) -> Outcomes:
        if closed.n == self.known.consumers.stream and has_expired(self.known, closed):
            self._over = "expiry"
        # A stream that the server ends has nothing more to tell; of one that we leave, that is not known.
        return self._decide() if self._question and closed.how == "ended" else ()

    def _decide(self) -> Outcomes:
        question, self._question = self._question, ""
        replayed = self._replayed()
        self._beginning = self._beginning or self._told[:_ENOUGH]
        self._busy = len(self._beginning) < _ENOUGH
        is_live = question in {"replay", "late-consumer"}
        return self.note(question, replayed if is_live else f"{self._answer}: {replayed}")

    def _replayed(self) -> str:
        if not self._told:
            return "nothing"
        if self.known.consumers.opened > 1:
            if self._told[:_ENOUGH] == self._beginning:
                return "everything from the beginning"
            if self._told[0] == self._last:
                return "the last event again"
        if all(name == "status" for name, _ in self._told):
            return "a status"
        return "what it had missed" if self.known.consumers.opened > 1 else "what came before"

    def _live(self, exchange: Exchange) -> str:
        """The question that a consumer of a live session answers, if the session has been quiet for a moment."""
        known = self.known
        quiet = known.beliefs.has_taken_chunks() and exchange.sent.at >= known.lifetime.served_at + _QUIET
        if not quiet or not exchange.was.ingesting:
            return ""
        if not known.consumers.opened:
            return "late-consumer"
        return "replay" if len(self._beginning) == _ENOUGH else ""

    def _is_quiet_since(self, moment: float) -> bool:
        return self.known.lifetime.served_at <= moment
