"""Which checks are asked of what: found out once from what they declare, and not for each session or observation."""

from collections.abc import Callable
from functools import cache, lru_cache
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


@lru_cache(maxsize=64)
def asked_of_event(name: str, at_first: bool = False) -> Asked:
    """Those that are asked of an event with that name, which may be any; there are fewer of them at first."""
    known = name if name in EVENT_NAMES else ""
    return tuple(each for each in asked("event", known) if not at_first or _hears_at_first(_CLASSES[each[0]], known))


def _hears_at_first(check: type[Check], name: str) -> bool:
    return check.events_at_first is None or name in check.events_at_first


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
