"""Which checks are asked of what: what they declare, and no more."""

import pytest

from harness.contract.messages import EVENT_NAMES
from harness.contract.profile import Profile
from harness.oracle.checks import ALL, Check
from harness.oracle.checks.base import KINDS
from harness.oracle.checks.operations import CountersTellTheTruth
from harness.oracle.checks.results import ResultsComeEarly
from harness.oracle.checks.stream import DoneIsLast
from harness.oracle.checks.summary import SummariesRecap
from harness.oracle.dispatch import asked, asked_of_events, new_checks
from harness.oracle.judge import Judge
from harness.oracle.knowledge import Knowledge
from harness.oracle.observers import OBSERVERS, Observer
from harness.oracle.observers.replays import Replays
from tests.histories import DONE, OPEN, UTTERANCE, History, attach, chunk, event, over, status, wait

CLASSES = [*ALL, *OBSERVERS]


def look(h):
    h.exchange(200, "", kind="metrics")


CHECKS = new_checks(Knowledge(Profile()), {})


def classes(those):
    return [type(CHECKS[place]) for place, _, _ in those]


def heard(name, checks=CHECKS):
    """Who is asked of an event with that name; in a session that has just begun, unless told otherwise."""
    return set(classes(asked_of_events(checks)[name]))


def judging(*happenings):
    history, judge = History(), Judge(Profile())
    for happen in happenings:
        happen(history)
    for line in history.lines:
        judge.observe(line)
    return judge


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
    assert (SummariesRecap in heard(name)) == (name in SummariesRecap.events)


def test_an_event_of_another_name_is_a_matter_for_those_who_hear_all():
    all_ears = {check for check in CLASSES if "event" in vars(check) and check.events is None}
    assert heard("") == all_ears - {DoneIsLast, CountersTellTheTruth}  # which rest at first
    assert judging(*OPEN, event("confetti", {})).tallies["EVENT-1"].failed == 1


def test_nobody_is_asked_without_a_hook_of_its_own():
    assert len(asked("withheld")) < len(CLASSES)
    for hook in ("exchanged", "answered"):
        for kind in KINDS:
            for _, ask, _ in asked(hook, kind):
                assert ask not in {Check.exchanged, Observer.answered}


def test_each_comes_with_what_it_may_speak_of():
    for place, _, requirements in asked_of_events(CHECKS)["done"]:
        assert requirements == CLASSES[place].requirements()
        assert requirements


RESTING = {
    "a session that has just begun": ((), {DoneIsLast, CountersTellTheTruth}),
    "a beginning that is known again, and a first result": (
        (*OPEN, UTTERANCE, chunk(0, 100)),
        {DoneIsLast, CountersTellTheTruth, Replays, ResultsComeEarly},
    ),
    "done": ((*OPEN, event("done", DONE)), {CountersTellTheTruth, Replays}),
    "a look at the metrics before the start": ((look, *OPEN), {DoneIsLast}),
    "another consumer, after a pause": (
        (*OPEN, UTTERANCE, status("ingesting", 0.2), chunk(0, 100), over("left"), wait(1), attach()),
        {DoneIsLast, CountersTellTheTruth, ResultsComeEarly},
    ),
}


@pytest.mark.parametrize(("happenings", "resting"), RESTING.values(), ids=RESTING)
def test_who_has_nothing_to_say_of_events_is_not_asked_of_any_but_done(happenings, resting):
    judge = judging(*happenings)
    asked_of_all = {check for check in CLASSES if "event" in vars(check)}
    for name in EVENT_NAMES:
        wanting = {check for check in asked_of_all if check.events is None or name in check.events}
        assert heard(name, judge._checks) == (wanting if name == "done" else wanting - resting)
    assert judge._hearing == asked_of_events(judge._checks)
