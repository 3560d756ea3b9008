"""Services that keep the contract, but make other choices where the document leaves one."""

from functools import partial
from typing import Any, ClassVar

from harness.contract.lifecycle import State
from harness.sandbox.audio.listener import Heard
from harness.sandbox.events import Payload
from harness.sandbox.exchange import STATUSES, Call, Refusal, Served, text_reply
from harness.sandbox.forms import Form
from harness.sandbox.intake import Reply
from harness.sandbox.outlet import Outlet
from harness.sandbox.registry import VARIANTS, variant
from harness.sandbox.service import Service
from harness.sandbox.session import Event, Session

__all__ = ["VARIANTS"]


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


@variant("crlf-stream")
class CrlfStream(Service):
    """Lines of the stream end with CR LF."""

    def frame(self, event: Event) -> bytes:
        return super().frame(event).replace(b"\n", b"\r\n")

    def comment(self, text: str) -> bytes:
        return super().comment(text).replace(b"\n", b"\r\n")


@variant("ornate-stream")
class OrnateStream(Service):
    """The stream has a byte order mark, a retry field, comments within events, and no space after colons."""

    def preamble(self) -> bytes:
        return b"\xef\xbb\xbf:\nretry:2500\n\n"

    def frame(self, event: Event) -> bytes:
        return b":%s\n" % event.name.encode() + super().frame(event).replace(b": ", b":", 3)


@variant("no-backlog")
class NoBacklog(Service):
    """A consumer is told only of what happens after it came."""

    def backlog(self, session: Session, after: int) -> list[Event]:  # noqa: ARG002 - the signature of what is replaced
        return []


@variant("emotion-first")
class EmotionFirst(Service):
    """An utterance's emotion and cognitive events come before its transcript."""

    def results(self, session: Session, heard: Heard) -> list[tuple[str, dict[str, Any]]]:
        transcript, *others = super().results(session, heard)
        return [*others, transcript]


@variant("ended-is-unknown")
class EndedIsUnknown(Service):
    """A session that is over is forgotten at once: 404."""

    def end(self, session: Session, cause: str) -> None:
        super().end(session, cause)
        self.forget(session)

    def forget(self, session: Session) -> None:
        self.sessions.pop(session.id, None)


@variant("plain-errors")
class PlainErrors(Service):
    """Refusals are plain text."""

    def turn_down(self, refusal: Refusal) -> Served:
        return text_reply(refusal.message, self.statuses[refusal.code])


@variant("other-refusals")
class OtherRefusals(Service):
    """Other status codes for refusals: 403, 422 and 400."""

    statuses: ClassVar = {code: {401: 403, 409: 422, 410: 400}.get(status, status) for code, status in STATUSES.items()}


@variant("older-acked")
class OlderAcked(Service):
    """A number from before the last is answered like a retry, and not counted."""

    def older(self, session: Session, form: Form) -> Reply:
        return self.ack(session, form, duplicate=True)


@variant("chunks-keep-ttl")
class ChunksKeepTtl(Service):
    """Only keepalive extends the TTL; chunks don't."""

    def extend_by_chunk(self, session: Session) -> None:
        pass


@variant("slow-to-notice")
class SlowToNotice(Service):
    """Notices a consumer that has left only 300 ms later; until then it refuses the next one."""

    def attach(self, session: Session, after: int) -> Outlet:
        outlet = super().attach(session, after)
        outlet.on_left = lambda _: self.agenda.at(self.now + 0.3, partial(session.leave, outlet))
        return outlet


@variant("troubled-agents")
class TroubledAgents(Service):
    """An agent fails at each utterance, which an `error` event tells of; the session goes on."""

    def results(self, session: Session, heard: Heard) -> list[tuple[str, Payload]]:
        trouble = {"code": "agent_failed", "message": "one of the agents gave up"}
        return [("error", trouble), *super().results(session, heard)]


@variant("quiet-expiry")
class QuietExpiry(Service):
    """A session that expires says nothing; its stream just ends."""

    def expire(self, session: Session) -> None:
        session.state = State.EXPIRED
        self.end(session, "expired")


@variant("silent-keepalive")
class SilentKeepalive(Service):
    """Keepalive is answered with no word of the new `expires_at`."""

    def control_reply(self, session: Session, action: str) -> dict[str, Any]:
        return {} if action == "keepalive" else super().control_reply(session, action)
