"""Lies about control and the time to live."""

from collections.abc import Iterable

from harness.client.transport import Reply, Request
from harness.history.eventstream import ServerSentEvent
from harness.proof.tampering.lie import Ask, Lie, answer, encode, falsified, lie, refusal, retold


@lie("finalize-refused")
class FinalizeRefused(Lie):
    """Finalize is refused."""

    trips = ("CTRL-1",)

    def request(self, ask: Ask, request: Request) -> Request | Reply:
        return refusal() if ask.action == "finalize" and ask.key else request


@lie("done-swallowed")
class DoneSwallowed(Lie):
    """The stream ends without `done`."""

    trips = ("CTRL-1",)

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        return [] if event.name == "done" else [encode(event)]


@lie("cancel-without-reason")
class CancelWithoutReason(Lie):
    """The error event after a cancel does not carry the reason."""

    trips = ("CTRL-2",)

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        if event.name != "error":
            return [encode(event)]
        return [retold(event, {"code": "cancelled", "message": "the session was cancelled"})]


@lie("cancel-without-error")
class CancelWithoutError(Lie):
    """After a cancel the stream just ends."""

    trips = ("CTRL-2",)

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        return [] if event.name == "error" else [encode(event)]


@lie("keepalive-shortens")
class KeepaliveShortens(Lie):
    """The reply to a keepalive names a time before the last one."""

    trips = ("CTRL-3",)

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        if ask.action != "keepalive" or not ask.key or not 200 <= reply.status < 300:
            return reply
        return falsified(reply, **{self.course.profile.fields.start.expires_at: "2001-01-01T00:00:00Z"})


@lie("keepalive-ignored")
class KeepaliveIgnored(Lie):
    """Keepalive is acked, and never reaches the server."""

    trips = ("CTRL-3",)

    def request(self, ask: Ask, request: Request) -> Request | Reply:
        return answer(200, {"status": "ok"}) if ask.action == "keepalive" and ask.key else request


@lie("unknown-action-accepted")
class UnknownActionAccepted(Lie):
    """An action that does not exist is acked."""

    trips = ("CTRL-4",)

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        unknown = ask.kind == "control" and ask.key and ask.action not in {"finalize", "cancel", "keepalive"}
        return answer(200, {"status": "ok"}, like=reply) if unknown and 400 <= reply.status < 500 else reply


@lie("chunk-after-expiry-accepted")
class ChunkAfterExpiryAccepted(Lie):
    """A chunk is acked well past the session's expiry."""

    trips = ("TTL-2",)

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        next_one = ask.kind == "chunk" and ask.key and ask.seq is not None and ask.seq == self.course.next
        if not next_one or self.course.ended or not 400 <= reply.status < 500:
            return reply
        return answer(200, {self.course.profile.fields.received_bytes: self.course.total + ask.size}, like=reply)
