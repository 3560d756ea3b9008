"""The shapes of JSON objects: which fields there are. A server's events have few, and thousands of sessions get them.

What can be told from the names alone is found out once for each shape, and not once for each event.
"""

from collections.abc import Iterable
from typing import Any, Final

from harness.contract.event_fields import plain

_MOST: Final = 512
_WIDEST: Final = 64
_LONGEST: Final = 2048
"""Shapes, fields and characters that are remembered; what goes beyond them only takes longer."""

Names = tuple[tuple[str, str], ...]
"""Fields by their plain names, and as they are written."""


class Wanted:
    """Names to look for; the likelier first."""

    __slots__ = ("ranks",)

    def __init__(self, names: Iterable[str]) -> None:
        self.ranks = {name: rank for rank, name in enumerate(dict.fromkeys(map(plain, names)))}


class Shape:
    """Of an object. Where several fields have the same plain name, the first one has it."""

    __slots__ = ("_found", "names", "written")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.written: dict[str, str] = {}
        for name in names:
            self.written.setdefault(plain(name), name)
        self._found: dict[Wanted, Names] = {}

    def find(self, wanted: Wanted) -> Names:
        """Those of the wanted names that are there; the likelier first."""
        found = self._found.get(wanted)
        if found is None:
            known = sorted(self.written.keys() & wanted.ranks.keys(), key=wanted.ranks.__getitem__)
            found = self._found[wanted] = tuple((name, self.written[name]) for name in known)
        return found


_KNOWN: Final[dict[tuple[str, ...], Shape]] = {}


def shape(value: dict[str, Any]) -> Shape:
    """The shape of an object."""
    names = tuple(value)
    known = _KNOWN.get(names)
    if known is None:
        known = Shape(names)
        if len(_KNOWN) < _MOST and len(names) <= _WIDEST and sum(map(len, names)) <= _LONGEST:
            _KNOWN[names] = known
    return known
