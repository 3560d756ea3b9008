"""The files of the user's own that a run needs, for workers that do not have them.

Scenarios and profiles travel as text. Audio does not: a worker is told what it should be, and must have it.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from harness import __version__
from harness.errors import UsageError
from harness.scenario.audio.files import load_file
from harness.scenario.call import Call
from harness.scenario.loader import files_of
from harness.scenario.sound import AudioFile, Choice, Sound

_YAML = (".yaml", ".yml")


class Bundle(msgspec.Struct, frozen=True):
    """Files, by their paths as the master has them."""

    texts: dict[str, str] = {}
    audio: dict[str, str] = {}
    """Digests."""
    harness: str = __version__

    def unpack(self, folder: Path) -> None:
        """Lay them out in a folder, in which `here` finds them. Raise `UsageError` for what this machine lacks."""
        if self.harness != __version__:
            raise UsageError(f"the master has harness {self.harness}, and this worker {__version__}; expected the same")
        for path, text in self.texts.items():
            copy = Path(self.here(path, folder))
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, encoding="utf-8")
        for path, digest in self.audio.items():
            try:
                found = load_file(Path(path)).digest
            except UsageError as error:
                raise UsageError(f"{error}; a worker must have it here, seen from {Path.cwd()}") from None
            if found != digest:
                raise UsageError(f"{path}: is another audio than the master's; expected the same file on every worker")
            link = Path(self.here(path, folder))
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(Path(path).absolute())

    @staticmethod
    def here(path: str, folder: Path) -> str:
        """Where a file is that the master knows by this path."""
        whole = os.path.abspath(path)  # noqa: PTH100 - to resolve links would lead away from the file's neighbours
        return str(folder / whole.lstrip(os.sep))


def pack(scenario: str, profile: str | None, calls: Iterable[Call]) -> Bundle:
    """The files of a run; `scenario` and `profile` may be names, and then are everywhere. Raise `UsageError`."""
    paths = files_of(Path(scenario)) if is_file(scenario) else []
    if profile is not None and is_file(profile):
        paths.append(Path(profile))
    sounds = {sound.file for call in calls for sound in _files(call.audio)}
    return Bundle(
        texts={str(path): path.read_text(encoding="utf-8") for path in paths},
        audio={file: load_file(Path(file)).digest for file in sorted(sounds)},
    )


def is_file(text: str) -> bool:
    """Whether a scenario or a profile is given by its file, and not by its name."""
    return text.endswith(_YAML)


def _files(sound: Sound) -> Iterator[AudioFile]:
    match sound:
        case AudioFile():
            yield sound
        case Choice(sounds=sounds):
            for each in sounds:
                yield from _files(each)
