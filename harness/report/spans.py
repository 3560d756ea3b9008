"""What went on in a session, and from when to when: observations sorted into the lanes of a timeline."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from harness.contract.messages import EVENT_NAMES
from harness.contract.profile import Profile
from harness.contract.server_clock import ServerClock
from harness.history.observations import (
    BESIDE,
    Event,
    Header,
    Kind,
    Observation,
    Returned,
    Sent,
    StreamClosed,
    Waited,
    Withheld,
)
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.lifetime import stated_expiry
from harness.report.evidence import CLOSED, clean, named, wait
from harness.report.results import duration

Look = Literal["accepted", "refused", "unclear", "unsent", "stream", "event", "wait", "expiry"]

_LONGEST: Final = 120
_REQUESTS: Final[dict[Kind, str]] = {
    "start": "start",
    "chunk": "chunks",
    "control": "control",
    "attach": "attach",
    **dict.fromkeys(BESIDE, "other requests"),
}
_STREAM: Final = "event stream"
_OTHERS: Final = "other events"
_WAITS: Final = "our waits"
_EXPIRY: Final = "expires_at"
LANES: Final = (*dict.fromkeys(_REQUESTS.values()), _STREAM, *EVENT_NAMES, _OTHERS, _WAITS, _EXPIRY)
"""From top to bottom."""

_LOOKS: Final[dict[Answer, Look]] = {
    Answer.ACCEPTED: "accepted",
    Answer.REFUSED: "refused",
    Answer.UNAUTHORISED: "refused",
    Answer.UNKNOWN: "unclear",
    Answer.UNTOUCHED: "unclear",
}


class Span(NamedTuple):
    """Something that went on for a while, or happened at once."""

    lane: str
    begin: float
    """Seconds since the session's first observation."""
    end: float
    look: Look
    title: str
    """In words, already clean."""


class Spans:
    """Sorts a session's observations; `began` is the monotonic time of the first, if that is not the first to come."""

    def __init__(self, observations: Iterable[Observation], began: float | None = None) -> None:
        self._began = began
        self._last = 0.0
        self._profile = Profile()
        self._clock = ServerClock()
        self._pending: dict[int, Sent] = {}
        self._open: dict[int, float] = {}
        self._named: list[tuple[float, str]] = []
        self.spans: Final = [span for observation in observations for span in self._of(observation)]
        self.spans.extend(self._unfinished())
        self.expiries: Final = list(self._expiries())
        """Each `expires_at` that the server named, as an interval by our clock; it may lie after the session's end."""
        self.seconds: Final = self._last - (self._began or 0.0)
        """From the first observation to the last."""

    def _of(self, observation: Observation) -> Iterator[Span]:
        if isinstance(observation, Header):
            self._profile, self._clock = observation.profile, ServerClock(observation.server_offset)
            return
        if self._began is None:
            self._began = observation.at
        self._last = max(self._last, observation.at)
        match observation:
            case Sent():
                self._pending[observation.n] = observation
            case Returned():
                yield from self._answered(observation)
            case Event():
                self._open.setdefault(observation.n, self._began)  # its beginning may be out of sight
                lane = observation.name if observation.name in EVENT_NAMES else _OTHERS
                words = observation.illegal or f"event {observation.name} {observation.data}"
                yield self._span(lane, observation.at, observation.at, "event", words)
            case StreamClosed():
                begin = self._open.pop(observation.n, self._began)
                yield self._span(_STREAM, begin, observation.at, "stream", CLOSED[observation.how])
            case Waited():
                yield self._span(_WAITS, observation.since, observation.at, "wait", wait(observation))
            case Withheld():
                words = f"not sent: its URL leads to another origin: {observation.url}"
                yield self._span(_REQUESTS[observation.kind], observation.at, observation.at, "unsent", words)

    def _answered(self, returned: Returned) -> Iterator[Span]:
        sent = self._pending.pop(returned.n, None)
        if sent is None:
            return
        if sent.kind != "chunk":
            self._clock.learn(returned.date, sent.at, returned.at)
        exchange = Exchange.of(sent, returned)
        if exchange.answer is Answer.ACCEPTED and sent.kind == "attach":
            self._open[sent.n] = returned.at
        if exchange.answer is Answer.ACCEPTED and (stated := stated_expiry(exchange.body, self._profile)) is not None:
            self._named.append((stated, named(sent)))
        words = f"{named(sent)}: {exchange.in_words} after {duration(returned.at - sent.at)}"
        yield self._span(_REQUESTS[sent.kind], sent.at, returned.at, _LOOKS[exchange.answer], words)

    def _unfinished(self) -> Iterator[Span]:
        for sent in self._pending.values():
            yield self._span(_REQUESTS[sent.kind], sent.at, self._last, "unclear", f"{named(sent)}: no reply yet")
        for begin in self._open.values():
            yield self._span(_STREAM, begin, self._last, "stream", "still open")

    def _expiries(self) -> Iterator[Span]:
        for stated, by in dict(self._named).items():
            if (until := self._clock.ours(stated)) is not None:
                yield self._span(_EXPIRY, *until, "expiry", f"expires_at as the reply to {by} named it")

    def _span(self, lane: str, begin: float, end: float, look: Look, words: str) -> Span:
        began = self._began or 0.0
        return Span(lane, begin - began, end - began, look, clean(f"{begin - began:+.3f} s  {words}", _LONGEST))
