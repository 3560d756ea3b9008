"""Finding things in an event's payload, whose fields the document does not name: tolerant, and bounded."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice, starmap
from typing import Any, Final, TypeGuard, TypeVar

from harness.contract.event_fields import USUAL, Thing, is_about, plain
from harness.oracle.shape import Wanted, shape

T = TypeVar("T")

_DEPTH: Final = 4
_OBJECTS: Final = 40
TOO_LARGE: Final = 1e100
_NESTING: Final = (dict, list)
NUMBERS: Final = (float, int)
"""And not `bool`, which is an `int` as well."""
_ALTERNATIVES: Final = frozenset({"alternatives", "nbest", "hypotheses", "candidates"})
"""Lists whose first item is the one that counts."""
_LABELS: Final = ("name", "label", "dimension", "measure", "metric", "key", "type", "kind", "id")
"""Fields that say what an object in a list is about."""
ABSENT: Final = object()
"""What stands at a pinned path where there is none."""
_USUAL: Final[dict[str, Wanted]] = {thing: Wanted(names.split()) for thing, names in USUAL.items()}


class Layer:
    """An object within a payload."""

    __slots__ = ("outer", "shape", "values")

    def __init__(self, outer: str, values: dict[str, Any]) -> None:
        self.outer = outer
        """The plain name of the field that holds it; empty for the payload itself."""
        self.values = values
        """By the names as they came."""
        self.shape = shape(values)

    def find(self, wanted: Wanted) -> Iterator[tuple[str, Any]]:
        """Plain names and values of its fields that have a name so; the likelier first."""
        return ((name, self.values[written]) for name, written in self.shape.find(wanted))

    @property
    def named(self) -> Iterator[Any]:
        """The values of all fields; of those with the same plain name, of the first one."""
        return map(self.values.__getitem__, self.shape.written.values())


class Payload(Layer):
    """An event's data, with its objects: the outer ones first, the first 40 of them, down to the fourth level.

    Itself it is the outermost one, which mostly has it all; without any fields where the data is no object. Lists are
    entered where they have one item, or hold alternatives. One of objects with labels is like an object.
    """

    __slots__ = ("_inner", "raw")

    def __init__(self, raw: Any) -> None:
        self.outer = ""
        self.values = raw if isinstance(raw, dict) else {}
        self.shape = shape(self.values)
        self.raw = raw
        self._inner: list[Layer] | None = None

    @property
    def inner(self) -> list[Layer]:
        """The objects within."""
        if self._inner is None:
            self._inner = []
            level: Sequence[Layer] = [self]
            for _ in () if self.is_flat else range(_DEPTH - 1):
                objects = (each for layer in level for each in _objects(layer.values))
                level = list(islice(starmap(Layer, objects), _OBJECTS - 1 - len(self._inner)))
                self._inner += level
        return self._inner

    @property
    def layers(self) -> Sequence[Layer]:
        """One object after another."""
        return [self, *self.inner]

    @property
    def is_flat(self) -> bool:
        """Whether there is no object or list in it."""
        for value in self.values.values():  # noqa: SIM110 -- every event is asked, and `all` takes twice as long
            if type(value) in _NESTING:
                return False
        return True


class Fields:
    """Finds things under the names that a profile pins, else under the usual ones."""

    __slots__ = ("pins",)

    def __init__(self, pins: Mapping[Thing, str]) -> None:
        self.pins = pins

    def find(self, payload: Payload, thing: Thing, read: Callable[[Any], T | None]) -> T | None:
        """What `read` makes of the first value that it makes anything of: in doubt, of one whose name is but alike."""
        if thing in self.pins:
            return read(self.pinned(payload, thing))
        usual = _USUAL[thing]
        found = _first((payload,), usual, read)
        if found is None:
            found = _first(payload.inner, usual, read)
        if found is not None:
            return found
        others = chain(alike(payload, thing), _of_items(payload, usual))
        return next((found for _, value in others if (found := read(value)) is not None), None)

    def is_pinned(self, thing: Thing) -> bool:
        """Whether the profile names its field."""
        return thing in self.pins

    def pinned(self, payload: Payload, thing: Thing) -> Any:
        """The value at the path that the profile pins, such as `data.timing.begin` or `span.0`; else `ABSENT`."""
        value = payload.raw
        for step in self.pins[thing].split("."):
            if isinstance(value, dict):
                value = value.get(step, ABSENT)
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                return ABSENT
        return value

    def where(self, *things: Thing) -> str:
        """Where they are looked for, in words, and what to do where they are elsewhere."""
        places = "; ".join(map(self._where, things))
        free = [f"fields.events.{thing}" for thing in things if thing not in self.pins]
        return places + (f"; under another name, pin it in the profile as {', '.join(free)}" if free else "")

    def _where(self, thing: Thing) -> str:
        if thing in self.pins:
            return f"{thing} (looked for at {self.pins[thing]!r}, as the profile pins it)"
        likely = ", ".join(USUAL[thing].split()[:4])
        return f"{thing} (looked for as {likely} and the like, in the payload and the objects in it)"


def _first(layers: Sequence[Layer], usual: Wanted, read: Callable[[Any], T | None]) -> T | None:
    for layer in layers:
        for _, written in layer.shape.find(usual):
            if (found := read(layer.values[written])) is not None:
                return found
    return None


def alike(payload: Payload, thing: Thing) -> Iterator[tuple[str, Any]]:
    """Names of which one part is a word for the thing, with their values; the outer ones first."""
    for layer in payload.layers:
        yield from (each for each in layer.values.items() if is_about(each[0], thing))


def _of_items(payload: Payload, usual: Wanted) -> Iterator[tuple[str, Any]]:
    """From the first item of each list: who speaks may be told of each word."""
    for layer in payload.layers:
        for value in layer.named:
            if isinstance(value, list) and value:
                for inner in Payload(value[0]).layers:
                    yield from inner.find(usual)


def _objects(values: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Those within an object, with the plain names of their fields."""
    for name, each in values.items():
        if isinstance(each, dict):
            yield plain(name), each
        elif isinstance(each, list) and each:
            short = plain(name)
            if isinstance(each[0], dict):
                if len(each) == 1 or short in _ALTERNATIVES:
                    yield short, each[0]
                if labelled := _labelled(each):
                    yield short, labelled


def _labelled(items: list[Any]) -> dict[str, Any]:
    """The objects of a list by their labels, and without them."""
    found = {}
    for item in items[:_OBJECTS]:
        field = next((each for each in _LABELS if isinstance(item, dict) and isinstance(item.get(each), str)), None)
        if field is not None:
            found[item[field]] = {name: value for name, value in item.items() if name != field}
    return found


def number(value: Any) -> float | None:
    """A JSON number, also as the value of an object such as {"value": 0.4, "label": "calm"}."""
    if is_number(value):
        return value
    if isinstance(value, dict):
        return next((found for found in map(value.get, _VALUES) if is_number(found)), None)
    return None


def measure(value: Any) -> float | None:
    """A number, also one written as text, and the likeliest one of an object such as {"overall": 0.86}."""
    if (found := number(value)) is not None:
        return found
    if isinstance(value, str):
        return float(value) if _NUMERAL.fullmatch(value.strip()) else None
    if isinstance(value, dict):
        flat = (measure(each) for each in value.values() if not isinstance(each, dict))
        inner = [found for found in flat if found is not None]
        return next((each for each in inner if 0 <= each <= 1), inner[0] if inner else None)
    return None


def words(value: Any, depth: int = _DEPTH) -> str | None:
    """Text with something in it, also within a list or an object."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list) and depth:
        return next((found for each in value[:_OBJECTS] if (found := words(each, depth - 1))), None)
    return None


def level(value: Any) -> float | str | None:
    """A measure: a number, or a word such as "high"; also as the value of an object."""
    found = number(value)
    return words(value) if found is None else found


def name(value: Any, depth: int = _DEPTH) -> str | None:
    """Who or which: text or a whole number; also as the name or id of an object."""
    if isinstance(value, dict) and depth:
        return next((found for each in _IDENTITIES if (found := name(value.get(each), depth - 1))), None)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None


_NUMERAL: Final = re.compile(r"[+-]?\d{1,20}(\.\d{1,30})?", re.ASCII)
_VALUES: Final = ("value", "score", "mean", "level", "probability", "confidence", "p")
_IDENTITIES: Final = ("id", "label", "name", "role", "speaker", "speaker_id", "speakerId", "tag", "index", "channel")


def is_number(value: Any) -> TypeGuard[float]:
    """A JSON number of a size that can be reckoned with."""
    return type(value) in NUMBERS and abs(value) < TOO_LARGE
