"""Mutants that control a session, or its time to live, wrongly."""

from functools import partial
from typing import Any

from harness.contract.lifecycle import State
from harness.sandbox import events
from harness.sandbox.exchange import Call, Refusal, Served, json_reply, read_object, refuse
from harness.sandbox.outlet import Outlet
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


@mutant("finalize-without-done", trips=("CTRL-1",))
class FinalizeWithoutDone(Service):
    """Acks finalize and analyses what is left, but never comes to an end."""

    def complete(self, session: Session) -> None:
        pass


@mutant("finalize-refused", trips=("CTRL-1",))
class FinalizeRefused(Service):
    """Refuses to finalize."""

    def finalize(self, session: Session) -> None:
        refuse("session_over", f"session {session.id} can't be finalized")


@mutant("finalize-works-and-fails", trips=("CTRL-1",))
class FinalizeWorksAndFails(Service):
    """Does all that finalize asks for, and answers 500."""

    def control(self, call: Call, session: Session) -> Served:
        served = super().control(call, session)
        if read_object(call.body).get("action") == "finalize":
            served.status = 500
        return served


@mutant("cancel-in-silence", trips=("CTRL-2",))
class CancelInSilence(Service):
    """Cancels without an `error` event; the stream just ends."""

    def cancel(self, session: Session, reason: str) -> None:  # noqa: ARG002 - the signature of what is replaced
        session.state = State.CANCELLED
        self.end(session, "cancelled")


@mutant("cancel-forgets-reason", trips=("CTRL-2",))
class CancelForgetsReason(Service):
    """The `error` event of a cancel has a message, but not our reason."""

    def cancel(self, session: Session, reason: str) -> None:  # noqa: ARG002 - the signature of what is replaced
        super().cancel(session, "")


@mutant("done-after-cancel", trips=("CTRL-2",))
class DoneAfterCancel(Service):
    """Sends `done` after the `error` event of a cancel."""

    def end(self, session: Session, cause: str) -> None:
        if cause == "cancelled":
            self.emit(session, "done", events.done(session, partial(self.url, session)))
        super().end(session, cause)


@mutant("cancel-leaves-stream-open", trips=("CTRL-2",))
class CancelLeavesStreamOpen(Service):
    """Cancels with an `error` event, but keeps the stream open."""

    def end_stream(self, session: Session) -> None:
        if session.state is not State.CANCELLED:
            super().end_stream(session)


@mutant("keepalive-idle", trips=("CTRL-3",))
class KeepaliveIdle(Service):
    """Acks keepalive and does nothing."""

    def keepalive(self, session: Session) -> None:
        pass


@mutant("keepalive-names-earlier-expiry", trips=("CTRL-3",))
class KeepaliveNamesEarlierExpiry(Service):
    """Extends the TTL, but the reply names an `expires_at` that is earlier than the one before."""

    def control_reply(self, session: Session, action: str) -> dict[str, Any]:
        reply = super().control_reply(session, action)
        return reply | {"expires_at": self.instant(self.wall)} if action == "keepalive" else reply


@mutant("unknown-action-acked", trips=("CTRL-4",))
class UnknownActionAcked(Service):
    """Acks any action."""

    def control(self, call: Call, session: Session) -> Served:
        try:
            return super().control(call, session)
        except Refusal as refusal:
            if refusal.code != "unknown_action":
                raise
            return json_reply(self.control_reply(session, "none"))


@mutant("dies-at-half-ttl", trips=("TTL-1",))
class DiesAtHalfTtl(Service):
    """Expires after half the time that `expires_at` promises."""

    def extend(self, session: Session) -> None:
        super().extend(session)
        session.deadline = self.now + self.settings.ttl / 2


@mutant("stream-dies-at-half-ttl", trips=("TTL-1",))
class StreamDiesAtHalfTtl(Service):
    """Ends a stream after half the TTL, though the session lives on."""

    def attach(self, session: Session, after: int) -> Outlet:
        outlet = super().attach(session, after)
        self.agenda.at(self.now + self.settings.ttl / 2, partial(self.end_stream, session))
        return outlet


@mutant("never-expires", trips=("TTL-2",))
class NeverExpires(Service):
    """Takes chunks for ever."""

    def expire(self, session: Session) -> None:
        pass
