"""Time to live (TTL-1, TTL-2), and what keepalive does to it (CTRL-3)."""

import math
from collections.abc import Iterator

from harness.history.observations import Event, StreamClosed
from harness.oracle.checks.base import Check, refused
from harness.oracle.disturbance import DISTURBED
from harness.oracle.exchange import Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.lifetime import stated_expiry
from harness.oracle.verdicts import Outcome, Outcomes, failed, passed

_RESOLUTION = 2.0
"""Seconds that `expires_at` must have had to grow before one that did not is a finding: it may be in whole seconds."""
_AT_ONCE = 1.0
"""Seconds within which the end of a stream is what a refused request has led to."""
_LEAST = 0.1
"""Share of that time by which it must have grown: less is no keepalive, but what the last chunk had moved."""
_ENOUGH = 3 / 4
"""Share of the TTL, from now on: a server that gives the client as much need not name a later time."""


class SessionsLiveAsPromised(Check):
    """A session lives until `expires_at` with its stream, and not well past it."""

    __slots__ = ("_failed",)

    judges = ("TTL-1", "TTL-2", *DISTURBED)
    requests = ("chunk",)
    events = ("error",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._failed = False

    def exchanged(self, exchange: Exchange) -> Outcomes:
        if not exchange.is_next or not self.known.lifetime.is_over(exchange):
            return ()
        if not exchange.is_right or not self.known.beliefs.surely_ingesting():
            return ()
        what = f"chunk {exchange.sent.seq}, sent well past expires_at with no keepalive,"
        return (refused(self.known, "TTL-2", exchange, "expired", what),)

    def event(self, event: Event) -> Outcomes:
        self._failed = True
        return ()

    def closed(self, closed: StreamClosed) -> Iterator[Outcome]:
        known = self.known
        if closed.how != "ended" or closed.n != known.consumers.stream or not known.beliefs.surely_ingesting():
            return
        if known.consumers.intruded or self._failed or known.endgame.has_begun:
            return  # a better explanation
        until = known.lifetime.lease.alive_until
        if until is None or closed.at >= until:
            return
        early = f"the server ended it {until - closed.at:.1f} s before expires_at at the earliest"
        requirement, since = known.refusal or ("", -math.inf)
        if closed.at - since < _AT_ONCE:
            yield failed(requirement, "the event stream stays open, since a refused request changes nothing", early)
        elif not known.disturbance:
            yield failed("TTL-1", "the event stream stays open while the session lives", early)


class KeepaliveExtends(Check):
    """A keepalive moves `expires_at` on."""

    __slots__ = ("_alone", "_moved", "_named_later")

    judges = ("CTRL-3",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._named_later = False
        self._moved = False
        """Whether a keepalive has moved it, and nothing else can have."""
        self._alone = True
        """Whether nothing but keepalives was accepted since a time was last named."""

    def exchanged(self, exchange: Exchange) -> Outcomes:
        if not exchange.accepted or not exchange.is_right:
            return ()
        if exchange.sent.action == "keepalive":
            return self._named(exchange)
        self._alone = exchange.sent.kind == "start"
        past = self.known.lifetime.extended_past
        if past is None or not exchange.is_next:
            return ()
        lifetime = self.known.lifetime
        gone = lifetime.unaided.gone_from
        # Where chunks or a consumer may have kept the session alive, that its replies promised so must do.
        if gone is None and self._named_later:
            gone = past.high
        # With the grace, after which alone a session that nothing extended must be gone.
        return (passed("CTRL-3"),) if gone is not None and exchange.sent.at > gone + lifetime.grace else ()

    def awaits_chunks(self, exchange: Exchange) -> bool:
        return self.known.lifetime.extended_past is not None

    def _named(self, exchange: Exchange) -> Iterator[Outcome]:
        before, after = self.known.lifetime.lease.stated, stated_expiry(exchange.body, self.known.profile)
        if before is None or after is None or not self.known.beliefs.surely_ingesting():
            return
        if self.known.lifetime.stated_by == "chunk":
            return  # a chunk may give more than a keepalive (TTL-3)
        grown, waited = after - before, exchange.sent.at - self.known.lifetime.lease.stated_at
        stands = waited >= _RESOLUTION and grown < waited * _LEAST and self._is_near(after, exchange.sent.at)
        # Where one was moved by a keepalive, the same one again may be the most that a session is given.
        if grown < 0 or (stands and not (self._moved and grown == 0)):
            expected = f"{waited:.1f} s after the last one was named, a keepalive's reply names a later expires_at"
            happened = (
                f"the one that it names is {abs(grown):.3f} s {'earlier' if grown < 0 else 'later'} than the last"
            )
            yield failed("CTRL-3", expected, happened)
        elif grown > 0:
            self._named_later = True
            self._moved = self._moved or self._alone
            self._alone = True

    def _is_near(self, named: float, at: float) -> bool:
        """Whether it leaves the client less than it could live by."""
        lifetime = self.known.lifetime
        until, ttl = lifetime.clock.ours(named), lifetime.lease.ttl
        return until is None or ttl is None or until.high < at + _ENOUGH * ttl.low
