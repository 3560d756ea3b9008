"""Mutants that keep sessions alive, or let them die, by rules of their own; and those that obey the wrong words."""

from functools import partial
from typing import ClassVar

import msgspec

from harness.contract.lifecycle import State
from harness.contract.messages import ACTIONS
from harness.sandbox.exchange import STATUSES, Call, Served, json_reply, read_object, refuse
from harness.sandbox.forms import Form
from harness.sandbox.intake import Reply
from harness.sandbox.outlet import Outlet
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


@mutant("second-keepalive-ignored", trips=("CTRL-3",))
class SecondKeepaliveIgnored(Service):
    """Obeys the first keepalive of a session, and only acks the others."""

    def keepalive(self, session: Session) -> None:
        session.notes["kept alive"] += 1
        if session.notes["kept alive"] == 1:
            super().keepalive(session)


@mutant("keepalive-ignored-after-audio", trips=("CTRL-3",))
class KeepaliveIgnoredAfterAudio(Service):
    """Acks keepalive and does nothing once it has audio."""

    def keepalive(self, session: Session) -> None:
        if not session.received:
            super().keepalive(session)


@mutant("keepalive-ignored-while-watched", trips=("CTRL-3",))
class KeepaliveIgnoredWhileWatched(Service):
    """Acks keepalive and does nothing while a consumer is attached."""

    def keepalive(self, session: Session) -> None:
        if not session.outlets:
            super().keepalive(session)


@mutant("keepalive-only-says-so", trips=("CTRL-3",))
class KeepaliveOnlySaysSo(Service):
    """The ack of keepalive names a later `expires_at`; the session dies at the first one."""

    def keepalive(self, session: Session) -> None:
        session.expires_at = self.wall + self.settings.ttl


@mutant("keepalive-fails-once", trips=("CTRL-3",))
class KeepaliveFailsOnce(Service):
    """Does what keepalive asks for, and answers 502."""

    def control(self, call: Call, session: Session) -> Served:
        served = super().control(call, session)
        if read_object(call.body).get("action") == "keepalive":
            served.status = 502
        return served


@mutant("keepalive-refused-while-watched", trips=("CTRL-3",))
class KeepaliveRefusedWhileWatched(Service):
    """Refuses keepalive while a consumer is attached."""

    def keepalive(self, session: Session) -> None:
        if session.outlets:
            refuse("session_over", "a session with a consumer needs no keepalive")
        super().keepalive(session)


class _Guessing(Service):
    """Takes some words for actions that are none."""

    def control(self, call: Call, session: Session) -> Served:
        action = read_object(call.body).get("action")
        if action not in ACTIONS and isinstance(action, str) and (meant := self.meant(action)):
            body = msgspec.json.encode(read_object(call.body) | {"action": meant})
            call = Call(call.method, call.path, call.headers, body)
        return super().control(call, session)

    def meant(self, action: str) -> str | None:
        raise NotImplementedError


@mutant("action-by-prefix", trips=("CTRL-4",))
class ActionByPrefix(_Guessing):
    """Takes any word that begins like an action for it, so that `cancelled` cancels."""

    def meant(self, action: str) -> str | None:
        return next((known for known in ACTIONS if action.startswith(known)), None)


@mutant("unknown-action-keeps-alive", trips=("CTRL-4",))
class UnknownActionKeepsAlive(_Guessing):
    """Takes any other word for keepalive."""

    def meant(self, action: str) -> str | None:  # noqa: ARG002 - one signature for all
        return "keepalive"


@mutant("unknown-action-cancels", trips=("CTRL-4",))
class UnknownActionCancels(Service):
    """Refuses an unknown action, and cancels."""

    def control(self, call: Call, session: Session) -> Served:
        if read_object(call.body).get("action") not in ACTIONS:
            self.cancel(session, "unknown action")
        return super().control(call, session)


@mutant("unknown-action-ends-the-stream", trips=("CTRL-4",))
class UnknownActionEndsTheStream(Service):
    """Refuses an unknown action, and ends the consumer's stream."""

    def control(self, call: Call, session: Session) -> Served:
        if read_object(call.body).get("action") not in ACTIONS:
            self.end_stream(session)
        return super().control(call, session)


@mutant("unknown-action-reported-in-the-body", trips=("CTRL-4",))
class UnknownActionReportedInTheBody(Service):
    """Answers an unknown action with 200 and an error in the body."""

    statuses: ClassVar = STATUSES | {"unknown_action": 200}


@mutant("dies-at-two-thirds-of-ttl", trips=("TTL-1",))
class DiesAtTwoThirdsOfTtl(Service):
    """Expires after two thirds of the time that `expires_at` promises."""

    def extend(self, session: Session) -> None:
        super().extend(session)
        session.deadline = self.now + self.settings.ttl * 2 / 3


@mutant("silent-stream-cut-off", trips=("TTL-1",))
class SilentStreamCutOff(Service):
    """Ends a stream on which nothing came for two seconds, though the session lives on."""

    def attach(self, session: Session, after: int) -> Outlet:
        outlet = super().attach(session, after)
        self.agenda.at(self.now + 2, partial(self.look, session, len(session.log)))
        return outlet

    def look(self, session: Session, seen: int) -> None:
        if len(session.log) == seen:
            self.end_stream(session)
        elif session.outlets:
            self.agenda.at(self.now + 2, partial(self.look, session, len(session.log)))


@mutant("silence-kills", trips=("CTRL-3", "TTL-1"))
class SilenceKills(Service):
    """Gives a session up that has sent no chunk for half its TTL, keepalive or not."""

    def take_in(self, session: Session, form: Form) -> Reply:
        reply = super().take_in(session, form)
        self.agenda.at(self.now + self.settings.ttl / 2, partial(self.look, session, session.next_seq))
        return reply

    def look(self, session: Session, seen: int) -> None:
        if session.state is State.INGESTING and session.next_seq == seen:
            self.expire(session)


@mutant("never-expires-once-watched", trips=("TTL-2",))
class NeverExpiresOnceWatched(Service):
    """Takes chunks for ever where a consumer was attached once."""

    def attach(self, session: Session, after: int) -> Outlet:
        session.notes["watched"] = 1
        return super().attach(session, after)

    def expire(self, session: Session) -> None:
        if not session.notes["watched"]:
            super().expire(session)


@mutant("never-expires-once-kept-alive", trips=("TTL-2",))
class NeverExpiresOnceKeptAlive(Service):
    """Takes chunks for ever after a keepalive."""

    def keepalive(self, session: Session) -> None:
        session.notes["kept alive"] = 1
        super().keepalive(session)

    def expire(self, session: Session) -> None:
        if not session.notes["kept alive"]:
            super().expire(session)


@mutant("chunk-revives", trips=("TTL-2",))
class ChunkRevives(Service):
    """A chunk brings a session back that has expired."""

    def late(self, session: Session, form: Form) -> Reply:
        if session.state is not State.EXPIRED:
            return super().late(session, form)
        session.state = State.INGESTING
        return self.receive(session, form)


@mutant("control-acks-in-error", trips=("CTRL-1", "CTRL-2", "CTRL-3"))
class ControlAcksInError(Service):
    """Obeys every control request, and answers 500."""

    def control(self, call: Call, session: Session) -> Served:
        super().control(call, session)
        return json_reply({"error": {"code": "internal", "message": "the ack can't be written"}}, 500)


@mutant("keepalive-gives-half", trips=("CTRL-3",))
class KeepaliveGivesHalf(Service):
    """Keepalive promises a whole TTL, and gives half of it."""

    def keepalive(self, session: Session) -> None:
        super().keepalive(session)
        session.deadline = self.now + self.settings.ttl / 2
        self.agenda.at(session.deadline, partial(self.watch, session))


@mutant("unknown-action-kills-later", trips=("CTRL-4",))
class UnknownActionKillsLater(Service):
    """Refuses an unknown action, and tears the session down a second later."""

    def control(self, call: Call, session: Session) -> Served:
        if read_object(call.body).get("action") == "":
            self.agenda.at(self.now + 1, partial(self.cancel, session, "unknown"))
        return super().control(call, session)
