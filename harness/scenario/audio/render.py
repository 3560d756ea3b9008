"""Renders a recipe: pydub composes marks, voices and noise; the result is encoded and kept."""

import hashlib
import random
from functools import lru_cache

import numpy as np

from harness.scenario.audio.composing import AudioSegment
from harness.scenario.audio.dtmf import dial
from harness.scenario.audio.encode import encode
from harness.scenario.audio.recipe import Audio, Recipe, Utterance, lay_out
from harness.scenario.audio.voice import speak

NOISE_SECONDS = 5  # then it repeats
FADE_MS = 120


@lru_cache(maxsize=128)  # a minute of 16 kHz WAV is 2 MB, so at most a quarter of a GB with every mark in use
def render(recipe: Recipe) -> Audio:
    """The audio of a recipe, rendered once a process."""
    utterances = lay_out(recipe)
    pcm = _compose(recipe, utterances).raw_data
    data = encode(pcm, recipe.format, recipe.rate)
    lead = len(data) - len(pcm) if recipe.format == "wav" else 0
    return Audio(
        data=data,
        duration=len(pcm) / 2 / recipe.rate,
        format=recipe.format,
        rate=recipe.rate,
        name=f"{recipe.speech}.{recipe.format}",
        digest=hashlib.sha256(data).hexdigest(),
        lead=lead,
        sound=len(data) - lead,
        utterances=utterances,
    )


def _compose(recipe: Recipe, utterances: tuple[Utterance, ...]) -> AudioSegment:
    # Laid into one buffer, since pydub copies the whole track for each segment that is appended or overlaid.
    track = bytearray(2 * round(recipe.length * recipe.rate))
    for utterance in utterances:
        begin = 2 * round(utterance.start * recipe.rate)
        spoken = _utterance(recipe, utterance).raw_data
        track[begin : begin + len(spoken)] = spoken
    composed = _segment(bytes(track), recipe.rate)
    noise = recipe.level if recipe.speech == "noise" and recipe.noise is None else recipe.noise
    return composed if noise is None else composed.overlay(_noise(noise, recipe.rate), loop=True)


def _utterance(recipe: Recipe, utterance: Utterance) -> AudioSegment:
    # The drawn traits leave out mark, format and rate, so that the same sentence sounds the same in all of them.
    draw = random.Random(f"{recipe.speech} {utterance.number}")
    level = recipe.level + draw.uniform(-2.0, 2.0)
    mark = dial(utterance.mark, recipe.rate)
    count = round(utterance.end * recipe.rate) - round(utterance.start * recipe.rate) - int(mark.frame_count())
    voice = _segment(speak(utterance.speaker, count, recipe.rate, draw).tobytes(), recipe.rate)
    return _levelled(mark, level) + _levelled(voice, level).fade_out(FADE_MS)


def _noise(level: float, rate: int) -> AudioSegment:
    # pydub's WhiteNoise draws from the global generator, and so would differ from run to run.
    samples = np.random.default_rng(0).normal(scale=1_000, size=NOISE_SECONDS * rate)
    return _levelled(_segment(samples.astype(np.int16).tobytes(), rate), level)


def _segment(pcm: bytes, rate: int) -> AudioSegment:
    return AudioSegment(pcm, sample_width=2, frame_rate=rate, channels=1)


def _levelled(segment: AudioSegment, level: float) -> AudioSegment:
    return segment.apply_gain(level - segment.dBFS)
