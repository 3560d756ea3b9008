"""Which checks are asked of what: what they declare, and no more."""

import pytest

from harness.contract.messages import EVENT_NAMES
from harness.contract.profile import Profile
from harness.oracle.checks import ALL, Check
from harness.oracle.checks.base import KINDS
from harness.oracle.checks.operations import CountersTellTheTruth
from harness.oracle.checks.stream import DoneIsLast
from harness.oracle.checks.summary import SummariesRecap
from harness.oracle.dispatch import asked, asked_of_event, new_checks
from harness.oracle.knowledge import Knowledge
from harness.oracle.observers import OBSERVERS, Observer

CLASSES = [*ALL, *OBSERVERS]


def classes(those):
    checks = new_checks(Knowledge(Profile()), {})
    return [type(checks[place]) for place, _, _ in those]


@pytest.mark.parametrize("check", CLASSES)
def test_what_a_check_declares_is_there_to_be_heard(check):
    assert set(check.requests) <= set(KINDS)
    assert check.events is None or set(check.events) <= set(EVENT_NAMES)
    if "requests" in vars(check):
        assert not {"exchanged", "answered"}.isdisjoint(vars(check))
    if "events" in vars(check):
        assert "event" in vars(check)


@pytest.mark.parametrize("name", EVENT_NAMES)
def test_a_check_is_asked_of_the_events_that_it_declares(name):
    assert (SummariesRecap in classes(asked_of_event(name))) == (name in SummariesRecap.events)


def test_an_event_of_another_name_is_a_matter_for_those_who_hear_all():
    heard = classes(asked_of_event("confetti"))
    assert heard == [check for check in CLASSES if "event" in vars(check) and check.events is None]
    assert asked_of_event("confetti") == asked_of_event("")


def test_nobody_is_asked_without_a_hook_of_its_own():
    assert len(asked("withheld")) < len(CLASSES)
    for hook in ("exchanged", "answered"):
        for kind in KINDS:
            for _, ask, _ in asked(hook, kind):
                assert ask not in {Check.exchanged, Observer.answered}


def test_each_comes_with_what_it_may_speak_of():
    for place, _, requirements in asked_of_event("done"):
        assert requirements == CLASSES[place].requirements()
        assert requirements


def test_some_are_not_asked_of_events_before_there_is_anything_that_these_could_break():
    at_first = classes(asked_of_event("emotion", at_first=True))
    assert set(classes(asked_of_event("emotion"))) - set(at_first) == {DoneIsLast, CountersTellTheTruth}
    assert DoneIsLast in classes(asked_of_event("done", at_first=True))
