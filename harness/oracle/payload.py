"""What the events of a session tell, whatever their fields are called: utterances, and what refers to them."""

import math
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec

from harness.contract.event_fields import BARE_IDS, NAMED_IDS, UTTERANCES, WRAPPINGS, plain
from harness.contract.profile import Profile
from harness.history.observations import Event
from harness.oracle.fields import Fields, Layer, Payload, measure, name, words
from harness.oracle.shape import Wanted
from harness.oracle.times import SLACK, Span, TimeScale, read_end, read_span, read_span_alike

_NAMED: Final = Wanted(NAMED_IDS.split())
_BARE: Final = Wanted(BARE_IDS.split())
_UTTERANCES: Final = frozenset(map(plain, UTTERANCES.split()))
_WRAPPINGS: Final = _UTTERANCES.union(map(plain, WRAPPINGS.split()), {""})


class Reference(NamedTuple):
    """An id by which an event names the utterance that it is about."""

    field: str
    """Its plain name."""
    id: str


class Utterance(msgspec.Struct, frozen=True, gc=False):
    """A `final_transcript`; empty or None is what it does not tell."""

    ids: tuple[Reference, ...]
    """All that may be its id, each with the plain name of the field."""
    speaker: str | None
    """Empty where a field of it says that nobody knows."""
    start: float | None
    """Seconds of media time; None where there is none, or the server tells another time."""
    end: float | None
    confidence: float | None
    text: str | None
    span: Span | None
    """Its times as they are told."""
    excess: float
    """Seconds by which it reaches beyond the audio that was pushed, the slack included."""
    is_mixed: bool
    """Its times are in another unit than those before."""


class Reader:
    """Reads the payloads of one session; what it finds out about units holds for all of them."""

    __slots__ = ("_entered", "_last", "_scale", "fields")

    def __init__(self, profile: Profile) -> None:
        self.fields = Fields(profile.fields.events)
        self._scale = TimeScale({"s": 1.0, "ms": 1e3}.get(profile.fields.event_times or ""))
        self._entered: tuple[Event, Payload] | None = None
        self._last: tuple[Event, Utterance] | None = None

    def leave(self) -> None:
        """Forget the last event."""
        self._entered = self._last = None

    def payload(self, event: Event) -> Payload:
        """An event's data, entered; of the same one again costs nothing."""
        if self._entered is None or self._entered[0] is not event:
            self._entered = event, Payload(event.payload)
        return self._entered[1]

    def utterance(self, event: Event, heard: float = math.inf) -> Utterance:
        """Read a `final_transcript`, when `heard` seconds of audio were pushed; the same one again costs nothing."""
        if self._last is None or self._last[0] is not event:
            self._last = event, self._read(self.payload(event), heard)
        return self._last[1]

    def _read(self, payload: Payload, heard: float) -> Utterance:
        find = self.fields.find
        text = find(payload, "text", _text)
        ids = self._ids(payload)
        if any(each.id == text for each in ids):  # `utterance` may be either
            ids = tuple(each for each in ids if each.id != text)
        span = read_span(self.fields, payload) or read_span_alike(self.fields, payload)
        speaker = find(payload, "speaker", _who)
        start, end = (self._scale.seconds(span, heard) if span else None) or (None, None)
        return Utterance(
            ids=ids,
            speaker=find(payload, "speaker", _nobody) if speaker is None else speaker,
            start=start,
            end=end,
            confidence=find(payload, "confidence", measure),
            text=text,
            span=span,
            excess=0.0 if end is None else max(end - heard - SLACK, 0.0),
            is_mixed=self._scale.is_mixed,
        )

    def _ids(self, payload: Payload) -> tuple[Reference, ...]:
        """The likeliest first."""
        if self.fields.is_pinned("utterance-id"):
            return self._pinned_id(payload)
        layers = payload.layers
        wrapped = [layer for layer in layers if layer.outer in _WRAPPINGS]
        return *_identities(layers, _NAMED), *_identities(wrapped, _BARE)

    def reference(self, payload: Payload) -> Reference | None:
        """Which utterance an event is about, by an id; None where it names none."""
        if self.fields.is_pinned("utterance-id"):
            return next(iter(self._pinned_id(payload)), None)
        found = _identities(payload.outermost, _NAMED) or _identities(payload.inner, _NAMED)
        found = found or _identities([layer for layer in payload.inner if layer.outer in _UTTERANCES], _BARE)
        return found[0] if found else None

    def _pinned_id(self, payload: Payload) -> tuple[Reference, ...]:
        given = name(self.fields.pinned(payload, "utterance-id"))
        return (Reference("", given),) if given else ()

    def span(self, payload: Payload, heard: float = math.inf) -> tuple[float, float] | None:
        """From when to when in the audio an event lies, in seconds; None where it does not tell."""
        told = read_span(self.fields, payload)
        return self._scale.seconds(told, heard) if told else None

    def end(self, payload: Payload, heard: float) -> float | None:
        """When that is over, in seconds of media time; None where the event does not tell."""
        told = read_end(self.fields, payload)
        seconds = self._scale.seconds(told, heard) if told else None
        return seconds[1] if seconds else None

    def recap(self, payload: Payload) -> str | None:
        """The text of a `summary_update`; in doubt the first text with a space in it."""
        found = self.fields.find(payload, "summary", words)
        if found is None and not self.fields.is_pinned("summary"):
            texts = (words(value) for layer in payload.layers for value in layer.named)
            found = next((text for text in texts if text and " " in text), None)
        return found


def _identities(layers: Iterable[Layer], wanted: Wanted) -> list[Reference]:
    """Ids under such names."""
    found = []
    for layer in layers:
        for field, written in layer.shape.find(wanted):
            if (given := _identity(layer.values[written])) is not None:
                found.append(Reference(field, given))
    return found


def _identity(value: Any) -> str | None:
    """An id: text without a space, or a whole number."""
    found = None if isinstance(value, dict) else name(value)
    return found if found and " " not in found else None


def _who(value: Any) -> str | None:
    """A speaker, or the first of a list of them."""
    if isinstance(value, list):
        return next((found for each in value if (found := name(each))), None)
    return name(value)


def _nobody(value: Any) -> str | None:
    """Empty of a field that is there, and tells of no speaker."""
    return "" if value in (None, "", [], {}) else None


def _text(value: Any) -> str | None:
    """Text; there may be none in it, where nothing could be understood. Also an object's, or one in words."""
    if isinstance(value, dict):
        return next((found for each in _TEXTS if isinstance(found := value.get(each), str)), None)
    if isinstance(value, list):
        texts = [text for each in value[:_WORDS] if not isinstance(each, list) and (text := _text(each))]
        return " ".join(texts) or None
    return value if isinstance(value, str) else None


_TEXTS: Final = ("text", "formatted", "display", "raw", "lexical", "word", "token", "content", "value", "transcript")
_WORDS: Final = 40
"""Of what is told word by word, so many tell it from the rest."""
