"""What was found broken, with its evidence."""

import msgspec

from harness.history.observations import Event, Stored


class Finding(msgspec.Struct, frozen=True):
    """A broken requirement in one session, with its evidence."""

    requirement: str
    session: str
    scenario: str
    seed: int
    at: float
    """Seconds since the session's first observation."""
    expected: str
    happened: str
    trail: tuple[Stored | Event, ...] = ()
    """The last observations up to the one that showed it."""
