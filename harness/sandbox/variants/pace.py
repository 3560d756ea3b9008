"""Variants that take their time."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from harness.sandbox.audio.listener import Listener
from harness.sandbox.outlet import Outlet
from harness.sandbox.registry import variant
from harness.sandbox.service import Service
from harness.sandbox.session import Session
from harness.sandbox.settings import Settings


class _Unhurried(Service):
    changes: ClassVar[dict[str, Any]]

    def __init__(self, settings: Settings, listener_factory: Callable[[], Listener] = Listener) -> None:
        super().__init__(replace(settings, **self.changes), listener_factory)


@variant("slow-replies")
class SlowReplies(_Unhurried):
    """Each reply takes 300 ms."""

    changes: ClassVar = {"request_delay": 0.3}


@variant("very-slow-replies")
class VerySlowReplies(_Unhurried):
    """Each reply takes 900 ms."""

    changes: ClassVar = {"request_delay": 0.9}


@variant("slow-agents")
class SlowAgents(_Unhurried):
    """Each analysis takes two seconds."""

    changes: ClassVar = {"agent_latency": 2.0}


@variant("busy-heart")
class BusyHeart(_Unhurried):
    """A comment fills each half second of silence."""

    changes: ClassVar = {"heartbeat": 0.5}


@variant("slow-to-notice-for-long")
class SlowToNoticeForLong(Service):
    """Notices a consumer that has left only two seconds later; until then it refuses the next one."""

    def attach(self, session: Session, after: int) -> Outlet:
        outlet = super().attach(session, after)
        outlet.on_left = lambda _: self.agenda.at(self.now + 2, partial(session.leave, outlet))
        return outlet


@variant("slow-to-close")
class SlowToClose(Service):
    """Ends a stream a second and a half after its last event."""

    def end_stream(self, session: Session) -> None:
        outlets = [*session.outlets]
        session.outlets.clear()
        for outlet in outlets:
            self.agenda.at(self.now + 1.5, outlet.close)


@variant("slow-to-start-streaming")
class SlowToStartStreaming(Service):
    """A stream says nothing until something happens: no greeting and no backlog."""

    def preamble(self) -> bytes:
        return b""

    def backlog(self, session: Session, after: int) -> list[Any]:  # noqa: ARG002 - the signature of what is replaced
        return []
