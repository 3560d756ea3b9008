"""Tells two speakers apart by the pitch of their voices."""

import math

APART = (
    4.5  # semitones: one voice rarely moves so far from sentence to sentence, a low and a high one lie further apart
)


class Speakers:
    """Names speakers in the order in which they are first heard."""

    def __init__(self) -> None:
        self._known: list[float] = []  # where each voice lies: semitones above 1 Hz
        self._last = 0

    def of(self, pitch: float | None) -> str:
        """`speaker_1` or `speaker_2`, for an utterance of this median pitch in Hz; without pitch, who spoke last."""
        if pitch is not None:
            height = 12 * math.log2(pitch)
            away = [abs(height - known) for known in self._known]
            if not away or (len(away) == 1 and away[0] > APART):
                self._last = len(away)
                self._known.append(height)
            else:
                self._last = away.index(min(away))
                self._known[self._last] += (height - self._known[self._last]) / 4  # voices drift
        return f"speaker_{self._last + 1}"
