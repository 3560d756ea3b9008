"""Media-clock lag: how long after it was due to be sent, a result about that stretch of audio arrives.

It is told from the events themselves: the document promises timings in `final_transcript` and does not name their
fields or unit, so the usual names are looked for, and what can't be read is not measured. An event about an utterance
whose transcript came before is dated by that transcript. A server that has to hear the pause after an utterance before
it knows that it is over lags by that pause: so does what its users see.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from harness.contract.messages import RESULT_NAMES
from harness.history.observations import Event, Sent
from harness.oracle.payload import Reader
from harness.oracle.times import SLACK

_CHUNKS: Final = 256
"""The last ones, by which audio is dated: over eight minutes of two seconds each, 25 s of a tenth each."""
_UTTERANCES: Final = 32
"""The last ones; what is said of an utterance comes soon after its transcript."""


class Lag:
    """Of one session. `time_of` gives the media time, in seconds, reached with so many bytes of its audio."""

    def __init__(self, time_of: Callable[[int], float], reader: Reader) -> None:
        """`reader` is the judge's, which has read each event before."""
        self._time_of = time_of
        self._reader = reader
        self._due: deque[tuple[float, float]] = deque(maxlen=_CHUNKS)  # media time reached, and when that was due
        self._ends: dict[str, float] = {}

    def pushed(self, sent: Sent) -> None:
        """A chunk leaves; a further try of it changes nothing."""
        reached = self._time_of(int(sent.audio.rpartition("@")[2]) + sent.size)
        if not self._due or reached > self._due[-1][0]:
            self._due.append((reached, sent.due))

    def due(self, event: Event) -> float | None:
        """When the audio that an event speaks of was due; None where it does not tell which, or it was too long ago."""
        if event.name not in RESULT_NAMES or not isinstance(event.payload, dict) or not self._due:
            return None
        end = self._end(event)
        if end is None or end > self._due[-1][0] + SLACK:
            return None
        due = self._due[-1][1]
        for reached, moment in reversed(self._due):
            if reached < end:
                break
            due = moment
        else:
            if len(self._due) == _CHUNKS:
                return None  # it may lie before all that is remembered
        return due

    def _end(self, event: Event) -> float | None:
        """Media time at which the audio ends that the event speaks of."""
        heard = self._due[-1][0]
        if event.name == "final_transcript":
            utterance = self._reader.utterance(event, heard)
            ids, end = [named.id for named in utterance.ids], utterance.end
        else:
            about = self._reader.reference(self._reader.payload(event))
            ids = [about.id] if about else []
            end = self._ends.get(ids[0]) if ids else None
        if end is None:  # it may tell when it is over without telling since when it lasts
            end = self._reader.end(self._reader.payload(event), heard)
        if end is not None:
            self._remember(ids, end)
        return end

    def _remember(self, ids: list[str], end: float) -> None:
        self._ends.update(dict.fromkeys(ids, end))
        while len(self._ends) > _UTTERANCES:
            del self._ends[next(iter(self._ends))]
