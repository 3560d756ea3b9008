"""The time course of a load run, as reports tell it."""

import msgspec


class Figures(msgspec.Struct, frozen=True):
    """How the times of one measure spread, in seconds, within 1%."""

    count: int
    p50: float
    p95: float
    p99: float
    max: float


class Health(msgspec.Struct, frozen=True):
    """How the generator fared; of several processes, or moments, the worst of each figure."""

    cpu: float
    """Share of one core that a process used."""
    loop_lag: float
    """Seconds by which its loop was late, at most."""
    memory: int
    """Resident bytes."""
    files: int
    """Open descriptors."""
    waiting: float = 0.0
    """Share of the time that a process was ready to run, and waited for a core."""

    def or_worse(self, other: "Health") -> "Health":
        """The worse of each figure."""
        return Health(*(max(getattr(self, name), getattr(other, name)) for name in self.__struct_fields__))


class Slice(msgspec.Struct, kw_only=True):
    """A few seconds of a run, and what happened in them."""

    start: float
    """Seconds since the run began."""
    length: float
    """Seconds."""
    processes: int = 1
    """How many processes told of its end."""
    live: int = 0
    """Sessions in flight at its end."""
    started: int = 0
    """Sessions."""
    ended: dict[str, int] = {}
    """Sessions by ending."""
    chunks: int = 0
    """Accepted."""
    events: int = 0
    """Received."""
    failed: int = 0
    """Requests that should have succeeded and did not."""
    trouble: dict[str, int] = {}
    """Why, such as `start: 503`."""
    findings: int = 0
    """Requirements that sessions broke, each once a session; what comparing sessions shows comes at the end."""
    broken: list[str] = []
    """Those requirements."""
    health: Health | None = None
    figures: dict[str, Figures] = {}
    """By measure; only those of which there was any."""

    @property
    def end(self) -> float:
        """Seconds since the run began."""
        return self.start + self.length
