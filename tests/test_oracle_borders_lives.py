"""Where one verdict ends and the next begins, of how sessions live, end and are listened to: literal histories."""

import msgspec
import pytest

from harness.contract.profile import Profile
from harness.oracle.judge import Judge
from harness.oracle.verdicts import Verdict
from tests.borders import (
    COMPLETED,
    ERROR,
    FINALIZE,
    KEEPALIVE,
    REFUSED,
    first,
    lands,
    unreachable,
)
from tests.histories import (
    DONE,
    FINISHED,
    OPEN,
    TWO,
    WALL,
    History,
    attach,
    chunk,
    control,
    end,
    event,
    judged,
    over,
    slowly,
    start,
    verdicts,
    wait,
    waited,
)

LIVES = {
    "less than a quarter of a life in silence": (
        (start(), *TWO, wait(14), chunk(2, status=410)),
        {"failed": "CHUNK-1"},
    ),
    "more than a quarter of a life in silence": ((start(), *TWO, wait(17), chunk(2, status=410)), {"failed": "TTL-1"}),
    "no silence, late in its life": (
        (start(), *TWO, wait(14), chunk(2, 300), wait(14), chunk(3, 400), wait(1), chunk(4, status=410)),
        {"failed": "CHUNK-1"},
    ),
    "no silence": ((start(), *TWO), {"untried": "TTL-1 CHUNK-8 CTRL-1 STREAM-1"}),
    "a chunk taken when the time may have run out": ((start(), *TWO, wait(62), chunk(2, 300)), {"untried": "TTL-1"}),
    "within a quarter of the TTL after its end": ((start(), wait(74), chunk(0, 100)), {"untried": "TTL-2 TTL-1"}),
    "beyond a quarter of the TTL after its end": ((start(), wait(79), chunk(0, 100)), {"failed": "TTL-2"}),
    "a consumer may keep it alive": ((*OPEN, wait(140), chunk(0, 100)), {"untried": "TTL-2"}),
    "a consumer who has left does not": ((*OPEN, over("left"), wait(140), chunk(0, 100)), {"failed": "TTL-2"}),
    "nor does a second one who has left": (
        (*OPEN, attach(), over("left", n=3), wait(140), chunk(0, 100)),
        {"failed": "STREAM-2"},
    ),
    "born dead, and nothing is known of its life": (
        (start(expires_in=-5), wait(40), chunk(0, 100)),
        {"failed": "START-3"},
    ),
    "born in the very second of its end": ((start(expires_at=WALL), wait(40), chunk(0, 100)), {"failed": "START-3"}),
    "too near to tell": ((start(expires_in=1.5),), {"left_open": "START-3"}),
    "a keepalive that takes time away does so in words alone": (
        (start(), *TWO, control("keepalive", expires_at=WALL + 5), wait(20), chunk(2, status=410)),
        {"failed": "CTRL-3 TTL-1"},
    ),
    "a second keepalive acked after the end that none has moved": (
        (start(), *TWO, wait(36), KEEPALIVE, wait(26), KEEPALIVE, chunk(2, status=410)),
        {"failed": "CTRL-3"},
    ),
    "an error, and the end of the stream": ((*OPEN, *TWO, ERROR, over()), {"untried": "TTL-1"}),
    "the consumer leaves": ((*OPEN, *TWO, over("left")), {"untried": "TTL-1"}),
}

ENDS = {
    "finalize alone": ((*OPEN, *TWO, FINALIZE), {"untried": "CTRL-1"}),
    "an error in place of done": ((*OPEN, *TWO, FINALIZE, ERROR, over()), {"left_open": "CTRL-1"}),
    "nothing to wait for": ((*OPEN, FINALIZE, waited("done", 61)), {}),
    "a wait for something else": ((*OPEN, *TWO, FINALIZE, waited("status", 61)), {}),
    "a wait that was not in vain": ((*OPEN, *TWO, FINALIZE, waited("done", 61, "over-budget")), {}),
    "too little patience, late": (
        (*OPEN, *TWO, wait(20), FINALIZE, waited("done", 50)),
        {"left_open": "CTRL-1"},
    ),
    "patience in two parts": ((*OPEN, *TWO, FINALIZE, wait(30), waited("done", 31)), {"failed": "CTRL-1"}),
    "patience but for rounding": ((*OPEN, *TWO, FINALIZE, waited("done", 59.9895)), {"failed": "CTRL-1"}),
    "patience but for more than that": ((*OPEN, *TWO, FINALIZE, waited("done", 59.98)), {"left_open": "CTRL-1"}),
    "finalize refused where there is no audio": (
        (*OPEN, control("finalize", status=409), chunk(0, 100), COMPLETED),
        {"failed": "EVENT-3"},
    ),
    "cancel refused": ((*OPEN, *TWO, control("cancel", status=409), COMPLETED), {"failed": "CTRL-2 EVENT-3"}),
    "done after a cancel, and the end": (
        (*OPEN, *TWO, control("cancel"), event("done", DONE), over()),
        {"failed": "CTRL-2"},
    ),
    "a cancel, and the consumer leaves": (
        (*OPEN, *TWO, control("cancel", reason="bye"), over("left")),
        {"untried": "CTRL-2"},
    ),
    "a cancel, and little patience": ((*OPEN, *TWO, wait(20), control("cancel"), waited("end", 5)), {}),
    "a cancel, and patience in two parts": (
        (*OPEN, *TWO, control("cancel"), wait(6), waited("end", 5)),
        {"failed": "CTRL-2"},
    ),
    "a cancel, and patience but for rounding": (
        (*OPEN, *TWO, control("cancel"), waited("end", 9.9895)),
        {"failed": "CTRL-2"},
    ),
    "a cancel, and patience twice": (
        (*OPEN, *TWO, control("cancel"), waited("end", 11), waited("end", 11)),
        {"failed": "CTRL-2"},
    ),
    "a reason in a list": (
        (
            *(*OPEN, *TWO, control("cancel", reason="bye")),
            *(event("error", {"code": "x", "message": "", "details": [{"said": "bye"}]}), over()),
        ),
        {"passed": "CTRL-2"},
    ),
    "a reason in no string of a list": (
        (
            *(*OPEN, *TWO, control("cancel", reason="bye")),
            *(event("error", {"code": "x", "message": "", "details": [7, "good night"]}), over()),
        ),
        {"failed": "CTRL-2"},
    ),
    "two events after done": ((*OPEN, *TWO, *FINISHED[:-1], ERROR, ERROR, over()), {"failed": "STREAM-6"}),
    "done, and the consumer leaves": (
        (*OPEN, *TWO, *FINISHED[:-1], over("left"), waited("end", 11)),
        {"untried": "STREAM-6"},
    ),
    "done, and a wait for something else": ((*OPEN, *TWO, *FINISHED[:-1], waited("status", 11)), {}),
    "done, and a wait that was not in vain": ((*OPEN, *TWO, *FINISHED[:-1], waited("end", 11, "came")), {}),
    "done, and little patience": ((*OPEN, *TWO, wait(20), *FINISHED[:-1], waited("end", 5)), {}),
    "done, and patience but for rounding": (
        (*OPEN, *TWO, *FINISHED[:-1], waited("end", 9.9995)),
        {"failed": "STREAM-6"},
    ),
    "done, and patience twice": (
        (*OPEN, *TWO, *FINISHED[:-1], waited("end", 11), waited("end", 11)),
        {"failed": "STREAM-6"},
    ),
}

CONSUMERS = {
    "processing shows that the first goes on": (
        (*OPEN, *TWO, REFUSED, FINALIZE, first("status", phase="processing", progress=0.9)),
        {"passed": "STREAM-2"},
    ),
    "ingesting may have been under way": (
        (*OPEN, *TWO, REFUSED, FINALIZE, first("status", phase="ingesting", progress=0.9)),
        {"left_open": "STREAM-2"},
    ),
    "processing before finalize may have been under way": (
        (*OPEN, *TWO, REFUSED, first("status", phase="processing", progress=0.9)),
        {"left_open": "STREAM-2"},
    ),
    "a moment may have been under way": ((*OPEN, *TWO, REFUSED, first("moment")), {"left_open": "STREAM-2"}),
    "an error shows that the first goes on": (
        (*OPEN, *TWO, REFUSED, first("error", code="x", message="y")),
        {"passed": "STREAM-2"},
    ),
    "done shows that the first goes on": (
        (start(), attach(), *TWO, REFUSED, FINALIZE, first("done", **DONE)),
        {"passed": "STREAM-2"},
    ),
    "an event, and the first put out, before the second is answered": (
        (*OPEN, *TWO, slowly(REFUSED, first("moment"), over(n=2))),
        {"failed": "STREAM-2"},
    ),
    "an error, and the end, before the second is answered": (
        (*OPEN, *TWO, slowly(REFUSED, first("error", code="x", message="y"), over(n=2))),
        {"untried": "STREAM-2 TTL-1"},
    ),
    "a second one let in once the first had left": (
        (*OPEN, *TWO, slowly(attach(), over("left", n=2))),
        {"untried": "STREAM-2"},
    ),
    "a second one let in when all was over": (
        (
            *(*OPEN, *TWO),
            slowly(attach(), FINALIZE, first("status", phase="completed", progress=1), first("done", **DONE)),
        ),
        {"untried": "STREAM-2"},
    ),
    "a second one let in, and an error, and the end": (
        (*OPEN, *TWO, attach(), first("error", code="x", message="y"), FINALIZE, over(n=2)),
        {"failed": "STREAM-2"},
    ),
    "a second one let in, after an earlier stream's error": (
        (*OPEN, *TWO, ERROR, over("left"), attach(), attach()),
        {"failed": "STREAM-2", "passed": "STREAM-3"},
    ),
    "a second one that fails": ((*OPEN, *TWO, attach(status=500), chunk(2, 300)), {"left_open": "STREAM-2"}),
    "a second one refused, and the first leaves": (
        (*OPEN, *TWO, REFUSED, over("left", n=2)),
        {"left_open": "STREAM-2"},
    ),
    "a second one refused, and the first put out": ((*OPEN, *TWO, REFUSED, over(n=2)), {"failed": "STREAM-2"}),
    "a second one refused, and a cancel": (
        (*OPEN, *TWO, REFUSED, control("cancel"), over(n=2)),
        {"failed": "CTRL-2", "left_open": "STREAM-2"},
    ),
    "a second one refused, and the first starved": (
        (*OPEN, *TWO, REFUSED, FINALIZE, waited("done", 59.9995)),
        {"failed": "STREAM-2"},
    ),
    "a second one refused, and the first never told of anything": (
        (start(), attach(), *TWO, REFUSED, FINALIZE, waited("done", 61)),
        {"left_open": "STREAM-2"},
    ),
    "a second one refused, and the first told of something": (
        (*OPEN, *TWO, REFUSED, first("moment"), FINALIZE, waited("done", 61)),
        {"left_open": "STREAM-2"},
    ),
    "a second one refused, and little patience": (
        (*OPEN, *TWO, wait(20), REFUSED, FINALIZE, waited("done", 50)),
        {"left_open": "STREAM-2"},
    ),
    "an event stream, and its character set": (
        (start(), attach(content_type="Text/Event-Stream; charset=utf-8")),
        {"passed": "STREAM-1"},
    ),
    "one who comes back and is let in beside another": (
        (*OPEN, *TWO, attach(), over("left", n=2), wait(31), attach(status=409), chunk(2, 300)),
        {"failed": "STREAM-2"},
    ),
    "no more than half a minute": (
        (*OPEN, *TWO, over("left"), wait(29.9), attach(status=409), chunk(2, 300), attach()),
        {"passed": "STREAM-3"},
    ),
}

BACK = {
    "one for whom there is no connection": (
        (*OPEN, *TWO, over("left"), wait(31), unreachable, chunk(2, 300)),
        {"untried": "STREAM-3"},
    ),
    "one who may have been let in, and then nobody": (
        (
            *(*OPEN, *TWO, over("left"), wait(31), attach(status=504), attach(status=409)),
            *(wait(31), attach(status=409), chunk(2, 300)),
        ),
        {"failed": "STREAM-3"},
    ),
    "one who asks in vain": (
        (*OPEN, *TWO, over("left"), wait(31), attach(status=500), chunk(2, 300)),
        {"failed": "STREAM-3"},
    ),
}


def named(seconds):
    """A keepalive whose reply names an `expires_at` so long after the start."""
    return control("keepalive", expires_at=WALL + seconds)


EXTENDED = {
    "the same time, which leaves enough": ((start(), wait(10), named(60)), {}),
    "the same time, which leaves less": ((start(), wait(20), named(60)), {"failed": "CTRL-3"}),
    "less than a tenth later": ((start(), wait(20), named(61.9)), {"failed": "CTRL-3"}),
    "more than a tenth later": ((start(), wait(20), named(62.1)), {}),
    "hardly later, and at once": ((start(), wait(20), named(62.1), wait(1.9), named(62.15)), {}),
    "hardly later, and not at once": (
        (start(), wait(20), named(62.1), wait(2.1), named(62.15)),
        {"failed": "CTRL-3"},
    ),
    "moved by a keepalive, and then no more": ((start(), wait(20), named(70), wait(20), named(70)), {}),
    "moved by a chunk perhaps, and then no more": (
        (start(), chunk(0, 100), wait(20), named(70), wait(20), named(70)),
        {"failed": "CTRL-3"},
    ),
    "moved by a chunk perhaps, by a keepalive, and then no more": (
        (start(), chunk(0, 100), wait(20), named(70), wait(5), named(80), wait(25), named(80)),
        {},
    ),
    "a chunk within the grace": ((start(), wait(40), named(160), wait(30), chunk(0, 100)), {"untried": "CTRL-3"}),
    "a chunk beyond it, as was promised": (
        (start(), chunk(0, 100), wait(40), named(160), wait(70), chunk(1, 200)),
        {"passed": "CTRL-3"},
    ),
    "a chunk beyond it, as was not": (
        (start(), chunk(0, 100), wait(40), KEEPALIVE, wait(40), chunk(1, 200)),
        {"untried": "CTRL-3"},
    ),
}

CASES = LIVES | ENDS | CONSUMERS | BACK | EXTENDED


@pytest.mark.parametrize(("history", "expected"), CASES.values(), ids=CASES)
def test_each_side_of_a_border_has_its_verdict(history, expected):
    lands(history, **expected)


def told(*happenings, date=None, **header):
    """A history whose replies have that `Date`, or none, and whose header knows more."""
    history = History()
    for happen in (*happenings, end):
        happen(history)
    judge = Judge(Profile())
    judge.observe(msgspec.structs.replace(history.lines[0], **header))
    for line in history.lines[1:]:
        judge.observe(msgspec.structs.replace(line, date=date or "") if hasattr(line, "date") else line)
    assert not judge.crashes
    return judge


def test_without_a_date_the_run_may_know_the_clock_all_the_same():
    known = (WALL - 0.1, WALL + 0.1)
    eternal = (start(), wait(140), chunk(0, 100))
    assert verdicts(told(*eternal, server_offset=known), Verdict.FAIL) == {"TTL-2"}
    assert not told(*eternal).findings


def test_a_clock_that_is_known_tells_what_a_date_does_not():
    assert "START-3" in verdicts(judged(start(expires_in=1.5)), Verdict.INCONCLUSIVE)
    history = History()
    start(expires_in=1.5)(history)
    judge = Judge(Profile())
    judge.observe(msgspec.structs.replace(history.lines[0], server_offset=(WALL, WALL + 0.1)))
    for line in history.lines[1:]:
        judge.observe(line)
    assert verdicts(judge, Verdict.PASS) == {"START-1", "START-3"}


def test_a_session_of_which_no_time_is_known_lives_two_seconds():
    assert verdicts(told(start(), *TWO, wait(1.9), chunk(2, status=400)), Verdict.FAIL) == {"CHUNK-1"}
    assert not told(start(), *TWO, wait(2.1), chunk(2, status=400)).findings
