"""Where one verdict ends and the next begins, of chunks and of refusals: literal histories."""

import pytest

from harness.contract.profile import Profile
from harness.oracle.verdicts import Verdict
from tests.borders import COMPLETED, FINALIZE, GAP, KEEPALIVE, LOST, first, lands, says
from tests.histories import (
    DONE,
    OPEN,
    TWO,
    attach,
    chunk,
    control,
    event,
    judged,
    over,
    slowly,
    start,
    verdicts,
    wait,
)

CHUNKS = {
    "an ack without a total, and a right one": ((start(), chunk(0), chunk(1, 200)), {"failed": "CHUNK-2"}),
    "an ack that says too much, and a right one": (
        (start(), chunk(0, 100), chunk(1, 250), chunk(2, 300), chunk(3, 400)),
        {"failed": "CHUNK-2"},
    ),
    "a retry's ack that says too little, and a right one": (
        (start(), *TWO, chunk(1, 150), chunk(2, 300), chunk(3, 400)),
        {"failed": "CHUNK-2"},
    ),
    "an ack that says too much, and the count goes on from there": (
        (start(), chunk(0, 100), chunk(1, 250), chunk(2, 350), chunk(3, 450)),
        {"failed": "CHUNK-2"},
    ),
    "a refused gap, and the stream's end within a second": (
        (*OPEN, *TWO, GAP, wait(0.9), over()),
        {"failed": "CHUNK-4", "left_open": "CHUNK-3"},
    ),
    "a refused gap, and the stream's end later": ((*OPEN, *TWO, GAP, wait(1.1), over()), {"left_open": "CHUNK-3"}),
    "a retry that fails": ((start(), *TWO, chunk(1, status=500), chunk(1, 200)), {"failed": "CHUNK-6"}),
    "a chunk that may be new fails": (
        (start(), chunk(0, 100), LOST, chunk(1, status=500), chunk(1, 200)),
        {"failed": "CHUNK-1"},
    ),
    "after a lost reply, right or a gap": ((start(), chunk(0, 100), LOST, chunk(2, status=409)), {}),
    "after a lost reply, right or a gap, taken": ((start(), chunk(0, 100), LOST, chunk(2, 300)), {}),
    "the reply came in the end, and the next chunk is refused": (
        (start(), chunk(0, 100), LOST, chunk(1, 200), chunk(2, status=400)),
        {"failed": "CHUNK-1"},
    ),
    "a wrong total, and right ones from there": (
        (start(), chunk(0, 99), chunk(1, 199), chunk(2, 299)),
        {"failed": "CHUNK-2"},
    ),
    "a wrong total after a lost reply": (
        (start(), chunk(0, 100), LOST, chunk(1, 150), chunk(2, 250)),
        {"failed": "CHUNK-2"},
    ),
    "a retry with a wrong total": ((start(), *TWO, chunk(1, 250)), {"failed": "CHUNK-2"}),
    "a retry that counts twice": ((start(), *TWO, chunk(1, 300)), {"failed": "CHUNK-6"}),
    "an older number, and then a wrong total": (
        (start(), *TWO, chunk(2, 300), chunk(0, 300), chunk(3, 999)),
        {"failed": "CHUNK-2"},
    ),
    "an older number that adds, and what follows": (
        (start(), *TWO, chunk(0, 300), chunk(2, 400)),
        {"failed": "CHUNK-5"},
    ),
    "an older number acked without a total, and the next": (
        (start(), *TWO, chunk(2, 300), chunk(0), chunk(3, 400)),
        {"passed": "CHUNK-5"},
    ),
    "an older number acked without a total, and nothing": (
        (start(), *TWO, chunk(2, 300), chunk(0)),
        {"left_open": "CHUNK-5"},
    ),
    "status 299": ((start(), chunk(0, 100, status=299)), {"passed": "CHUNK-1 CHUNK-2"}),
    "status 300": ((start(), chunk(0, status=300)), {"left_open": "CHUNK-1"}),
    "status 399": ((start(), chunk(0, status=399)), {"left_open": "CHUNK-1"}),
    "status 499": ((start(), chunk(0, status=499)), {"failed": "CHUNK-1"}),
    "no HTTP": ((start(), chunk(0, status=None, failure="malformed"), chunk(0, 100)), {"failed": "CHUNK-1"}),
    "a right chunk refused, and what follows": ((start(), chunk(0, status=400), chunk(1, 100)), {"failed": "CHUNK-1"}),
    "one among chunks of the same size refused": ((start(), *TWO, chunk(2, status=400)), {"failed": "CHUNK-1"}),
    "a smaller one refused": ((start(), *TWO, chunk(2, status=400, size=99)), {"failed": "CHUNK-8"}),
    "a larger one refused": ((start(), *TWO, chunk(2, status=400, size=101)), {"failed": "CHUNK-8"}),
    "a format refused late": ((start(), *TWO, chunk(2, status=415)), {"failed": "CHUNK-9"}),
    "too small, and small": ((start(), says(400, "too small", size=31_999)), {"failed": "CHUNK-8"}),
    "too small, and of an advised size": ((start(), says(400, "too small", size=32_000)), {"failed": "CHUNK-1"}),
    "the largest advised size refused": ((start(), chunk(0, status=413, size=128_000)), {"failed": "CHUNK-1"}),
    "a byte more refused": ((start(), chunk(0, status=413, size=128_001)), {}),
    "a size, and the same size after a keepalive": (
        (start(), chunk(0, 100), KEEPALIVE, chunk(1, 200)),
        {"untried": "CHUNK-8 TTL-1 AUTH-2 AUTH-3 START-2"},
    ),
    "one of two that were refused counts": (
        (start(), *TWO, chunk(4, status=409, size=30), chunk(0, status=409, size=40), chunk(2, 330)),
        {"failed": "CHUNK-4 CHUNK-10"},
    ),
    "both that were refused count": (
        (
            *(start(), chunk(0, 100), chunk(3, status=409, size=5), chunk(1, 200)),
            *(chunk(4, status=409, size=30), chunk(5, status=409, size=40), chunk(2, 370)),
        ),
        {"failed": "CHUNK-4 CHUNK-10"},
    ),
    "a total of nothing that was refused": ((start(), *TWO, GAP, chunk(2, 333)), {"failed": "CHUNK-2"}),
}

STANDING = {
    "a refused gap, and a keepalive": (
        (start(), *TWO, GAP, KEEPALIVE, chunk(2, status=404)),
        {"failed": "CHUNK-4", "left_open": "CHUNK-3"},
    ),
    "a refused gap, and a consumer": (
        (start(), *TWO, GAP, attach(), chunk(2, status=404)),
        {"failed": "CHUNK-4", "left_open": "CHUNK-3"},
    ),
    "a refused gap, and nonsense": (
        (start(), *TWO, GAP, chunk("x", status=400), chunk(2, status=404)),
        {"failed": "CHUNK-4", "left_open": "CHUNK-3"},
    ),
    "a refused gap, and the right one": (
        (start(), *TWO, GAP, chunk(2, 300), chunk(3, status=400)),
        {"failed": "CHUNK-1", "passed": "CHUNK-3 CHUNK-4 CHUNK-10"},
    ),
    "a stranger turned away, and the consumer let in": (
        (start(), *TWO, attach(status=401, key="wrong"), attach(), chunk(2, status=400)),
        {"failed": "CHUNK-1", "passed": "AUTH-4"},
    ),
    "a stranger's chunk taken, and what follows": (
        (start(), chunk(0, 100, key="wrong"), chunk(1, 200)),
        {"failed": "AUTH-2"},
    ),
    "a stranger's finalize taken, and what follows": (
        (start(), control("finalize", key="wrong"), chunk(0, status=409)),
        {"failed": "AUTH-3"},
    ),
    "a stranger's chunk that fails": (
        (start(), chunk(0, status=500, key="wrong"), chunk(0, 100)),
        {"left_open": "AUTH-2"},
    ),
    "a stranger's unknown action": (
        (start(), *TWO, control("explode", status=401, key="wrong"), KEEPALIVE),
        {"passed": "AUTH-3", "untried": "CTRL-4"},
    ),
    "the right consumer refused": ((start(), *TWO, attach(status=409)), {"failed": "STREAM-1"}),
    "the right consumer refused after a silence": (
        (start(), *TWO, wait(20), attach(status=409)),
        {"failed": "STREAM-1"},
    ),
    "a start without authority": ((wait(5), start(status=401)), {"failed": "START-1"}),
    "a start that may come again": ((start(status=429), start()), {"passed": "START-1"}),
    "all but a consumer": (
        (start(), *TWO, KEEPALIVE, attach(status=401, key="wrong")),
        {"left_open": "AUTH-4", "untried": "START-2"},
    ),
    "a keepalive that fails before any chunk": ((start(), control("keepalive", status=500)), {"failed": "CTRL-3"}),
    "a keepalive alone": ((start(), KEEPALIVE), {"untried": "CHUNK-1"}),
    "an unknown action that fails": (
        (start(), *TWO, control("explode", status=500), chunk(2, 300)),
        {"left_open": "CTRL-4"},
    ),
    "an unknown action refused, and another refusal": (
        (start(), *TWO, control("explode", status=400), GAP),
        {"left_open": "CTRL-4 CHUNK-3"},
    ),
    "an unknown action refused, and another session": (
        (start(), *TWO, control("explode", status=400), start()),
        {"left_open": "CTRL-4"},
    ),
}

CASES = CHUNKS | STANDING


@pytest.mark.parametrize(("history", "expected"), CASES.values(), ids=CASES)
def test_each_side_of_a_border_has_its_verdict(history, expected):
    lands(history, **expected)


UNANSWERED = {
    "a finalize in doubt, and a chunk taken": (
        (start(), *TWO, control("finalize", status=504), chunk(2, 300)),
        {"untried": "CHUNK-7"},
    ),
    "a finalize in doubt, and a chunk refused": (
        (start(), *TWO, control("finalize", status=504), chunk(2, status=409)),
        {},
    ),
    "a finalize in doubt, done, and a keepalive": (
        (*OPEN, *TWO, slowly(control("finalize", status=504), COMPLETED, event("done", DONE)), KEEPALIVE),
        {"untried": "CTRL-1"},
    ),
    "no connection, and the number after it": (
        (start(), *TWO, chunk(2, status=None, failure="unreachable"), chunk(3, 400)),
        {"failed": "CHUNK-3"},
    ),
    "an attach that failed is no consumer": (
        (start(), attach(status=503), wait(140), chunk(0, 100)),
        {"failed": "TTL-2"},
    ),
    "a smaller chunk that fails": ((start(), chunk(0, 100), chunk(1, status=503, size=50)), {"untried": "CHUNK-8"}),
    "a retry refused while the first may be under way, and then taken": (
        (
            *(start(), chunk(0, 100), chunk(1, status=None, failure="timeout")),
            *(chunk(1, status=409), chunk(1, 200), chunk(2, 999)),
        ),
        {"failed": "CHUNK-2", "left_open": "CHUNK-6"},
    ),
}


@pytest.mark.parametrize(("history", "expected"), UNANSWERED.values(), ids=UNANSWERED)
def test_under_load_what_gets_no_answer_leaves_both_sides_open(history, expected):
    lands(judged(*history, strict=False), **expected)


PINNED = {
    "late": ((start(), *TWO, FINALIZE), lambda code: chunk(2, status=code), (), "CHUNK-7"),
    "expired": ((start(), wait(140)), lambda code: chunk(0, status=code), (), "TTL-2"),
    "first": ((start(),), lambda code: chunk(1, status=code), (chunk(0, 100),), "CHUNK-5"),
    "gap": ((start(), *TWO), lambda code: chunk(4, status=code), (chunk(2, 300),), "CHUNK-3"),
    "auth": ((start(),), lambda code: chunk(0, status=code, key="wrong"), (chunk(0, 100),), "AUTH-2"),
    "second-consumer": (
        OPEN,
        lambda code: attach(status=code),
        (chunk(0, 100), FINALIZE, first("status", phase="completed", progress=1)),
        "STREAM-2",
    ),
}


@pytest.mark.parametrize(("pin", "told"), PINNED.items(), ids=PINNED)
def test_a_pinned_refusal_is_that_one_and_no_other(pin, told):
    before, asking, after, requirement = told
    pinned = Profile(refusals={pin: 418})
    assert requirement in verdicts(judged(*before, asking(418), *after, profile=pinned), Verdict.PASS)
    for code in (403, 422):
        assert verdicts(judged(*before, asking(code), *after, profile=pinned), Verdict.FAIL) == {requirement}
    other = Profile(refusals={"late" if pin == "gap" else "gap": 418})
    assert not judged(*before, asking(403), *after, profile=other).findings


@pytest.mark.parametrize("pin", sorted(PINNED.keys() - {"auth", "second-consumer"}))
def test_a_pin_makes_a_refusal_of_what_is_none_by_its_nature(pin):
    before, asking, after, requirement = PINNED[pin]
    history = (*before, asking(503), *after)
    assert requirement in verdicts(judged(*history, profile=Profile(refusals={pin: 503})), Verdict.PASS)
    assert requirement in verdicts(judged(*history), Verdict.INCONCLUSIVE)


def test_what_may_or_may_not_have_arrived_proves_nothing():
    judge = judged(start(), chunk(0, status=None, failure="timeout", key="wrong"), chunk(0, 100))
    assert (judge.tallies["AUTH-2"].passed, judge.tallies["AUTH-2"].inconclusive) == (0, 1)


def test_a_chunk_that_was_under_way_when_track_was_lost_is_not_judged():
    done = slowly(chunk(2, 300), event("done", DONE))
    assert verdicts(judged(*OPEN, *TWO, done), Verdict.FAIL) == {"EVENT-3"}
    for seq, total in (("1", 200), ("0", 200), ("9", None)):
        crossing = slowly(chunk(seq, total), chunk(7, 300))
        assert verdicts(judged(start(), *TWO, crossing), Verdict.FAIL) == {"CHUNK-3"}


def test_each_wrong_total_is_a_finding_of_its_own():
    judge = judged(start(), chunk(0, 100), chunk(1, 250), chunk(2, 300), chunk(3, 450), chunk(4, 700))
    assert [finding.happened for finding in judge.findings] == [
        "received_bytes 250 (+50)",
        "received_bytes 450 (+50)",
        "received_bytes 700 (+150)",
    ]
