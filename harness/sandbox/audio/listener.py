"""All of the hearing behind one door: bytes of a call in, what was heard out."""

from dataclasses import dataclass

from harness.sandbox.audio.decode import StreamDecoder
from harness.sandbox.audio.diarize import Speakers
from harness.sandbox.audio.dtmf import digits
from harness.sandbox.audio.features import Measures, measure
from harness.sandbox.audio.samples import RATE, Samples
from harness.sandbox.audio.utterances import Utterance, UtteranceDetector

DIGIT = RATE // 10  # samples: a dialled digit and its gap, which say nothing about the voice


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance, as the sandbox understands it."""

    start: float
    """Seconds of media time."""
    end: float
    speaker: str
    """`speaker_1` or `speaker_2`."""
    text: str
    """The digits of its audible mark, as in `digits 0 7 0 3`; else `speech`."""
    confidence: float
    """The voice's clarity, 0 to 1: a stand-in for a recogniser's confidence."""
    measures: Measures


class Listener:
    """Listens to one session. Chunks may be cut anywhere. Memory: an utterance and a chunk."""

    def __init__(self) -> None:
        self._decoder = StreamDecoder()
        self._detector = UtteranceDetector()
        self._speakers = Speakers()
        self._decoded = 0  # samples

    @property
    def duration(self) -> float:
        """Seconds of media time decoded so far."""
        return self._decoded / RATE

    def feed(self, data: bytes) -> list[Heard]:
        """What is over and understood with these bytes. Raises UnsupportedAudio."""
        return self._hear(self._decoder.feed(data))

    def finish(self) -> list[Heard]:
        """What was still being said at the end. Raises UnsupportedAudio."""
        return self._hear(self._decoder.flush()) + [self._understand(last) for last in self._detector.flush()]

    def _hear(self, samples: Samples) -> list[Heard]:
        self._decoded += len(samples)
        return [self._understand(utterance) for utterance in self._detector.feed(samples)]

    def _understand(self, utterance: Utterance) -> Heard:
        dialled = digits(utterance.samples)
        voice = utterance.samples[len(dialled) * DIGIT :]
        measures = measure(voice if len(voice) >= DIGIT else utterance.samples)
        return Heard(
            start=utterance.start,
            end=utterance.end,
            speaker=self._speakers.of(measures.pitch),
            text=" ".join(("digits", *dialled)) if dialled else "speech",
            confidence=measures.clarity,
            measures=measures,
        )
