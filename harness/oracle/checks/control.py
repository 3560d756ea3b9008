"""Control (CTRL-1, CTRL-2, CTRL-4)."""

from collections.abc import Iterator
from typing import Any

from harness.contract.messages import ACTIONS
from harness.history.observations import Ended, Event, StreamClosed, Waited
from harness.oracle.checks.base import ROUNDING, Check
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, Outcomes, failed, inconclusive, passed


class FinalizeLetsThePipelineFinish(Check):
    """Finalize is acked, the remaining events come, and `done`: whichever of ack and `done` is first."""

    __slots__ = ("_done", "_error")

    judges = ("CTRL-1",)
    requests = ("control",)
    events = ("error", "done")

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._done = False
        self._error = ""

    def exchanged(self, exchange: Exchange) -> Iterator[Outcome]:
        acked = exchange.sent.action == "finalize" and exchange.is_right and exchange.accepted
        if acked and self._done and not self.known.endgame.finalized and self._is_due:
            yield passed("CTRL-1")

    def event(self, event: Event) -> Iterator[Outcome]:
        if event.name == "error":
            self._error = self._error or event.data
        elif event.name == "done" and not self._done:
            self._done = True
            if self.known.endgame.finalized and self._is_due:
                yield passed("CTRL-1")

    def closed(self, closed: StreamClosed) -> Iterator[Outcome]:
        if not self._is_due or self._done or closed.n != self.known.endgame.stream or closed.how == "left":
            return
        if self.known.consumers.intruded:
            return  # a second consumer has put this one out: STREAM-2
        if self.known.may_have_expired(closed.at):
            return
        if closed.how == "cut":
            yield inconclusive("CTRL-1", f"the stream broke off before `done` ({closed.detail})")
        elif self._error:
            yield inconclusive("CTRL-1", f"the stream ended with an error event in place of `done`: {self._error:.200}")
        else:
            yield failed(
                "CTRL-1", "after finalize the stream ends with `done`", "the server ended the stream without it"
            )

    def waited(self, waited: Waited) -> Iterator[Outcome]:
        if waited.what != "done" or waited.outcome != "timeout" or not self._is_due or self._done:
            return
        if not self.known.ending_stream_is_open:
            return  # what a consumer is told that comes later is open
        if self.known.may_have_expired(waited.at):
            return
        if self.known.consumers.intruded:
            return  # a second consumer may have put this one out: STREAM-2
        needed, had = self.known.profile.waits.drain, waited.at - (self.known.endgame.finalize_sent or waited.since)
        if had < needed - ROUNDING:
            yield inconclusive("CTRL-1", f"no `done` within {had:.1f} s of finalize; only {needed:g} s would decide")
        else:
            yield failed("CTRL-1", f"`done` within {needed:g} s of finalize (waits.drain)", f"none within {had:.1f} s")

    @property
    def _is_due(self) -> bool:
        """Whether finalize was asked of a session with audio, and not turned down."""
        known = self.known
        asked = known.endgame.finalize_sent is not None and known.endgame.cancel_sent is None
        return asked and known.beliefs.surely_has_audio()


class CancelTearsDown(Check):
    """After a cancel the stream gets an `error` with the client's reason, no `done`, and ends."""

    __slots__ = ("_errors", "_last_error", "_over", "_told")

    judges = ("CTRL-2",)
    events = ("error", "done")

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._errors = 0
        self._last_error = ""
        self._told = False
        self._over = False

    def event(self, event: Event) -> Iterator[Outcome]:
        if not self._is_due:
            return
        if event.name == "done" and (self.known.endgame.cancelled or self._told):
            self._over = True
            yield failed("CTRL-2", "no `done` after a cancel", "`done` came")
        elif event.name == "error":
            # Another error may have been on its way: what counts is that one of them carries the reason.
            self._errors += 1
            self._last_error = event.data
            reason = self.known.endgame.cancel_reason
            self._told = self._told or not reason or _holds(event.payload, reason)

    def closed(self, closed: StreamClosed) -> Iterator[Outcome]:
        if not self._is_due or closed.n != self.known.endgame.stream or closed.how == "left":
            return
        self._over = True
        if self.known.may_have_expired(closed.at):
            return
        if closed.how == "cut":
            yield inconclusive("CTRL-2", f"the stream broke off after the cancel ({closed.detail})")
        elif self._told:
            yield passed("CTRL-2")
        elif self._errors:
            expected = f"an error event that carries the reason {self.known.endgame.cancel_reason!r}"
            yield failed("CTRL-2", expected, f"the last one is {self._last_error:.200}")
        else:
            yield failed("CTRL-2", "an error event with our reason before the stream ends", "it ended without one")

    def waited(self, waited: Waited) -> Iterator[Outcome]:
        if waited.outcome != "timeout" or not self._is_due or not self.known.ending_stream_is_open:
            return
        if self.known.may_have_expired(waited.at):
            return
        needed, had = self.known.profile.waits.close, waited.at - (self.known.endgame.cancel_sent or waited.since)
        if had < needed - ROUNDING:
            return
        self._over = True
        happened = "the stream is still open" if self._errors else "neither came"
        yield failed("CTRL-2", f"within {needed:g} s of a cancel an error event and the stream's end", happened)

    @property
    def _is_due(self) -> bool:
        # Asked for is enough: what a cancel brings on may come before its ack. After a finalize it is open (CTRL-5).
        known = self.known
        asked = known.endgame.cancel_sent is not None and known.surely_lives(known.endgame.cancel_sent)
        return asked and not self._over and known.endgame.finalize_sent is None


class UnknownActionsAreRefused(Check):
    """An unknown action is refused; what is right afterwards is accepted as if it had not been sent."""

    __slots__ = ("_unproven",)

    judges = ("CTRL-4",)
    requests = ("chunk", "control", "attach")

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._unproven = 0

    def exchanged(self, exchange: Exchange) -> Outcomes:
        sent = exchange.sent
        if not exchange.is_right:
            return ()
        if sent.kind == "control" and sent.action not in ACTIONS:
            return self._unknown(exchange)
        if self._unproven and exchange.accepted and exchange.was.ingesting:
            proven, self._unproven = self._unproven, 0
            return (passed("CTRL-4"),) * proven
        return ()

    def _unknown(self, exchange: Exchange) -> Outcomes:
        action = exchange.sent.action
        if exchange.answer is Answer.REFUSED:
            self._unproven += 1
            return ()
        if exchange.accepted:
            return (failed("CTRL-4", f"the unknown action {action!r} is refused", exchange.in_words),)
        return (inconclusive("CTRL-4", f"the unknown action {action!r} was {exchange.in_words}"),)

    def ended(self, ended: Ended) -> Iterator[Outcome]:
        if self._unproven:
            self._unproven = 0
            yield inconclusive("CTRL-4", "an unknown action was refused, but nothing right was accepted after it")


def _holds(payload: Any, reason: str) -> bool:
    """Whether the reason stands in any string of the payload."""
    if isinstance(payload, str):
        return reason in payload
    if isinstance(payload, dict):
        return any(_holds(value, reason) for value in payload.values())
    return isinstance(payload, list) and any(_holds(value, reason) for value in payload)
