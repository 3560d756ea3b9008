"""Thousands of judged sessions in one process: each is gone when it is over, and one bad one among them is found."""

import gc
import sys
from collections import Counter

import msgspec
import pytest

from harness.contract.profile import Profile
from harness.history.observations import Event, Header, Sent
from harness.oracle.account import Who
from harness.oracle.assessment import Assessment
from harness.oracle.checks import ALL
from harness.oracle.judge import Judge
from harness.oracle.ledger import Bookkeeper
from harness.oracle.observers import OBSERVERS
from harness.oracle.roll import Roll
from harness.oracle.trail import Trail
from tests.histories import (
    DONE,
    OPEN,
    TOLD,
    UTTERANCE,
    History,
    attach,
    chunk,
    control,
    end,
    event,
    start,
    status,
)

GOOD = 4_999


def session(label, *happenings):
    history = History(strict=False)
    history.lines[0] = Header(label, "call", 1, "", "", "", "http://sut", Profile(), 0.0, 0.0, strict=False)
    for happen in (*happenings, end):
        happen(history)
    return history.lines


def whole(n, *, name=None, session_id=None, total=200, told=(UTTERANCE,), done=None):
    return session(
        name or f"call-{n}",
        start(session_id=session_id or f"s{n}"),
        attach(),
        status("ingesting", 0.0),
        chunk(0, 100, audio="d@0"),
        *told,
        chunk(1, total, audio="d@100"),
        control("finalize"),
        event("summary_update", {"summary": "so it went"}),
        status("completed", 1.0),
        event("done", {**DONE, "conversation_id": done or f"c{n}"}),
    )


def judge_into(assessment, lines):
    judge, books = Judge(Profile()), Bookkeeper()
    for line in lines:
        judge.observe(line)
        books(line)
    assessment.add(lines[0].session, judge, books)
    assert not judge.crashes


@pytest.fixture(scope="module")
def workers():
    """What three workers send to the master: the good sessions, shared out."""
    parts = [Assessment() for _ in range(3)]
    for n in range(GOOD):
        judge_into(parts[n % 3], whole(n))
    return [msgspec.json.encode(part) for part in parts]


def merged(workers, *more):
    assessment = Assessment()
    parts = [msgspec.json.decode(each, type=Assessment) for each in workers]
    for lines in more:
        judge_into(parts[1], lines)
    for part in parts:
        assessment.merge(part)
    assessment.compare_sessions()
    return assessment


def test_thousands_of_good_sessions_break_nothing(workers):
    assessment = merged(workers)
    assert not assessment.findings
    assert assessment.tallies["START-4"].passed == GOOD
    assert assessment.tallies["STREAM-8"].passed == GOOD
    assert assessment.scenarios["call"].sessions == GOOD


@pytest.mark.parametrize(
    ("odd", "broken"),
    [
        ({"total": 190}, "CHUNK-2"),
        ({"session_id": "s7"}, "START-4"),
        ({"session_id": f"s{GOOD - 1}"}, "START-4"),
        ({"done": "c7"}, "EVENT-9"),
        ({"told": ()}, "STREAM-8"),
        ({"told": (event("final_transcript", {**TOLD, "session_id": "s4321"}),)}, "STREAM-7"),
    ],
)
def test_one_session_among_five_thousand_is_found_and_named(workers, odd, broken):
    findings = merged(workers, whole("odd", name="odd", **odd)).findings
    assert {(finding.requirement, finding.session) for finding in findings} == {(broken, "odd")}


def test_names_that_mean_nothing_do_not_hide_the_one_that_is_another_sessions(workers):
    own = [whole(f"n{n}", told=(event("final_transcript", {**TOLD, "session_id": f"call-{n}"}),)) for n in range(500)]
    odd = whole("odd", name="odd", told=(event("final_transcript", {**TOLD, "session_id": "s4321"}),))
    findings = merged(workers, *own, odd).findings
    assert [finding.session for finding in findings if finding.requirement == "STREAM-7"] == ["odd"]


def test_an_assessment_does_not_grow_with_what_sessions_have_seen(workers):
    """Some 170 bytes of memory a session: who it is, and its two ids."""
    [one, *_] = workers
    roll = len(msgspec.json.encode(msgspec.json.decode(one, type=Assessment).company.roll))
    assert len(one) - roll < 10_000
    assert roll < 60 * GOOD / 3


def test_nothing_of_a_session_waits_for_the_collector_of_garbage():
    kinds = {Judge, Bookkeeper, *ALL, *OBSERVERS}

    def alive():
        return Counter(type(each) for each in gc.get_objects() if type(each) in kinds)

    gc.collect()
    before = alive()
    gc.disable()
    try:
        judge_into(Assessment(), whole(1))
        judge_into(Assessment(), whole(2, total=7))  # one with a finding
        assert alive() == before
    finally:
        gc.enable()


def test_a_session_is_kept_in_slots():
    def has_dict(each):
        return hasattr(each, "__dict__")

    judge = Judge(Profile())
    known = judge._known
    parts = [judge, *judge._checks, known, *(getattr(known, name) for name in known.__slots__), judge._accountant]
    assert not [type(part).__name__ for part in parts if has_dict(part)]


def size(part, seen):
    """Bytes of an object, and of all that it holds."""
    if id(part) in seen or isinstance(part, type | Profile):
        return 0
    seen.add(id(part))
    inner = [getattr(part, n, None) for kind in type(part).__mro__ for n in getattr(kind, "__slots__", ())]
    if isinstance(part, dict):
        inner += [*part, *part.values()]
    if isinstance(part, list | tuple):
        inner += part
    return sys.getsizeof(part) + sum(size(each, seen) for each in inner)


def test_a_session_does_not_grow_for_ever():
    def observed(count):
        judge = Judge(Profile())
        told = ({**TOLD, "id": f"u{n}", "start": n, "end": n + 1, "text": f"so {n}"} for n in range(count))
        heard = [(event("final_transcript", each), event("emotion", {"id": each["id"]})) for each in told]
        pushed = [chunk(n, (n + 1) * 100) for n in range(count)]
        for line in session("s", *OPEN, *(each for pair in heard for each in pair), *pushed):
            judge.observe(line)
        return size(judge, set())

    assert observed(1_200) < observed(600) * 1.02


# The trail


def test_a_trail_shows_events_as_they_came():
    trail = Trail()
    seen = [Sent(1, "attach", 0.0, 0.0), Event(1, 0.1, "status", '{"phase":"x"}', payload={"phase": "x"})]
    seen += [Event(1, 0.2, "status", "{", flaw="not JSON"), Event(1, 0.3, "", "", illegal="bytes")]
    for each in seen:
        trail.add(each)
    assert trail.whole == tuple(seen)


@pytest.mark.parametrize(("size", "kept"), [(1, 24), (100, 13), (5_000, 8)])
def test_a_narrow_trail_keeps_less_of_what_is_large(size, kept):
    trail = Trail(narrow=True)
    for n in range(50):
        trail.add(Event(1, n, "status", "x" * size))
    assert len(trail.whole) == kept
    assert trail.whole[-1].at == 49


# The roll


def test_whose_an_id_is():
    roll = Assessment().company.roll
    assert roll.owners(["s1", ""]) == {}
    parts = [Assessment(), Assessment()]
    for n in range(4):
        judge_into(parts[n % 2], whole(n))
    roll = Roll()
    for part in parts:
        roll.merge(part.company.roll)
    assert roll.owners(["s3", "s9", ""]) == {"s3": Who("call-3", "call", 1)}
    assert roll.started == 4
    assert not list(roll.twice(roll.ids))


def test_a_session_that_is_told_of_twice_is_no_two_sessions():
    part = Assessment()
    judge_into(part, whole(1))
    judge_into(part, whole(1))
    assert not list(part.company.roll.twice(part.company.roll.ids))
