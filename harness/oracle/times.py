"""Times of utterances: read in any of the usual ways, and brought to seconds of media time."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from harness.contract.event_fields import SPANS, TIMES, unit
from harness.oracle.fields import Fields, Layer, Payload, alike, is_number
from harness.oracle.shape import Wanted

SLACK: Final = 1.0
"""Seconds by which an utterance may reach beyond the audio that was pushed: rounding, and the decoder's padding."""

_SPANS: Final = Wanted(SPANS.split())
WANTED: Final = {thing: Wanted(known) for thing, known in TIMES.items()}
"""Names of times."""
_SHORTEST: Final = 0.05
"""Seconds: what is shorter is no utterance, but in another unit."""
_GUESSES: Final = (1.0, 1e3, 1e7)
"""What a second may be where no name says it: seconds, milliseconds, ticks of 100 ns."""
LEAST_EPOCH: Final = 1e9
_SURE: Final = (1.0,)
_EPOCHS: Final = ((LEAST_EPOCH, 4e9), (1e12, 4e12), (1e15, 4e15))
"""Wall clocks from 2001 to 2096, in seconds, milliseconds and microseconds."""
_CLOCK: Final = re.compile(r"(?:(?:(\d+):)?([0-5]?\d):)?(\d+(?:[.,]\d+)?)", re.ASCII)
_SECONDS: Final = re.compile(r"(?:PT)?(-?\d+(?:\.\d+)?)s", re.ASCII | re.IGNORECASE)


class Moment(msgspec.Struct, frozen=True, gc=False):
    """A time as it is told."""

    value: float
    second: float | None
    """What a second is in its unit; None where that is to be found out, 0 where it is no media time."""


class Span(msgspec.Struct, frozen=True, gc=False):
    """When an utterance begins and ends, as it is told; for both, what a second is in its unit (see `Moment`)."""

    start: float
    end: float
    start_second: float | None
    end_second: float | None

    @classmethod
    def of(cls, start: Moment, end: Moment) -> "Span":
        """From one to the other."""
        return cls(start.value, end.value, start.second, end.second)


def read_span(fields: Fields, payload: Payload) -> Span | None:
    """From when to when; None where not both are told."""
    start, end = _find(fields, payload, "start"), _find(fields, payload, "end")
    if start is not None and end is not None:
        return Span.of(start, end)
    lasts = _find(fields, payload, "duration") if end is None else None
    if start is not None and lasts is not None:
        return _lasting(start, lasts)
    if fields.is_pinned("start") or fields.is_pinned("end"):
        return None
    return _pair(payload) or _of_its_words(fields, payload)


def read_span_alike(fields: Fields, payload: Payload) -> Span | None:
    """The same in doubt, where a part of a longer name speaks of a start or an end."""
    start, end = _find_alike(fields, payload, "start"), _find_alike(fields, payload, "end")
    return Span.of(start, end) if start and end else None


def untold(fields: Fields, payload: Payload) -> list[Literal["start", "end"]]:
    """Which of the two times a payload lacks that has no span."""
    both: tuple[Literal["start", "end"], ...] = ("start", "end")
    return [thing for thing in both if _find_alike(fields, payload, thing) is None]


def read_end(fields: Fields, payload: Payload) -> Span | None:
    """The same where only the end is told, as if there were nothing before it."""
    end = _find(fields, payload, "end")
    return read_span(fields, payload) or (Span.of(end, end) if end else None)


def _find(fields: Fields, payload: Payload, thing: Literal["start", "end", "duration"]) -> Moment | None:
    if fields.is_pinned(thing):
        return _moment(fields.pinned(payload, thing), None)
    return _first((payload,), thing) or _first(payload.inner, thing)


def _first(layers: Iterable[Layer], thing: Literal["start", "end", "duration"]) -> Moment | None:
    wanted, units = WANTED[thing], TIMES[thing]
    for layer in layers:
        for name, written in layer.shape.find(wanted):
            if (found := _moment(layer.values[written], units[name])) is not None:
                return found
    return None


def _find_alike(fields: Fields, payload: Payload, thing: Literal["start", "end"]) -> Moment | None:
    if (found := _find(fields, payload, thing)) or fields.is_pinned(thing):
        return found
    moments = (_moment(value, unit(name)) for name, value in alike(payload, thing))
    return next((moment for moment in moments if moment), None)


def _lasting(start: Moment, lasts: Moment) -> Span | None:
    """Where only one of the two names its unit, it is that of both."""
    if start.second and lasts.second:
        end = start.value + lasts.value / lasts.second * start.second
        return Span(start.value, end, start.second, start.second)
    second = lasts.second if start.second is None else start.second
    return Span(start.value, start.value + lasts.value, second, second)


def _pair(payload: Payload) -> Span | None:
    """Such as `timestamps: [1.5, 3.2]`."""
    for layer in payload.layers:
        for _, value in layer.find(_SPANS):
            if isinstance(value, list) and len(value) == 2:
                start, end = _moment(value[0], None), _moment(value[1], None)
                if start and end:
                    return Span.of(start, end)
    return None


def _of_its_words(fields: Fields, payload: Payload) -> Span | None:
    """From the first word's start to the last one's end."""
    for layer in payload.layers:
        for value in layer.named:
            if isinstance(value, list) and value:
                start, end = _find(fields, Payload(value[0]), "start"), _find(fields, Payload(value[-1]), "end")
                if start and end:
                    return Span.of(start, end)
    return None


def _moment(value: Any, second: float | None) -> Moment | None:
    if is_number(value):
        is_epoch = value >= LEAST_EPOCH and any(first <= value < last for first, last in _EPOCHS)
        return Moment(value, 0.0 if is_epoch else second)
    if isinstance(value, str):
        return _written(value.strip(), second)
    if isinstance(value, dict):  # as Protocol Buffers write a duration in JSON
        whole, rest = value.get("seconds"), value.get("nanos", 0)
        if isinstance(whole, int) and isinstance(rest, int):
            return Moment(whole + rest / 1e9, 1.0)
    return None


def _written(text: str, second: float | None) -> Moment | None:
    if seconds := _SECONDS.fullmatch(text):
        return Moment(float(seconds[1]), 1.0)
    if clock := _CLOCK.fullmatch(text):
        value = float(clock[3].replace(",", "."))
        if clock[2] is None:
            return Moment(value, second)
        return Moment(int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + value, 1.0)
    try:
        return Moment(datetime.fromisoformat(text).timestamp(), 0.0)
    except (ValueError, OverflowError, OSError):
        return None


class TimeScale:
    """What a second is in the times of one session, where their names do not say: found out by what is possible."""

    __slots__ = ("_possible", "is_mixed")

    def __init__(self, pinned: float | None = None) -> None:
        self._possible: tuple[float, ...] = (pinned,) if pinned else _GUESSES
        self.is_mixed = False
        """The last span can only be in seconds, and one before it can't."""

    def seconds(self, span: Span, heard: float) -> tuple[float, float] | None:
        """The span in seconds of media time, when `heard` seconds of audio were pushed; None where it is none.

        Whatever is not possible is not the unit; what is possible in no unit is told in the likeliest one.
        """
        if span.start_second == 0 or span.end_second == 0:
            return None
        if self._possible != _SURE and span.start_second is None and span.end_second is None:
            fitting = [each for each in self._possible if _fits(span, each, heard)]
            self.is_mixed = not fitting and 1.0 not in self._possible and _fits(span, 1.0, heard)
            if fitting and len(fitting) < len(self._possible):
                self._possible = tuple(fitting)
        likeliest = self._possible[0]
        return span.start / (span.start_second or likeliest), span.end / (span.end_second or likeliest)


def _fits(span: Span, second: float, heard: float) -> bool:
    length = (span.end - span.start) / second
    tells_nothing = length <= 0 and second == 1e3
    return span.end / second <= heard + SLACK and (second == 1.0 or length >= _SHORTEST or tells_nothing)
