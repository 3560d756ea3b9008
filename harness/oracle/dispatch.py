"""Which checks are asked of what: found out once from what they declare, and not for each session or observation."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from harness.contract.messages import EVENT_NAMES
from harness.oracle.checks import ALL, Check
from harness.oracle.knowledge import Knowledge
from harness.oracle.notes import Answers
from harness.oracle.observers import OBSERVERS, Observer
from harness.oracle.verdicts import Outcomes

Asked = tuple[tuple[int, Callable[[Any, Any], Outcomes], tuple[str, ...]], ...]
"""Places of checks among those of a session, the function that is to be called with the check and what was seen, and
the requirements that it may speak of."""

_CLASSES: Final[tuple[type[Check], ...]] = (*ALL, *OBSERVERS)


def new_checks(known: Knowledge, answers: Answers) -> list[Check]:
    """All checks for one session, and the observers, which add to its `answers`."""
    return [*(check(known) for check in ALL), *(observer(known, answers) for observer in OBSERVERS)]


@cache
def asked(hook: str, about: str = "") -> Asked:
    """All that have such a hook; `about` is the kind of the request, or the name of the event."""
    wanting = ((n, check) for n, check in enumerate(_CLASSES) if _wants(check, hook, about))
    return tuple((n, getattr(check, hook), check.requirements()) for n, check in wanting)


_ABLE_TO_REST: Final = tuple((n, check.rests) for n, check in enumerate(_CLASSES) if check.rests is not Check.rests)


def asked_of_events(checks: Sequence[Check]) -> Mapping[str, Asked]:
    """By its name, which of `checks`, all of a session, are asked of an event now; under "", of one of another name."""
    return _asked_of_events(tuple([place for place, rests in _ABLE_TO_REST if rests(checks[place])]))


@cache
def _asked_of_events(resting: tuple[int, ...]) -> Mapping[str, Asked]:
    def awake(name: str) -> Asked:
        return tuple(each for each in asked("event", name) if each[0] not in resting or name == "done")

    return {name: awake(name) for name in ("", *EVENT_NAMES)}


def _wants(check: type[Check], hook: str, about: str) -> bool:
    inherited = getattr(Observer, hook) if issubclass(check, Observer) else getattr(Check, hook, None)
    if getattr(check, hook, None) is inherited:
        return False
    match hook:
        case "exchanged" | "answered":
            return about in check.requests
        case "event":
            return check.events is None or about in check.events
    return True
