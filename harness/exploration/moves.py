"""What may be tried: every step of the scenario language with its faults and values, in the words of a file.

A step or a fault that is new in the language is tried without a word here.
"""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from harness.documents.convert import convert
from harness.documents.located import Node, Place
from harness.errors import UsageError
from harness.scenario.steps import STEPS, AnyStep, Pause, Step, read_step

T = TypeVar("T")

_SENTENCE: Final = (
    'Genug, sagte sie; "mehr" als <b>genug</b> & mehr, als in hundert Zeichen passt: ' + "so lang, so breit, " * 4
)
_POOLS: Final[dict[Any, tuple[Any, ...]]] = {
    int: (1, 2, 3, 6),
    float: ("50ms", "1s"),
    str: ("enough", "Schluss für heute", _SENTENCE),
    Pause: ("50ms", "400ms", "1s", "30% of ttl", "60% of ttl", "85% of ttl"),
}
"""By the type of a field: what is tried for it, the simplest first."""
_UNTRIED: Final = {
    "filename",  # a server may tell the audio's format by its ending
    "over",  # only of slow-upload, whose two seconds will do
    "within",  # a wait that is too short shows nothing
}
_PLACE: Final = Place(Path("explored"))


class Move(NamedTuple):
    """A step with its values."""

    written: Any
    """As a file has it."""
    step: Step

    @property
    def do(self) -> AnyStep:
        """The step itself."""
        return self.step.do


Kind = tuple[Move, ...]
"""Moves of one step with one fault, the simplest first."""


@cache
def kinds_of(word: str) -> tuple[Kind, ...]:
    """All that can be done with a step: the plain one first, then a kind for each of its faults and other choices."""
    fields = {f.encode_name: f for f in msgspec.structs.fields(STEPS[word]) if f.name not in _UNTRIED}
    hints = get_type_hints(STEPS[word], include_extras=True)
    values = {name: _values(hints[field.name]) for name, field in fields.items()}
    plain = {name: values[name][0] for name, field in fields.items() if field.required}
    choices = [
        (name, value) for name, field in fields.items() if _is_choice(hints[field.name]) for value in values[name]
    ]
    values.pop("fault", None)
    kinds = (tuple(_variants(word, base, values)) for base in (plain, *(plain | {n: value} for n, value in choices)))
    return tuple(kind for kind in kinds if kind)


def move(written: Any) -> Move:
    """The move that a file writes so; raise `UsageError`."""
    return Move(written, read_step(_located(written)))


def read(written: Any, kind: type[T]) -> T:
    """A section of a file, from its plain values."""
    return convert(_located(written), kind)


def _variants(word: str, base: dict[str, Any], values: dict[str, tuple[Any, ...]]) -> Iterator[Move]:
    """The move itself, and others that differ in one value; not those that the language refuses, nor any twice."""
    known: set[AnyStep] = set()
    short = STEPS[word].short or ""
    for given in (base, *(base | {name: value} for name in values for value in values[name])):
        written = {word: given[short] if given.keys() == {short} else given} if given else word
        with suppress(UsageError):
            made = move(written)
            if made.do not in known:
                known.add(made.do)
                yield made


def _values(hint: Any) -> tuple[Any, ...]:
    """What a file may give for a field of that type."""
    if get_origin(hint) is Annotated:
        return _values(get_args(hint)[0])
    if get_origin(hint) is Literal:
        return get_args(hint)
    return _POOLS.get(hint, ()) + tuple(value for part in get_args(hint) for value in _values(part))


def _is_choice(hint: Any) -> bool:
    """Whether nothing but certain words can be given."""
    parts = (hint,) if get_origin(hint) is Literal else get_args(hint) or (hint,)
    return all(part is NoneType or get_origin(part) is Literal for part in parts)


def _located(value: Any) -> Node:
    if isinstance(value, dict):
        return Node({key: _located(item) for key, item in value.items()}, _PLACE)
    return Node(value, _PLACE)
