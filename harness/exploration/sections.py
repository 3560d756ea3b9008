"""What is said, how it is cut and how fast it is sent: the sections of a probe besides its steps."""

from typing import Any, Final, NamedTuple

from hypothesis import strategies as st

from harness.exploration.moves import read
from harness.scenario.call import Chunks, Pace
from harness.scenario.cutting import fewest
from harness.scenario.sound import Rendering

FEWEST_CHUNKS, MOST_CHUNKS = 4, 64
"""That the audio of a session is cut into: enough for something to go wrong in between, and no endless sessions."""

_SOUNDS: Final = [
    (written, read(written, Rendering))
    for written in (
        {"length": "6s"},
        {"length": "2s"},
        {"length": "6s", "rate": "8kHz"},
        {"length": "6s", "format": "mp3"},
        {"length": "6s", "format": "opus"},
        {"length": "6s", "speech": "silence"},
        {"length": "12s", "speech": "one-speaker"},
        {"length": "36s"},
    )
]
_CHUNKS: Final = [
    (written, read(written, Chunks))
    for written in (
        {"size": "8KiB"},
        {"size": "1KiB"},
        {"size": "32KiB"},
        {"size": "128kB"},
        {"size": "8KiB", "jitter": "95%"},
        {"size": "4097B", "first": "41B"},
    )
]
_PACES: Final = [
    (written, read(written, Pace)) for written in ({"speed": "max"}, {"speed": "4x"}, {"speed": "realtime"})
]


class Sections(NamedTuple):
    """The sections, and what a file has of them."""

    written: dict[str, Any]
    audio: Rendering
    chunks: Chunks
    pace: Pace


@st.composite
def sections(draw: st.DrawFn, longest: float) -> Sections:
    """Such sections; sending all of the audio takes at most `longest` seconds."""
    sound, audio = draw(st.sampled_from(_SOUNDS))
    whole = audio.for_session(0)
    cuts = [(written, chunks) for written, chunks in _CHUNKS if FEWEST_CHUNKS <= fewest(whole, chunks) <= MOST_CHUNKS]
    size, chunks = draw(st.sampled_from(cuts))
    paces = [(written, pace) for written, pace in _PACES if whole.duration / pace.speed <= longest]
    speed, pace = draw(st.sampled_from(paces))
    return Sections({"audio": sound, "chunks": size, "pace": speed}, audio, chunks, pace)
