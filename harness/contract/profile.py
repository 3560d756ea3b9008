"""A deployment's profile: what the document leaves open and this deployment pins, and how to read its replies."""

from typing import Annotated, Literal

import msgspec

from harness.contract.messages import StartFields
from harness.documents.kinds import Duration

Refusal = Literal["auth", "gap", "first", "late", "expired", "second-consumer"]


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Names of fields, where they differ from the document's recipes."""

    start: StartFields = StartFields()
    received_bytes: str = "received_bytes"
    cancel_reason: str = "reason"
    """The field of a cancel request that carries the reason; the document does not name it."""


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


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A deployment. Everything has a default that only assumes what the document says."""

    profile: str = "default"
    about: str = ""
    fields: Fields = Fields()
    waits: Waits = Waits()
    refusals: dict[Refusal, Annotated[int, msgspec.Meta(ge=400, le=599)]] = {}
    """Pinned status codes of refusals; an answer with another one is then a failure."""
    metrics: str = "/metrics"
    """Path or URL of the operational metrics."""

    def grace(self, ttl: float) -> float:
        """Seconds past `expires_at` after which a session of that TTL must be gone.

        At least a quarter of the TTL, since servers whose sessions live long also look after them seldom.
        """
        return max(self.waits.grace, ttl / 4)
