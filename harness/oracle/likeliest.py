"""Things where most servers have them: at the top of a payload, in a field of the likeliest name, and of a plain type.

Where that is gets found out once for all payloads of one shape. What is elsewhere, or of another type, is for `Fields`.
"""

import math
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from harness.contract.event_fields import USUAL, Thing
from harness.oracle.fields import NUMBERS, TOO_LARGE, Fields, Payload
from harness.oracle.shape import Shape, Wanted

Get = Callable[[dict[str, Any]], tuple[Any, ...]]
"""Gets the values of several fields."""
_LARGEST: Final = math.nextafter(TOO_LARGE, 0)


class Likeliest:
    """Some things that are told together, at least two."""

    __slots__ = ("_get",)

    def __init__(self, *things: Thing) -> None:
        wanted = [Wanted(USUAL[thing].split()) for thing in things]
        self._get = lru_cache(maxsize=64)(lambda shape: getter(shape, wanted))

    def values(self, fields: Fields, payload: Payload) -> tuple[Any, ...] | None:
        """Their values; None where one has no such field, or where a profile has a say in it."""
        get = None if fields.pins else self._get(payload.shape)
        return get(payload.values) if get else None


def getter(shape: Shape, things: Collection[Wanted]) -> Get | None:
    """For the likeliest field of each thing; None where one has none."""
    found = [shape.find(wanted) for wanted in things]
    return itemgetter(*(names[0][1] for names in found)) if all(found) else None


def are_numbers(values: Collection[Any]) -> bool:
    """Whether they are JSON numbers of a size that can be reckoned with, and nothing else."""
    return are_between(-_LARGEST, _LARGEST, values)


def are_between(least: float, most: float, values: Iterable[Any]) -> bool:
    """Whether they are JSON numbers from `least` to `most`, and nothing else."""
    for value in values:  # noqa: SIM110 -- every event is asked, and `all` takes twice as long
        if type(value) not in NUMBERS or not least <= value <= most:
            return False
    return True
