"""The flags that a capacity search has beside those of a load run."""

import os
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from harness.capacity.terms import Terms
from harness.client.origin import Origin
from harness.client.urls import split_host
from harness.documents import quantities
from harness.errors import UsageError
from harness.load.cluster.keys import read_keys
from harness.load.course.intervals import SECONDS
from harness.load.health.files import sessions_allowed
from harness.load.options import AGAINST_KEY, HIDDEN, check_host
from harness.load.workload import Workload

_LEVELS: Final = "a number of live sessions, or of arrivals a second where the load file says `model: open`"
_MOST: Final = 1e9
_PRECISIONS: Final = (0.005, 0.5)
_CONFIDENCES: Final = (0.5, 0.999)
_SHORTEST_HOLD: Final = 2 * SECONDS
FLAGS: Final = ("first", "most", "precision", "confidence", "hold", "target", "run_time", "processes", "keys")
"""What `terms` and `demanded` read."""

_Value = TypeVar("_Value")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare them on Locust's own parser; values are read by `terms`, so that faults in them are told as all are."""

    def add(flag: str, **how: Any) -> None:
        action: Any = parser.add_argument(flag, **how)
        action.include_in_web_ui = action.dest not in HIDDEN

    parser.set_defaults(scenario="capacity")
    add("--first", metavar="N", help=f"the level to begin at: {_LEVELS} (8, or 0.5/s)")
    add("--most", metavar="N", help="the level beyond which nobody wants to know (what this machine can hold)")
    add("--precision", default="5%", metavar="SHARE", help="how wide the interval may be (five percent of its middle)")
    add("--confidence", default="95%", metavar="SHARE", help="of the verdict on each level (ninety-five percent)")
    add("--hold", metavar="DURATION", help="the longest that a level is held (what its SLOs and whole sessions need)")
    add("--target", metavar="N", help="the level that it must hold: exit code 1 where it does not")
    against = "a second deployment: levels alternate between both, for a verdict on which one holds more"
    add("--against", metavar="URL", help=against)
    key = f"its API key; better given in the environment, as {AGAINST_KEY}; without either, that of --host"
    add("--against-key", metavar="KEY", help=key, is_secret=True)


def terms(given: Mapping[str, Any], workload: Workload) -> Terms:
    """What `FLAGS` come to. Raise `UsageError`."""
    is_open, level = workload.open is not None, _level(workload)
    most, why = sessions_allowed(given["processes"] or 1), "this machine can hold"
    if given["keys"] and (keys := len(read_keys(Path(given["keys"])))) < most:
        most, why = keys, f"{given['keys']} has keys for"
    asked = _read("--most", given["most"], level, float(most))
    if asked > most and not is_open:
        raise UsageError(f"--most {given['most']}: {why} {most:,} sessions; expected no more")
    first = _read("--first", given["first"], level, min(0.5 if is_open else 8.0, asked))
    if first > asked:
        raise UsageError(f"--first {first:g} is more than --most {asked:g}; expected a level to begin at")
    precision = _read("--precision", given["precision"], quantities.percentage, 0.05)
    confidence = _read("--confidence", given["confidence"], quantities.percentage, 0.95)
    least, greatest = _PRECISIONS
    if not least <= precision <= greatest:
        raise UsageError(f"--precision {given['precision']}: expected {least:.1%} to {greatest:.0%}")
    least, greatest = _CONFIDENCES
    if not least <= confidence <= greatest:
        raise UsageError(f"--confidence {given['confidence']}: expected {least:.0%} to {greatest:.1%}")
    hold = _read("--hold", given["hold"], quantities.duration, 0.0) or None
    seconds = float(given["run_time"] or Terms().seconds)
    if hold is not None and hold < _SHORTEST_HOLD:
        raise UsageError(f"--hold {given['hold']}: expected {_SHORTEST_HOLD:g}s or more")
    if hold is not None and hold > seconds:
        raise UsageError(f"--hold {given['hold']} is longer than the whole search ({seconds:g} s, see --run-time)")
    return Terms(
        unit="arrivals per second" if is_open else "sessions",
        first=first,
        most=asked,
        precision=precision,
        confidence=confidence,
        seconds=seconds,
        hold=hold,
    )


def demanded(given: Mapping[str, Any], workload: Workload) -> float | None:
    """The level that must be held, if one must. Raise `UsageError`."""
    return _read("--target", given["target"], _level(workload), 0.0) or None


def against(given: Mapping[str, Any], key: str) -> tuple[tuple[str, str], ...]:
    """The second deployment with its key, if there is one; `key` is that of the first. Raise `UsageError`."""
    host = given["against"]
    if not host:
        return ()
    if not given["host"]:
        raise UsageError("--against is for two deployments; expected the first one as --host")
    if given["keys"]:
        raise UsageError("--against and --keys: the keys are those of one deployment; expected one of both flags")
    check_host(host, allow_production=given["allow_production"])
    if _place(host) == _place(given["host"]):
        raise UsageError(f"--against {host}: that is the --host; expected another deployment")
    return ((host, given["against_key"] or os.environ.get(AGAINST_KEY) or key),)


def _read(flag: str, text: str | None, read: Callable[[str], _Value], default: _Value) -> _Value:
    if not text:
        return default
    try:
        return read(text)
    except ValueError as error:
        raise UsageError(f"{flag} {error}") from None


def _level(workload: Workload) -> Callable[[str], float]:
    def level(text: str) -> float:
        try:
            found = quantities.rate(text) if workload.open else float(text) if text.isdecimal() else 0.0
        except ValueError:
            found = 0.0
        if not 0 < found < _MOST:
            expected = "a rate of arrivals such as 5/s" if workload.open else "a number of live sessions such as 120"
            raise ValueError(f"{text!r} is no level; expected {expected}")
        return found

    return level


def _place(host: str) -> tuple[Origin, str]:
    return Origin.of(host), split_host(host)[1]
