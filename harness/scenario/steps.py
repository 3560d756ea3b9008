"""The steps that a scenario file lists: a word, or a word with what it needs.

- finalize                    # a bare word
- push: 10                    # its short form: the one value that matters most
- push: {fault: gap}          # its long form
"""

from typing import Annotated, ClassVar, Final, Literal, NamedTuple, get_args

import msgspec

from harness.contract.messages import ACTIONS, EventName
from harness.documents import quantities
from harness.documents.convert import convert, written
from harness.documents.kinds import Duration
from harness.documents.located import Node, Place
from harness.scenario.plan import Malformation

KeyFault = Literal["wrong-key", "longer-key", "no-key", "empty-key"]
StartFault = Literal[KeyFault, "no-filename", "no-goal", "empty-goal"]
ChunkFault = Literal["lost-reply", "abort-upload", "slow-upload"]
"""What goes wrong on the way; the chunk arrives all the same, in the end."""
WrongPush = Literal[
    "gap", "duplicate", "backwards", "first-not-zero", "late", "malformed", "empty", "huge", "other-bytes"
]
"""Pushes beside the right ones; the audio is none the shorter for them."""
PushFault = Literal[ChunkFault, WrongPush, KeyFault, "two-at-once"]


class Pause(NamedTuple):
    """A silence: seconds, or a fraction of the session's time to live."""

    seconds: float = 0.0
    ttl: float | None = None


def _pause(text: str) -> Pause:
    return Pause(ttl=quantities.share_of_ttl(text)) if "%" in text else Pause(seconds=quantities.duration(text))


Lasting = Annotated[Pause, written(_pause, "a duration such as 8s, or a share of the time to live such as 60% of ttl")]


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    short: ClassVar[str | None] = None
    """The field that the short form gives."""

    @classmethod
    def word(cls) -> str:
        """What a file calls it."""
        return cls.__name__.lower()

    @property
    def ends_ingestion(self) -> bool:
        """Whether no chunk is right after it."""
        return isinstance(self, Finalize | Cancel | Expire | Abandon) and getattr(self, "fault", None) is None


class Start(_Step, frozen=True):
    """Open the session."""

    goal: str | None = None
    filename: str | None = None
    fault: StartFault | None = None
    """A session that such a start opens is cancelled again."""


class Attach(_Step, frozen=True):
    """Open the event stream."""

    short = "consumer"
    consumer: Literal["first", "second"] = "first"
    fault: KeyFault | None = None


class Detach(_Step, frozen=True):
    """Leave the event stream."""


class Reattach(_Step, frozen=True):
    """Leave the event stream, and open it again."""


class Push(_Step, frozen=True):
    """Send the next chunks, or as many pushes with a fault; of `two-at-once`, as many pairs."""

    short = "chunks"
    chunks: Annotated[int, msgspec.Meta(ge=1)] | Literal["rest"] = 1
    fault: PushFault | None = None
    how: Malformation | None = None
    """Of `malformed`; drawn from the seed where it is left out."""
    over: Duration = 2.0
    """Of `slow-upload`."""

    @property
    def takes_audio(self) -> bool:
        """Whether it uses chunks of the audio up."""
        return self.fault in {None, "two-at-once", *get_args(ChunkFault)}

    @property
    def at_once(self) -> int:
        """How many of the chunks one push sends."""
        return 2 if self.fault == "two-at-once" else 1

    def __post_init__(self) -> None:
        if self.chunks == "rest" and self.fault == "two-at-once":
            raise ValueError("the rest may be an odd number of chunks; expected a number of pairs")
        if self.chunks == "rest" and not self.takes_audio:
            raise ValueError(f"{self.fault} sends nothing of the rest; expected a number of pushes")
        if self.how and self.fault != "malformed":
            raise ValueError("`how` belongs to the fault malformed")


class Silence(_Step, frozen=True, rename={"lasting": "for"}):
    """Send nothing for a while."""

    short = "for"
    lasting: Lasting


class Keepalive(_Step, frozen=True):
    """Extend the time to live."""

    fault: KeyFault | None = None


class Finalize(_Step, frozen=True):
    """Stop sending, let the pipeline finish."""

    fault: KeyFault | None = None


class Cancel(_Step, frozen=True):
    """Tear the session down."""

    short = "reason"
    reason: str | None = None
    fault: KeyFault | None = None


class Control(_Step, frozen=True):
    """A control action that does not exist."""

    short = "action"
    action: str
    fault: KeyFault | None = None

    def __post_init__(self) -> None:
        if self.action in ACTIONS:
            raise ValueError(f"{self.action!r} is an action that exists; expected the step `{self.action}`")


class Await(_Step, frozen=True):
    """Wait for an event, or for the end of the stream."""

    short = "event"
    event: Literal[EventName, "end"] = "done"
    within: Duration | None = None


class Outlive(_Step, frozen=True):
    """Keep the session alive, in silence, until it must be gone if keepalive did nothing."""


class Expire(_Step, frozen=True):
    """Wait until the session must have expired."""


class Metrics(_Step, frozen=True):
    """Look at the operational metrics."""


class Artifacts(_Step, frozen=True):
    """Fetch what the last `done` refers to."""


class Abandon(_Step, frozen=True):
    """Go away without a word."""


AnyStep = (
    Start
    | Attach
    | Detach
    | Reattach
    | Push
    | Silence
    | Keepalive
    | Finalize
    | Cancel
    | Control
    | Await
    | Outlive
    | Expire
    | Metrics
    | Artifacts
    | Abandon
)
STEPS: Final[dict[str, type[AnyStep]]] = {step.word(): step for step in get_args(AnyStep)}


class Step(NamedTuple):
    """A step and where it stands in its file."""

    do: AnyStep
    place: Place


def read_step(node: Node) -> Step:
    """One item of `steps`; raise `UsageError` with its place."""
    if not isinstance(node.value, str | dict):
        raise node.error(f"got {node}", "a step such as `finalize` or `push: 10`")
    entries: dict[str, Node] = node.value if isinstance(node.value, dict) else {node.value: Node(None, node.place)}
    if len(entries) != 1:
        raise node.error(f"a step with {len(entries)} keys", "one step an item, such as `- push: 10`")
    [(word, given)] = entries.items()
    if word not in STEPS:
        known = ", ".join(STEPS)
        raise node.place.error(f"unknown step {word!r}", f"one of {known}", got=word, among=STEPS)
    return Step(convert(_long_form(word, given), STEPS[word]), given.place)


def _long_form(word: str, given: Node) -> Node:
    short = STEPS[word].short
    if isinstance(given.value, dict):
        return given
    if given.value is None:
        return Node({}, given.place)
    if short is None:
        raise given.error(f"{word} takes no such value, got {given}", f"`{word}` alone, or with a mapping")
    return Node({short: given}, given.place)
