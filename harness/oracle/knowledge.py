"""What is known of a session from what was seen of it so far."""

from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from harness.contract.lease import Lease
from harness.contract.lifecycle import Happening, State
from harness.contract.messages import (
    PHASES,
    MalformedReplyError,
    StartReply,
    read_instant,
    read_received_bytes,
    read_start,
)
from harness.contract.profile import Profile
from harness.contract.server_clock import Interval, ServerClock, read_date
from harness.history.observations import Event, Header, Kind, Sent, StreamClosed
from harness.oracle.beliefs import ACCEPTABLE, Beliefs, Role
from harness.oracle.exchange import Answer, Exchange, Standing

_SHORTEST_TTL: Final = 2.0
"""Seconds that a session of unknown TTL is taken to live."""


class Second(Enum):
    """What came of a second consumer."""

    ASKING = "asking"  # not answered yet
    REFUSED = "refused"
    HARMLESS = "harmless"  # refused, and the first one went on
    ADMITTED = "admitted"


class Life(Enum):
    """Whether the session's time was up when a request was on its way."""

    SURE = "sure"
    OVER = "over"  # surely past `expires_at` and the grace
    UNSURE = "unsure"


class Knowledge:
    """Everything about one session that checks may rely on. Updated after they have seen each observation."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.header: Header | None = None
        self.strict = True
        self.clock = ServerClock()
        self.lease = Lease(self.clock)
        self.unaided = Lease(self.clock)
        """The lease as it would be if no keepalive had been sent."""
        self.start: StartReply | None = None
        self.beliefs = Beliefs()
        self.stream: int | None = None
        """The exchange that opened the event stream which is open now."""
        self.streams_opened = 0
        self.second_consumer: Second | None = None
        """What came of a second consumer that asked for this stream."""
        self.started_at = 0.0
        self.alive_at = 0.0
        """When the server last showed that the session lives."""
        self.finalize_sent: float | None = None
        self.finalized = False
        """A finalize was acked."""
        self.ending_stream: int | None = None
        """The event stream that was open when finalize or cancel was first asked for: it is to be told how it ends."""
        self.cancel_sent: float | None = None
        self.cancel_reason: str | None = None
        self.cancelled = False
        """A cancel was acked."""
        self.unanswered: set[Kind] = set()
        """Kinds of requests whose last one got no reply, so that the server may still be at it."""
        self.extended_past: Interval | None = None
        """Where `expires_at` lay when the first keepalive was acked."""
        self.disturbance: str | None = None
        """A wrong request was refused since the last right one was accepted: the requirement by which that refusal
        changes nothing."""

        self._updates: dict[Kind, Callable[[Exchange], None]] = {
            "start": self._update_start,
            "attach": self._update_attach,
            "chunk": self._update_chunk,
            "control": self._update_control,
        }

    def begin(self, header: Header) -> None:
        """Take in the history's first line."""
        self.header = header
        self.strict = header.strict
        self.clock = ServerClock(header.server_offset)
        self.lease, self.unaided = Lease(self.clock), Lease(self.clock)

    # What checks ask, before the exchange has changed anything

    def life(self, exchange: Exchange) -> Life:
        """Whether the session's TTL had run out while the request was on its way."""
        if self.surely_lives(exchange.returned.at):
            return Life.SURE
        gone = self.lease.gone_from
        return Life.OVER if gone is not None and exchange.sent.at > gone + self.grace else Life.UNSURE

    @property
    def grace(self) -> float:
        """Seconds past `expires_at` after which a session must be gone."""
        return self.profile.grace(self.lease.ttl.high if self.lease.ttl else 0.0)

    def reported_total(self, exchange: Exchange) -> int | None:
        """The ack's `received_bytes`, or None where it has none."""
        try:
            return read_received_bytes(exchange.body, self.profile.fields.received_bytes)
        except MalformedReplyError:
            return None

    # What an observation changes

    @property
    def is_ending(self) -> bool:
        """Whether the end of the session has been asked for."""
        return self.finalize_sent is not None or self.cancel_sent is not None

    def surely_lives(self, at: float) -> bool:
        """Whether the TTL had surely not run out by then."""
        until = self.lease.alive_until
        if until is None:  # no `Date`, or no `expires_at` that can be read
            until = self.started_at + _SHORTEST_TTL
        return at < until

    def sending(self, sent: Sent) -> Standing:
        """A request is on its way, and may act at any moment from now on; what it is to the server."""
        role = self.beliefs.role(sent) if sent.kind == "chunk" else Role.UNKNOWN
        standing = Standing(role, self.beliefs.surely(State.INGESTING), self.stream)
        if sent.action in {"finalize", "cancel"} and sent.key == "right" and not self.is_ending:
            self.ending_stream = self.stream
        if sent.action == "finalize" and sent.key == "right":
            self.finalize_sent = sent.at
        elif sent.action == "cancel" and sent.key == "right":
            self.cancel_sent, self.cancel_reason = sent.at, sent.reason
        elif sent.kind == "attach" and sent.key == "right" and self.stream is not None:
            self.second_consumer = Second.ASKING
        return standing

    def update(self, exchange: Exchange) -> None:
        """Take in a request and its reply."""
        sent, returned = exchange.sent, exchange.returned
        if sent.kind != "chunk":  # often enough; the hot path need not read dates
            self.clock.learn(returned.date, sent.at, returned.at)
        if exchange.answer is Answer.UNTOUCHED:
            return
        self.lease.touch(returned.at)
        if sent.action != "keepalive":
            self.unaided.touch(returned.at)
        self.disturbance = self._disturbance(exchange)
        if exchange.is_right:
            if exchange.answer is Answer.ACCEPTED:
                self.alive_at = returned.at
            self._updates[sent.kind](exchange)
            self._note_silence(exchange)
        elif exchange.answer is Answer.ACCEPTED:
            self._update_wrongly_accepted(exchange)

    def done(self) -> None:
        """`done` was seen."""
        if self.is_ending:
            self.beliefs.completed()
        else:
            self.beliefs.lose_track()  # by expiry, or out of turn

    def first_goes_on(self, event: Event) -> bool:
        """Whether this event shows that the first consumer's stream goes on although a second one was refused.

        Others may have been on their way before the second one came.
        """
        if event.n != self.stream or self.second_consumer is not Second.REFUSED:
            return False
        if event.name == "status" and isinstance(event.payload, dict):
            return self.finalize_sent is not None and event.payload.get("phase") in PHASES[1:]
        return event.name in {"done", "error"}

    @property
    def intruded(self) -> bool:
        """Whether a second consumer may have put the first one out."""
        return self.second_consumer not in {None, Second.HARMLESS}

    def stream_closed(self, closed: StreamClosed) -> None:
        """The event stream is over."""
        if closed.n == self.stream:
            self.stream = None
            self.lease.hold(attached=False, at=closed.at)
            self.unaided.hold(attached=False, at=closed.at)

    def _update_start(self, exchange: Exchange) -> None:
        if exchange.answer is not Answer.ACCEPTED:
            return
        try:
            self.start = read_start(exchange.body, self.profile.fields.start)
        except MalformedReplyError:
            return
        self.started_at = exchange.returned.at
        self.beliefs.begin()
        made = read_date(exchange.returned.date)
        if made is not None and self.start.expires_at <= made:
            return  # START-3 is broken, and nothing is known of the TTL
        for lease in (self.lease, self.unaided):
            lease.promise(self.start.expires_at, exchange.sent.at, exchange.returned.at)

    def _update_attach(self, exchange: Exchange) -> None:
        if exchange.was.stream is not None and exchange.was.stream == self.stream:
            self.second_consumer = _SECONDS.get(exchange.answer)
        elif exchange.returned.status == 200:
            self.stream, self.second_consumer = exchange.sent.n, None
            self.streams_opened += 1
            for lease in (self.lease, self.unaided):
                lease.hold(attached=True, at=exchange.returned.at)

    def _update_chunk(self, exchange: Exchange) -> None:
        sent, role = exchange.sent, exchange.was.role
        if exchange.answer is Answer.UNKNOWN:
            if role in ACCEPTABLE:
                self.beliefs.chunk_in_doubt(sent)
            return
        if exchange.answer is not Answer.ACCEPTED:
            if role in ACCEPTABLE and "chunk" not in self.unanswered:
                self.beliefs.lose_track()
            return
        for lease in (self.lease, self.unaided):
            lease.loosen()
        self._note_extension(exchange)
        total = self.reported_total(exchange)
        if role in ACCEPTABLE:
            self.beliefs.chunk_counted(sent, total)
        elif role is not Role.OLDER or (total is not None and total not in self.beliefs.totals_with(sent)):
            self.beliefs.lose_track()

    def _update_control(self, exchange: Exchange) -> None:
        sent = exchange.sent
        happening = _HAPPENINGS.get(sent.action or "")
        if happening is None:
            if exchange.answer is Answer.ACCEPTED:
                self.beliefs.lose_track()
            return
        if exchange.answer is Answer.ACCEPTED:
            self._acked(sent)
            self._note_extension(exchange)
            self.beliefs.happened(happening, surely=True)
        elif exchange.answer is Answer.UNKNOWN:
            self.beliefs.happened(happening, surely=False)
        elif exchange.was.ingesting and sent.action == "finalize":
            self.finalize_sent = None
        elif exchange.was.ingesting and sent.action == "cancel":
            self.cancel_sent = None

    def _acked(self, sent: Sent) -> None:
        if sent.action == "finalize":
            self.finalized = True
        elif sent.action == "cancel":
            self.cancelled = True
        elif self.beliefs.surely(State.INGESTING):
            self.extended_past = self.extended_past or self.lease.expiry
            self.lease.extend(sent.at)

    def _note_extension(self, exchange: Exchange) -> None:
        """Any reply may name a new `expires_at`; one that lies earlier than the old is a matter for a check."""
        stated = stated_expiry(exchange.body, self.profile)
        if stated is not None and (self.start is None or stated > self.start.expires_at):
            self.lease.promise(stated, exchange.sent.at, exchange.returned.at)

    def _note_silence(self, exchange: Exchange) -> None:
        kind, status = exchange.sent.kind, exchange.returned.status
        if status is None or status == 504:  # a gateway's way of saying that no reply came
            self.unanswered.add(kind)
        elif exchange.answer is not Answer.REFUSED:
            self.unanswered.discard(kind)

    def _disturbance(self, exchange: Exchange) -> str | None:
        sent = exchange.sent
        if exchange.answer is Answer.ACCEPTED and exchange.is_right:
            # A consumer may be let in to a session that is over: that shows nothing of what else was disturbed.
            still = self.disturbance if sent.kind == "attach" else None
            return None if still == AUTH["attach"] else still
        if exchange.answer not in {Answer.REFUSED, Answer.UNAUTHORISED}:
            return self.disturbance
        if sent.key != "right":
            return AUTH[sent.kind]
        if sent.kind == "control" and sent.action not in _HAPPENINGS:
            return "CTRL-4"
        return "CHUNK-4" if sent.kind == "chunk" and exchange.was.role is Role.GAP else self.disturbance

    def _update_wrongly_accepted(self, exchange: Exchange) -> None:
        if exchange.sent.kind in {"chunk", "control"}:
            self.beliefs.lose_track()


AUTH: Final[dict[Kind, str]] = {"start": "AUTH-1", "chunk": "AUTH-2", "control": "AUTH-3", "attach": "AUTH-4"}
"""The requirement by which each endpoint refuses a request without a valid key."""

_SECONDS = {Answer.ACCEPTED: Second.ADMITTED, Answer.REFUSED: Second.REFUSED}

_HAPPENINGS = {
    "finalize": Happening.FINALIZE,
    "cancel": Happening.CANCEL,
    "keepalive": Happening.KEEPALIVE,
}


def stated_expiry(body: Any, profile: Profile) -> float | None:
    """The `expires_at` that a reply names, in the server's epoch seconds."""
    try:
        return read_instant(body[profile.fields.start.expires_at])
    except (KeyError, TypeError, ValueError):
        return None
