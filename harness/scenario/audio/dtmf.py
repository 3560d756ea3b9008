"""Audible marks: digits as dual-tone multi-frequency signals (ITU-T Recommendation Q.23)."""

from functools import cache

from harness.scenario.audio.composing import AudioSegment, Sine

LOW = (697, 770, 852, 941)
HIGH = (1209, 1336, 1477)
KEYPAD = ("123", "456", "789", "*0#")
TONES = {
    digit: (low, high) for low, row in zip(LOW, KEYPAD, strict=True) for high, digit in zip(HIGH, row, strict=True)
}
"""The two frequencies, in Hz, of each key."""

TONE_MS = 60  # telephone receivers usually want 40 ms, so there is room for a codec's smearing
GAP_MS = 40


@cache
def _signal(digit: str, rate: int) -> AudioSegment:
    low, high = (Sine(hertz, sample_rate=rate).to_audio_segment(TONE_MS, volume=-9) for hertz in TONES[digit])
    return low.overlay(high) + AudioSegment.silent(GAP_MS, frame_rate=rate)


def dial(digits: str, rate: int) -> AudioSegment:
    """The digits' signals one after the other, each followed by its gap; mono, 16 bit, at `rate` Hz."""
    return sum(_signal(digit, rate) for digit in digits)
