"""What was seen of one session: the value types that a history is made of, one JSON line each.

All times are seconds on the run's monotonic clock, whose relation to wall time stands in the header. The audio itself
is never kept: a chunk is a count of bytes and a digest.
"""

from typing import Any, Literal

import msgspec

from harness.contract.profile import Profile

Kind = Literal[
    "start",
    "attach",
    "chunk",
    "control",
    "metrics",  # a look at the operational metrics
    "artifact",  # something that `done` refers to
    "discard",  # the cancel of another session, which the scenario opened and does not go on with
]
BESIDE: frozenset[Kind] = frozenset({"metrics", "artifact", "discard"})
"""Kinds of requests that are no part of the session and say nothing about it."""
Key = Literal[
    "right",
    "wrong",  # nothing like the right one
    "longer",  # the right one, and more behind it
    "missing",
    "empty",  # the header is there, with no value
]
Failure = Literal[
    "unreachable",  # no connection: nothing was sent
    "exhausted",  # no descriptor or port of the client's own was left for one: nothing was sent
    "timeout",  # no whole reply before the deadline
    "cut",  # the connection broke before the whole reply
    "malformed",  # the reply is not HTTP
    "reply-dropped",  # a fault of the scenario's: the reply came and was thrown away
    "upload-aborted",  # a fault of the scenario's: the request was cut off half way
]

UNSENT: frozenset[Failure | None] = frozenset({"unreachable", "exhausted"})
"""Failures before anything was sent."""
ON_PURPOSE: frozenset[Failure | None] = frozenset({"reply-dropped", "upload-aborted"})
"""Failures that the scenario wanted."""
AS_PLANNED = frozenset({"done", "cancelled", "expired", "abandoned"})
"""Endings of sessions that went as their scenario has it."""


class _Observation(msgspec.Struct, frozen=True, gc=False, tag_field="saw", omit_defaults=True):
    pass


class Media(msgspec.Struct, frozen=True, gc=False):
    """The audio that is pushed, as far as a judge must know it."""

    format: str
    """`wav`, `mp3` or `opus`."""
    duration: float
    """Seconds."""
    lead: int
    """Bytes before the first sound."""
    sound: int
    """Bytes that the duration is spread over."""
    speech: float = 0.0
    """Seconds of speech in it, as far as is known: 0 also of a user's own file."""


class Header(_Observation, frozen=True, gc=False, tag="header"):
    """The first line of a history: what is needed to judge it, and to play it again."""

    session: str
    """The session's label within the run, such as `coaching-w0-u3-s7`."""
    scenario: str
    seed: int
    plan: str
    """Digest of the plan."""
    catalogue: str
    """Version of the requirement catalogue."""
    harness: str
    host: str
    profile: Profile
    """By which the session was judged while it ran."""
    wall: float
    """Wall time, seconds since the epoch, at monotonic time `mono`."""
    mono: float
    server_offset: tuple[float, float] | None = None
    """Bounds on (the SUT's clock - our monotonic clock) that the run knew beforehand, from `Date` fields."""
    strict: bool = True
    """Whether a right request that fails is a finding (the gate) or an error for the SLOs (load)."""
    media: Media | None = None
    alone: bool = False
    """Whether it was the only session of its run at the time."""
    disabled: bool = False
    """Live capture was switched off there."""
    format: int = 1


class Sent(_Observation, frozen=True, gc=False, tag="sent"):
    """A request began to leave. `n` pairs it with its `Returned`."""

    n: int
    kind: Kind
    due: float
    at: float
    key: Key = "right"
    seq: str | None = None
    """`chunk_seq` as sent: not always a number, since a fault may malform it; None where the field is left out."""
    size: int = 0
    """Audio bytes in the `chunk` part."""
    audio: str = ""
    """Which bytes: the digest of the whole audio, `@`, and the offset of the first one."""
    wellformed: bool = True
    """False where the request is not what the document asks for, so that a refusal is as good as an acceptance (no
    multipart form, no `chunk` part, no number, no audio, a start without `filename`)."""
    form: bool = True
    """False where a chunk comes as it is, without a multipart form around it."""
    action: str | None = None
    reason: str | None = None
    body: Any = None
    """Of a start: the JSON object."""
    path: str = ""
    """Of metrics and artifacts: what was asked for."""


class Returned(_Observation, frozen=True, gc=False, tag="returned"):
    """A reply is complete (of an `attach` that succeeds: its head), or there will be none."""

    n: int
    at: float
    status: int | None = None
    failure: Failure | None = None
    detail: str = ""
    """The failure in words."""
    content_type: str = ""
    date: str = ""
    """The reply's `Date` field as it stood."""
    body: Any = None
    """The parsed JSON body; where it is not JSON, its first characters as a string."""
    is_json: bool = False
    skipped: int = 0
    """Characters of a long text body that were left out."""

    @property
    def accepted(self) -> bool:
        """2xx."""
        return self.status is not None and 200 <= self.status < 300


class StreamBytes(_Observation, frozen=True, gc=False, tag="bytes"):
    """Bytes of the event stream opened by exchange `n`, as they came from the socket (base64 in the file)."""

    n: int
    at: float
    data: bytes


class StreamClosed(_Observation, frozen=True, gc=False, tag="closed"):
    """The stream opened by exchange `n` is over."""

    n: int
    at: float
    how: Literal["ended", "cut", "left"]
    """`ended`: by the server, in order; `cut`: the connection broke; `left`: by us."""
    detail: str = ""


class Waited(_Observation, frozen=True, gc=False, tag="waited"):
    """The client waited for something: a time, an event, the stream's end."""

    what: str
    """`done`, `end`, an event's name, `silence` or `expiry`."""
    since: float
    at: float
    outcome: Literal["came", "timeout", "over-budget", "stream-over", "elapsed"]
    needed: float = 0.0
    """With `over-budget`: the seconds that the wait would have taken."""


class Withheld(_Observation, frozen=True, gc=False, tag="withheld"):
    """A request was not sent, since its URL (from the server) leads to an origin that the user did not name."""

    kind: Kind
    at: float
    url: str


class Ended(_Observation, frozen=True, gc=False, tag="ended"):
    """The last line: how the session went, as far as the client is concerned."""

    at: float
    ending: Literal["done", "cancelled", "expired", "failed", "abandoned", "interrupted"]
    why: str = ""


class Event(_Observation, frozen=True, gc=False, tag="event"):
    """An event of the stream opened by exchange `n`. Derived from the stream's bytes, so never stored."""

    n: int
    at: float
    name: str
    data: str
    id: str = ""
    payload: Any = None
    """`data` as JSON; None where it is not JSON."""
    flaw: str = ""
    """Why `data` is not JSON."""
    illegal: str = ""
    """Why bytes of the stream are none of an event stream; it is no event then, and has no name."""


Stored = Header | Sent | Returned | StreamBytes | StreamClosed | Waited | Withheld | Ended
Observation = Stored | Event
