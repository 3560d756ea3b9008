"""Whether two runs asked the same of two servers, so that figures differ by what the servers do."""

from collections.abc import Iterator
from typing import Final

import msgspec

from harness.report.environment import Environment
from harness.report.results import titled
from harness.report.run import Run

_FIELDS: Final = {
    "profile": "profile",
    "catalogue": "catalogue",
    "harness": "live-harness",
    "warm_up": "warm-up in seconds",
}
_SENT: Final = "what the scenario sends"
_HINTS: Final = {"profile": " (run both with the same --profile)"}


def unlike(old: Run, new: Run) -> list[str]:
    """What they have not in common, in words. The host, the seed and the time may differ."""
    return list(_unlike(old, new))


def _unlike(old: Run, new: Run) -> Iterator[str]:
    yield from _differing(_asked(old), _asked(new))
    if old.environment and new.environment:
        yield from _differing(_named(old.environment), _named(new.environment))
    else:
        yield "environment: not both reports tell of it"


def _asked(run: Run) -> dict[str, object]:
    asked: dict[str, object] = {"scenario": titled(run)}
    asked.update({words: getattr(run, name) for name, words in _FIELDS.items()})
    if run.capacity:
        asked["capacity in"] = run.capacity[0].unit
        tried = [slo for level in run.capacity[0].levels for slo in level.attainments]
        asked.update({f"SLO {slo.measure}": slo.threshold for slo in tried})
    asked.update({f"SLO {slo.measure}": slo.threshold for slo in run.slos})
    return asked


def _named(environment: Environment) -> dict[str, object]:
    told = msgspec.structs.asdict(environment)
    return {_SENT: told.pop("scenario"), **told.pop("settings"), **told}


def _differing(old: dict[str, object], new: dict[str, object]) -> Iterator[str]:
    for name in dict.fromkeys([*old, *new]):
        before, now = old.get(name), new.get(name)
        if before != now and name == _SENT:  # digests tell nobody anything
            yield "the scenarios differ in what they send, or when"
        elif before != now:
            yield f"{name}: {_shown(before)} against {_shown(now)}{_HINTS.get(name, '')}"


def _shown(value: object) -> object:
    return "nothing" if value in {None, ""} else value
