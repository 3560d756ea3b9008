"""Mutants that do not let a consumer come back (STREAM-3)."""

from collections.abc import Iterable
from typing import Any

from harness.sandbox.audio.listener import Heard
from harness.sandbox.exchange import Call, Served, refuse
from harness.sandbox.outlet import Outlet
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


class OnlyOnce(Service):
    """Lets nobody in again where `bars` says so."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.attached: set[str] = set()

    def events(self, call: Call, session: Session) -> Served:
        if session.id in self.attached and not session.is_over and self.bars(session):
            refuse("second_consumer", "the event stream can be attached to only once")
        served = super().events(call, session)
        self.attached.add(session.id)
        return served

    def bars(self, session: Session) -> bool:
        """Whether nobody is let in who comes back to this session."""
        raise NotImplementedError


@mutant("attach-only-once", trips=("STREAM-3",))
class AttachOnlyOnce(OnlyOnce):
    """Takes "only attach the consumer once" to the letter: nobody can come back."""

    def bars(self, session: Session) -> bool:  # noqa: ARG002 - the signature of what is replaced
        return True


@mutant("attach-only-before-audio", trips=("STREAM-3",))
class AttachOnlyBeforeAudio(OnlyOnce):
    """Lets nobody come back once there is audio."""

    def bars(self, session: Session) -> bool:
        return session.received > 0


@mutant("leaver-not-noticed-in-use", trips=("STREAM-3",))
class LeaverNotNoticedInUse(Service):
    """Never notices that the consumer has gone, if it went while results were under way."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.under_way: dict[str, int] = {}

    def analyse(self, session: Session, found: Iterable[Heard]) -> None:
        heard = list(found)
        self.under_way[session.id] = self.under_way.get(session.id, 0) + len(heard)
        super().analyse(session, heard)

    def analysed(self, session: Session, heard: Heard, since: float) -> None:
        self.under_way[session.id] -= 1
        super().analysed(session, heard, since)

    def attach(self, session: Session, after: int) -> Outlet:
        outlet = super().attach(session, after)
        leave = outlet.on_left
        outlet.on_left = lambda gone: None if self.under_way.get(session.id) else leave(gone)
        return outlet
