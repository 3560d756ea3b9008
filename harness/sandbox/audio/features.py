"""Measures of how something is said: stand-ins for emotion and cognition, which no simple signal measure can tell.

They are measured for real and move with the voice; more is not claimed.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.sandbox.audio.samples import RATE, Samples

Floats = npt.NDArray[np.floating]

HALF_RATE = RATE // 2  # Hz: voices keep their pitch and most of their energy below 4 kHz
WINDOW = HALF_RATE // 20  # samples: 50 ms, four periods of the lowest voice
HOP = WINDOW // 2
LAGS = slice(HALF_RATE // 400, HALF_RATE // 75)  # samples: voices from 400 down to 75 Hz
TRANSFORM = 1024  # points: the window and its longest lag fit in, so that nothing wraps round
TREBLE = 1_000 * TRANSFORM // HALF_RATE  # first point above 1 kHz
PERIODIC = 0.5  # autocorrelation (1.0: repeats itself exactly) from which a window is voiced
NEARLY_BEST = 0.9  # of the best autocorrelation; a whole multiple of the period does as well, so the first one counts
FRAME = RATE // 50  # samples: 20 ms of the loudness curve
SMOOTHING = np.full(5, 0.2)  # over 100 ms, so that no period of the voice counts as a syllable
PAUSE = 10 ** (-15 / 20)  # of the mean loudness


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one utterance."""

    loudness: float
    """RMS, dBFS."""
    pitch: float | None
    """Median fundamental, Hz; None when nothing is voiced."""
    pitch_variation: float
    """Standard deviation of the fundamental, semitones."""
    clarity: float
    """How exactly the voice repeats from period to period: mean autocorrelation, 0 (noise) to 1 (a pure tone)."""
    brightness: float
    """Share of the energy above 1 kHz, 0 to 1."""
    syllable_rate: float
    """Swells of loudness per second."""
    pauses: float
    """Share of the time spent 15 dB below the mean loudness, 0 to 1."""


def measure(samples: Samples) -> Measures:
    """Measures an utterance of 100 ms or more."""
    halved = (samples[:-1:2] + samples[1::2]) / 2
    windows = np.lib.stride_tricks.sliding_window_view(halved, WINDOW)[::HOP]
    power = np.square(np.abs(np.fft.rfft(windows, TRANSFORM)))
    pitches, clarity = _pitches(power)
    curve = np.sqrt(np.square(samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)).mean(axis=1))
    swelling = np.convolve(curve, SMOOTHING, mode="same") > curve.mean()
    return Measures(
        loudness=float(20 * np.log10(np.sqrt(np.square(samples).mean()) + 1e-5)),
        pitch=float(np.median(pitches)) if pitches.size else None,
        pitch_variation=float(12 * np.log2(pitches).std()) if pitches.size else 0.0,
        clarity=clarity,
        brightness=float(power[:, TREBLE:].sum() / (power.sum() + 1e-9)),
        syllable_rate=float(np.count_nonzero(np.diff(swelling)) / 2 * RATE / len(samples)),
        pauses=float((curve < PAUSE * curve.mean()).mean()),
    )


def _pitches(power: Floats) -> tuple[Floats, float]:
    """The fundamental, in Hz, of each window that is voiced, and how clear it is on the whole.

    By autocorrelation, from the power spectrum (Wiener and Khinchin's theorem).
    """
    correlation = np.fft.irfft(power)[:, : LAGS.stop + 1]
    overlap = 1 - np.arange(LAGS.stop + 1) / WINDOW
    correlation = correlation / (correlation[:, :1] * overlap + 1e-9)
    before, here, after = correlation[:, :-2], correlation[:, 1:-1], correlation[:, 2:]
    searched = slice(LAGS.start - 1, LAGS.stop - 1)
    peaks = np.where((here >= before) & (here > after), here, 0)[:, searched]
    best = peaks.max(axis=1, keepdims=True)
    voiced = best[:, 0] > PERIODIC
    first = (peaks >= NEARLY_BEST * best).argmax(axis=1)[voiced] + searched.start
    a, b, c = (neighbour[voiced, first] for neighbour in (before, here, after))
    # The parabola through a peak and its neighbours: whole lags alone are 3 % apart at 210 Hz.
    pitches = HALF_RATE / (first + 1 + (a - c) / (2 * (a - 2 * b + c)))
    return pitches, float(best.clip(0, 1).mean())
