"""Finds utterances by their energy, against a noise floor that follows the room."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from harness.sandbox.audio.samples import EMPTY, RATE, Samples

FRAME = RATE // 50  # samples: 20 ms
HANGOVER = 17  # frames of quiet that end an utterance: 340 ms, longer than the closures within words
SHORTEST = 13  # loud frames that make an utterance: 260 ms; less is a click or a cough
LONGEST = 750  # frames: 15 s, then what was said so far is taken as an utterance
MARGIN = 9.0  # dB above the floor that are loud: steady white noise varies by less than 2 dB from frame to frame
SILENCE = -60.0  # dBFS: no floor lies lower, so that a hiss after digital silence is no speech
SETTLING = 3  # frames that set no floor: codecs fade in
MEMORY = 250  # frames: the floor is the quietest of the last 5 s, since nobody speaks so long without a gap


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """One stretch of speech; `start` and `end` in seconds of media time, samples at 16 kHz."""

    start: float
    end: float
    samples: Samples


class UtteranceDetector:
    """Samples in, utterances out, each once it is over. Keeps no more than the utterance under way."""

    def __init__(self) -> None:
        self._rest = EMPTY  # less than a frame
        self._floor: deque[float] = deque(maxlen=MEMORY)
        self._heard = 0  # frames
        self._speech: list[Samples] = []  # frames of the utterance under way
        self._loud = 0  # how many of them are loud
        self._quiet = 0  # how many of them, at the end, are not

    def feed(self, samples: Samples) -> list[Utterance]:
        """The utterances that end within these samples."""
        known = np.concatenate((self._rest, samples))
        whole = len(known) // FRAME * FRAME
        self._rest = known[whole:].copy()
        frames = known[:whole].reshape(-1, FRAME)
        levels = 10 * np.log10(np.square(frames).mean(axis=1) + 1e-10)
        ended = (self._step(frame, level) for frame, level in zip(frames, levels.tolist(), strict=True))
        return [utterance for utterance in ended if utterance]

    def flush(self) -> list[Utterance]:
        """The utterance that the end of the stream cuts off, if any."""
        last = self._end()
        return [last] if last else []

    def _step(self, frame: Samples, level: float) -> Utterance | None:
        self._heard += 1
        if self._heard <= SETTLING:
            return None
        self._floor.append(level)
        loud = level > max(min(self._floor), SILENCE) + MARGIN
        if not loud and not self._speech:
            return None
        self._speech.append(frame)
        self._loud += loud
        self._quiet = 0 if loud else self._quiet + 1
        return self._end() if self._quiet == HANGOVER or len(self._speech) == LONGEST else None

    def _end(self) -> Utterance | None:
        begin = self._heard - len(self._speech)
        spoken = self._speech[: len(self._speech) - self._quiet]
        enough = self._loud >= SHORTEST
        self._speech, self._loud, self._quiet = [], 0, 0
        if not enough:
            return None
        samples = np.concatenate(spoken)
        return Utterance(begin * FRAME / RATE, (begin + len(spoken)) * FRAME / RATE, samples)
