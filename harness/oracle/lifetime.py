"""How long the session lives: the TTL as far as what was seen tells of it, and what was asked to extend it."""

from copy import copy
from enum import Enum
from typing import Any, Final

from harness.contract.lease import Lease
from harness.contract.messages import StartReply, read_instant
from harness.contract.profile import Profile
from harness.contract.server_clock import Interval, ServerClock, read_date
from harness.history.observations import Kind
from harness.oracle.exchange import Exchange

_SHORTEST_TTL: Final = 2.0
"""Seconds that a session of unknown TTL is taken to live."""


class Life(Enum):
    """Whether the session's time was up when a request was on its way."""

    SURE = "sure"
    OVER = "over"  # surely past `expires_at` and the grace
    UNSURE = "unsure"


class Lifetime:
    """Of one session."""

    __slots__ = (
        "_first_promise",
        "_profile",
        "alive_at",
        "clock",
        "extended_past",
        "lease",
        "served_at",
        "started_at",
        "stated_by",
        "unaided",
    )

    def __init__(self, profile: Profile, server_offset: tuple[float, float] | None = None) -> None:
        self._profile = profile
        self.clock = ServerClock(server_offset)
        self.lease = Lease(self.clock)
        self.unaided = self.lease
        """The lease as it would be if no keepalive had been sent: the same one, until a reply makes them differ."""
        self.started_at = 0.0
        self.alive_at = 0.0
        """When the server last showed that the session lives."""
        self.served_at = 0.0
        """The same, but for keepalives: a server may ack those without a look at the session."""
        self.extended_past: Interval | None = None
        """Where `expires_at` lay when the first keepalive was acked."""
        self.stated_by: Kind = "start"
        """Which kind of request the newest `expires_at` was first told to."""
        self._first_promise: float | None = None

    # What checks ask

    def life(self, exchange: Exchange) -> Life:
        """Whether the session's TTL had run out while the request was on its way."""
        if self.surely_lives(exchange.returned.at):
            return Life.SURE
        gone = self.lease.gone_from
        return Life.OVER if gone is not None and exchange.sent.at > gone + self.grace else Life.UNSURE

    def is_over(self, exchange: Exchange) -> bool:
        """Whether it surely had before the request was."""
        return not self.surely_lives(exchange.returned.at) and self.life(exchange) is Life.OVER

    @property
    def grace(self) -> float:
        """Seconds past `expires_at` after which a session must be gone."""
        return self._profile.grace(self.lease.ttl.high if self.lease.ttl else 0.0)

    def surely_lives(self, at: float) -> bool:
        """Whether the TTL had surely not run out by then."""
        until = self.lease.alive_until
        if until is None:  # no `Date`, or no `expires_at` that can be read
            until = self.started_at + _SHORTEST_TTL
        return at < until

    # What an observation changes

    def start(self, exchange: Exchange, reply: StartReply) -> None:
        """The session has started."""
        self.started_at = exchange.returned.at
        self._first_promise = reply.expires_at
        made = read_date(exchange.returned.date)
        if made is not None and reply.expires_at <= made:
            return  # START-3 is broken, and nothing is known of the TTL
        for lease in {self.lease, self.unaided}:
            lease.promise(reply.expires_at, exchange.sent.at, exchange.returned.at)

    def touch(self, exchange: Exchange) -> None:
        """The request reached the server, or may have."""
        if exchange.sent.kind != "chunk":  # often enough; the hot path need not read dates
            self.clock.learn(exchange.returned.date, exchange.sent.at, exchange.returned.at)
        if exchange.sent.action == "keepalive":
            self._aid()
        else:
            self.unaided.touch(exchange.returned.at)
        self.lease.touch(exchange.returned.at)

    def accepted(self, exchange: Exchange) -> None:
        """A right request was accepted."""
        self.alive_at = exchange.returned.at
        if exchange.sent.action != "keepalive":
            self.served_at = exchange.returned.at

    def hold(self, *, attached: bool, at: float) -> None:
        """A consumer attached, or left."""
        for lease in {self.lease, self.unaided}:
            lease.hold(attached=attached, at=at)

    def chunk_accepted(self) -> None:
        """Which may extend the TTL, by how much is open."""
        self.lease.loosen()
        if self.unaided is not self.lease:
            self.unaided.loosen()

    def fed(self, at: float) -> None:
        """All that it means for it that a right chunk was accepted at that moment."""
        self.alive_at = self.served_at = at
        self.lease.touch(at)
        if self.unaided is not self.lease:
            self.unaided.touch(at)
        self.chunk_accepted()

    def kept_alive(self, sent: float) -> None:
        """A keepalive was acked while the session took chunks."""
        self.extended_past = self.extended_past or self.lease.expiry
        self._aid()
        self.lease.extend(sent)

    def note_extension(self, exchange: Exchange) -> None:
        """Any reply may name a new `expires_at`; one that lies earlier than the old is a matter for a check."""
        stated = stated_expiry(exchange.body, self._profile)
        if stated is not None and (self._first_promise is None or stated > self._first_promise):
            if stated != self.lease.stated:
                self.stated_by = exchange.sent.kind
            self._aid()
            self.lease.promise(stated, exchange.sent.at, exchange.returned.at)

    def _aid(self) -> None:
        """From now on the lease may be another than the unaided one."""
        if self.unaided is self.lease:
            self.unaided = copy(self.lease)


def stated_expiry(body: Any, profile: Profile) -> float | None:
    """The `expires_at` that a reply names, in the server's epoch seconds."""
    named = body.get(profile.fields.start.expires_at) if isinstance(body, dict) else None
    if named is None:
        return None
    try:
        return read_instant(named)
    except ValueError:
        return None
