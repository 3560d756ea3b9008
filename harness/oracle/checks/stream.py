"""The event stream as a connection (STREAM-1, STREAM-2, STREAM-6)."""

from collections.abc import Iterator

from harness.history.observations import Ended, Event, StreamClosed, Waited
from harness.oracle.checks.base import ROUNDING, Check, is_refusal, pinned
from harness.oracle.consumers import Second
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, failed, inconclusive, passed


class StreamsAreEventStreams(Check):
    """A consumer gets 200 and `text/event-stream`."""

    judges = ("STREAM-1",)

    def exchanged(self, exchange: Exchange) -> Iterator[Outcome]:
        if exchange.sent.kind != "attach" or not exchange.is_right or exchange.answer is not Answer.ACCEPTED:
            return
        status, content_type = exchange.returned.status, exchange.returned.content_type
        if status == 200 and content_type.split(";")[0].strip().lower() == "text/event-stream":
            yield passed("STREAM-1")
        elif exchange.was.ingesting and self.known.surely_lives(exchange.returned.at):
            yield failed("STREAM-1", "200 with text/event-stream", f"{status} with {content_type or 'no Content-Type'}")


_MAY_HAVE_DISTURBED = {Second.ASKING, Second.REFUSED}


class OneConsumerAtATime(Check):
    """A second consumer is refused while the first is attached, and the first does not notice.

    The refusal counts once the first stream has shown that it goes on.
    """

    judges = ("STREAM-2",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._unproven = 0
        self._told: set[str] = set()
        self._heard = self._heard_since = False

    def exchanged(self, exchange: Exchange) -> Iterator[Outcome]:
        sent, known, was = exchange.sent, self.known, exchange.was
        if sent.kind != "attach" or not exchange.is_right:
            return
        if was.stream is None:
            if exchange.answer is Answer.ACCEPTED:
                self._told.clear()
            return
        if not was.ingesting or "done" in self._told or known.consumers.stream != was.stream:
            return  # the first stream may be over: the server's end of it is sooner than ours
        if exchange.answer is Answer.ACCEPTED and (self._told or not known.surely_lives(exchange.returned.at)):
            yield inconclusive("STREAM-2", "a second consumer was let in when the first one's may have been over")
        elif exchange.answer is Answer.ACCEPTED:
            yield failed("STREAM-2", "a second consumer is refused while the first is attached", exchange.in_words)
        elif not is_refusal(known, exchange, "second-consumer"):
            yield inconclusive("STREAM-2", f"a second consumer was {exchange.in_words}: neither accepted nor refused")
        elif differs := pinned(known, "STREAM-2", exchange, "second-consumer"):
            yield differs
        else:
            self._unproven += 1
            self._heard_since = False

    def event(self, event: Event) -> Iterator[Outcome]:
        if event.n == self.known.consumers.stream:
            self._heard = self._heard_since = True
        if event.n == self.known.consumers.stream and event.name in {"done", "error"}:
            self._told.add(event.name)
        if self.known.first_goes_on(event):
            for _ in range(self._unproven):
                yield passed("STREAM-2")
            self._unproven = 0

    def closed(self, closed: StreamClosed) -> Iterator[Outcome]:
        known, consumers = self.known, self.known.consumers
        if closed.how != "ended" or closed.n != consumers.stream or consumers.second not in _MAY_HAVE_DISTURBED:
            return
        if self._told or known.endgame.cancel_sent is not None or not known.surely_lives(closed.at):
            return
        self._unproven = 0
        yield failed("STREAM-2", "the first consumer's stream goes on", "the server ended it once the second had asked")

    def waited(self, waited: Waited) -> Iterator[Outcome]:
        starved = self._unproven and self._heard and not self._heard_since and self.known.endgame.finalized
        needed, had = self.known.profile.waits.drain, waited.at - waited.since
        if waited.what == "done" and waited.outcome == "timeout" and starved and had >= needed - ROUNDING:
            self._unproven = 0
            happened = f"it brought nothing more, for {had:.0f} s after finalize"
            yield failed("STREAM-2", "the first consumer's stream goes on after a second one was refused", happened)

    def ended(self, ended: Ended) -> Iterator[Outcome]:
        if self._unproven:
            self._unproven = 0
            yield inconclusive(
                "STREAM-2", "a second consumer was refused, but the first one saw nothing more after that"
            )


class DoneIsLast(Check):
    """`done` comes once and last, and then the stream ends."""

    judges = ("STREAM-6",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._done_on: int | None = None
        self._over = False

    def event(self, event: Event) -> Iterator[Outcome]:
        if event.n == self._done_on and not self._over:
            self._over = True
            happened = "a second `done` came" if event.name == "done" else f"`{event.name}` came after it"
            yield failed("STREAM-6", "`done` comes once, and nothing after it", happened)
        elif event.name == "done" and event.n != self._done_on:
            self._done_on, self._over = event.n, False

    def closed(self, closed: StreamClosed) -> Iterator[Outcome]:
        if closed.n == self._done_on and closed.how != "left" and not self._over:
            self._over = True
            if closed.how == "ended":
                yield passed("STREAM-6")
            else:
                yield inconclusive("STREAM-6", f"the stream broke off after `done` ({closed.detail})")

    def waited(self, waited: Waited) -> Iterator[Outcome]:
        open_still = self._done_on is not None and self._done_on == self.known.consumers.stream
        if waited.what != "end" or waited.outcome != "timeout" or not open_still or self._over:
            return
        needed, had = self.known.profile.waits.close, waited.at - waited.since
        if had >= needed - ROUNDING:
            self._over = True
            yield failed("STREAM-6", f"the stream ends within {needed:g} s of `done` (waits.close)", "it is still open")
