"""Events: names, data, and the order of status (EVENT-1 to EVENT-3, EVENT-8)."""

from typing import Any, Final, TypeGuard

from harness.contract.messages import EVENT_NAMES, PHASES
from harness.history.observations import Event
from harness.oracle.checks.base import Check
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, Outcomes, failed, passed

_NAMES: Final = frozenset(EVENT_NAMES)
_NAMED: Final = (passed("EVENT-1"),)
_STATUS: Final = (passed("EVENT-2"),)
_ORDER: Final = passed("EVENT-3")


class EventsAreKnown(Check):
    """The nine names, and one JSON object as data."""

    __slots__ = ()

    judges = ("EVENT-1",)

    def event(self, event: Event) -> Outcomes:
        if event.name not in _NAMES:
            expected, happened = f"one of the events {', '.join(EVENT_NAMES)}", f"an event named {event.name!r:.80}"
        elif isinstance(event.payload, dict) and not event.flaw:
            return _NAMED
        else:
            expected = f"one JSON object as the data of `{event.name}`"
            happened = f"{event.flaw}: {event.data:.200}" if event.flaw else f"{event.data:.200}"
        return (failed("EVENT-1", expected, happened),)


class ErrorsAreStructured(Check):
    """An `error` has a code and a message."""

    __slots__ = ()

    judges = ("EVENT-8",)
    events = ("error",)

    def event(self, event: Event) -> Outcomes:
        if not isinstance(event.payload, dict):
            return ()
        code, message = event.payload.get("code"), event.payload.get("message")
        if isinstance(code, str | int) and not isinstance(code, bool) and code != "" and isinstance(message, str):
            return (passed("EVENT-8"),)
        return (failed("EVENT-8", "an error with a code and a message", f"error {event.data:.200}"),)


class StatusIsWellFormed(Check):
    """`phase` is one of three, `progress` lies between 0 and 1."""

    __slots__ = ()

    judges = ("EVENT-2",)
    events = ("status",)

    def event(self, event: Event) -> Outcomes:
        if not isinstance(event.payload, dict):
            return ()
        phase, progress = event.payload.get("phase"), event.payload.get("progress")
        if phase not in PHASES:
            return (failed("EVENT-2", f"a phase of {', '.join(PHASES)}", f"status {event.data:.200}"),)
        if not _is_progress(progress):
            return (failed("EVENT-2", "a progress from 0.0 to 1.0", f"status {event.data:.200}"),)
        return _STATUS


class StatusMovesForward(Check):
    """Phases never go back, progress never falls, and completed comes after finalize and before `done`.

    One attachment at a time: what a server replays to a consumer that comes back is its own affair.
    """

    __slots__ = ("_over", "_phase", "_progress", "_stream")

    judges = ("EVENT-3",)
    events = ("status", "done")

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._stream = 0
        self._phase = ""
        self._progress = 0.0
        self._over = False

    def event(self, event: Event) -> Outcomes:
        if event.n != self._stream:
            self._stream, self._phase, self._progress, self._over = event.n, "", 0.0, False
        if self._over:
            return ()
        if event.name == "status" and isinstance(event.payload, dict):
            return (self._status(event, event.payload),)
        return self._done(event) if event.name == "done" else ()

    def _done(self, event: Event) -> Outcomes:
        self._over = True
        if self._came_early(event):
            return (failed("EVENT-3", "no `done` before finalize", "`done` came while the session took chunks"),)
        # A consumer that came late or came back need not have been told what came before.
        told_all = self._phase and self.known.consumers.opened == 1 and self.known.endgame.cancel_sent is None
        # What a session without audio comes to is open (CTRL-5).
        if told_all and self._phase != "completed" and self.known.beliefs.surely_has_audio():
            return (failed("EVENT-3", "a completed status before `done`", f"the last phase was {self._phase}"),)
        return ()

    def _status(self, event: Event, payload: dict[str, Any]) -> Outcome:
        phase, progress = payload.get("phase"), payload.get("progress")
        before, self._phase = self._phase, phase if phase in PHASES else self._phase
        least, self._progress = self._progress, progress if _is_progress(progress) else self._progress
        if before and phase in PHASES and PHASES.index(phase) < PHASES.index(before):
            return failed("EVENT-3", f"no phase before {before} once it was reached", f"status {event.data:.200}")
        if _is_progress(progress) and progress < least:
            return failed(
                "EVENT-3", f"a progress of at least {least:g}, which was reached", f"status {event.data:.200}"
            )
        if phase == "completed" and self._came_early(event):
            return failed("EVENT-3", "no completed status before finalize", f"status {event.data:.200}")
        return _ORDER

    def _came_early(self, event: Event) -> bool:
        return not self.known.endgame.has_begun and self.known.surely_lives(event.at)


def _is_progress(value: Any) -> TypeGuard[float]:
    return type(value) in (float, int) and 0 <= value <= 1  # not `bool`, which is an `int`
