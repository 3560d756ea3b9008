"""What `done` tells (EVENT-9)."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from harness.contract.event_fields import REFERENCES, plain
from harness.history.observations import Event
from harness.oracle.checks.base import Check
from harness.oracle.fields import Payload, name
from harness.oracle.verdicts import Outcome, failed, passed

_BUNDLE: Final = ("timeline", "summary", "segment")
"""What its references are known by; of segments, segmentation and the like, the stem."""
_DEPTH: Final = 5
_TOLD: Final = passed("EVENT-9")
_NAMED: Final = re.compile("|".join(REFERENCES.split()))


class DoneRefersToArtifacts(Check):
    """A conversation id, and references to the artifact bundle: to the whole, or to each of its three parts."""

    __slots__ = ()

    judges = ("EVENT-9",)
    events = ("done",)

    def event(self, event: Event) -> Iterator[Outcome]:
        if not isinstance(event.payload, dict) or self.known.endgame.cancel_sent is not None:
            return
        if not name(event.payload.get("conversation_id")):
            yield failed("EVENT-9", "a done event with a `conversation_id`", f"done {event.data:.300}")
            return
        expected = self._lacking(event.payload)
        if not expected:
            yield _TOLD
        elif self.known.beliefs.surely_has_audio():  # else there is nothing to bundle, and CTRL-5 is open
            yield failed("EVENT-9", expected, f"done {event.data:.300}")

    def _lacking(self, raw: dict[str, Any]) -> str:
        fields = self.known.reader.fields
        if fields.is_pinned("artifacts"):
            told = list(_leaves(fields.pinned(Payload(raw), "artifacts"), ("artifacts",)))
        else:
            told = list(_leaves(raw, ()))
        if not any(each.is_reference for each in told):
            return f"a done event with references to the bundle of {fields.where('artifacts')}, or any URL or path"
        parts = {part for part in _BUNDLE for each in told if each.value and part in each.text}
        if any(each.is_whole for each in told) or not parts:
            return ""
        lacking = " and ".join(part for part in _BUNDLE if not any(part in each.text for each in told))
        if not lacking:  # an artifact may be told as it is, and be empty
            return ""
        return f"a done event with references to timeline, summary and segmentation, of which it has none to {lacking}"


class _Leaf(NamedTuple):
    """A word or a whole number in the payload; empty for prose, and for an empty list or object: neither refers."""

    path: tuple[str, ...]
    value: str
    text: str

    @classmethod
    def of(cls, path: tuple[str, ...], value: str) -> "_Leaf":
        return cls(path, value, f"{' '.join(path)} {value}".lower())

    @property
    def is_reference(self) -> bool:
        return "/" in self.value or (bool(self.value) and _NAMED.search(" ".join(self.path)) is not None)

    @property
    def is_whole(self) -> bool:
        """Whether it refers to the bundle as one thing."""
        to_the_bundle = self.path and self.value and any(stem in self.path[-1] for stem in ("artifact", "bundle"))
        return bool(to_the_bundle) and not any(part in self.text for part in _BUNDLE)


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[_Leaf]:
    if value in ([], {}):
        yield _Leaf.of(path, "")
    elif isinstance(value, dict) and len(path) < _DEPTH:
        for field, each in value.items():
            yield from _leaves(each, (*path, plain(field)))
    elif isinstance(value, list) and len(path) < _DEPTH:
        for each in value:
            if not isinstance(each, list):
                yield from _leaves(each, path)
    elif word := name(value):
        yield _Leaf.of(path, "" if " " in word else word)
