"""Emotion and cognitive events (EVENT-5, EVENT-6)."""

from typing import Any, Final

from harness.contract.event_fields import VECTORS, Thing
from harness.history.observations import Event
from harness.oracle.checks.base import Check
from harness.oracle.fields import Payload, level, measure, number, words
from harness.oracle.likeliest import Likeliest, are_between, are_numbers
from harness.oracle.shape import Wanted
from harness.oracle.shares import WAYS, add_up, read_shares
from harness.oracle.verdicts import Outcomes, failed, passed

_PAD: Final[tuple[Thing, ...]] = ("pleasure", "arousal", "dominance")
_VECTORS: Final = Wanted(VECTORS.split())
_MEASURES: Final[tuple[Thing, ...]] = ("engagement", "focus", "load")
_FELT: Final = Likeliest(*_PAD, "distribution")
_THOUGHT: Final = Likeliest(*_MEASURES, "rationale")
_EMOTION: Final = (passed("EVENT-5"),)
_COGNITIVE: Final = (passed("EVENT-6"),)


class EmotionsAreWhole(Check):
    """Pleasure, arousal and dominance, on whatever scale, and seven shares of 1."""

    __slots__ = ()

    judges = ("EVENT-5",)
    events = ("emotion",)

    def event(self, event: Event) -> Outcomes:
        if not isinstance(event.payload, dict):
            return ()
        payload, fields = self.known.reader.entered, self.known.reader.fields
        if (told := _FELT.values(fields, payload)) and are_numbers(told[:-1]) and _is_whole(told[-1]):
            return _EMOTION
        missing = [thing for thing in _PAD if fields.find(payload, thing, measure) is None]
        shares = read_shares(fields, payload)
        if missing and not _has_vector(payload):
            expected = f"numbers for {fields.where(*missing)}"
        elif shares is None:
            expected = f"a seven-way {fields.where('distribution')}"
        elif len(shares) != WAYS:
            expected = f"a distribution of seven numbers, not of {len(shares)}"
        elif min(shares) < 0 or max(shares) > 1:
            expected = "a distribution of numbers from 0 to 1"
        elif not add_up(shares):
            expected = f"a distribution that adds up to 1, not to {sum(shares):g}"
        else:
            return _EMOTION
        return (failed("EVENT-5", expected, f"emotion {event.data:.300}"),)


class CognitionsAreWhole(Check):
    """Engagement, focus and load, in numbers or in words such as "high", and a rationale."""

    __slots__ = ()

    judges = ("EVENT-6",)
    events = ("cognitive",)

    def event(self, event: Event) -> Outcomes:
        if not isinstance(event.payload, dict):
            return ()
        payload, fields = self.known.reader.entered, self.known.reader.fields
        if (told := _THOUGHT.values(fields, payload)) and are_numbers(told[:-1]) and _is_text(told[-1]):
            return _COGNITIVE
        missing = [thing for thing in _MEASURES if fields.find(payload, thing, level) is None]
        if fields.find(payload, "rationale", words) is None:
            missing.append("rationale")
        if not missing:
            return _COGNITIVE
        expected = f"a cognitive event with {fields.where(*missing)}"
        return (failed("EVENT-6", expected, f"cognitive {event.data:.300}"),)


def _is_whole(distribution: Any) -> bool:
    """Whether these are seven numbers, under seven names or without any, that are seven shares of 1."""
    shares = list(distribution.values()) if type(distribution) is dict else distribution
    return type(shares) is list and len(shares) == WAYS and are_between(0, 1, shares) and add_up(shares)


def _is_text(value: Any) -> bool:
    return type(value) is str and bool(value.strip())


def _has_vector(payload: Payload) -> bool:
    """Such as `pad: [0.1, 0.4, -0.2]`."""
    return any(_is_vector(value) for layer in payload.layers for _, value in layer.find(_VECTORS))


def _is_vector(value: Any) -> bool:
    return isinstance(value, list) and len(value) == len(_PAD) and all(number(each) is not None for each in value)
