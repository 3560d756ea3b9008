"""The seven-way distribution of an `emotion`: a map, a list of numbers or of objects, or seven fields of their own."""

import math
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from harness.contract.event_fields import NOT_SHARES, TIMES, Thing, is_about, plain
from harness.oracle.fields import Fields, Payload, number

WAYS: Final = 7
_OTHERS: Final = frozenset(map(plain, NOT_SHARES.split())).union(*TIMES.values())
_BESIDE: Final[tuple[Thing, ...]] = ("pleasure", "arousal", "dominance", "confidence")
_LEAST_SLACK: Final = 1e-3


def read_shares(fields: Fields, payload: Payload) -> list[float] | None:
    """The seven numbers; where there are not seven of them, those that stand where they should; None for nothing."""
    seven = fields.find(payload, "distribution", _SEVEN)
    if seven is None and not fields.is_pinned("distribution"):
        seven = next((found for found in _elsewhere(payload) if len(found) == WAYS), None)
    return seven or fields.find(payload, "distribution", _SEVERAL)


def add_up(shares: Sequence[float]) -> bool:
    """Whether they add up to 1, as exactly as the digits shown let them."""
    off = abs(math.fsum(shares) - 1)
    if off <= _LEAST_SLACK:
        return True
    digits = max(-int(Decimal(repr(share)).as_tuple().exponent) for share in shares)
    return 0 < digits < 4 and off <= len(shares) * 0.5 * 10**-digits + 1e-9


def _counted(fits: Callable[[int], bool]) -> Callable[[Any], list[float] | None]:
    def read(value: Any) -> list[float] | None:
        found = _numbers(value)
        return found if fits(len(found)) else None

    return read


_SEVEN: Final = _counted(lambda count: count == WAYS)
_SEVERAL: Final = _counted(lambda count: count > 1)


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        if found := [each for each in map(number, value.values()) if each is not None]:
            return found
        lists = (each for each in value.values() if isinstance(each, list))
        return next((numbers for each in lists if (numbers := _of_list(each))), [])
    return _of_list(value) if isinstance(value, list) else []


def _of_list(items: list[Any]) -> list[float]:
    """Of numbers, of objects with one, or of pairs of a label and one."""
    return [found for item in items if (found := _share(item)) is not None]


def _share(item: Any) -> float | None:
    found = number(item)
    if found is None and isinstance(item, dict | list):
        inner = item.values() if isinstance(item, dict) else item
        return next((each for each in map(number, inner) if each is not None), None)
    return found


def _elsewhere(payload: Payload) -> Iterator[list[float]]:
    for layer in payload.layers:
        yield from (_of_list(value) for value in layer.named if isinstance(value, list))
        beside = {name: value for name, value in layer.values.items() if plain(name) not in _OTHERS}
        yield _numbers_of(beside)
        yield _numbers_of({name: value for name, value in beside.items() if not _is_other(name)})


def _numbers_of(named: dict[str, Any]) -> list[float]:
    return [share for share in map(number, named.values()) if share is not None]


def _is_other(name: str) -> bool:
    """Such as `pad_pleasure` or `emotion_confidence`."""
    return any(is_about(name, thing) for thing in _BESIDE)
