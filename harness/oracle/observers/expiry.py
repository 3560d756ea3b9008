"""What extends the time to live beside keepalive (TTL-3)."""

from typing import Final

from harness.history.observations import Ended, StreamClosed, Waited
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.notes import Answers
from harness.oracle.observers.base import Observer
from harness.oracle.observers.ends import has_expired
from harness.oracle.verdicts import Outcomes

_SHARE: Final = 0.9
"""Of the TTL: a chunk refused sooner than that after the last one was not extended by it."""


class Expiry(Observer):
    """Chunks, and attached consumers: looked at where no keepalive was acked."""

    __slots__ = ("_refused", "_watched")

    requests = ("chunk", "control")
    asks = ("chunks-extend", "consumer-extends")

    def __init__(self, known: Knowledge, answers: Answers) -> None:
        super().__init__(known, answers)
        self._watched: float | None = None
        """Past expiry, the stream was open still."""
        self._refused = False

    def answered(self, exchange: Exchange) -> Outcomes:
        if exchange.sent.action in {"cancel", "finalize"} and exchange.is_right and exchange.was.ingesting:
            return self._lasted()
        right = exchange.is_right and exchange.is_next
        if not right or exchange.answer is not Answer.REFUSED or self._refused:
            return ()
        self._refused = True
        lifetime, at = self.known.lifetime, exchange.sent.at
        if not self._past_first_expiry(at) or not self.known.beliefs.has_taken_chunks():
            return ()
        if self._watched is not None:
            return self.note("consumer-extends", "no, but its stream stays open")
        ttl = lifetime.lease.ttl
        fresh = ttl is not None and at < lifetime.served_at + _SHARE * ttl.low
        return self.note("chunks-extend", "no") if fresh and not self.known.consumers.opened else ()

    def closed(self, closed: StreamClosed) -> Outcomes:
        ttl = self.known.lifetime.lease.ttl
        if ttl is None or self._watched is not None or not has_expired(self.known, closed):
            return ()
        lifetime = self.known.lifetime
        # Not because of the consumer, at any rate: chunks and the grace explain as much.
        soon = closed.at <= lifetime.served_at + ttl.high + lifetime.grace
        return self.note("consumer-extends", "no") if soon and self._unaided else ()

    def waited(self, waited: Waited) -> Outcomes:
        if waited.what == "expiry" and waited.outcome == "elapsed" and self.known.consumers.stream is not None:
            self._watched = waited.at
        return ()

    def ended(self, ended: Ended) -> Outcomes:
        return () if self.known.endgame.has_begun else self._lasted()

    def _lasted(self) -> Outcomes:
        known, served = self.known, self.known.lifetime.served_at
        if self._refused or not self._past_first_expiry(served - known.lifetime.grace):
            return ()
        if self._watched is not None:
            return self.note("consumer-extends", "yes") if served > self._watched else ()
        chunks_alone = known.beliefs.has_taken_chunks() and not known.consumers.opened
        return self.note("chunks-extend", "yes") if chunks_alone else ()

    def _past_first_expiry(self, at: float) -> bool:
        lifetime = self.known.lifetime
        ttl = lifetime.lease.ttl
        return self._unaided and ttl is not None and at > lifetime.started_at + ttl.high

    @property
    def _unaided(self) -> bool:
        return self.known.lifetime.extended_past is None
