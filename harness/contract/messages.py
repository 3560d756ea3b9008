"""The wire: names, paths and replies of the Live Capture API, read as tolerantly as the document is written."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal, get_args

import msgspec

API_KEY_HEADER: Final = "X-API-Key"
KEY_VARIABLE: Final = "LIVE_API_KEY"
"""The environment variable that our commands take the key from."""
START_PATH: Final = "/analyze/live/start"
PRODUCTION_ORIGIN: Final = "https://api.illocution.ai"  # "Recipe 1"; never a target of load unless the user insists

EventName = Literal[
    "status",
    "final_transcript",
    "emotion",
    "cognitive",
    "transition",
    "moment",
    "summary_update",
    "error",
    "done",
]
EVENT_NAMES: Final[tuple[str, ...]] = get_args(EventName)
RESULT_NAMES: Final = frozenset({"final_transcript", "emotion", "cognitive", "transition", "moment", "summary_update"})
"""Events about what was said."""
PHASES: Final = ("ingesting", "processing", "completed")
ACTIONS: Final = ("finalize", "cancel", "keepalive")


class StartFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The names of a start reply's fields; the defaults are those that the document's recipes read."""

    session_id: str = "session_id"
    chunk_endpoint: str = "chunk_endpoint"
    events_endpoint: str = "events_endpoint"
    control_endpoint: str = "control_endpoint"
    expires_at: str = "expires_at"


class StartReply(msgspec.Struct, frozen=True):
    """What a client needs of a start reply."""

    session_id: str
    chunk_url: str
    events_url: str
    control_url: str
    expires_at: float
    """Seconds since the epoch, by the server's clock."""


class MalformedReplyError(ValueError):
    """A reply lacks what the document promises; the message says what, and what stood there."""


def read_start(body: Any, fields: StartFields) -> StartReply:
    """Read a start reply; raise `MalformedReplyError` naming every field that is missing or of no use."""
    if not isinstance(body, dict):
        raise _no_object(body)
    faults: list[str] = []

    def text(name: str) -> str:
        value = body.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and name == fields.session_id:
            return str(value)  # the document does not say that an id is a string
        if not isinstance(value, str) or not value:
            faults.append(f"{name!r} should be a non-empty string, got {_shown(body, name)}")
            return ""
        return value

    expires_at = 0.0
    try:
        expires_at = read_instant(body.get(fields.expires_at))
    except ValueError:
        faults.append(
            f"{fields.expires_at!r} should be an ISO 8601 time or epoch seconds, got {_shown(body, fields.expires_at)}"
        )
    reply = StartReply(
        session_id=text(fields.session_id),
        chunk_url=text(fields.chunk_endpoint),
        events_url=text(fields.events_endpoint),
        control_url=text(fields.control_endpoint),
        expires_at=expires_at,
    )
    if faults:
        raise MalformedReplyError("; ".join(faults))
    return reply


def read_received_bytes(body: Any, field: str) -> int:
    """The total that an ack reports; raise `MalformedReplyError` when there is none."""
    if not isinstance(body, dict):
        raise _no_object(body)
    value = body.get(field)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MalformedReplyError(f"{field!r} should be a whole number of bytes, got {_shown(body, field)}")
    return value


_MILLISECONDS_FROM: Final = 1e11  # as seconds this lies in the year 5138; as milliseconds, in 1973


def read_instant(value: Any) -> float:
    """Seconds since the epoch from ISO 8601 (any offset; none means UTC), epoch seconds or milliseconds, or RFC 1123.

    Raise `ValueError` for anything else.
    """
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            moment = _moment(value.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e15:
        raise ValueError(f"not an instant: {value!r}")
    return value / 1000 if value >= _MILLISECONDS_FROM else float(value)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text)
    except OverflowError as error:
        raise ValueError(f"not an instant: {text!r}") from error


def _shown(body: dict[str, Any], name: str) -> str:
    return _brief(body[name]) if name in body else f"nothing (the reply has {', '.join(map(repr, body)) or 'no field'})"


def _no_object(body: Any) -> MalformedReplyError:
    """`body` is None where the caller has no text of what is not JSON."""
    return MalformedReplyError(f"the body is not a JSON object{'' if body is None else f': {_brief(body)}'}")


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
