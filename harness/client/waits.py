"""The steps in which a session only waits."""

from collections.abc import Callable
from typing import Final

from harness.client.clock import Clock
from harness.client.known_session import KnownSession
from harness.client.passing_time import OverError, PassingTime
from harness.contract.profile import Profile
from harness.scenario.plan import Await, Outlive, Silence

_KEEPALIVE: Final = 0.3
"""Share of the TTL after which a keepalive is sent."""
_PAST: Final = 0.2
"""Seconds added to a wait for expiry, so that the request after it surely comes too late."""


class Waits:
    """Those of one session. What is measured by its TTL is about the TTL: nothing else keeps it alive meanwhile."""

    def __init__(
        self, profile: Profile, clock: Clock, time: PassingTime, session: KnownSession, keepalive: Callable[[], None]
    ) -> None:
        self._profile = profile
        self._clock = clock
        self._time = time
        self._session = session
        self._keepalive = keepalive

    def silence(self, action: Silence) -> None:
        """Send nothing for a while."""
        if action.ttl is None:
            self._time.wait_until(self._clock.now() + action.seconds, "silence", media_runs=True, upkept=True)
        else:
            self._time.wait_until(self._clock.now() + action.ttl * self._ttl(), "silence")

    def event(self, action: Await) -> None:
        """Wait for an event, or for the end of the stream."""
        waits = self._profile.waits
        self._time.wait_for(action.what, action.timeout or (waits.close if action.what == "end" else waits.drain))

    def outlive(self, _: Outlive) -> None:
        """Send keepalives until the session must be gone if they did nothing."""
        gone, pause = self._gone_from(), max(_KEEPALIVE * self._ttl(), _PAST)
        self._time.afford(gone - self._clock.now(), "outliving its TTL")
        while self._clock.now() < gone:
            self._time.wait_until(min(self._clock.now() + pause, gone), "silence")
            self._keepalive()

    def expire(self) -> None:
        """Wait until the session must be gone."""
        self._time.wait_until(self._gone_from(), "expiry")

    def _ttl(self) -> float:
        """The session's TTL in seconds; at most that long."""
        if self._session.lease.ttl is None:
            raise OverError("failed", "the TTL is unknown: the start reply has no Date to hold expires_at against")
        return self._session.lease.ttl.high

    def _gone_from(self) -> float:
        """When the session must be gone, if nothing more is sent."""
        ttl, expiry = self._ttl(), self._session.lease.expiry
        gone = self._session.lease.gone_from or (expiry.high if expiry else self._clock.now() + ttl)
        return gone + self._profile.grace(ttl) + _PAST
