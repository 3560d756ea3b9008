"""The event stream as a connection (STREAM-1, STREAM-2, STREAM-6)."""

from collections.abc import Iterator

from harness.history.observations import Ended, Event, StreamClosed, Waited
from harness.oracle.checks.base import ROUNDING, Check, is_refusal, pinned
from harness.oracle.consumers import Second
from harness.oracle.exchange import Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, Outcomes, failed, inconclusive, passed


class StreamsAreEventStreams(Check):
    """A consumer gets 200 and `text/event-stream`."""

    __slots__ = ()

    judges = ("STREAM-1",)
    requests = ("attach",)

    def exchanged(self, exchange: Exchange) -> Iterator[Outcome]:
        if not exchange.is_right or not exchange.accepted:
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

    __slots__ = ("_heard", "_told", "_unproven")

    judges = ("STREAM-2",)
    requests = ("attach",)
    events = ("status", "error", "done")

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._unproven = 0
        self._told = ""
        """`done` or `error`, the first and last words of a stream; `done` where both came."""
        self._heard = 0
        """Events that the first one had heard when the second one was refused."""

    def exchanged(self, exchange: Exchange) -> Iterator[Outcome]:
        known, was = self.known, exchange.was
        if not exchange.is_right:
            return
        if was.stream is None:
            if exchange.accepted:
                self._told = ""
            return
        if not was.ingesting or self._told == "done" or known.consumers.stream != was.stream:
            return  # the first stream may be over: the server's end of it is sooner than ours
        if exchange.accepted and (self._told or not known.surely_lives(exchange.returned.at)):
            yield inconclusive("STREAM-2", "a second consumer was let in when the first one's may have been over")
        elif exchange.accepted:
            yield failed("STREAM-2", "a second consumer is refused while the first is attached", exchange.in_words)
        elif not is_refusal(known, exchange, "second-consumer"):
            yield inconclusive("STREAM-2", f"a second consumer was {exchange.in_words}: neither accepted nor refused")
        elif differs := pinned(known, "STREAM-2", exchange, "second-consumer"):
            yield differs
        else:
            self._unproven += 1
            self._heard = known.consumers.heard

    def event(self, event: Event) -> Outcomes:
        if event.n == self.known.consumers.stream and event.name != "status" and self._told != "done":
            self._told = event.name
        if not self._unproven or not self.known.first_goes_on(event):
            return ()
        proven, self._unproven = self._unproven, 0
        return (passed("STREAM-2"),) * proven

    def closed(self, closed: StreamClosed) -> Iterator[Outcome]:
        known, consumers = self.known, self.known.consumers
        if closed.how != "ended" or closed.n != consumers.stream or consumers.second not in _MAY_HAVE_DISTURBED:
            return
        if self._told or known.endgame.cancel_sent is not None or not known.surely_lives(closed.at):
            return
        self._unproven = 0
        yield failed("STREAM-2", "the first consumer's stream goes on", "the server ended it once the second had asked")

    def waited(self, waited: Waited) -> Iterator[Outcome]:
        starved = self._unproven and 0 < self._heard == self.known.consumers.heard and self.known.endgame.finalized
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

    __slots__ = ("_done_on", "_over")

    judges = ("STREAM-6",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._done_on: int | None = None
        self._over = False

    def event(self, event: Event) -> Outcomes:
        if event.n == self._done_on:
            if self._over:
                return ()
            self._over = True
            happened = "a second `done` came" if event.name == "done" else f"`{event.name}` came after it"
            return (failed("STREAM-6", "`done` comes once, and nothing after it", happened),)
        if event.name == "done":
            self._done_on, self._over = event.n, False
        return ()

    def rests(self) -> bool:
        return self._done_on is None

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
