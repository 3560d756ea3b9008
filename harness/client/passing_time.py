"""How time passes for one session: its media clock, and its waits."""

import math
from collections.abc import Callable
from typing import Literal

from harness.client.clock import Clock
from harness.client.watch import Watch
from harness.history.log import Log
from harness.history.observations import Waited

Ending = Literal["done", "cancelled", "expired", "failed", "abandoned", "interrupted"]


class OverError(Exception):
    """The session goes no further."""

    def __init__(self, ending: Ending, why: str) -> None:
        super().__init__(why)
        self.ending: Ending = ending


def no_upkeep() -> float:
    """Nothing needs to be kept alive."""
    return math.inf


class PassingTime:
    """Waits as long as it may, until the run is stopped; every wait of a plan's is written down.

    The media clock starts when it is first asked for, and stands still while the caller waits for the SUT. While time
    passes, `upkeep` is called: it may send what keeps the session alive, and says after how many seconds it wants to
    be called again.
    """

    def __init__(self, clock: Clock, watch: Watch, log: Log, most: float) -> None:
        """`most` is what may be waited for at one point, in seconds."""
        self._clock = clock
        self._watch = watch
        self._log = log
        self._most = most
        self._media: float | None = None
        self.upkeep: Callable[[], float] = no_upkeep

    def due(self, at: float | None) -> float:
        """When media time is `at`, on the session's clock; None is now."""
        now = self._clock.now()
        if at is None:
            return now
        if self._media is None:
            self._media = now
        return self._media + at

    def afford(self, seconds: float, what: str) -> None:
        """End the session where that is more than may be waited for."""
        if seconds > self._most:
            now = self._clock.now()
            self._log.add(Waited(what, now, now, "over-budget", seconds))
            why = f"waiting {seconds:.0f} s for {what} is more than the {self._most:g} s allowed"
            raise OverError("abandoned", why)

    def wait_until(self, moment: float, what: str, *, media_runs: bool = False, upkept: bool = False) -> None:
        """Let time pass; `upkept` where the session is to live on."""
        since = self._clock.now()
        self.afford(moment - since, what)
        if upkept:
            self.pass_until(moment)
        else:
            self.rest(moment - since)
        self._log.add(Waited(what, since, self._clock.now(), "elapsed"))
        if not media_runs:
            self._stand_still(since)

    def wait_for(self, what: str, timeout: float) -> None:
        """Wait for an event, or for the stream's `end`; end the session where it does not come."""
        since = self._clock.now()
        until = since + timeout
        with self._log.at_once():
            while (outcome := self._watch.wait(what, min(until - self._clock.now(), self.upkeep()))) == "timeout":
                if self._clock.now() >= until:
                    break
        if outcome == "stopped":
            raise OverError("interrupted", "")
        self._log.add(Waited(what, since, self._clock.now(), outcome))
        self._stand_still(since)
        if outcome != "came":
            reason = "the stream ended before" if outcome == "stream-over" else f"not within {timeout:g} s"
            raise OverError("failed", f"awaiting `{what}`: {reason}")

    def pass_until(self, moment: float) -> None:
        """Let time pass that is no step of the plan's, in a session that is to live on."""
        while True:
            self.rest(min(moment - self._clock.now(), self.upkeep()))
            if self._clock.now() >= moment:
                break

    def rest(self, seconds: float) -> None:
        """Let time pass that is no step of the plan's."""
        if not self._watch.rest(seconds):
            raise OverError("interrupted", "")

    def _stand_still(self, since: float) -> None:
        if self._media is not None:
            self._media += self._clock.now() - since
