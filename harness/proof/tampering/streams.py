"""Lies about the event stream as a connection."""

from collections.abc import Iterable

import msgspec

from harness.client.transport import Reply, Request
from harness.history.eventstream import ServerSentEvent
from harness.proof.tampering.lie import Ask, Lie, encode, lie, refusal

RESULTS = frozenset({"final_transcript", "emotion", "cognitive", "transition", "moment", "summary_update"})
"""Names of the events that tell of what was said."""


@lie("stream-as-text")
class StreamAsText(Lie):
    """The stream is called plain text."""

    trips = ("STREAM-1",)

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        if ask.kind != "attach" or reply.status != 200:
            return reply
        others = (pair for pair in reply.headers if pair[0] != "content-type")
        return msgspec.structs.replace(reply, headers=(("content-type", "text/plain"), *others))


@lie("second-consumer-admitted")
class SecondConsumerAdmitted(Lie):
    """A second consumer is let in, and is told nothing."""

    trips = ("STREAM-2",)

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        if ask.kind != "attach" or not ask.key or not 400 <= reply.status < 500 or self.course.ended:
            return reply
        return Reply(200, (("content-type", "text/event-stream"),), b"", reply.at)


@lie("second-consumer-ends-the-first")
class SecondConsumerEndsTheFirst(Lie):
    """A second consumer is refused, but the first one's stream ends."""

    trips = ("STREAM-2",)

    def hangs_up(self) -> bool:
        return self.course.second_asked


@lie("reattach-refused")
class ReattachRefused(Lie):
    """Who has left is never let in again."""

    trips = ("STREAM-3",)
    _attached = False

    def request(self, ask: Ask, request: Request) -> Request | Reply:
        return refusal() if ask.kind == "attach" and ask.key and self._attached else request

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        self._attached = self._attached or (ask.kind == "attach" and reply.status == 200)
        return reply


@lie("broken-utf-8")
class BrokenUtf8(Lie):
    """An event's bytes are no UTF-8."""

    trips = ("STREAM-4",)

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        if event.name not in RESULTS:
            return [encode(event)]
        return [encode(event).replace(b"{", b'{"x": "\xc3\x28", ', 1)]


@lie("results-held-back")
class ResultsHeldBack(Lie):
    """Whatever is found out is told at the very end."""

    trips = ("STREAM-5",)

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type] # passed on as it came
        self._held: list[bytes] = []

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        if not self.course.ended and event.name in RESULTS:
            self._held.append(encode(event))
            return []
        if not self.course.ended:
            return [encode(event)]
        told, self._held = [*self._held, encode(event)], []
        return told


@lie("done-twice")
class DoneTwice(Lie):
    """`done` comes twice."""

    trips = ("STREAM-6",)

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        return [encode(event)] * (2 if event.name == "done" else 1)


@lie("event-after-done")
class EventAfterDone(Lie):
    """The last status is told again after `done`."""

    trips = ("STREAM-6",)
    _status = b""

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        if event.name == "status":
            self._status = encode(event)
        return [encode(event), self._status] if event.name == "done" else [encode(event)]


@lie("stream-open-after-done")
class StreamOpenAfterDone(Lie):
    """The stream never ends."""

    trips = ("STREAM-6",)
    keeps_open = True


@lie("sessions-mixed")
class SessionsMixed(Lie):
    """What another live session was told last is told on this one's stream, too."""

    trips = ("STREAM-7",)

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        if event.name != "final_transcript":
            return [encode(event)]
        owner, last = self.shared.seen.get("transcript", (self, event))
        self.shared.seen["transcript"] = self, event
        foreign = owner is not self and not owner.course.ended
        return [encode(last), encode(event)] if foreign else [encode(event)]


@lie("transcript-lost")
class TranscriptLost(Lie):
    """Every third session is not told of one utterance."""

    trips = ("STREAM-8",)

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type] # passed on as it came
        self._loses = self.shared.seen["sessions"] = self.shared.seen.get("sessions", 0) + 1
        self._lost = self._loses % 3 != 0

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        if event.name == "final_transcript" and not self._lost:
            self._lost = True
            return []
        return [encode(event)]
