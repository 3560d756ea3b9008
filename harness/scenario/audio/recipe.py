"""What a simulated caller says: the recipe, the utterances that it leads to, and the audio file made of them."""

import itertools
import math
import random
from typing import Literal

import msgspec

Format = Literal["wav", "mp3", "opus"]

RATES: dict[Format, tuple[int, ...]] = {
    "wav": (8_000, 16_000, 24_000, 44_100, 48_000),
    "mp3": (8_000, 16_000, 24_000, 44_100, 48_000),
    "opus": (8_000, 12_000, 16_000, 24_000, 48_000),  # RFC 6716 section 2: the rates of its five bandwidths
}
"""Sampling rates, in Hz, that a recipe can ask for."""


class Shape(msgspec.Struct, frozen=True):
    """The shape of a conversation: who speaks in turn, how long, and the pauses between (shortest, longest; s)."""

    turns: str
    utterance: tuple[float, float] = (1.5, 4.0)
    pause: tuple[float, float] = (0.5, 1.2)


SHAPES = {
    "two-speakers": Shape("ABABAABABB"),
    "one-speaker": Shape("A"),
    "monologue": Shape("A", utterance=(6.0, 12.0), pause=(0.5, 0.8)),
    "hesitant": Shape("A", utterance=(1.5, 2.5), pause=(3.2, 3.4)),
    "silence": Shape(""),
    "noise": Shape(""),
}

FIRST_WORD = (0.15, 0.4)
"""Seconds before the first utterance: short, so that a call of two seconds already speaks."""

SHORTEST = 1.5
"""Seconds of an utterance that the end of the audio makes shorter than its shape wants."""


class Recipe(msgspec.Struct, frozen=True):
    """Everything that decides how the audio sounds. Equal recipes give equal bytes. Raises ValueError."""

    speech: str = "two-speakers"
    """A key of SHAPES."""
    length: float = 60.0
    """Seconds."""
    format: Format = "wav"
    rate: int = 16_000
    """Hz, one of RATES."""
    level: float = -20.0
    """Loudness of speech (RMS), dBFS; of the noise itself when `speech` is noise and no other level is given."""
    noise: float | None = None
    """Loudness of white background noise (RMS), dBFS."""
    mark: int = 0
    """The session's two digits in every audible mark."""

    def __post_init__(self) -> None:
        if self.speech not in SHAPES:
            raise ValueError(f"speech is {self.speech!r}; expected one of {', '.join(SHAPES)}")
        if self.length <= 0:
            raise ValueError(f"length is {self.length} s; expected more than 0 s")
        if self.rate not in RATES[self.format]:
            rates = ", ".join(map(str, RATES[self.format]))
            raise ValueError(f"rate is {self.rate} Hz; {self.format} is rendered at one of {rates} Hz")
        for name, level in (("level", self.level), ("noise", self.noise)):
            if level is not None and not -90 <= level <= 0:
                raise ValueError(f"{name} is {level} dBFS; expected -90 to 0 dBFS")
        if not 0 <= self.mark <= 99:
            raise ValueError(f"mark is {self.mark}; expected two digits, 0 to 99")


class Utterance(msgspec.Struct, frozen=True):
    """One stretch of speech by one speaker, without a pause that would end it."""

    number: int
    """Counted from 0."""
    speaker: str
    start: float
    """Seconds of media time."""
    end: float
    mark: str
    """Four digits that it begins with: the session's two, and the number's last two."""


class Audio(msgspec.Struct, frozen=True):
    """An audio file in memory, ready to be sent."""

    data: bytes
    duration: float
    """Seconds."""
    format: Format
    rate: int
    """Hz."""
    name: str
    """File name."""
    digest: str
    """SHA-256 of `data`, hexadecimal."""
    lead: int
    """Bytes before the first sound (header, tags)."""
    sound: int
    """Bytes that the duration is spread over."""
    utterances: tuple[Utterance, ...] = ()
    """What is said, as far as we know: empty for a user's own file."""

    def time_of(self, offset: int) -> float:
        """Media time, in seconds, reached once `offset` bytes are sent: exact for WAV, else proportional."""
        return self.duration * min(max(offset - self.lead, 0) / self.sound, 1.0)


def lay_out(recipe: Recipe) -> tuple[Utterance, ...]:
    """The utterances of a recipe; only its shape, length and mark matter, so all formats say the same.

    The last utterance ends early rather than being cut off, and is left out when too little room remains.
    """
    shape = SHAPES[recipe.speech]
    draw = random.Random(recipe.speech).uniform
    spoken: list[Utterance] = []
    start = round(draw(*FIRST_WORD), 3)
    for number, speaker in enumerate(itertools.cycle(shape.turns)):
        end = math.floor(1_000 * min(start + draw(*shape.utterance), recipe.length)) / 1_000
        if end - start < SHORTEST:
            break
        mark = f"{recipe.mark:02}{number % 100:02}"
        spoken.append(Utterance(number, speaker, start, end, mark))
        start = round(end + draw(*shape.pause), 3)
    return tuple(spoken)
