"""What the events of a session tell, whatever their fields are called: utterances, and what refers to them."""

import math
from functools import cache, lru_cache
from typing import Any, Final, Literal, NamedTuple

import msgspec

from harness.contract.event_fields import BARE_IDS, NAMED_IDS, TIMES, USUAL, UTTERANCES, WRAPPINGS, plain
from harness.contract.profile import Profile
from harness.history.observations import Event
from harness.oracle.fields import Fields, Payload, measure, name, words
from harness.oracle.identities import Reference, first_identity, identities, identities_in
from harness.oracle.likeliest import Get, are_numbers, getter
from harness.oracle.shape import Names, Shape, Wanted
from harness.oracle.times import (
    LEAST_EPOCH,
    SLACK,
    WANTED,
    Span,
    TimeScale,
    read_end,
    read_span,
    read_span_alike,
)

_NAMED: Final = Wanted(NAMED_IDS.split())
_BARE: Final = Wanted(BARE_IDS.split())
_SPAN: Final[tuple[Literal["start", "end"], ...]] = ("start", "end")
_PARTS: Final = (
    *(Wanted(USUAL[thing].split()) for thing in ("speaker", "text", "confidence")),
    *(WANTED[thing] for thing in _SPAN),
)
_UTTERANCES: Final = frozenset(map(plain, UTTERANCES.split()))
_WRAPPINGS: Final = _UTTERANCES.union(map(plain, WRAPPINGS.split()), {""})


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


_NONE: Final = Payload(None)
_wanted: Final = cache(lambda name: Wanted((name,)))
"""One for all sessions: shapes remember what was looked for in them."""


class Reader:
    """Reads the payloads of one session; what it finds out about units holds for all of them."""

    __slots__ = ("_event", "_reference", "_scale", "_session", "entered", "fields", "told")

    def __init__(self, profile: Profile) -> None:
        self.fields = Fields(profile.fields.events)
        self._session = _wanted(profile.fields.start.session_id)
        self._scale = TimeScale({"s": 1.0, "ms": 1e3}.get(profile.fields.event_times or ""))
        self._event: Event | None = None
        self.entered = _NONE
        """The data of the last event; checks are asked of it."""
        self.told: Utterance | None = None
        """What was read of it, if it was a `final_transcript`."""
        self._reference: Reference | Literal[False] | None = False

    def leave(self) -> None:
        """Forget the last event."""
        self._event = self.told = None
        self.entered = _NONE

    def payload(self, event: Event) -> Payload:
        """An event's data, entered; of the same one again costs nothing."""
        if self._event is not event:
            self._event, self.entered = event, Payload(event.payload)
            self.told, self._reference = None, False
        return self.entered

    @property
    def session(self) -> str | None:
        """The session that the last event names: under the name that replies have for it, however that is spelt."""
        payload = self.entered
        for _, written in payload.shape.find(self._session):
            value = payload.values[written]
            if isinstance(value, str | int) and not isinstance(value, bool):
                return str(value)
        return None

    def utterance(self, event: Event, heard: float = math.inf) -> Utterance:
        """Read a `final_transcript`, when `heard` seconds of audio were pushed; the same one again costs nothing."""
        payload = self.payload(event)
        if self.told is None:
            self.told = self._read_plainly(payload, heard) or self._read_closely(payload, heard)
        return self.told

    def _read_plainly(self, payload: Payload, heard: float) -> Utterance | None:
        """Where all is at the top, under its likeliest name, and of a plain type; else None."""
        layout = None if self.fields.pins else _layout(payload.shape)
        if layout is None or not payload.is_flat:
            return None
        speaker, text, confidence, start, end = layout.get(payload.values)
        if type(speaker) is not str or type(text) is not str or not (speaker := speaker.strip()):
            return None
        if not are_numbers((confidence, start, end)):
            return None
        if not (0 <= confidence <= 1 and 0 <= start < LEAST_EPOCH and 0 <= end < LEAST_EPOCH):
            return None
        span = Span(start, end, layout.start, layout.end)
        begins, ends = self._scale.seconds(span, heard) or (None, None)
        return Utterance(
            tuple(identities_in(payload, layout.ids, but=text)),
            speaker,
            begins,
            ends,
            confidence,
            text,
            span,
            0.0 if ends is None else max(ends - heard - SLACK, 0.0),
            self._scale.is_mixed,
        )

    def _read_closely(self, payload: Payload, heard: float) -> Utterance:
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
        return *identities(layers, _NAMED), *identities(wrapped, _BARE)

    def reference(self, payload: Payload) -> Reference | None:
        """Which utterance an event is about, by an id; None where it names none. The same again costs nothing."""
        if payload is not self.entered:
            return self._refers(payload)
        if self._reference is False:
            self._reference = self._refers(payload)
        return self._reference

    def _refers(self, payload: Payload) -> Reference | None:
        if "utterance-id" in self.fields.pins:
            return next(iter(self._pinned_id(payload)), None)
        found = first_identity((payload,), _NAMED) or first_identity(payload.inner, _NAMED)
        return found or first_identity([layer for layer in payload.inner if layer.outer in _UTTERANCES], _BARE)

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


class _Layout(NamedTuple):
    """Where the likeliest fields of a `final_transcript` are."""

    get: Get
    """Of speaker, text, confidence, start and end."""
    start: float | None
    """What a second is in the unit of the start; None where the field's name does not say it."""
    end: float | None
    ids: Names


@lru_cache(maxsize=64)
def _layout(shape: Shape) -> _Layout | None:
    get = getter(shape, _PARTS)
    if get is None:
        return None
    start, end = (TIMES[thing][shape.find(WANTED[thing])[0][0]] for thing in _SPAN)
    return _Layout(get, start, end, (*shape.find(_NAMED), *shape.find(_BARE)))


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
