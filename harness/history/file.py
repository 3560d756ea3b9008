"""History files: one session, one observation a line, as JSON; the header comes first."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from harness.errors import UsageError
from harness.history.events import Events
from harness.history.observations import Event, Header, Observation, Stored

FORMAT: Final = 1

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Stored)


def encode(observation: Stored) -> bytes:
    """One line of the file, with its line end."""
    return _encoder.encode(observation) + b"\n"


class HistoryWriter:
    """Writes a session's history as it happens; a taker of a log. Raise `UsageError` where it can't be written."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb")
        except OSError as error:
            raise UsageError(f"{path}: no history can be written here: {error.strerror}") from None

    def __call__(self, observation: Observation) -> None:
        """Append the observation; events are not stored, since their bytes are."""
        if not isinstance(observation, Event):
            self._file.write(encode(observation))

    def close(self) -> None:
        """Close the file; raise `OSError` where what was kept back can't be written."""
        self._file.close()


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
