"""A plan: what one user will do in one session, with every choice already made.

A plan is a flat tuple of actions and the audio that they push. It holds no randomness: jitter, fault details and think
times were drawn from the seed when the plan was made. What only the run can know (how long the TTL is, when `done`
comes) stays symbolic.

`at` is media time: seconds on a clock that starts when the first paced action is reached, runs while the caller
speaks or is silent, and stands still while the plan awaits something. None means: as soon as the action before it is
over.
"""

from typing import Literal

import msgspec

from harness.scenario.audio.recipe import Audio

Key = Literal["right", "wrong", "longer", "missing", "empty"]
GOAL = "A call of a test"
"""Where the scenario names none: that a start without a goal is taken is open."""
Malformation = Literal["no-seq", "text-seq", "negative-seq", "no-file", "not-multipart"]


class _Action(msgspec.Struct, frozen=True, gc=False, tag_field="do", omit_defaults=True):
    at: float | None = None


class Start(_Action, frozen=True, tag="start"):
    """Open the session."""

    filename: str | None = "live.wav"
    """None leaves it out."""
    goal: str | None = GOAL
    """None leaves it out."""
    key: Key = "right"
    open: bool = False
    """Whether it opens a session is open. One that does, or that has not the right key, is cancelled at once."""


class Attach(_Action, frozen=True, tag="attach"):
    """Open the event stream, and read it beside everything that follows."""

    key: Key = "right"
    second: bool = False
    """As a second consumer, while the first is meant to stay attached; left again if it is let in."""
    open: bool = False
    """Whether anybody is let in is open, since the session is over."""


class Detach(_Action, frozen=True, tag="detach"):
    """Leave the event stream. (`reattach` in a scenario is a detach followed by an attach.)"""


class Push(_Action, frozen=True, tag="push"):
    """Send one chunk: bytes `begin` to `end` of the plan's audio, under the number `seq`."""

    seq: int = 0
    begin: int = 0
    end: int = 0
    key: Key = "right"
    malformed: Malformation | None = None
    drop_reply: bool = False
    abort: float | None = None
    """Fraction of the body after which the connection is cut."""
    spread: float = 0.0
    """Seconds over which the body is spread."""
    open: bool = False
    """Whether it is taken is open though its form is right: it is empty, has other bytes than the first try, or
    another one is on its way."""
    extra: bool = False
    """Beside the audio, under the next number: where it is taken, every later number is one more."""
    right: bool = True
    """Whether it is what the document asks for; only then is it tried again, and a refusal ends the session."""


class Together(_Action, frozen=True, tag="together"):
    """Send several pushes at once, each over a connection of its own; what is not taken is sent again, one by one."""

    pushes: tuple[Push, ...] = ()


class Control(_Action, frozen=True, tag="control"):
    """Finalize, cancel, keepalive, or an action that does not exist."""

    action: str = "finalize"
    reason: str | None = None
    key: Key = "right"
    right: bool = True


class Silence(_Action, frozen=True, tag="silence"):
    """Send nothing for `seconds`, or for a fraction of the session's TTL."""

    seconds: float = 0.0
    ttl: float | None = None


class Await(_Action, frozen=True, tag="await"):
    """Wait for an event by its name, or for the end of the stream (`end`)."""

    what: str = "done"
    timeout: float | None = None
    """Seconds; None leaves it to the deployment's profile."""


class Outlive(_Action, frozen=True, tag="outlive"):
    """Send nothing but keepalives, until the session must have expired without them, grace included."""


class Expire(_Action, frozen=True, tag="expire"):
    """Wait until the session must have expired, grace included."""


class Metrics(_Action, frozen=True, tag="metrics"):
    """Look at the operational metrics."""


class Artifacts(_Action, frozen=True, tag="artifacts"):
    """Fetch what the last `done` refers to."""


class Abandon(_Action, frozen=True, tag="abandon"):
    """Go away without a word: leave the stream, send nothing more."""


Action = (
    Start
    | Attach
    | Detach
    | Push
    | Together
    | Control
    | Silence
    | Await
    | Outlive
    | Expire
    | Metrics
    | Artifacts
    | Abandon
)


class Retry(msgspec.Struct, frozen=True):
    """When and how often a right request that failed is sent again, with the same number."""

    on: frozenset[Literal["timeout", "5xx", "cut"]] = frozenset({"timeout", "5xx", "cut"})
    first: float = 0.2
    """Seconds before the first retry; doubled for each further one."""
    most: float = 5.0
    """Seconds that a backoff never exceeds."""
    tries: int = 5
    """Sends of one request, the first included."""


class Plan(msgspec.Struct, frozen=True):
    """One session, ready to be performed."""

    scenario: str
    seed: int
    actions: tuple[Action, ...]
    audio: Audio
    retry: Retry = Retry()
    keepalive: bool = False
    """Whether the client sends keepalives of its own accord, whenever half of the TTL is gone."""
    digest: str = ""
