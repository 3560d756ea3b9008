"""The utterances of a session that have a transcript, as far as others refer to them."""

from array import array
from typing import Final

from harness.oracle.identities import Reference
from harness.oracle.payload import Utterance
from harness.oracle.recent import Recent

About = Reference | tuple[float, float]
"""What an event says that it is about: an id, or a stretch of the audio, in seconds."""

_REMEMBERED: Final = 128
_FIELDS: Final = 16
_NEAR: Final = 1.0
"""Seconds by which a stretch may miss an utterance that it means."""


class Transcribed:
    """The last ones."""

    __slots__ = ("_fields", "_ids", "_places", "_spans", "count")

    def __init__(self) -> None:
        self.count = 0
        self._ids = Recent(4 * _REMEMBERED)
        self._fields: tuple[str, ...] = ()
        self._spans = array("d")
        """Where each begins, and ends."""
        self._places = Recent(_REMEMBERED)

    def add(self, utterance: Utterance) -> bool:
        """One more; whether one of them lies exactly where this one does."""
        self.count += 1
        for each in utterance.ids:
            self._ids.add(each.id)
            if each.field not in self._fields and len(self._fields) < _FIELDS:
                self._fields = (*self._fields, each.field)
        if utterance.text and " " not in utterance.text:
            self._ids.add(utterance.text)  # what was said may be what it is called
        if utterance.start is None or utterance.end is None:
            return False
        self._spans.extend((utterance.start, utterance.end))
        if len(self._spans) > 2 * _REMEMBERED:
            del self._spans[:2]
        return self._places.add((utterance.start, utterance.end))

    def has(self, about: About) -> bool:
        """Whether that is one of them."""
        if isinstance(about, Reference):
            return about.id in self._ids
        start, end = about
        spans = zip(self._spans[::2], self._spans[1::2], strict=True)
        return any(start <= theirs_end + _NEAR and end >= theirs - _NEAR for theirs, theirs_end in spans)

    def may_have_had(self, about: About) -> bool:
        """Whether it may be one that is forgotten."""
        return self._ids.has_forgotten if isinstance(about, Reference) else len(self._spans) == 2 * _REMEMBERED

    def has_such(self, about: About) -> bool:
        """Whether they are told of in the same way, so that one that is not among them is none."""
        if isinstance(about, Reference):
            return any(about.field[:3] == field[:3] for field in self._fields)
        return bool(self._spans)
