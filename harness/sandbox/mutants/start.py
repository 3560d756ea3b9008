"""Mutants whose start reply is wrong."""

from typing import Any, ClassVar

from harness.sandbox.exchange import STATUSES, Call, Served, json_reply, refuse
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


@mutant("urls-at-another-scheme", trips=("START-2",))
class UrlsAtAnotherScheme(Service):
    """URLs are absolute and begin with https, though http was asked."""

    def url(self, session: Session, part: str) -> str:
        return "https://" + session.origin.removeprefix("http://") + super().url(session, part)


@mutant("control-url-leads-nowhere", trips=("START-2",))
class ControlUrlLeadsNowhere(Service):
    """The control URL lacks the session's id."""

    def start_reply(self, session: Session) -> dict[str, Any]:
        return super().start_reply(session) | {"control_endpoint": "/analyze/live/control"}


@mutant("start-reply-wrapped", trips=("START-1",))
class StartReplyWrapped(Service):
    """The start reply stands in an object of its own under `data`."""

    def start_reply(self, session: Session) -> dict[str, Any]:
        return {"data": super().start_reply(session)}


@mutant("start-with-null-id", trips=("START-1",))
class StartWithNullId(Service):
    """The `session_id` of a start reply is null."""

    def start_reply(self, session: Session) -> dict[str, Any]:
        return super().start_reply(session) | {"session_id": None}


@mutant("start-fails-at-times", trips=("START-1",))
class StartFailsAtTimes(Service):
    """Answers each fifth start with 500; a retry succeeds."""

    statuses: ClassVar = STATUSES | {"internal": 500}
    starts = 0

    def start(self, call: Call) -> Served:
        self.starts += 1
        if self.starts % 5 == 0:
            refuse("internal", "something went wrong")
        return super().start(call)


@mutant("start-reply-empty", trips=("START-1",))
class StartReplyEmpty(Service):
    """Answers a start with 200 and an empty object."""

    def start(self, call: Call) -> Served:
        super().start(call)
        return json_reply({})


@mutant("expires-in-seconds", trips=("START-3",))
class ExpiresInSeconds(Service):
    """`expires_at` is the number of seconds to live, not a time."""

    def start_reply(self, session: Session) -> dict[str, Any]:
        return super().start_reply(session) | {"expires_at": self.settings.ttl}


@mutant("expiry-in-local-time", trips=("START-3",))
class ExpiryInLocalTime(Service):
    """`expires_at` is the local time of a place west of Greenwich, marked as UTC."""

    def start_reply(self, session: Session) -> dict[str, Any]:
        return super().start_reply(session) | {"expires_at": self.instant(session.expires_at - 5 * 3600)}


@mutant("expiry-just-past", trips=("START-3",))
class ExpiryJustPast(Service):
    """The start reply names an `expires_at` of a second ago."""

    def start_reply(self, session: Session) -> dict[str, Any]:
        return super().start_reply(session) | {"expires_at": self.instant(self.wall - 1)}


@mutant("expiry-worked-out-once", trips=("START-3",))
class ExpiryWorkedOutOnce(Service):
    """All start replies name the `expires_at` of the first one."""

    first = 0.0

    def start_reply(self, session: Session) -> dict[str, Any]:
        self.first = self.first or session.expires_at
        return super().start_reply(session) | {"expires_at": self.instant(self.first)}
