"""A voice-like signal: a moving fundamental, harmonics, and syllables.

Samples come from numpy, since pydub's generators work sample by sample in Python.
"""

import random

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

FUNDAMENTAL = {"A": 120.0, "B": 210.0}
"""Hz, each speaker's own, so that pitch alone tells them apart."""
PERIOD = 2048  # samples of one stored period: quantising the phase so finely stays below 16-bit noise
PEAK = 12_000
TAU = 2 * np.pi


def _period(harmonics: int, tilt: float) -> npt.NDArray[np.float64]:
    """One period with harmonic n at n**-tilt, in phases (Schroeder's) that keep its peak low."""
    n = np.arange(1, harmonics + 1)[:, None]
    phase = TAU * np.arange(PERIOD) / PERIOD
    wave = (n**-tilt * np.cos(n * phase - np.pi * n * (n - 1) / harmonics)).sum(axis=0)
    return np.asarray(wave / np.abs(wave).max())


def speak(speaker: str, count: int, rate: int, draw: random.Random) -> Samples:
    """`count` samples at `rate` Hz. Pitch, its movement, timbre and tempo are drawn, so that utterances differ."""
    pitch = FUNDAMENTAL[speaker] * draw.uniform(0.94, 1.06)
    swing = draw.uniform(0.01, 0.10)
    syllables = draw.uniform(3.0, 5.0)
    tilt = draw.uniform(0.3, 1.6)
    time = np.arange(count) / rate
    frequency = pitch * (1 + swing * np.sin(TAU * 0.7 * time))
    highest = int(min(3_600.0, 0.45 * rate) / (pitch * (1 + swing)))
    wave = _period(highest, tilt)[(np.cumsum(frequency) * (PERIOD / rate)).astype(np.int64) % PERIOD]
    loudness = 1 - draw.uniform(0.85, 0.98) * (0.5 + 0.5 * np.cos(TAU * syllables * time))
    return (PEAK * loudness * wave).astype(np.int16)
