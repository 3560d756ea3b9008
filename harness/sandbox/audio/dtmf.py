"""Hears digits dialled at the beginning of an utterance (ITU-T Recommendation Q.23)."""

import itertools

import numpy as np

from harness.sandbox.audio.samples import RATE, Samples

TONES = np.array([697, 770, 852, 941, 1209, 1336, 1477])  # Hz: four rows, three columns
KEYPAD = ("123", "456", "789", "*0#")
WINDOW = RATE // 50  # samples: 20 ms, in which neighbouring tones are just orthogonal enough
HOP = WINDOW // 2
LONGEST = 5 * RATE // 4  # samples listened to: twelve digits
SHORTEST = 3  # hops of one digit: 40 ms, the usual least
PURITY = 0.6  # share of a window's energy that lies in two tones; voices spread theirs over many harmonics
TWIST = 0.1  # least ratio of the two tones' energies: one tone alone is no key
LOUDNESS = 0.05  # of the loudest tone's energy: less is the edge of a tone, or the gap
PATIENCE = 8  # hops without a digit after which the dialling is over

# Goertzel's filter, as the dot product that it computes: one column for each tone's real part, then one for each
# imaginary one. As a product of complex matrices it would wake the threads of numpy's BLAS, which cost more than it.
_WAVES = np.exp(-2j * np.pi * np.outer(np.arange(WINDOW), TONES) / RATE)
FILTERS = np.hstack([_WAVES.real, _WAVES.imag]).astype(np.float32)


def digits(samples: Samples) -> str:
    """The digits that the samples begin with; empty when there are none."""
    head = samples[:LONGEST]
    if len(head) < WINDOW:
        return ""
    windows = np.lib.stride_tricks.sliding_window_view(head, WINDOW)[::HOP]
    # A tone that fills the window has energy |filter|^2 * 2 / WINDOW, by Parseval.
    parts = np.square(np.ascontiguousarray(windows) @ FILTERS)
    tones = (parts[:, : len(TONES)] + parts[:, len(TONES) :]) * (2 / WINDOW)
    energy = np.square(windows).sum(axis=1) + 1e-9
    rows, columns = tones[:, :4], tones[:, 4:]
    low, high = rows.max(axis=1), columns.max(axis=1)
    pure = (low + high > PURITY * energy) & (np.minimum(low, high) > TWIST * np.maximum(low, high))
    clear = pure & (energy > LOUDNESS * energy.max(where=pure, initial=0))
    keys = zip(rows.argmax(axis=1), columns.argmax(axis=1), clear, strict=True)
    dialled = ""
    for key, run in itertools.groupby(KEYPAD[row][column] if ok else "" for row, column, ok in keys):
        hops = len(list(run))
        if not key and hops >= PATIENCE:
            break
        if hops >= SHORTEST:
            dialled += key
    return dialled
