"""Ids by which events say which utterance they are about."""

from collections.abc import Iterable
from typing import Any

import msgspec

from harness.oracle.fields import Layer, name
from harness.oracle.shape import Names, Wanted


class Reference(msgspec.Struct, frozen=True, gc=False):
    """An id by which an event names the utterance that it is about."""

    field: str
    """Its plain name."""
    id: str


def identities(layers: Iterable[Layer], wanted: Wanted) -> list[Reference]:
    """Ids under such names."""
    return [each for layer in layers for each in identities_in(layer, layer.shape.find(wanted))]


def first_identity(layers: Iterable[Layer], wanted: Wanted) -> Reference | None:
    for layer in layers:
        for field, written in layer.shape.find(wanted):
            if (given := _identity(layer.values[written])) is not None:
                return Reference(field, given)
    return None


def identities_in(layer: Layer, names: Names, but: str = "") -> list[Reference]:
    """Those in the fields with such names, `but` one."""
    found = []
    for field, written in names:
        given = _identity(layer.values[written])
        if given is not None and given != but:
            found.append(Reference(field, given))
    return found


def _identity(value: Any) -> str | None:
    """An id: text without a space, or a whole number."""
    if isinstance(value, str):
        found: str | None = value.strip()
    else:
        found = None if isinstance(value, dict) else name(value)
    return found if found and " " not in found else None
