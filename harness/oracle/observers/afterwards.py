"""Requests to a session that was finalized or cancelled (CHUNK-7, CTRL-5)."""

from harness.contract.messages import ACTIONS
from harness.history.observations import Event
from harness.oracle.beliefs import Role
from harness.oracle.exchange import Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.notes import Answers
from harness.oracle.observers.base import Observer, reply
from harness.oracle.verdicts import Outcomes

_ENDINGS = ("finalize", "done", "cancel")


class Afterwards(Observer):
    """Late chunks and further actions. What may have crossed `done` on the way is no answer to anything."""

    __slots__ = ("_done",)

    requests = ("chunk", "control")
    events = ("done",)
    asks = (
        "late",
        "late-after-done",
        "late-after-cancel",
        *(f"{action}-after-{ending}" for action in ACTIONS for ending in _ENDINGS),
    )

    def __init__(self, known: Knowledge, answers: Answers) -> None:
        super().__init__(known, answers)
        self._done: float | None = None

    def event(self, event: Event) -> Outcomes:
        if self._done is None:
            self._done = event.at
        return ()

    def answered(self, exchange: Exchange) -> Outcomes:
        sent = exchange.sent
        if not exchange.is_right or exchange.returned.status is None or not (ending := self._ending(exchange)):
            return ()
        if sent.kind == "chunk" and exchange.was.role is Role.LATE:
            return self.note("late" if ending == "finalize" else f"late-after-{ending}", reply(exchange))
        if sent.kind == "control" and sent.action in ACTIONS:
            return self.note(f"{sent.action}-after-{ending}", reply(exchange))
        return ()

    def _ending(self, exchange: Exchange) -> str:
        """What the session had surely come to when the request left; empty where that is not known."""
        endgame = self.known.endgame
        if self._done is not None:
            return "done" if self._done <= exchange.sent.at and endgame.finalized else ""
        if endgame.cancelled:
            return "" if endgame.finalized else "cancel"
        watched = exchange.was.stream is not None and exchange.was.stream == endgame.stream
        return "finalize" if endgame.finalized and watched else ""
