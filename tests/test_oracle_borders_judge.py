"""How the judge counts, what a finding tells, and what counters show: literal histories."""

import pytest

from harness.contract.profile import Profile
from harness.history.observations import Event, Returned, Withheld
from harness.oracle.judge import Judge, Tally
from harness.oracle.verdicts import Verdict, passed
from tests.borders import COMPLETED, FINALIZE, REFUSED, first, lands
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
    start,
    status,
    verdicts,
    wait,
)


def test_each_application_counts_once():
    judge = judged(
        *(*OPEN, *[chunk(3, status=409)] * 3, chunk(0, 100), *[chunk(1, status=401, key="wrong")] * 2, chunk(1, 200)),
        *([control("explode", status=400)] * 2),
        *([chunk(9, status=409)] * 3),
        *(chunk(2, 250, size=50), chunk(2, 250, size=50), REFUSED, REFUSED, FINALIZE),
        *(first("status", phase="processing", progress=0.9), first("status", phase="completed", progress=1)),
        *(first("done", **DONE), over(n=2)),
    )
    assert not judge.findings
    passed = {name: tally.passed for name, tally in judge.tallies.items()}
    once = {
        "START-1",
        "START-3",
        "START-2",
        "CHUNK-6",
        "CHUNK-8",
        "CTRL-1",
        "STREAM-1",
        "STREAM-4",
        "STREAM-6",
        "EVENT-9",
    }
    assert {name for name, times in passed.items() if times == 1} == once
    assert {name: times for name, times in passed.items() if times > 1} == {
        "AUTH-2": 4,  # the endpoint asks for a key, and what was sent without one does not count
        "CHUNK-1": 3,
        "CHUNK-2": 4,
        "CHUNK-3": 3,
        "CHUNK-4": 3,
        "CHUNK-5": 3,
        "CHUNK-10": 8,
        "CTRL-4": 2,
        "EVENT-1": 4,
        "EVENT-2": 3,
        "EVENT-3": 3,
        "STREAM-2": 2,
    }


def test_a_finding_says_where_and_when_and_shows_what_came_before():
    [finding] = judged(*OPEN, *TWO, wait(3), status("resting", 0.5)).findings
    assert (finding.requirement, finding.session, finding.scenario, finding.seed) == ("EVENT-2", "s", "probe", 1)
    assert finding.at == pytest.approx(3.04)
    assert len(finding.trail) == 10
    assert finding.trail[-1].payload == {"phase": "resting", "progress": 0.5}
    [later] = judged(wait(5), *OPEN, wait(3), *[status("ingesting", 0.1)] * 40, status("resting", 0.5)).findings
    assert later.at == pytest.approx(3.02)
    assert len(later.trail) == 24
    assert len(judged(*OPEN, *[status("resting", 0.1)] * 40).findings) == 20


def test_what_is_left_open_is_counted_and_some_of_the_reasons_kept():
    judge = judged(start(), *TWO, *[chunk(n, status=500) for n in (4, 4, 5, 6, 7)])
    tally = judge.tallies["CHUNK-3"]
    assert (tally.passed, tally.failed, tally.inconclusive) == (0, 0, 5)
    assert [reason.split(",")[0] for reason in tally.reasons] == ["chunk 4", "chunk 5", "chunk 6"]


def test_tallies_add_up():
    tally = Tally(1, 2, 3, ["a", "b"])
    tally.merge(Tally(10, 20, 30, ["b", "c", "d"]))
    assert tally == Tally(11, 22, 33, ["a", "b", "c"])


def test_a_crash_says_which_check_it_was(monkeypatch):
    monkeypatch.setattr("harness.oracle.checks.events._NAMED", (passed("CHUNK-1"),))
    judge = Judge(Profile())
    judge.observe(Event(1, 0.0, "moment", "{}", payload={}))
    assert judge.crashes == ["EventsAreKnown.event: LookupError('CHUNK-1 is none of its requirements')"]
    assert judge.tallies["EVENT-1"].reasons == ["the check EventsAreKnown crashed: a fault of the harness"]


def test_a_reply_to_nothing_is_no_matter():
    judge = Judge(Profile())
    judge.observe(Returned(7, 0.0, status=200))
    assert not judge.tallies


def look(moments):
    """At metrics that have counted so many."""
    shown = f'live_events_total{{event="moment"}} {moments}\nagent_latency_seconds_avg 0\n'
    return lambda h: h.exchange(200, shown, kind="metrics", path="/metrics")


MOMENT = event("moment", {})

TO_ITS_END = (MOMENT, FINALIZE, COMPLETED, event("done", DONE), over())

COUNTED = {
    "one stream": ((start(), attach(), *TO_ITS_END), {"passed": "OPS-1 OPS-2"}),
    "one stream, and audio": ((start(), attach(), chunk(0, 100), *TO_ITS_END), {"passed": "OPS-1 OPS-2"}),
    "audio before the stream": ((start(), chunk(0, 100), attach(), *TO_ITS_END), {"untried": "OPS-2"}),
    "two streams": ((start(), attach(), *TO_ITS_END, attach(), over()), {"untried": "OPS-2"}),
}


@pytest.mark.parametrize(("history", "expected"), COUNTED.values(), ids=COUNTED)
def test_counters_are_held_against_one_stream_that_was_told_everything(history, expected):
    lands((look(0), look(0), *history, look(1), look(1)), **expected)


def test_metrics_at_another_origin_are_left_open_and_other_urls_are_not():
    for kind, left_open in (("metrics", {"OPS-1"}), ("artifact", set())):
        judge = judged(start(), lambda h, kind=kind: h.lines.append(Withheld(kind, h.now, "http://evil/")))
        assert verdicts(judge, Verdict.INCONCLUSIVE) == left_open
        assert not judge.findings
