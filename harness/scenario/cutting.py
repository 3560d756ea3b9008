"""Cutting audio into chunks, each due when its last byte has been spoken."""

import math
import random
from typing import NamedTuple

from harness.scenario.audio.recipe import Audio
from harness.scenario.call import Chunks, Pace


class Chunk(NamedTuple):
    """Bytes `begin` to `end` of the audio, under the number `seq`."""

    seq: int
    begin: int
    end: int
    at: float | None
    """Media time at which it is due; None where the pace is `max`."""


def cut(audio: Audio, chunks: Chunks, pace: Pace, draw: random.Random) -> tuple[Chunk, ...]:
    """All of the audio, in order, without a gap; due times never go back."""
    cuts: list[Chunk] = []
    begin, due = 0, 0.0
    while begin < len(audio.data):
        size = max(1, round(chunks.size * (1 + draw.uniform(-chunks.jitter, chunks.jitter))))
        end = min(begin + (chunks.first if chunks.first and not cuts else size), len(audio.data))
        due = max(due, audio.time_of(end) / pace.speed + draw.uniform(-pace.jitter, pace.jitter))
        cuts.append(Chunk(len(cuts), begin, end, None if math.isinf(pace.speed) else due))
        begin = end
    return tuple(cuts)


def fewest(audio: Audio, chunks: Chunks) -> int:
    """The number of chunks that there are whatever is drawn."""
    rest = max(len(audio.data) - (chunks.first or 0), 0)
    return (chunks.first is not None) + math.ceil(rest / max(1, round(chunks.size * (1 + chunks.jitter))))
