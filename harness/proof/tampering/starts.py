"""Lies about start replies."""

import time

from harness.client.transport import Reply
from harness.proof.tampering.lie import Ask, Lie, falsified, json_of, lie


class _Start(Lie):
    def reply(self, ask: Ask, reply: Reply) -> Reply:
        started = ask.kind == "start" and 200 <= reply.status < 300
        return self.start(reply) if started else reply

    def start(self, reply: Reply) -> Reply:
        """What the client gets in place of an accepted start's reply."""
        raise NotImplementedError


@lie("start-without-events-url")
class StartWithoutEventsUrl(_Start):
    """The start reply leaves the events URL out."""

    trips = ("START-1",)

    def start(self, reply: Reply) -> Reply:
        return falsified(reply, **{self.course.profile.fields.start.events_endpoint: None})


@lie("start-without-expiry")
class StartWithoutExpiry(_Start):
    """The start reply does not say when the session expires."""

    trips = ("START-1",)

    def start(self, reply: Reply) -> Reply:
        return falsified(reply, **{self.course.profile.fields.start.expires_at: None})


@lie("control-url-elsewhere")
class ControlUrlElsewhere(_Start):
    """The control URL lies at an origin that nobody named."""

    trips = ("START-2",)

    def start(self, reply: Reply) -> Reply:
        return falsified(reply, **{self.course.profile.fields.start.control_endpoint: "http://elsewhere.invalid/c"})


@lie("expired-at-birth")
class ExpiredAtBirth(_Start):
    """The session's expiry time lies a day back."""

    trips = ("START-3",)

    def start(self, reply: Reply) -> Reply:
        return falsified(reply, **{self.course.profile.fields.start.expires_at: time.time() - 86_400})


@lie("session-ids-repeat")
class SessionIdsRepeat(_Start):
    """All sessions are told the same id."""

    trips = ("START-4",)

    def start(self, reply: Reply) -> Reply:
        field = self.course.profile.fields.start.session_id
        return falsified(reply, **{field: self.shared.seen.setdefault("session", json_of(reply).get(field))})
