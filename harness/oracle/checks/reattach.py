"""Consumers that come back (STREAM-3)."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.history.observations import Ended, StreamClosed
from harness.oracle.checks.base import Check
from harness.oracle.consumers import Second
from harness.oracle.disturbance import AUTH
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.lifetime import Life
from harness.oracle.verdicts import Outcome, Outcomes, failed, inconclusive, passed


class _TurnedAway(NamedTuple):
    after: float
    """Seconds since the one before had gone."""
    how: str
    alive: bool
    """Whether the session surely lived."""


class ConsumersCanComeBack(Check):
    """Once the consumer has gone, another one is let in, though not at once: a server has to notice first.

    That it is turned away for too long is a finding once the session has shown that it goes on.
    """

    __slots__ = ("_left", "_turned_away")

    judges = ("STREAM-3",)
    requests = ("attach", "chunk", "control")

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._left: float | None = None
        self._turned_away: _TurnedAway | None = None

    def closed(self, closed: StreamClosed) -> Outcomes:
        if closed.n == self.known.consumers.stream:
            # One that was let in beside it, or may have been, has a place of its own to leave.
            alone = self.known.consumers.second not in {Second.ADMITTED, Second.ASKING}
            self._left = closed.at if alone else None
        return ()

    def exchanged(self, exchange: Exchange) -> Outcomes:
        if not exchange.is_right or not exchange.was.ingesting:
            return ()
        if exchange.sent.kind == "attach":
            return self._attached(exchange)
        if self._turned_away and exchange.accepted and exchange.sent.action in {None, "finalize"}:
            return self._goes_on(self._turned_away)
        return ()

    def _attached(self, exchange: Exchange) -> Iterator[Outcome]:
        returned = exchange.returned
        if self._left is None or exchange.was.stream is not None or exchange.answer is Answer.UNTOUCHED:
            return
        if returned.status == 200:
            self._left = self._turned_away = None
            yield passed("STREAM-3")
        elif exchange.answer is Answer.UNKNOWN and not self._is_failure(returned.status):
            self._left = returned.at  # it may have been let in, and its leaving has to be noticed as well
        elif self.known.disturbance != AUTH["attach"]:  # else, whoever had no key may have taken the place
            alive = self.known.lifetime.life(exchange) is Life.SURE
            self._turned_away = _TurnedAway(exchange.sent.at - self._left, exchange.in_words, alive)

    def _is_failure(self, status: int | None) -> bool:
        """Whether a server that says so does not let anybody in, sooner or later."""
        return self.known.strict and status is not None and status >= 500 and status != 504

    def _goes_on(self, turned_away: _TurnedAway) -> Iterator[Outcome]:
        needed = self.known.profile.waits.notice
        if turned_away.after < needed:
            return
        self._left = self._turned_away = None
        expected = f"{needed:g} s after a consumer has gone (waits.notice), one can attach again"
        happened = f"{turned_away.after:.1f} s after it, one was {turned_away.how}, and the session went on"
        yield failed("STREAM-3", expected, happened)

    def ended(self, ended: Ended) -> Iterator[Outcome]:
        if self._turned_away and self._turned_away.alive:
            after, how, _ = self._turned_away
            yield inconclusive("STREAM-3", f"{after:.1f} s after a consumer had gone, another one was {how}")
