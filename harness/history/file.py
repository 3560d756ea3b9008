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
PIECE: Final = 4 * 1024
"""Bytes that are written together: some seconds of a live session, and a page of memory."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Stored)


def encode(observation: Stored) -> bytes:
    """One line of the file, with its line end."""
    return _encoder.encode(observation) + b"\n"


class HistoryWriter:
    """Writes a session's history as it happens; a taker of a log.

    It keeps no file open, since thousands of sessions may have one each.
    """

    __slots__ = ("_failed", "_lines", "_mode", "_size", "path")

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        self._lines: list[bytes] = []  # small ones: buffers that grow, by the thousand, would leave holes in memory
        self._size = 0  # of them
        self._mode: Literal["wb", "ab"] = "wb"
        self._failed = False

    def __call__(self, observation: Observation) -> None:
        """Append the observation; events are not stored, since their bytes are. Raise `OSError`."""
        if isinstance(observation, Event) or self._failed:
            return
        line = encode(observation)
        self._lines.append(line)
        self._size += len(line)
        if self._size >= PIECE:
            self._flush()

    def close(self) -> bool:
        """Write what was kept back; raise `OSError` where that can't be written. Whether all of it is there now."""
        if not self._failed:
            self._flush()
        return not self._failed

    def discard(self) -> None:
        """Leave nothing of it; raise `OSError`."""
        self._lines.clear()
        self.path.unlink(missing_ok=True)

    def _flush(self) -> None:
        data = b"".join(self._lines)
        self._lines.clear()
        try:
            self._write(data)
        except OSError:
            self._failed = True  # what comes later would stand there as if nothing were missing before it
            raise
        self._size = sum(map(len, self._lines))

    def _write(self, data: bytes) -> None:
        with self.path.open(self._mode) as file:
            file.write(data)
        self._mode = "ab"


def open_history(path: Path) -> HistoryWriter:
    """The writer of a history; raise `UsageError` where none can be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path}: no history can be written here: {error.strerror}") from None
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path}: no history can be written here; expected a file in a folder that can be written")
    return HistoryWriter(path)


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
