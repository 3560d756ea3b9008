"""Mutants that ask for the key, but not always, not closely, or in vain."""

from functools import partial

from harness.sandbox.exchange import Call, Refusal, Served, read_object
from harness.sandbox.forms import read_form
from harness.sandbox.outlet import Outlet
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session

EVERYWHERE = ("AUTH-1", "AUTH-2", "AUTH-3", "AUTH-4")


@mutant("key-by-prefix", trips=EVERYWHERE)
class KeyByPrefix(Service):
    """Compares the first eight characters of a key."""

    def is_authorised(self, endpoint: str, key: str | None) -> bool:  # noqa: ARG002 - the same at all endpoints
        return key is not None and key[:8] in {right[:8] for right in self.settings.api_keys}


@mutant("key-may-be-empty", trips=EVERYWHERE)
class KeyMayBeEmpty(Service):
    """Looks at the key only where the header is not empty."""

    def is_authorised(self, endpoint: str, key: str | None) -> bool:
        return key == "" or super().is_authorised(endpoint, key)


class _Trusting(Service):
    """Lets some requests through that have no valid key."""

    def admit(self, call: Call, endpoint: str, method: str) -> None:
        try:
            super().admit(call, endpoint, method)
        except Refusal as refusal:
            if refusal.code != "unauthorized" or not self.trusts(call, endpoint):
                raise

    def trusts(self, call: Call, endpoint: str) -> bool:
        raise NotImplementedError

    def session(self, call: Call) -> Session:
        return self.find(call.path.split("/")[3])


@mutant("key-forgotten-once-audio-came", trips=("AUTH-2",))
class KeyForgottenOnceAudioCame(_Trusting):
    """Asks for the key at the first chunk only."""

    def trusts(self, call: Call, endpoint: str) -> bool:
        return endpoint == "chunk" and self.session(call).received > 0


@mutant("key-forgotten-while-watched", trips=("AUTH-2",))
class KeyForgottenWhileWatched(_Trusting):
    """Takes chunks with any key while a consumer is attached."""

    def trusts(self, call: Call, endpoint: str) -> bool:
        return endpoint == "chunk" and bool(self.session(call).outlets)


@mutant("keepalive-without-key", trips=("AUTH-3",))
class KeepaliveWithoutKey(_Trusting):
    """Obeys a keepalive from anybody; the other actions need the key."""

    def trusts(self, call: Call, endpoint: str) -> bool:
        return endpoint == "control" and read_object(call.body).get("action") == "keepalive"


@mutant("control-trusts-after-keepalive", trips=("AUTH-3",))
class ControlTrustsAfterKeepalive(_Trusting):
    """Asks for the key of a control request until one came with it."""

    def trusts(self, call: Call, endpoint: str) -> bool:
        return endpoint == "control" and self.session(call).notes["controlled"] > 0

    def control(self, call: Call, session: Session) -> Served:
        session.notes["controlled"] += 1
        return super().control(call, session)


@mutant("events-without-key-on-return", trips=("AUTH-4",))
class EventsWithoutKeyOnReturn(_Trusting):
    """Lets a consumer without a key in where another has left."""

    def trusts(self, call: Call, endpoint: str) -> bool:
        return endpoint == "events" and self.session(call).notes["attached"] > 0 and not self.session(call).outlets

    def attach(self, session: Session, after: int) -> Outlet:
        session.notes["attached"] += 1
        return super().attach(session, after)


class _Leaky(Service):
    """Refuses a request for its key, and does something all the same."""

    def admit(self, call: Call, endpoint: str, method: str) -> None:
        try:
            super().admit(call, endpoint, method)
        except Refusal as refusal:
            if refusal.code == "unauthorized" and endpoint != "start":
                self.leak(call, endpoint, self.find(call.path.split("/")[3]))
            raise

    def leak(self, call: Call, endpoint: str, session: Session) -> None:
        raise NotImplementedError


@mutant("refused-control-acts", trips=("AUTH-3",))
class RefusedControlActs(_Leaky):
    """Refuses a finalize for its key, but finalizes."""

    def leak(self, call: Call, endpoint: str, session: Session) -> None:
        if endpoint == "control" and read_object(call.body).get("action") == "finalize" and not session.is_over:
            self.finalize(session)


@mutant("refused-cancel-acts-later", trips=("AUTH-3",))
class RefusedCancelActsLater(_Leaky):
    """Refuses a cancel for its key, but cancels a second later."""

    def leak(self, call: Call, endpoint: str, session: Session) -> None:
        if endpoint == "control" and read_object(call.body).get("action") == "cancel":
            self.agenda.at(self.now + 1, partial(self.cancel_late, session))

    def cancel_late(self, session: Session) -> None:
        if not session.is_over:
            self.cancel(session, "late")


@mutant("refused-key-counts", trips=("AUTH-2",))
class RefusedKeyCounts(_Leaky):
    """Refuses a chunk for its key, but counts its bytes."""

    def leak(self, call: Call, endpoint: str, session: Session) -> None:
        if endpoint == "chunk":
            self.count(session, read_form(call))


@mutant("refused-key-uses-number-up", trips=("CHUNK-2",))
class RefusedKeyUsesNumberUp(_Leaky):
    """Refuses a chunk for its key, but takes its number for used."""

    def leak(self, call: Call, endpoint: str, session: Session) -> None:
        if endpoint == "chunk" and (form := read_form(call)).seq == session.next_seq:
            session.next_seq += 1
            session.last_chunk = hash(form.data)


@mutant("refused-key-takes-the-place", trips=("AUTH-4",))
class RefusedKeyTakesThePlace(_Leaky):
    """Refuses a consumer for its key, but takes it for attached."""

    def leak(self, call: Call, endpoint: str, session: Session) -> None:  # noqa: ARG002 - one signature for all
        if endpoint == "events" and not session.outlets:
            session.outlets.append(Outlet(session.leave))


@mutant("refused-key-ends-the-stream", trips=("AUTH-2",))
class RefusedKeyEndsTheStream(_Leaky):
    """Refuses a chunk for its key, and ends the consumer's stream."""

    def leak(self, call: Call, endpoint: str, session: Session) -> None:  # noqa: ARG002 - one signature for all
        if endpoint == "chunk":
            self.end_stream(session)
