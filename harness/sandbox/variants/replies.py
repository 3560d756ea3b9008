"""Variants whose replies look different."""

from typing import Any, ClassVar

from harness.sandbox.exchange import STATUSES, Call, Refusal, Served, json_reply, text_reply
from harness.sandbox.forms import Form
from harness.sandbox.intake import Reply
from harness.sandbox.registry import variant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


@variant("epoch-expiry")
class EpochExpiry(Service):
    """`expires_at` is epoch seconds."""

    def instant(self, wall: float) -> str | float:
        return wall


@variant("absolute-urls")
class AbsoluteUrls(Service):
    """URLs are absolute, at the host that the session was started at."""

    def url(self, session: Session, part: str) -> str:
        return session.origin + super().url(session, part)


@variant("start-created")
class StartCreated(Service):
    """A start is answered with 201."""

    def start(self, call: Call) -> Served:
        served = super().start(call)
        served.status = 201
        return served


@variant("plain-errors")
class PlainErrors(Service):
    """Refusals are plain text."""

    def turn_down(self, refusal: Refusal) -> Served:
        return text_reply(refusal.message, self.statuses[refusal.code])


@variant("other-refusals")
class OtherRefusals(Service):
    """Other status codes for refusals: 403, 422 and 400."""

    statuses: ClassVar = {code: {401: 403, 409: 422, 410: 400}.get(status, status) for code, status in STATUSES.items()}


@variant("ended-is-unknown")
class EndedIsUnknown(Service):
    """A session that is over is forgotten at once: 404."""

    def end(self, session: Session, cause: str) -> None:
        super().end(session, cause)
        self.forget(session)

    def forget(self, session: Session) -> None:
        self.sessions.pop(session.id, None)


@variant("silent-keepalive")
class SilentKeepalive(Service):
    """Keepalive is answered with no word of the new `expires_at`."""

    def control_reply(self, session: Session, action: str) -> dict[str, Any]:
        return {} if action == "keepalive" else super().control_reply(session, action)


@variant("second-consumer-forbidden")
class SecondConsumerForbidden(Service):
    """A second consumer is answered 403."""

    statuses: ClassVar = STATUSES | {"second_consumer": 403}


@variant("second-consumer-locked")
class SecondConsumerLocked(Service):
    """A second consumer is answered 423."""

    statuses: ClassVar = STATUSES | {"second_consumer": 423}


@variant("second-consumer-too-many")
class SecondConsumerTooMany(Service):
    """A second consumer is answered 429."""

    statuses: ClassVar = STATUSES | {"second_consumer": 429}


@variant("refusals-of-another-kind")
class RefusalsOfAnotherKind(Service):
    """A wrong key is answered 404, a gap 416, what comes late 404, an unknown action 422."""

    statuses: ClassVar = STATUSES | {
        "unauthorized": 404,
        "gap": 416,
        "first_not_zero": 412,
        "older_number": 400,
        "late_chunk": 404,
        "expired": 404,
        "unknown_action": 422,
    }


@variant("errors-without-a-body")
class ErrorsWithoutABody(Service):
    """Refusals have no body."""

    def turn_down(self, refusal: Refusal) -> Served:
        return Served(self.statuses[refusal.code])


@variant("errors-as-problems")
class ErrorsAsProblems(Service):
    """Refusals are problem documents (RFC 9457)."""

    def turn_down(self, refusal: Refusal) -> Served:
        served = json_reply({"title": refusal.code, "detail": refusal.message}, self.statuses[refusal.code])
        served.headers[:] = [("Content-Type", "application/problem+json")]
        return served


@variant("chunks-are-queued")
class ChunksAreQueued(Service):
    """A chunk is answered with 202, and more fields than the document tells of."""

    def chunk(self, call: Call, session: Session) -> Served:
        served = super().chunk(call, session)
        served.status = 202
        return served

    def ack(self, session: Session, form: Form, *, duplicate: bool = False) -> Reply:
        more = {"status": "queued", "chunk_bytes": len(form.data), "state": session.state.value, "warnings": []}
        return super().ack(session, form, duplicate=duplicate) | more


@variant("acks-of-few-words")
class AcksOfFewWords(Service):
    """A chunk's ack has the total and no other field."""

    def ack(self, session: Session, form: Form, *, duplicate: bool = False) -> Reply:
        return {"received_bytes": super().ack(session, form, duplicate=duplicate)["received_bytes"]}


@variant("control-without-a-body")
class ControlWithoutABody(Service):
    """Control requests are answered with 204, which has no body."""

    def control(self, call: Call, session: Session) -> Served:
        super().control(call, session)
        return Served(204)


@variant("start-with-more-fields")
class StartWithMoreFields(Service):
    """A start reply has more fields than the document tells of, some of them null."""

    def start_reply(self, session: Session) -> dict[str, Any]:
        more = {
            "status": "ingesting",
            "created_at": self.instant(self.wall),
            "region": None,
            "limits": {"chunk": 131072},
        }
        return more | super().start_reply(session)
