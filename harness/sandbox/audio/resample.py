"""Any sampling rate to 16 kHz, in a stream."""

import numpy as np

from harness.sandbox.audio.samples import EMPTY, RATE, Samples


class Resampler:
    """Linear interpolation. Positions are whole numbers counted from the start, so chunk borders leave no trace.

    Nothing is filtered: what a faster input holds above 8 kHz folds back. Pitch, tones and energy survive that. (PyAV's
    resampler would filter, but starts a thread for every stream.)
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._kept = EMPTY  # from the sample before the next output on
        self._kept_from = 0  # position of its first sample in the input
        self._next = 0  # number of the next output sample

    def feed(self, samples: Samples) -> Samples:
        """Takes samples at `rate`, gives samples at 16 kHz, each once its two neighbours are known."""
        if self.rate == RATE:
            return samples
        known = np.concatenate((self._kept, samples))
        last = self._kept_from + len(known) - 1
        # Output n lies at input position n * rate / RATE, and needs the sample after it.
        outputs = np.arange(self._next, max((last * RATE - 1) // self.rate + 1, self._next))
        positions = outputs * self.rate
        before = positions // RATE - self._kept_from
        share = (positions % RATE / RATE).astype(np.float32)
        self._next += len(outputs)
        dropped = min(self._next * self.rate // RATE - self._kept_from, len(known))
        self._kept = known[dropped:].copy()
        self._kept_from += dropped
        left = known[before]
        resampled: Samples = left + share * (known[before + 1] - left)
        return resampled
