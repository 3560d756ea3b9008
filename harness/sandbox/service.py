"""The Live Capture API without a network: requests in, replies and streams out, the time as an argument."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache
from typing import Any, ClassVar, Final

from harness.contract.lifecycle import Happening, State
from harness.contract.messages import ACTIONS, API_KEY_HEADER
from harness.sandbox import artifacts, metrics
from harness.sandbox.exchange import (
    STATUSES,
    Call,
    Refusal,
    Served,
    json_reply,
    read_object,
    read_text,
    refuse,
    text_reply,
)
from harness.sandbox.forms import read_form
from harness.sandbox.intake import Intake
from harness.sandbox.session import Session
from harness.sandbox.shell import Shell

ABOUT: Final = """\
The sandbox of live-harness: a Live Capture API for tests. It hears the audio for real; its analytics are stand-ins.
A session begins with POST /analyze/live/start and the header X-API-Key. /metrics and /healthz need no key.
"""

PREFLIGHT: Final = (
    ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
    ("Access-Control-Allow-Headers", f"{API_KEY_HEADER}, Content-Type, Accept, Cache-Control, Last-Event-ID"),
    ("Access-Control-Max-Age", "600"),
)


class Service(Intake):
    """The API. A mutant or a variant is a subclass that replaces one method or attribute."""

    statuses: ClassVar[dict[str, int]] = STATUSES
    shell: ClassVar[Shell] = Shell()

    def handle(  # noqa: PLR0917 - what every transport has of a request, in the order of HTTP
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes, now: float, wall: float
    ) -> Served:
        """Answer one whole request, received at `now` (monotonic seconds) and `wall` (seconds since the epoch)."""
        self.advance(now, wall)
        fields = {name.lower(): value for name, value in headers}
        try:
            served = self.route(Call(method, target.partition("?")[0], fields, body))
        except Refusal as refusal:
            served = self.turn_down(refusal)
        served.headers += [("Date", _http_date(int(wall))), ("Access-Control-Allow-Origin", "*")]
        if target.startswith("/analyze/live/"):
            served.delay = self.settings.request_delay
        if served.outlet is None:
            served.headers.append(("Content-Length", str(len(served.body))))
        return served

    def route(self, call: Call) -> Served:
        """Find what is asked for."""
        if call.method == "OPTIONS":
            return Served(204, [*PREFLIGHT])
        match call.path.split("/")[1:]:
            case ["analyze", "live", *parts]:
                return self.live(call, parts)
            case [""]:
                _allow(call, "GET")
                return text_reply(ABOUT)
            case ["healthz"]:
                _allow(call, "GET")
                return text_reply("ok\n")
            case ["metrics"]:
                _allow(call, "GET")
                return self.show_metrics()
        raise _nothing_at(call)

    def show_metrics(self) -> Served:
        """The operational metrics (Production Notes)."""
        return Served(200, [("Content-Type", metrics.CONTENT_TYPE)], self.metrics.exposition())

    def live(self, call: Call, parts: list[str]) -> Served:
        """The document's endpoint reference, and the artifacts that `done` refers to."""
        match parts:
            case ["start"]:
                self.admit(call, "start", "POST")
                return self.start(call)
            case [session_id, "chunk"]:
                self.admit(call, "chunk", "POST")
                return self.chunk(call, self.find(session_id))
            case [session_id, "control"]:
                self.admit(call, "control", "POST")
                return self.control(call, self.find(session_id))
            case [session_id, "events"]:
                self.admit(call, "events", "GET")
                return self.events(call, self.find(session_id))
            case [session_id, "artifacts", name]:
                self.admit(call, "artifacts", "GET")
                return self.artifact(self.find(session_id), name)
        raise _nothing_at(call)

    def admit(self, call: Call, endpoint: str, method: str) -> None:
        """Let a request through to its endpoint, or refuse it."""
        _allow(call, method)
        if not self.is_authorised(endpoint, call.headers.get(API_KEY_HEADER.lower())):
            refuse("unauthorized", f"a valid {API_KEY_HEADER} is required")
        if not self.is_enabled(endpoint):
            refuse("live_disabled", "live capture is disabled on this server (ENABLE_LIVE_STREAMING is false)")
        if len(call.body) > self.settings.max_body:
            refuse("too_large", f"a body may have {self.settings.max_body} bytes, this one has {len(call.body)}")

    def is_authorised(self, endpoint: str, key: str | None) -> bool:  # noqa: ARG002 - a mutant forgets one endpoint
        """Whether the key opens the endpoint."""
        return key in self.settings.api_keys

    def is_enabled(self, endpoint: str) -> bool:  # noqa: ARG002 - a mutant forgets one endpoint
        """Whether live capture is switched on."""
        return self.settings.enabled

    def find(self, session_id: str) -> Session:
        """The session of a URL."""
        session = self.sessions.get(session_id)
        if session is None:
            refuse("unknown_session", f"there is no session {session_id!r:.60}")
        return session

    def start(self, call: Call) -> Served:
        """Start session."""
        request = read_object(call.body)
        host = call.headers.get("host")
        session = self.open(
            read_text(request, "filename"), read_text(request, "goal"), origin=f"http://{host}" if host else ""
        )
        return json_reply(self.start_reply(session))

    def start_reply(self, session: Session) -> dict[str, Any]:
        """What it "returns: session_id, chunk/events/control URLs, TTL metadata" (Endpoint Reference)."""
        return {
            "session_id": session.id,
            "chunk_endpoint": self.url(session, "chunk"),
            "events_endpoint": self.url(session, "events"),
            "control_endpoint": self.url(session, "control"),
            "expires_at": self.instant(session.expires_at),
            "ttl_seconds": self.settings.ttl,
        }

    def instant(self, wall: float) -> str | float:
        """A moment as clients read it: ISO 8601, cut to the millisecond, so never later than it is meant."""
        return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def chunk(self, call: Call, session: Session) -> Served:
        """Push audio chunk."""
        form = read_form(call)
        try:
            return json_reply(self.receive(session, form))
        except Refusal:
            self.metrics.chunk("refused", len(form.data))
            raise

    def control(self, call: Call, session: Session) -> Served:
        """Control session."""
        request = read_object(call.body)
        action = request.get("action")
        if action not in ACTIONS:
            refuse("unknown_action", f"'action' should be one of {', '.join(ACTIONS)}, got {action!r:.60}")
        if self.next_state(session, Happening(action)) is None:
            code = "expired" if session.state is State.EXPIRED else "session_over"
            refuse(code, f"the session is {session.state.value}: no {action} any more")
        if action == "keepalive":
            self.keepalive(session)
        elif action == "finalize" and session.state is State.INGESTING:
            self.finalize(session)
        elif action == "cancel" and not session.is_over:
            self.cancel(session, read_text(request, "reason"))
        return json_reply(self.control_reply(session, action))

    def keepalive(self, session: Session) -> None:
        """Keepalive "extends the TTL" (Recipe 3)."""
        self.extend(session)

    def control_reply(self, session: Session, action: str) -> dict[str, Any]:
        """What has become of the session; after a keepalive, until when."""
        reply = {
            "session_id": session.id,
            "action": action,
            "state": session.state.value,
            "received_bytes": session.received,
        }
        return reply | {"expires_at": self.instant(session.expires_at)} if action == "keepalive" else reply

    def events(self, call: Call, session: Session) -> Served:
        """Subscribe to analytics."""
        if session.outlets:
            self.second_consumer(session)
        seen = call.headers.get("last-event-id", "")
        outlet = self.attach(session, after=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else 0)
        return Served(200, [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")], outlet=outlet)

    def second_consumer(self, session: Session) -> None:
        """The API "rejects a second `events` connection for the same session" (Production Notes)."""
        refuse("second_consumer", f"session {session.id} has its one consumer already")

    def artifact(self, session: Session, name: str) -> Served:
        """One of the bundle that `done` refers to."""
        if session.state is not State.COMPLETED or name not in artifacts.BUNDLE:
            refuse("unknown_artifact", f"there is no artifact {name!r:.60} of session {session.id}")
        return json_reply(artifacts.BUNDLE[name](session))

    def turn_down(self, refusal: Refusal) -> Served:
        """The reply of a refused request."""
        error = {"error": {"code": refusal.code, "message": refusal.message}}
        served = json_reply(error, self.statuses[refusal.code])
        served.headers += refusal.headers
        return served


def _nothing_at(call: Call) -> Refusal:
    return Refusal("unknown_path", f"there is nothing at {call.path!r:.100}")


def _allow(call: Call, method: str) -> None:
    if call.method != method:
        message = f"{call.path} takes {method}, not {call.method}"
        raise Refusal("method_not_allowed", message, headers=(("Allow", f"{method}, OPTIONS"),))


@lru_cache(maxsize=2)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)
