"""What a lie is: something between an honest server and the judge that falsifies what passes through."""

import inspect
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, NamedTuple

import msgspec

from harness.client.transport import Reply, Request
from harness.contract.messages import API_KEY_HEADER, MalformedReplyError, read_received_bytes
from harness.contract.profile import Profile
from harness.history.eventstream import ServerSentEvent
from harness.history.observations import Kind

_SEQ: Final = re.compile(rb'name="chunk_seq"\r\n\r\n(-?\d+)\r\n')
_FORM_PIECES: Final = 3


class Ask(NamedTuple):
    """A request of the client's, read for what it wants."""

    kind: Kind | None
    """None for what is no request of a session's."""
    key: bool
    """Whether it bears the user's key."""
    seq: int | None = None
    size: int = 0
    action: str = ""
    target: str = ""
    """Of a GET."""

    @classmethod
    def of(cls, request: Request, key: str) -> "Ask":
        """Read it."""
        headers = {name.lower(): value for name, value in request.headers}
        has_key = headers.get(API_KEY_HEADER.lower()) == key
        if request.method == "GET":
            kind: Kind | None = "attach" if "event-stream" in headers.get("accept", "") else None
            return cls(kind, has_key, target=request.target)
        if not headers.get("content-type", "").startswith("application/json"):
            found = _SEQ.search(bytes(request.body[0])) if request.body else None
            size = len(request.body[1]) if len(request.body) == _FORM_PIECES else 0
            return cls("chunk", has_key, int(found[1]) if found else None, size)
        body = msgspec.json.decode(request.body[0])
        if "action" in body:
            return cls("control", has_key, action=str(body["action"]))
        return cls("start", has_key)


@dataclass(slots=True)
class Course:
    """What has really happened in the session so far."""

    profile: Profile
    key: str
    next: int = 0
    """The number that the next chunk must bear."""
    total: int = 0
    """Audio bytes that the server has counted."""
    second_asked: bool = False
    """A second consumer was turned down."""
    ended: str = ""
    """The action by which ingestion ended."""

    def learn(self, ask: Ask, reply: Reply) -> None:
        """Take in an honest reply."""
        if ask.kind == "attach" and ask.key and reply.status >= 400:
            self.second_asked = True
        if not 200 <= reply.status < 300 or not ask.key:
            return
        if ask.kind == "chunk" and ask.seq is not None:
            self.next = max(self.next, ask.seq + 1)
            self.total = total(reply, self.profile) or self.total
        elif ask.kind == "control" and ask.action in {"finalize", "cancel"}:
            self.ended = ask.action


@dataclass(slots=True)
class Shared:
    """What the sessions of one run have in common: a lie may mix them up."""

    seen: dict[str, Any] = field(default_factory=dict)


class Lie:
    """One session's liar; this one tells the truth, and each lie overrides what it falsifies."""

    trips: ClassVar[tuple[str, ...]] = ()
    """The requirements that the client sees broken."""
    keeps_open: ClassVar[bool] = False
    """The event stream never ends by itself."""

    def __init__(self, course: Course, shared: Shared) -> None:
        self.course = course
        self.shared = shared

    def request(self, ask: Ask, request: Request) -> Request | Reply:  # noqa: ARG002 - the signature for those that need it
        """What the server gets in place of the request; or the reply of a server that never sees it."""
        return request

    def reply(self, ask: Ask, reply: Reply) -> Reply:  # noqa: ARG002 - the signature for those that need it
        """What the client gets in place of the reply; of an event stream, its head."""
        return reply

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        """What the client gets in place of an event."""
        return [encode(event)]

    def hangs_up(self) -> bool:
        """Whether the event stream is to be ended now, in the server's name."""
        return False


LIES: Final[dict[str, type[Lie]]] = {}


def lie(name: str) -> Callable[[type[Lie]], type[Lie]]:
    """Enter a lie under a name."""

    def enter(liar: type[Lie]) -> type[Lie]:
        if name in LIES or not liar.trips:
            raise ValueError(f"{name!r}: expected a new name, and what it trips")
        LIES[name] = liar
        return liar

    return enter


def about(name: str) -> str:
    """What a lie does, in one line."""
    return inspect.getdoc(LIES[name]) or ""


# What lies are made of


def encode(event: ServerSentEvent) -> bytes:
    """The event as a server sends it."""
    lines = [f"event: {event.name}"] + [f"data: {line}" for line in event.data.split("\n")]
    if event.id:
        lines.insert(0, f"id: {event.id}")
    return ("\n".join(lines) + "\n\n").encode()


def retold(event: ServerSentEvent, payload: Any) -> bytes:
    """The event with another payload."""
    return encode(msgspec.structs.replace(event, data=json.dumps(payload)))


def payload_of(event: ServerSentEvent) -> dict[str, Any]:
    """The event's JSON object; empty where it is none."""
    try:
        payload = json.loads(event.data)
    except ValueError:
        return {}
    return payload if isinstance(payload, dict) else {}


def json_of(reply: Reply) -> dict[str, Any]:
    """The reply's JSON object; empty where it is none."""
    try:
        body = json.loads(reply.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def answer(status: int, body: dict[str, Any], *, like: Reply | None = None) -> Reply:
    """A JSON reply; its time, and with it the `Date`, is that of the reply which it replaces."""
    headers = tuple(pair for pair in like.headers if pair[0] == "date") if like else ()
    encoded = json.dumps(body).encode()
    return Reply(status, (("content-type", "application/json"), *headers), encoded, like.at if like else 0.0)


def falsified(reply: Reply, **fields: Any) -> Reply:
    """The same reply with other values in its JSON body; None takes a field out."""
    body = {name: value for name, value in {**json_of(reply), **fields}.items() if value is not None}
    return msgspec.structs.replace(reply, body=json.dumps(body).encode())


def total(reply: Reply, profile: Profile) -> int | None:
    """What an ack reports as the total."""
    try:
        return read_received_bytes(json_of(reply), profile.fields.received_bytes)
    except MalformedReplyError:
        return None


def refusal(status: int = 409) -> Reply:
    """A refusal by a server that never heard of the request."""
    return answer(status, {"error": {"code": "refused", "message": "refused on the way"}})
