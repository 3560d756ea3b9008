"""Variants whose sessions take chunks, live and end by other rules."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from harness.contract.lifecycle import Happening, State
from harness.sandbox.audio.listener import Listener
from harness.sandbox.forms import Form
from harness.sandbox.intake import Reply
from harness.sandbox.registry import variant
from harness.sandbox.service import Service
from harness.sandbox.session import Session
from harness.sandbox.settings import Settings


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


@variant("quiet-expiry")
class QuietExpiry(Service):
    """A session that expires says nothing; its stream just ends."""

    def expire(self, session: Session) -> None:
        session.state = State.EXPIRED
        self.end(session, "expired")


class _Lasting(Service):
    """Sessions live longer or shorter."""

    ttl: ClassVar[float]

    def __init__(self, settings: Settings, listener_factory: Callable[[], Listener] = Listener) -> None:
        super().__init__(replace(settings, ttl=self.ttl), listener_factory)


@variant("short-lives")
class ShortLives(_Lasting):
    """Sessions live three seconds."""

    ttl = 3.0


@variant("long-lives")
class LongLives(_Lasting):
    """Sessions live a quarter of an hour."""

    ttl = 900.0


@variant("keepalive-adds")
class KeepaliveAdds(Service):
    """Keepalive adds a TTL to the time that is left, of which a chunk takes nothing away."""

    def keepalive(self, session: Session) -> None:
        session.deadline += self.settings.ttl
        session.expires_at += self.settings.ttl

    def extend_by_chunk(self, session: Session) -> None:
        if session.deadline < self.now + self.settings.ttl:
            super().extend_by_chunk(session)


@variant("keepalive-shortens-nothing")
class KeepaliveShortensNothing(Service):
    """A chunk gives three TTLs, which only the ack of the next keepalive tells; a keepalive gives one."""

    def extend_by_chunk(self, session: Session) -> None:
        session.deadline = self.now + 3 * self.settings.ttl
        session.expires_at = self.wall + 3 * self.settings.ttl

    def keepalive(self, session: Session) -> None:
        if session.deadline < self.now + self.settings.ttl:
            super().keepalive(session)


@variant("chunks-extend-further")
class ChunksExtendFurther(KeepaliveShortensNothing):
    """A chunk gives three TTLs, and its ack names the new `expires_at`; a keepalive gives one."""

    def ack(self, session: Session, form: Form, *, duplicate: bool = False) -> Reply:
        return super().ack(session, form, duplicate=duplicate) | {"expires_at": self.instant(session.expires_at)}


@variant("consumers-keep-alive")
class ConsumersKeepAlive(Service):
    """A session does not expire while a consumer is attached."""

    def watch(self, session: Session) -> None:
        if session.outlets and session.state is State.INGESTING:
            self.extend(session)
        super().watch(session)


@variant("expires-late")
class ExpiresLate(Service):
    """A session is looked after only now and then: it expires two seconds late."""

    def extend(self, session: Session) -> None:
        super().extend(session)
        session.deadline += 2


@variant("said-once")
class SaidOnce(Service):
    """Whatever comes after finalize is refused, a second finalize as well."""

    def next_state(self, session: Session, happening: Happening) -> State | None:
        known = session.state is State.INGESTING or happening is Happening.DRAINED
        return super().next_state(session, happening) if known else None


@variant("retries-look-new")
class RetriesLookNew(Service):
    """The ack of a retry says nothing of its being one."""

    def ack(self, session: Session, form: Form, *, duplicate: bool = False) -> Reply:  # noqa: ARG002 - the signature of what is replaced
        return super().ack(session, form)


@variant("retry-not-looked-into")
class RetryNotLookedInto(Service):
    """A retry is known by its number alone; what bytes it brings does not matter."""

    def retry(self, session: Session, form: Form) -> Reply:
        return self.ack(session, form, duplicate=True)
