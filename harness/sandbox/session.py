"""What the sandbox knows of one session."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.contract.lifecycle import State
from harness.sandbox.audio.listener import Heard, Listener
from harness.sandbox.outlet import Outlet


class Event(NamedTuple):
    """An event of the session's stream. Ids count from 1 in each session."""

    id: int
    name: str
    data: bytes


@dataclass(slots=True, eq=False)
class Session:
    """The data; what happens to it is the business of `Lives`."""

    id: str
    conversation_id: str
    filename: str
    goal: str
    origin: str
    """Scheme and authority that the client started the session at; empty where it named no host."""
    listener: Listener
    state: State = State.INGESTING
    deadline: float = 0.0
    """Monotonic moment at which it expires."""
    expires_at: float = 0.0
    """The same moment in seconds since the epoch."""
    next_seq: int = 0
    received: int = 0
    """Audio bytes accepted."""
    last_chunk: int | None = None
    """A hash of the last accepted chunk, to tell a retry by."""
    progress: float = 0.0
    log: list[Event] = field(default_factory=list)
    outlets: list[Outlet] = field(default_factory=list)
    """The consumer's stream: never more than one, in a service that is not a mutant."""
    utterances: list[Heard] = field(default_factory=list)
    """Those whose analysis is finished, in order."""
    notes: Counter[str] = field(default_factory=Counter)
    """What a mutant or a variant remembers of it; the sandbox itself needs none."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen in it."""
        return self.state not in {State.INGESTING, State.PROCESSING}

    def leave(self, outlet: Outlet) -> None:
        """The consumer behind `outlet` has gone."""
        if outlet in self.outlets:
            self.outlets.remove(outlet)
