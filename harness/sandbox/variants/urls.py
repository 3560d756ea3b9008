"""Variants whose sessions are named, found or admitted otherwise."""

import dataclasses
from typing import Any

from harness.sandbox.exchange import Call, Served, refuse
from harness.sandbox.registry import variant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


@variant("urls-with-a-query")
class UrlsWithAQuery(Service):
    """URLs have a query."""

    def url(self, session: Session, part: str) -> str:
        return f"{super().url(session, part)}?region=eu&token={session.conversation_id}"


@variant("urls-without-a-slash")
class UrlsWithoutASlash(Service):
    """URLs are relative and begin without a slash."""

    def url(self, session: Session, part: str) -> str:
        return super().url(session, part).removeprefix("/")


@variant("urls-under-another-path")
class UrlsUnderAnotherPath(Service):
    """Sessions are found under a path that has nothing in common with that of start."""

    def url(self, session: Session, part: str) -> str:
        return f"/edge/7{super().url(session, part)}/"

    def route(self, call: Call) -> Served:
        path = call.path.removeprefix("/edge/7").rstrip("/") or "/"
        return super().route(dataclasses.replace(call, path=path))


@variant("numeric-session-id")
class NumericSessionId(Service):
    """A session's id is a number."""

    def new_id(self, kind: str) -> str:
        return str(int(super().new_id(kind).partition("-")[2], 16) >> 16)

    def start_reply(self, session: Session) -> dict[str, Any]:
        return super().start_reply(session) | {"session_id": int(session.id)}


@variant("one-session-a-key")
class OneSessionAKey(Service):
    """Refuses a start while another session under the key lives."""

    def start(self, call: Call) -> Served:
        if any(not session.is_over for session in self.sessions.values()):
            refuse("session_over", "the key has its one session already")
        return super().start(call)
