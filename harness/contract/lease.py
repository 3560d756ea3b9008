"""How long a session must live, and from when on it must be gone: the TTL, as far as it can be known from outside.

The document lets a server extend the TTL on more than keepalive, so the two bounds are kept apart: before `alive_until`
the session must live; after `gone_from` (plus the deployment's grace) it must not.
"""

from typing import Final

from harness.contract.server_clock import Interval, ServerClock

_EXTENSION: Final = 1 / 2


class Lease:
    """The bounds of one session's life, on our monotonic clock."""

    __slots__ = ("_clock", "_extended", "_held", "_open_ended", "_touched", "stated", "stated_at", "ttl")

    def __init__(self, clock: ServerClock) -> None:
        self._clock = clock
        self.stated: float | None = None
        """The newest `expires_at`, in their epoch seconds."""
        self.stated_at = 0.0
        """When it was first told."""
        self._extended: float | None = None  # till when an acked keepalive that named no new time must reach
        self._touched = 0.0  # the last moment at which the server may have started the TTL anew
        self._open_ended = False  # something extended it, and nobody said how far
        self._held = False  # while a consumer is attached, the server may keep the session alive
        self.ttl: Interval | None = None
        """Seconds of the first promise."""

    def promise(self, expires_at: float, sent: float, returned: float) -> None:
        """A reply named `expires_at` (their epoch seconds)."""
        if expires_at != self.stated:
            self.stated, self.stated_at = expires_at, returned
        self._extended = None
        self._open_ended = False
        if self.ttl is None and (until := self._clock.ours(expires_at)) is not None:
            self.ttl = Interval(max(until.low - returned, 0.0), max(until.high - sent, 0.0))
        self.touch(returned)

    def extend(self, sent: float) -> None:
        """A keepalive sent at `sent` was acked without a new time.

        "Extends the TTL" does not say by how much; less than half a TTL is nothing that a client could live by.
        """
        if self.ttl is not None:
            self._extended = sent + _EXTENSION * self.ttl.low

    def loosen(self) -> None:
        """A chunk was accepted: it may extend the TTL, by how much is open."""
        self._open_ended = True

    def touch(self, at: float) -> None:
        """Something reached the server at `at`, on which it may have extended the TTL."""
        self._touched = max(self._touched, at)

    def hold(self, *, attached: bool, at: float) -> None:
        """A consumer attached, or left."""
        self._held = attached
        self.touch(at)

    @property
    def expiry(self) -> Interval | None:
        """Where the newest `expires_at` lies on our clock."""
        return None if self.stated is None else self._clock.ours(self.stated)

    @property
    def alive_until(self) -> float | None:
        """Before this moment the session must live; None where that is not known."""
        offset = self._clock.offset
        if self.stated is None or offset is None:
            return None
        low = self.stated - offset.high  # of the expiry: this is asked for every chunk
        return low if self._extended is None else max(low, self._extended)

    @property
    def gone_from(self) -> float | None:
        """After this moment, and the grace, the session must be gone; None where that is not known."""
        expiry = self.expiry
        if expiry is None or self.ttl is None or self._held or self._open_ended or self._extended is not None:
            return None
        return max(expiry.high, self._touched + self.ttl.high)
