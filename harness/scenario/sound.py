"""The `audio` of a call file: a recipe to render, or a file of the user's own."""

from pathlib import Path
from typing import Annotated

import msgspec

from harness.documents.convert import by_hand, convert, written
from harness.documents.kinds import Duration, Frequency, Level
from harness.documents.located import Node
from harness.errors import UsageError
from harness.scenario.audio.files import load_file
from harness.scenario.audio.recipe import SHAPES, Audio, Format, Recipe
from harness.scenario.audio.render import render

MARKS = 4
"""So many renderings of one recipe are shared by all sessions of a load."""
SHORTEST, LONGEST = 0.1, 8 * 3600.0


def _speech(text: str) -> str:
    if text not in SHAPES:
        raise ValueError(f"unknown speech {text!r}; expected one of {', '.join(SHAPES)}")
    return text


class Sound(msgspec.Struct, frozen=True):
    """Where a session's audio comes from."""

    def for_session(self, seed: int) -> Audio:
        """The audio itself, ready to be sent."""
        raise NotImplementedError


class Rendering(Sound, frozen=True, forbid_unknown_fields=True):
    """A recipe; its fields mean what `Recipe` says. A mark left out is taken from the session's seed."""

    speech: Annotated[str, written(_speech, "one of " + ", ".join(SHAPES), enum=list(SHAPES))] = "two-speakers"
    length: Duration = 60.0
    format: Format = "wav"
    rate: Frequency = 16_000
    level: Level = -20.0
    noise: Level | None = None
    mark: Annotated[int, msgspec.Meta(ge=0, le=99)] | None = None

    def __post_init__(self) -> None:
        if not SHORTEST <= self.length <= LONGEST:
            raise ValueError("length is out of range; expected 100ms to 8h")
        self._recipe(0)  # for its own checks

    def for_session(self, seed: int) -> Audio:
        return render(self._recipe(seed))

    def _recipe(self, seed: int) -> Recipe:
        given = msgspec.structs.asdict(self)
        return Recipe(**given | {"mark": seed % MARKS if self.mark is None else self.mark})


class AudioFile(Sound, frozen=True, forbid_unknown_fields=True):
    """A file; its path is relative to the scenario file's directory."""

    file: str

    def for_session(self, seed: int) -> Audio:  # noqa: ARG002 - every session sends the same bytes
        return load_file(Path(self.file))


class Choice(Sound, frozen=True):
    """One of several, by the session's seed: seeds in a row have them in turn."""

    sounds: tuple[Sound, ...]

    def for_session(self, seed: int) -> Audio:
        return self.sounds[seed % len(self.sounds)].for_session(seed)


def read_sound(node: Node) -> Sound:
    """The mapping under `audio`; an audio file must be there and readable."""
    if isinstance(node.value, dict) and "one-of" in node.value:
        return Choice(tuple(map(read_sound, _several(node))))
    if not (isinstance(node.value, dict) and "file" in node.value):
        return convert(node, Rendering)
    name = convert(node, AudioFile).file
    path = node.place.file.parent / name
    try:
        load_file(path)
    except (UsageError, ValueError) as problem:  # ValueError: a NUL in the path
        raise node.value["file"].error(str(problem)) from problem
    return AudioFile(str(path))


def _several(node: Node) -> list[Node]:
    given = node.value["one-of"]
    if len(node.value) > 1 or not isinstance(given.value, list) or not given.value:
        raise node.error(f"got {node}", "one-of alone, with a list such as [{length: 5s}, {length: 6s}]")
    return list(given.value)


_ONE = [{"$ref": "#/$defs/Rendering"}, {"$ref": "#/$defs/AudioFile"}]

ASound = Annotated[
    Sound,
    by_hand(
        read_sound,
        "a recipe such as {speech: two-speakers, length: 24s}, {file: PATH}, or {one-of: [...]} of such",
        anyOf=[
            *_ONE,
            {
                "type": "object",
                "properties": {"one-of": {"type": "array", "minItems": 1, "items": {"anyOf": _ONE}}},
                "required": ["one-of"],
                "additionalProperties": False,
            },
        ],
    ),
]
