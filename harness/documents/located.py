"""Values of a file that remember where they stood."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import UsageError


def did_you_mean(got: object, among: Iterable[object]) -> str:
    """The end of a message, empty where `got` resembles none of `among`."""
    close = difflib.get_close_matches(str(got), [str(word) for word in among], n=1)
    return f"; did you mean {close[0]}?" if close else ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: a file, a line (from 1), and the path of keys that leads to it."""

    file: Path
    line: int = 1
    path: str = ""

    def error(self, wrong: str, expected: str = "", *, got: object = None, among: Iterable[object] = ()) -> UsageError:
        """The error to raise; it asks whether one of `among` was meant that resembles `got`."""
        path = f" {self.path}:" if self.path else ""
        told = f"; expected {expected}" if expected else ""
        return UsageError(f"{self.file}:{self.line}:{path} {wrong}{told}{did_you_mean(got, among)}")


@dataclass(frozen=True, slots=True)
class Node:
    """A value (None, bool, int, float, str, a list of nodes, or a dict of nodes by key) and its place."""

    value: Any
    place: Place

    def error(self, wrong: str, expected: str = "", *, among: Iterable[object] = ()) -> UsageError:
        return self.place.error(wrong, expected, got=self.value, among=among)

    def __str__(self) -> str:
        """The value as a message shows it."""
        match self.value:
            case None:
                return "nothing"
            case bool():
                return str(self.value).lower()
            case dict():
                return "a mapping"
            case list():
                return "a list"
            case str() if len(self.value) > 60:
                return repr(self.value[:57] + "...")
            case _:
                return repr(self.value)
