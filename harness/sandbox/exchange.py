"""One request and its reply, without the network."""

from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import msgspec

from harness.sandbox.outlet import Outlet

STATUSES: Final[dict[str, int]] = {
    "bad_request": 400,
    "bad_form": 400,
    "unknown_action": 400,
    "unauthorized": 401,
    "unknown_path": 404,
    "unknown_session": 404,
    "unknown_artifact": 404,
    "method_not_allowed": 405,
    "gap": 409,
    "first_not_zero": 409,
    "older_number": 409,
    "retry_differs": 409,
    "late_chunk": 409,
    "session_over": 409,
    "second_consumer": 409,
    "expired": 410,
    "too_large": 413,
    "unsupported_audio": 415,
    "live_disabled": 503,
}
"""The status code of each refusal. The document names none of them."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request; header names are lower case, the path has no query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Served:
    """A reply. With an `outlet`, the body is what the outlet will yield; `delay` is what the transport waits first."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    delay: float = 0.0
    outlet: Outlet | None = None


class Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """A request is turned down: a code out of `STATUSES`, and the reason in words."""

    def __init__(self, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.headers = headers


def refuse(code: str, message: str) -> NoReturn:
    """Turn the request down."""
    raise Refusal(code, message)


def json_reply(payload: object, status: int = 200) -> Served:
    """A reply with a JSON body."""
    return Served(status, [("Content-Type", "application/json")], msgspec.json.encode(payload))


def text_reply(text: str, status: int = 200) -> Served:
    """A reply in plain text."""
    return Served(status, [("Content-Type", "text/plain; charset=utf-8")], text.encode())


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a request; no body at all is an empty one."""
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise Refusal("bad_request", f"the body should be a JSON object: {error}") from error


def read_text(request: dict[str, Any], name: str) -> str:
    """A text that the client may leave out."""
    value = request.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        refuse("bad_request", f"{name!r} should be a text, got {value!r:.60}")
    return value
