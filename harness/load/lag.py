"""Media-clock lag: how long after it was due to be sent, a result about that stretch of audio arrives.

It is told from the events themselves: the document promises timings in `final_transcript` and does not name their
fields or unit, so the usual names are looked for, and what can't be read is not measured. An event about an utterance
whose transcript came before is dated by that transcript. A server that has to hear the pause after an utterance before
it knows that it is over lags by that pause: so does what its users see.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from harness.contract.messages import EVENT_NAMES
from harness.history.observations import Event, Sent

_ENDS: Final = {"end": None, "end_time": None, "end_s": 1.0, "end_seconds": 1.0, "end_ms": 1000.0}
"""Names of an utterance's end, with what a second is in their unit; None where it is to be found out."""
_IDS: Final = ("utterance_id", "utterance", "segment_id")
_CHUNKS: Final = 256
_UTTERANCES: Final = 32
_SLACK: Final = 1.0
"""Seconds by which an utterance may reach beyond the audio that was pushed: rounding, and the decoder's padding."""


class Lag:
    """Of one session. `time_of` gives the media time, in seconds, reached with so many bytes of its audio."""

    def __init__(self, time_of: Callable[[int], float]) -> None:
        self._time_of = time_of
        self._due: deque[tuple[float, float]] = deque(maxlen=_CHUNKS)  # media time reached, and when that was due
        self._ends: dict[str, float] = {}
        self._second: float | None = None

    def pushed(self, sent: Sent) -> None:
        """A chunk leaves; a further try of it changes nothing."""
        reached = self._time_of(int(sent.audio.rpartition("@")[2]) + sent.size)
        if not self._due or reached > self._due[-1][0]:
            self._due.append((reached, sent.due))

    def of(self, event: Event) -> float | None:
        """Seconds; None where the event does not tell which audio it speaks of, or it was too long ago."""
        if event.name not in EVENT_NAMES or not isinstance(event.payload, dict) or not self._due:
            return None
        end = self._end(event)
        if end is None or end > self._due[-1][0] + _SLACK:
            return None
        due = self._due[-1][1]
        for reached, moment in reversed(self._due):
            if reached < end:
                break
            due = moment
        else:
            if len(self._due) == _CHUNKS:
                return None  # it may lie before all that is remembered
        return event.at - due

    def _end(self, event: Event) -> float | None:
        """Media time at which the audio ends that the event speaks of."""
        payload: dict[str, Any] = event.payload
        utterance = next((str(payload[name]) for name in _IDS if name in payload), "")
        end = self._seconds(payload)
        if end is None:
            return self._ends.get(utterance)
        if utterance:
            self._ends[utterance] = end
            if len(self._ends) > _UTTERANCES:
                del self._ends[next(iter(self._ends))]
        return end

    def _seconds(self, payload: dict[str, Any]) -> float | None:
        for name, unit in _ENDS.items():
            value = payload.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                second = unit or self._found_out(value)
                return value / second if second else None
        return None

    def _found_out(self, value: float) -> float | None:
        """What a second is, where the field's name does not say: nothing is said about audio that is not there yet."""
        if self._second is None:
            heard = self._due[-1][0] + _SLACK
            self._second = next((second for second in (1.0, 1000.0) if value / second <= heard), None)
        return self._second
