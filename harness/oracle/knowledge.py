"""What is known of a session from what was seen of it so far."""

from typing import Final

from harness.contract.lifecycle import Happening
from harness.contract.messages import (
    EVENT_NAMES,
    RESULT_NAMES,
    MalformedReplyError,
    StartReply,
    read_received_bytes,
    read_start,
)
from harness.contract.profile import Profile
from harness.history.observations import Event, Header, Kind, Sent, StreamClosed
from harness.oracle.beliefs import ACCEPTABLE, Beliefs, Role
from harness.oracle.consumers import Consumers, Second
from harness.oracle.disturbance import disturbed
from harness.oracle.endgame import Endgame
from harness.oracle.exchange import Answer, Exchange, Standing
from harness.oracle.lifetime import Lifetime
from harness.oracle.payload import Reader, Utterance
from harness.oracle.pushed import Pushed


class Knowledge:
    """Everything about one session that checks may rely on. Updated after they have seen each observation."""

    __slots__ = (
        "beliefs",
        "consumers",
        "disturbance",
        "endgame",
        "found",
        "has_results",
        "header",
        "is_garbled",
        "last_told",
        "lifetime",
        "profile",
        "pushed",
        "reader",
        "refusal",
        "start",
        "strict",
        "told_on",
        "unanswered",
        "whole_stream",
    )

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.header: Header | None = None
        self.strict = True
        self.start: StartReply | None = None
        self.beliefs = Beliefs()
        self.lifetime = Lifetime(profile)
        self.consumers = Consumers()
        self.endgame = Endgame()
        self.pushed = Pushed()
        self.reader = Reader(profile)
        self.whole_stream: int | None = None
        """The exchange that opened an event stream before there was any audio: whoever reads it is told everything."""
        self.is_garbled = False
        """Events came that are none of the document's (EVENT-1): what seems to be missing may be among them."""
        self.has_results = False
        """Events came about what was said."""
        self.told_on: int | None = None
        """The exchange that opened the stream on which the last event came."""
        self.last_told: tuple[str, int] | None = None
        """Its name, and the hash of its data."""
        self.unanswered: tuple[Kind, ...] = ()
        """Kinds of requests whose last one got no reply, so that the server may still be at it."""
        self.found: tuple[Kind, ...] = ()
        """Kinds of requests whose URL was seen to lead somewhere."""
        self.disturbance: str | None = None
        """A wrong request was refused since the last right one was accepted: the requirement by which that refusal
        changes nothing."""
        self.refusal: tuple[str, float] | None = None
        """The last disturbance, and when it came; it is not forgotten when a right request is accepted."""

    # What checks ask, before the exchange has changed anything

    def surely_lives(self, at: float) -> bool:
        """Whether the TTL had surely not run out by then."""
        return self.lifetime.surely_lives(at)

    def may_have_expired(self, at: float) -> bool:
        """Whether the session may have ended by its TTL: nothing else that ends it was acked."""
        return not (self.endgame.finalized or self.endgame.cancelled or self.surely_lives(at))

    def reported_total(self, exchange: Exchange) -> int | None:
        """The ack's `received_bytes`, or None where it has none."""
        try:
            return read_received_bytes(exchange.body, self.profile.fields.received_bytes)
        except MalformedReplyError:
            return None

    def utterance(self, event: Event) -> Utterance:
        """What a `final_transcript` tells."""
        return self.reader.told or self.reader.utterance(event, self.pushed.seconds)

    def first_goes_on(self, event: Event) -> bool:
        """Whether this event shows that the first consumer's stream goes on although a second one was refused."""
        return self.consumers.first_goes_on(event, finalizing=self.endgame.finalize_sent is not None)

    @property
    def ending_stream_is_open(self) -> bool:
        """Whether the stream that is to be told how the session ends is still there to be told."""
        return self.consumers.stream is not None and self.consumers.stream == self.endgame.stream

    # What an observation changes

    def begin(self, header: Header) -> None:
        """Take in the history's first line."""
        self.header = header
        self.strict = header.strict
        self.pushed = Pushed(header.media)
        self.lifetime = Lifetime(self.profile, header.server_offset)

    def sending(self, sent: Sent) -> Standing:
        """A request is on its way, and may act at any moment from now on; what it is to the server."""
        stream = self.consumers.stream
        if sent.kind == "chunk":
            self.pushed.leaving(sent)
            before = self.beliefs.before(sent)
            role = _RIGHT if before else self.beliefs.role(sent)
            return Standing(role, role is _RIGHT or self.beliefs.surely_ingesting(), stream, before)
        standing = Standing(Role.UNKNOWN, self.beliefs.surely_ingesting(), stream)
        self.endgame.asking(sent, stream)
        self.consumers.asking(sent)
        return standing

    def update(self, exchange: Exchange) -> None:
        """Take in a request and its reply."""
        sent = exchange.sent
        if sent.kind == "chunk":
            self.pushed.answered(exchange)
        if not exchange.accepted and exchange.answer is Answer.UNTOUCHED:
            return
        self.lifetime.touch(exchange)
        if sent.kind not in self.found and exchange.returned.status not in NOT_THERE:
            self.found = (*self.found, sent.kind)
        self.disturbance = disturbed(self.disturbance, exchange)
        if self.disturbance and exchange.turned_down:
            self.refusal = self.disturbance, exchange.returned.at
        if exchange.is_right:
            if exchange.accepted:
                self.lifetime.accepted(exchange)
            self._update_right(exchange)
            self._note_silence(exchange)
        elif exchange.accepted and sent.kind in {"chunk", "control"}:
            self.beliefs.lose_track()

    def told(self, event: Event) -> None:
        """Take in an event."""
        self.told_on, self.last_told = event.n, (event.name, hash(event.data))
        if event.name not in _NAMES or not isinstance(event.payload, dict):
            self.is_garbled = True
        elif not self.has_results:
            self.has_results = event.name in RESULT_NAMES
        if event.n == self.consumers.stream:
            self.consumers.heard += 1
        if self.consumers.second is not None and self.first_goes_on(event):
            self.consumers.second = Second.HARMLESS
        if event.name == "done":
            if self.endgame.has_begun:
                self.beliefs.completed()
            else:
                self.beliefs.lose_track()  # by expiry, or out of turn

    def stream_closed(self, closed: StreamClosed) -> None:
        """An event stream is over."""
        if self.consumers.closed(closed):
            self.lifetime.hold(attached=False, at=closed.at)

    def _update_right(self, exchange: Exchange) -> None:
        kind = exchange.sent.kind
        if kind == "chunk":
            self._update_chunk(exchange)
        elif kind == "control":
            self._update_control(exchange)
        elif kind == "attach":
            self._update_attach(exchange)
        elif exchange.accepted:
            self._update_start(exchange)

    def _update_start(self, exchange: Exchange) -> None:
        try:
            self.start = read_start(exchange.body, self.profile.fields.start)
        except MalformedReplyError:
            return
        self.beliefs.begin()
        self.lifetime.start(exchange, self.start)

    def _update_attach(self, exchange: Exchange) -> None:
        if self.consumers.answered(exchange):
            self.whole_stream = exchange.sent.n if self.pushed.began is None else self.whole_stream
            self.lifetime.hold(attached=True, at=exchange.returned.at)

    def _update_chunk(self, exchange: Exchange) -> None:
        sent, role = exchange.sent, exchange.was.role
        if not exchange.accepted and exchange.answer is Answer.UNKNOWN:
            if role in ACCEPTABLE:
                self.beliefs.chunk_in_doubt(sent)
            return
        if not exchange.accepted:
            if role in ACCEPTABLE and exchange.is_sized_right and "chunk" not in self.unanswered:
                self.beliefs.lose_track()
            return
        self.lifetime.chunk_accepted()
        self.lifetime.note_extension(exchange)
        total = self.reported_total(exchange)
        if role in ACCEPTABLE:
            self.beliefs.chunk_counted(sent, total)
        elif role is not Role.OLDER or (total is not None and total not in self.beliefs.totals_with(sent)):
            self.beliefs.lose_track()

    def _update_control(self, exchange: Exchange) -> None:
        sent, action = exchange.sent, exchange.sent.action or ""
        happening = _HAPPENINGS.get(action)
        if happening is None:
            if exchange.accepted:
                self.beliefs.lose_track()
            return
        if exchange.accepted:
            self.endgame.acked(action)
            if action == "keepalive" and self.beliefs.surely_ingesting():
                self.lifetime.kept_alive(sent.at)
            self.lifetime.note_extension(exchange)
            self.beliefs.happened(happening, surely=True)
        elif exchange.answer is Answer.UNKNOWN:
            self.beliefs.happened(happening, surely=False)
        elif exchange.was.ingesting:
            self.endgame.turned_down(action)

    def _note_silence(self, exchange: Exchange) -> None:
        kind, status = exchange.sent.kind, exchange.returned.status
        if status is None or status == 504:  # a gateway's way of saying that no reply came
            self.unanswered = (*(each for each in self.unanswered if each != kind), kind)
        elif self.unanswered and exchange.answer is not Answer.REFUSED:
            self.unanswered = tuple(each for each in self.unanswered if each != kind)


_NAMES: Final = frozenset(EVENT_NAMES)
_RIGHT: Final = Role.RIGHT
NOT_THERE: Final = frozenset({404, 405})
"""Status codes that say: no such thing here."""

_HAPPENINGS: Final = {each.value: each for each in (Happening.FINALIZE, Happening.CANCEL, Happening.KEEPALIVE)}
