"""Quantities as people write them. Each function raises `ValueError` with a message that gives an example."""

import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

_NUMBER: Final = r"([0-9]{1,12}(?:\.[0-9]{1,9})?)"
_SECONDS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_BYTES: Final = {"B": 1, "kB": 1000, "KiB": 1024, "MB": 1000**2, "MiB": 1024**2}
_HERTZ: Final = {"Hz": 1, "kHz": 1000}
_COMPARISONS: Final[dict[str, "Comparison"]] = {"<": "<", "≤": "≤", "<=": "≤", ">": ">", "≥": "≥", ">=": "≥", "=": "="}

Comparison = Literal["<", "≤", ">", "≥", "="]
Unit = Literal["seconds", "fraction", "count"]


class Threshold(NamedTuple):
    """`< 500ms`, `≥ 99.5%` (a fraction, 0.995) or `= 0`."""

    comparison: Comparison
    bound: float
    unit: Unit


def duration(text: str) -> float:
    """Seconds: `200ms`, `5s`, `2m`, `1.5h`."""
    return _with_unit(text, _SECONDS, "a duration such as 200ms, 5s, 2m or 1h")


def duration_range(text: str) -> tuple[float, float]:
    """Seconds, the lesser first: `200ms..5s`."""
    least, dots, most = text.partition("..")
    if not dots:
        raise ValueError(f"{text!r} is no range; expected two durations such as 200ms..5s")
    low, high = duration(least), duration(most)
    if low > high:
        raise ValueError(f"{text!r} runs backwards; expected the shorter duration first, such as 200ms..5s")
    return low, high


def size(text: str) -> int:
    """Bytes: `100B`, `32kB` (1000 bytes each), `64KiB` (1024 each), `1MB`, `1MiB`."""
    return _whole(text, _BYTES, "a size such as 100B, 32kB (32,000 bytes) or 64KiB (65,536 bytes)")


def frequency(text: str) -> int:
    """Hertz: `16kHz`, `44100Hz`."""
    return _whole(text, _HERTZ, "a frequency such as 16kHz or 44100Hz")


def rate(text: str) -> float:
    """Times a second: `5/s`, `90/m`."""
    return _with_unit(text, {"/s": 1, "/m": 1 / 60, "/h": 1 / 3600}, "a rate such as 5/s or 90/m")


def percentage(text: str) -> float:
    """A fraction, 0 to 1: `20%`."""
    fraction = _with_unit(text, {"%": 0.01}, "a percentage such as 20%")
    if fraction > 1:
        raise ValueError(f"{text!r} is too much; expected 0% to 100%")
    return fraction


def level(text: str) -> float:
    """Decibels below full scale, 0 or negative: `-20 dBFS`."""
    found = re.fullmatch(rf"(?:-{_NUMBER}|(0)) ?dBFS", text)
    if not found:
        raise ValueError(f"{text!r} is no level; expected 0 dBFS or less, such as -20 dBFS")
    return -float(found[1] or 0)


def speed(text: str) -> float:
    """Media seconds a second: `realtime` (1), `4x` (4), `max` (infinite)."""
    if text in {"realtime", "max"}:
        return 1.0 if text == "realtime" else float("inf")
    factor = _with_unit(text, {"x": 1}, "realtime, max or a factor such as 4x")
    if not factor:
        raise ValueError(f"{text!r} stands still; expected realtime, max or a factor such as 4x")
    return factor


def share_of_ttl(text: str) -> float:
    """A fraction, which may be more than 1: `60% of ttl`."""
    return _with_unit(text, {"% of ttl": 0.01}, "a share of the session's time to live such as 60% of ttl")


def threshold(text: str) -> Threshold:
    """A comparison (`<` `≤` `>` `≥` `=`, also `<=` `>=`) with a duration, a percentage or a count."""
    found = re.fullmatch(r"([<>]=?|[≤≥=])\s*(.+)", text)
    if not found:
        raise ValueError(f"{text!r} is no threshold; expected one such as < 500ms, ≥ 99.5% or = 0")
    comparison, bound = _COMPARISONS[found[1]], found[2]
    if bound.endswith("%"):
        return Threshold(comparison, percentage(bound), "fraction")
    if re.fullmatch("[0-9]{1,12}", bound):
        return Threshold(comparison, int(bound), "count")
    return Threshold(comparison, duration(bound), "seconds")


def _with_unit(text: str, units: Mapping[str, float], expected: str) -> float:
    found = re.fullmatch(rf"{_NUMBER} ?({'|'.join(map(re.escape, units))})", text)
    if found:
        return _scaled(found[1], units[found[2]])
    if re.fullmatch(rf"-{_NUMBER}.*", text):
        raise ValueError(f"{text!r} is negative; expected {expected}")
    if re.fullmatch(_NUMBER, text):
        raise ValueError(f"{text!r} has no unit; expected {expected}")
    raise ValueError(f"{text!r} can't be read; expected {expected}")


def _scaled(number: str, unit: float) -> float:
    # Division by a whole number rounds once: 99.5% is 0.995, where 99.5 * 0.01 would be a little more.
    return float(number) / round(1 / unit) if unit < 1 else float(number) * unit


def _whole(text: str, units: Mapping[str, int], expected: str) -> int:
    amount = _with_unit(text, units, expected)
    if amount != int(amount):
        raise ValueError(f"{text!r} is not a whole number of {next(iter(units))}; expected {expected}")
    return int(amount)
