"""History files: one session, one observation a line, as JSON; the header comes first."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec

from harness.errors import UsageError
from harness.history.events import Events
from harness.history.observations import Event, Header, Observation, Stored

FORMAT: Final = 1
_PIECE: Final = 4 * 1024
"""Bytes: some seconds of a live session, for an `open` and a `write` a time."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Stored)


def encode(observation: Stored) -> bytes:
    """One line of the file, with its line end."""
    return _encoder.encode(observation) + b"\n"


class HistoryWriter:
    """Writes a session's history as it happens; a taker of a log. Raise `UsageError` where it can't be written.

    It keeps no file open, since thousands of sessions have one each. Most are over before there is a piece to write:
    a history that nobody wants in the end is then dropped without the disk having seen it.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{path}: no history can be written here: {error.strerror}") from None
        if path.is_dir() or not os.access(path.parent, os.W_OK):
            raise UsageError(f"{path}: no history can be written here; expected a file in a folder that can be written")
        self._path = path
        self._lines: list[bytes] = []  # small ones: buffers that grow, by the thousand, would leave holes in memory
        self._size = 0  # of them
        self._mode: Literal["wb", "ab"] = "wb"
        self._failed = ""

    def __call__(self, observation: Observation) -> None:
        """Append the observation; events are not stored, since their bytes are. Raise `OSError`."""
        if isinstance(observation, Event) or self._failed:
            return
        line = _encoder.encode(observation)
        self._lines.append(line)
        self._size += len(line)
        if self._size >= _PIECE:
            self._write()

    def close(self) -> None:
        """Write what was kept back; raise `OSError` where that, or anything before it, can't be written."""
        if self._failed:
            raise OSError(self._failed)
        self._write()

    def discard(self) -> None:
        """Leave nothing of it; raise `OSError`."""
        self._lines.clear()
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        try:
            with self._path.open(self._mode) as file:
                file.writelines(line + b"\n" for line in self._lines)
        except OSError as error:
            self._failed = str(error)  # what comes later would stand there as if nothing were missing before it
            raise
        finally:
            self._lines.clear()
            self._size = 0
        self._mode = "ab"


def read_history(path: Path) -> Iterator[Observation]:
    """The observations of a history file, with the events that their bytes complete.

    Raise `UsageError` where the file is no history, or of a newer format. A last line that was cut off (the run was
    killed) is left out.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UsageError(f"{path}: the history can't be read: {error.strerror}") from None
    events = Events()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            observation = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if number == len(lines) and number > 1:
                return  # no line end after it
            raise UsageError(f"{path}:{number}: not a line of a history: {error}") from None
        if number == 1 and not isinstance(observation, Header):
            raise UsageError(f"{path}:1: a history begins with a header line")
        if isinstance(observation, Header) and observation.format > FORMAT:
            raise UsageError(
                f"{path}:{number}: history format {observation.format} is newer than this harness reads ({FORMAT}); "
                "use a newer live-harness"
            )
        yield observation
        yield from events.of(observation)
