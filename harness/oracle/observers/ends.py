"""How event streams end where the document does not say it (CTRL-5, TTL-3), and the code that a cancel gives."""

from typing import Final

from harness.contract.lifecycle import State
from harness.history.observations import Event, StreamClosed, Waited
from harness.oracle.exchange import Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.notes import Answers
from harness.oracle.observers.base import Observer, word
from harness.oracle.verdicts import Outcomes

_MOST: Final = 3


class Ends(Observer):
    """Of sessions without audio, cancelled after finalize, or expired."""

    __slots__ = ("_cancelled_end", "_stream", "_told")

    events = ("done", "error")
    asks = ("cancel-code", "end-without-audio", "end-after-cancel", "end-at-expiry")

    def __init__(self, known: Knowledge, answers: Answers) -> None:
        super().__init__(known, answers)
        self._stream = 0
        self._told: tuple[str, ...] = ()
        self._cancelled_end = ""
        """How the stream ended when a cancel after finalize was on its way."""

    def event(self, event: Event) -> Outcomes:
        if event.n != self._stream:
            self._stream, self._told = event.n, ()
        code = event.payload.get("code") if event.name == "error" and isinstance(event.payload, dict) else None
        self._told = (*self._told, event.name if code is None else f"error {word(code)}")[:_MOST]
        asked = self.known.endgame.cancel_sent is not None and self.known.endgame.finalize_sent is None
        return self.note("cancel-code", word(code)) if asked and code is not None else ()

    def closed(self, closed: StreamClosed) -> Outcomes:
        if closed.how != "ended" or closed.n != self.known.consumers.stream:
            return ()
        if has_expired(self.known, closed):
            return self.note("end-at-expiry", self._end(closed.n))
        question = self._asked_for(closed.n)
        if question:
            return self.note(question, self._end(closed.n))
        if self.known.endgame.finalized and self.known.endgame.cancel_sent is not None:
            self._cancelled_end = self._end(closed.n)
        return ()

    def answered(self, exchange: Exchange) -> Outcomes:
        """The ack of a cancel may come after what it brought about."""
        acked = exchange.sent.action == "cancel" and exchange.is_right and exchange.accepted
        end, self._cancelled_end = self._cancelled_end, ""
        return self.note("end-after-cancel", end) if acked and end else ()

    def waited(self, waited: Waited) -> Outcomes:
        stream = self.known.consumers.stream
        if stream is None:
            return ()
        if waited.what == "expiry" and waited.outcome == "elapsed":
            return self.note("end-at-expiry", "it stays open")
        question = self._asked_for(stream) if waited.outcome == "timeout" else ""
        return self.note(question, "it stays open") if question else ()

    def _asked_for(self, stream: int) -> str:
        """The question that the end of this stream answers, if the client has asked for its end."""
        endgame = self.known.endgame
        if endgame.stream != stream or not endgame.finalized:
            return ""
        if endgame.cancelled:
            return "end-after-cancel"
        return "" if self.known.beliefs.has_taken_chunks() else "end-without-audio"

    def _end(self, stream: int) -> str:
        told = self._told if self._stream == stream else ()
        return ", ".join([*told, "the end"])


def has_expired(known: Knowledge, closed: StreamClosed) -> bool:
    """Whether the server has ended this stream since the session's time was up, as far as can be told."""
    until = known.lifetime.lease.alive_until
    if closed.how != "ended" or until is None or closed.at < until:
        return False
    return not known.endgame.has_begun and known.beliefs.surely(State.INGESTING, State.EXPIRED)
