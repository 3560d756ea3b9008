"""Start replies (START-1 to START-3)."""

from collections.abc import Iterator

from harness.contract.messages import MalformedReplyError, read_start
from harness.contract.server_clock import ServerClock, read_date
from harness.history.observations import BESIDE, Kind, Withheld
from harness.oracle.checks.base import Check
from harness.oracle.exchange import Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, Outcomes, failed, inconclusive, passed


class StartRepliesAreComplete(Check):
    """A start reply has all that a client needs, and its `expires_at` lies in the server's own future."""

    __slots__ = ()

    judges = ("START-1", "START-3")
    requests = ("start",)

    def exchanged(self, exchange: Exchange) -> Iterator[Outcome]:
        if not exchange.is_right or not exchange.accepted:
            return
        try:
            reply = read_start(exchange.returned.body, self.known.profile.fields.start)
        except MalformedReplyError as error:
            yield failed(
                "START-1", "a reply with a session id, chunk, events and control URLs, and expires_at", str(error)
            )
            return
        yield passed("START-1")
        yield self._expiry(exchange, reply.expires_at)

    def _expiry(self, exchange: Exchange, expires_at: float) -> Outcome:
        made = read_date(exchange.returned.date)
        if made is None:
            return inconclusive("START-3", "the reply has no Date field, so that the server's own time is unknown")
        if expires_at <= made:
            expected = f"an expires_at after the reply's own Date, {exchange.returned.date}"
            return failed("START-3", expected, f"expires_at lies {made - expires_at:.3f} s before it")
        clock = ServerClock(self.known.lifetime.clock.offset)
        clock.learn(exchange.returned.date, exchange.sent.at, exchange.returned.at)
        now = clock.theirs(exchange.returned.at)
        if now is None or expires_at <= now.high:
            return inconclusive(
                "START-3", "expires_at lies so near that the whole seconds of Date do not tell which is first"
            )
        return passed("START-3")


class SessionUrlsWork(Check):
    """The URLs of a start reply work, at the origin that was asked (START-2)."""

    __slots__ = ("_worked",)

    judges = ("START-2",)
    requests = ("attach", "chunk", "control")

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._worked: tuple[Kind, ...] = ()

    def exchanged(self, exchange: Exchange) -> Outcomes:
        kind = exchange.sent.kind
        if kind in self._worked or not exchange.accepted:
            return ()
        self._worked = (*self._worked, kind)
        return (passed("START-2"),) if len(self._worked) == len(self.requests) else ()

    def withheld(self, withheld: Withheld) -> Iterator[Outcome]:
        if withheld.kind in BESIDE:
            return
        expected = f"a URL for {withheld.kind} requests at the origin that was asked"
        yield failed("START-2", expected, f"it leads elsewhere: {withheld.url:.200}; no request was sent there")
