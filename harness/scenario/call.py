"""What a call file and a probe file hold: one user, what it says and how fast, and its steps."""

import re
from typing import Annotated, Literal

import msgspec

from harness.documents.convert import written
from harness.documents.kinds import Duration, DurationRange, Percentage, Size, Speed
from harness.scenario.sequence import SomeSteps
from harness.scenario.sound import ASound, Rendering


def _name(text: str) -> str:
    # Names become parts of file names and of session labels.
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
        raise ValueError(f"{text!r} is no name; expected small letters, digits and hyphens, such as flaky-network")
    return text


Name = Annotated[str, written(_name, "a name such as flaky-network", pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Chunks(_Section, frozen=True):
    """How the audio is cut."""

    size: Annotated[Size, msgspec.Meta(ge=1)] = 64 * 1024
    first: Annotated[Size, msgspec.Meta(ge=1)] | None = None
    """Of the first one, where it is another: a few bytes cut a file's head, an odd number every sample after it."""
    jitter: Percentage = 0.0
    """By how much a chunk may be smaller or larger."""


class Pace(_Section, frozen=True):
    """How fast the audio is sent."""

    speed: Speed = 1.0
    jitter: Duration = 0.0
    """By how much a chunk may be early or late."""


class Retries(_Section, frozen=True):
    """When a right request that failed is sent again."""

    on: frozenset[Literal["timeout", "5xx", "cut"]] = frozenset({"timeout", "5xx", "cut"})
    backoff: DurationRange = (0.2, 5.0)
    """Before the first retry, and never more than; doubled in between."""
    tries: Annotated[int, msgspec.Meta(ge=1)] = 5
    """The first included."""


class Call(_Section, frozen=True, kw_only=True):
    """A realistic user."""

    name: Name = msgspec.field(name="call")
    about: str = ""
    audio: ASound = Rendering()
    chunks: Chunks = Chunks()
    pace: Pace = Pace()
    retry: Retries = Retries()
    keepalive: Literal["auto", "manual"] = "manual"
    """`auto`: the client keeps the session alive by itself, however slow the server and however short the TTL."""
    steps: SomeSteps


class Probe(Call, frozen=True, kw_only=True):
    """A targeted stimulus for requirements. Unless it says otherwise it is over as fast as the server allows."""

    name: Name = msgspec.field(name="probe")
    exercises: tuple[str, ...]
    """Ids of requirements."""
    sessions: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    """So many, with seeds in a row, at once."""
    alone: bool = False
    """While nothing else is done, before the other probes; its sessions one after another."""
    deployment: Literal["enabled", "disabled"] = "enabled"
    """Where it goes; `disabled` is the second one of a run, on which live capture is switched off."""
    audio: ASound = Rendering(length=6.0)
    chunks: Chunks = Chunks(size=32 * 1024)
    pace: Pace = Pace(speed=float("inf"))
