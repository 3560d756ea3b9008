"""What the document leaves open about events and their stream (EVENT-11)."""

import re
from collections.abc import Iterator
from typing import Final

from harness.contract.messages import EVENT_NAMES
from harness.history.observations import Event, StreamBytes, StreamClosed
from harness.oracle.knowledge import Knowledge
from harness.oracle.notes import Answers
from harness.oracle.observers.base import Observer, fields
from harness.oracle.verdicts import Outcome, Outcomes

_SHAPES: Final = {name: f"{name}-fields" for name in EVENT_NAMES}
_BOM: Final = b"\xef\xbb\xbf"
_LINE_ENDS: Final = (b"\n", b"\r")
_TELLING: Final = (b":", b"r")
"""How comments and the field `retry` begin."""
_RETRY: Final = re.compile(rb"retry: ?(\d{1,9})[\r\n]")


class EventShapes(Observer):
    """Fields, ids, reconnection times, comments, and how many status events there are."""

    __slots__ = ("_commented", "_events", "_fresh", "_id", "_retry", "_shapes", "_statuses")

    asks = (*_SHAPES.values(), "event-ids", "retry-times", "comments", "status-events")

    def __init__(self, known: Knowledge, answers: Answers) -> None:
        super().__init__(known, answers)
        self._statuses = self._events = 0
        self._id = ""
        self._shapes: dict[str, tuple[str, ...]] = {}
        """By event, the fields that the last one had."""
        self._fresh = True
        """Whether the next byte is the first of a line."""
        self._commented = False
        self._retry = ""

    def event(self, event: Event) -> Outcomes:
        self._events += 1
        self._id = event.id
        if event.name == "status":
            self._statuses += 1
        names = self.known.reader.entered.shape.names
        if self._shapes.get(event.name) == names or event.name not in _SHAPES:
            return ()
        self._shapes[event.name] = names
        return self._new_shape(event)

    def _new_shape(self, event: Event) -> Iterator[Outcome]:
        yield from self.note(_SHAPES[event.name], fields(event.payload))
        if event.name == "done" and self.known.consumers.opened == 1:
            yield from self.note("status-events", str(self._statuses))

    def received(self, received: StreamBytes) -> Outcomes:
        # Under load, most of what comes: a few searches in C, and mostly no more than that.
        data, fresh = received.data, self._fresh
        if not self._events:
            data = data.removeprefix(_BOM)
        self._fresh = data[-1:] in _LINE_ENDS
        if not (b"\n:" in data or b"\nretry:" in data or b"\r" in data or (fresh and data[:1] in _TELLING)):
            return ()
        return self._looked_at(data, fresh=fresh)

    def _looked_at(self, data: bytes, *, fresh: bool) -> Outcomes:
        if not self._retry and ((fresh and data.startswith(b"retry:")) or b"\nretry:" in data or b"\rretry:" in data):
            told = _RETRY.search(data)
            self._retry = f"yes, {int(told[1])} ms" if told else "yes"
        if self._commented or not ((fresh and data.startswith(b":")) or b"\n:" in data or b"\r:" in data):
            return ()
        self._commented = True
        return self.note("comments", "yes")

    def closed(self, closed: StreamClosed) -> Iterator[Outcome]:
        if self._events < 2 or self.known.consumers.opened != 1:
            return
        yield from self.note("event-ids", "no" if not self._id else "numbers" if self._id.isdigit() else "yes")
        yield from self.note("retry-times", self._retry or "no")
