"""One YAML file as plain values that remember where they stood.

The YAML that people write in configuration, and no more of it: one document of mappings, lists and scalars, without
tags, anchors, merge keys and duplicate keys. A plain scalar is null, `true` or `false`, a decimal number, or text:
`on`, `1:30` and `2024-01-31` are text.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml
from yaml import events

from harness.documents.located import Node, Place
from harness.errors import UsageError

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 16

_WHOLE: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_DECIMAL: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
_WORDS: Final = {"": None, "~": None, "null": None, "true": True, "false": False}
_HINTS: Final = (
    ("block scalar", "quotes around a value that begins with > or |, such as '>= 99.5%'"),
    ("'\\t'", "spaces for indentation, no tabs"),
    ("cannot start any token", "quotes around a value that begins with such a character"),
    ("mapping values are not allowed", "quotes around text that holds ': '; keys of one mapping in one column"),
)


def read(path: Path) -> Node:
    """Read a file; raise `UsageError` with file, line and key path for whatever is wrong with it."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the path
        raise UsageError(f"{path}: can't be read: {getattr(problem, 'strerror', None) or problem}") from problem
    return parse(data, path)


def parse(data: bytes, path: Path) -> Node:
    """The same, of bytes at hand; `path` is for the messages."""
    start = Place(path)
    if len(data) > MAX_BYTES:
        raise start.error("the file is too long", f"at most {MAX_BYTES // 1024} KiB")
    try:
        text = data.decode()
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise Place(path, line).error(f"byte {data[problem.start]:#04x} is not UTF-8", "a text file in UTF-8") from None
    try:
        return _Builder(path, yaml.parse(text, Loader=yaml.SafeLoader)).document()
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        what = f"{problem.problem or problem.context}"
        hint = next((hint for part, hint in _HINTS if part in f"{problem.context} {what}"), "")
        raise Place(path, mark.line + 1 if mark else 1).error(f"not YAML: {what}", hint) from problem
    except yaml.reader.ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        raise Place(path, line).error("a control character", "printable text only") from problem
    except (ValueError, OverflowError) as problem:  # PyYAML 6.0: from "\UFFFFFFFF", and from endless version numbers
        raise start.error(f"not YAML: {problem}") from problem


class _Builder:
    """Builds nodes from the parser's events, which come one by one, so that no input can nest or grow out of hand."""

    def __init__(self, file: Path, parsed: Iterator[events.Event]) -> None:
        self._file = file
        self._events = parsed

    def document(self) -> Node:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), events.StreamEndEvent):
            raise Place(self._file).error("the file is empty")
        root = self._node(next(self._events), Place(self._file), 0)
        if root.value is None:
            raise Place(self._file).error("the file is empty")
        next(self._events)  # the document's end
        follower = next(self._events)
        if not isinstance(follower, events.StreamEndEvent):
            raise self._place(follower, "").error("a second document", "one document a file")
        return root

    def _node(self, event: events.Event, place: Place, depth: int) -> Node:
        if isinstance(event, events.NodeEvent) and event.anchor:  # an alias is an event with the anchor's name
            raise place.error("anchors and aliases are not used here", "the value itself, written out")
        if isinstance(event, events.ScalarEvent | events.CollectionStartEvent) and event.tag:
            raise place.error(f"tags such as {event.tag} are not used here", "the plain value")
        if depth > MAX_DEPTH:
            raise place.error("nested too deeply", f"at most {MAX_DEPTH} levels")
        match event:
            case events.ScalarEvent():
                return Node(_scalar(event, place), place)
            case events.SequenceStartEvent():
                return Node(list(self._items(place, depth)), place)
            case _:
                return Node(self._entries(place, depth), place)

    def _items(self, place: Place, depth: int) -> Iterator[Node]:
        index = 0
        while not isinstance(event := next(self._events), events.SequenceEndEvent):
            yield self._node(event, self._place(event, f"{place.path}[{index}]"), depth + 1)
            index += 1

    def _entries(self, place: Place, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), events.MappingEndEvent):
            at = self._place(event, place.path)
            if not isinstance(event, events.ScalarEvent):
                raise at.error("a key that is not a word")
            self._node(event, at, depth)  # for its checks: no tag, no anchor, no lone surrogate
            key = event.value
            at = self._place(event, f"{place.path}.{key}" if place.path else key)
            if key in entries:
                raise at.error(f"the key was given before, in line {entries[key].place.line}", "each key once")
            if key == "<<":
                raise at.error("merge keys are not used here", "the keys themselves, written out")
            entries[key] = self._node(next(self._events), at, depth + 1)
        return entries

    def _place(self, event: events.Event, path: str) -> Place:
        return Place(self._file, event.start_mark.line + 1 if event.start_mark else 1, path)


def _scalar(event: events.ScalarEvent, place: Place) -> bool | int | float | str | None:
    text: str = event.value
    try:
        text.encode()
    except UnicodeEncodeError:  # "\uD800" in quotes
        raise place.error("an escape that is no character of its own (a surrogate)") from None
    if not event.implicit[0]:  # quoted, or a block
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
