"""A deployment's profile: what the document leaves open and this deployment pins, and how to read its replies."""

from typing import Annotated, Literal

import msgspec

from harness.contract.event_fields import Thing
from harness.contract.messages import StartFields
from harness.contract.questions import Refusal, slug
from harness.documents.convert import written
from harness.documents.kinds import Duration

__all__ = ["Fields", "Profile", "Refusal", "Waits"]

AQuestion = Annotated[str, written(slug, "the slug of a question, such as empty-chunk")]
APath = Annotated[str, msgspec.Meta(min_length=1)]
AnAnswer = Annotated[str, written(str.strip, "an answer such as 409 JSON, or how it begins, such as 409")]


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Names of fields, where they differ from the document's recipes."""

    start: StartFields = StartFields()
    received_bytes: str = "received_bytes"
    cancel_reason: str = "reason"
    """The field of a cancel request that carries the reason; the document does not name it."""
    events: dict[Thing, APath] = {}
    """Fields of events, which the document does not name either: a path such as `timing.begin` or `span.0`. What is
    not pinned is looked for under its usual names."""
    event_times: Literal["s", "ms"] | None = None
    """The unit of times in events; found out where it is left out."""


class Waits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Seconds."""

    request: Duration = 10.0
    """For a whole reply."""
    drain: Duration = 60.0
    """From finalize to `done`."""
    close: Duration = 10.0
    """From the last event to the end of the stream."""
    grace: Duration = 5.0
    """After `expires_at`, before a session must be gone."""
    notice: Duration = 30.0
    """After a consumer has gone, before another one must be let in: a server may notice no sooner than by its second
    heartbeat, of one every 15 s (WHATWG HTML, section 9.2.7)."""
    results: Duration = 8.0
    """From the end of an utterance, sent at the pace of speech, to the first result."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A deployment. Everything has a default that only assumes what the document says."""

    profile: str = "default"
    about: str = ""
    fields: Fields = Fields()
    waits: Waits = Waits()
    refusals: dict[Refusal, Annotated[int, msgspec.Meta(ge=400, le=599)]] = {}
    """Pinned status codes of refusals; an answer with another one is then a failure."""
    pins: dict[AQuestion, AnAnswer] = {}
    """Pinned answers to what the document leaves open; another answer is then a failure."""
    metrics: str = "/metrics"
    """Path or URL of the operational metrics."""

    def grace(self, ttl: float) -> float:
        """Seconds past `expires_at` after which a session of that TTL must be gone.

        At least a quarter of the TTL, since servers whose sessions live long also look after them seldom.
        """
        return max(self.waits.grace, ttl / 4)
