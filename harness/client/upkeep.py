"""Keepalives that the client sends of its own accord, so that a session survives the slow parts of its scenario."""

import math
from collections.abc import Callable
from typing import Final

from harness.client.clock import Clock
from harness.client.known_session import KnownSession

_SHARE: Final = 0.5
"""Of the TTL, after which a keepalive is sent; sooner where replies are slow."""
_LEAST: Final = 0.125
"""Of the TTL, between two keepalives however slow the replies are."""
_SHORTEST: Final = 2.0
"""Seconds that a session of unknown TTL is taken to live."""
_OFTEN: Final = 0.25
"""Seconds between two keepalives, at least."""


class Upkeep:
    """Call it whenever there is time: it sends a keepalive where one is due, and says how many seconds that will do."""

    def __init__(self, clock: Clock, session: KnownSession, send: Callable[[], None]) -> None:
        self._clock = clock
        self._session = session
        self._send = send
        self._since = 0.0
        self._running = False

    def begin(self, at: float) -> None:
        """The TTL starts anew, by a start or a keepalive that was sent then."""
        self._since, self._running = at, True

    def stop(self) -> None:
        """Nothing needs to be kept alive any more."""
        self._running = False

    def __call__(self) -> float:
        """Send one if it is time; the seconds for which nothing needs to be done."""
        if not self._running:
            return math.inf
        ttl = self._session.lease.ttl
        life = ttl.low if ttl else _SHORTEST
        # One request may be under way when it is time, and the keepalive itself takes as long.
        every = max(_SHARE * life - 2 * self._session.slowest, _LEAST * life, _OFTEN)
        if (left := self._since + every - self._clock.now()) > 0:
            return left
        self.begin(self._clock.now())
        self._send()
        return max(self._since + every - self._clock.now(), 0.0)
