"""Whose events a stream brings, as far as one session can show it (STREAM-7)."""

from harness.history.observations import Event
from harness.oracle.checks.base import Check
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcomes, failed


class EventsNameTheirSession(Check):
    """Where events say which session they are of, it is always this one.

    That they do is shown by one of the same name that names this one. That sessions do not mix is shown only when they
    are held against each other, so that nothing passes here.
    """

    __slots__ = ("_named",)

    judges = ("STREAM-7",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._named: dict[str, tuple[bool, str]] = {}
        """By event: whether this session was named, and the last other one that was."""

    def named(self, event: Event) -> Outcomes:
        start, named = self.known.start, self.known.reader.session
        if start is None or named is None or len(self._named) > _NAMES:
            return ()
        own, other = self._named.get(event.name, (False, ""))
        own, other = (True, other) if named == start.session_id else (own, named)
        self._named[event.name] = own, "" if own else other
        if own and other:
            happened = f"one names {other!r:.80}, and another this one, {start.session_id!r:.80}"
            return (failed("STREAM-7", f"`{event.name}` events of this session alone on its stream", happened),)
        return ()


_NAMES = 20
"""Events are told apart by what the server calls them, which may be anything."""
