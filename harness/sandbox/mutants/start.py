"""Mutants whose start reply is wrong."""

from typing import Any

from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


@mutant("start-without-expiry", trips=("START-1",))
class StartWithoutExpiry(Service):
    """The start reply has no `expires_at`."""

    def start_reply(self, session: Session) -> dict[str, Any]:
        reply = super().start_reply(session)
        del reply["expires_at"]
        return reply


@mutant("start-without-events-url", trips=("START-1",))
class StartWithoutEventsUrl(Service):
    """The start reply has no `events_endpoint`."""

    def start_reply(self, session: Session) -> dict[str, Any]:
        reply = super().start_reply(session)
        del reply["events_endpoint"]
        return reply


@mutant("start-in-the-past", trips=("START-3",))
class StartInThePast(Service):
    """The start reply names an `expires_at` of two seconds ago; the session lives as long as it should."""

    def start_reply(self, session: Session) -> dict[str, Any]:
        return super().start_reply(session) | {"expires_at": self.instant(self.wall - 2)}


@mutant("urls-elsewhere", trips=("START-2",))
class UrlsElsewhere(Service):
    """The chunk URL leads to another origin."""

    def start_reply(self, session: Session) -> dict[str, Any]:
        return super().start_reply(session) | {"chunk_endpoint": f"http://collector.invalid/{session.id}/chunk"}
