"""The timeline of a session: its axis, its lanes, and the marks of its findings."""

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.profile import Profile
from harness.history.observations import (
    Ended,
    Event,
    Header,
    Kind,
    Returned,
    Sent,
    StreamBytes,
    StreamClosed,
    Waited,
    Withheld,
)
from harness.oracle.judge import Finding
from harness.report.scale import Scale
from harness.report.spans import LANES, Spans
from harness.report.timeline import timeline

HEADER = Header("s", "c", 1, "", "1", "0", "http://h", Profile(), wall=1e9, mono=50.0, server_offset=(1000.0, 1001.0))


def chunks(count, every, took=0.01, start=50.0):
    for n in range(count):
        yield Sent(n, "chunk", 0, start + n * every, seq=str(n), size=9)
        yield Returned(n, start + n * every + took, 200)


def found(at, requirement="CHUNK-2"):
    return Finding(requirement, "s", "c", 1, at, "", "")


def lanes(observations, findings=None, began=None):
    return dict(timeline(observations, findings or {}, began).lanes)


# The axis

PACES = {
    "one moment": [0.0],
    "a burst": [0.0, 0.001, 0.004, 0.1],
    "a call": [n * 2 + late for n in range(30) for late in (0, 0.05)],
    "ten minutes": [float(n) for n in range(601)],
    "a burst, a wait, a burst": [0, 0.01, 6.0, 6.01],
    "many waits": [wait * 3 + late for wait in range(20) for late in (0, 0.01)],
    "two moments": [0.0, 600.0],
}


@pytest.mark.parametrize("times", PACES.values(), ids=PACES)
def test_the_axis_runs_forward_from_left_to_right(times):
    scale = Scale(times)
    places = [scale(at) for at in times]
    assert places == sorted(places)
    assert len(set(places)) == len(times)
    assert all(0 <= x <= 100 for x in places)
    ticks = scale.ticks
    assert [tick.x for tick in ticks] == sorted(tick.x for tick in ticks)
    labelled = [tick for tick in ticks if tick.label]
    assert 1 <= len(labelled) <= 7
    assert all(tick.label.endswith(" s") and -0.01 <= tick.x <= 100 for tick in ticks if tick.label)
    assert all(b.x - a.x >= 15 for a, b in pairwise(labelled))


@given(st.lists(st.floats(0, 1e18), max_size=60))
def test_any_times_have_an_axis(times):
    times = [0.0, *sorted(times)]
    scale = Scale(times)
    places = [scale(at) for at in times]
    assert places == sorted(places)
    assert all(0 <= x <= 100.01 for x in places)
    assert 1 <= len(scale.ticks) <= 30
    assert all(cut.seconds >= 0.49 for cut in scale.breaks)


def test_a_long_wait_between_bursts_is_cut_out_and_told():
    scale = Scale(PACES["a burst, a wait, a burst"])
    (cut,) = scale.breaks
    assert cut.seconds == pytest.approx(5.99, abs=0.01)
    assert scale(0.01) <= cut.x
    assert scale(6.0) >= cut.x + cut.width
    assert scale(3.0) == pytest.approx(cut.x, abs=cut.width)
    assert scale(0.01) - scale(0.0) > 20


@pytest.mark.parametrize("pace", ["one moment", "a burst", "a call", "ten minutes", "many waits"])
def test_an_even_pace_is_shown_as_it_was(pace):
    assert Scale(PACES[pace]).breaks == []


def test_no_two_labels_read_the_same_after_a_break():
    scale = Scale([0.0, 5.0, 5.5, 6.0, 6.1, 11.1, 12.0, 12.5, 13.4, 13.9])
    assert [tick.label for tick in scale.ticks if tick.label] == ["0.0 s", "5.5 s", "6.0 s", "12.0 s", "13.4 s"]


def test_a_moment_in_a_break_stays_in_it():
    scale = Scale([0.0, 600.0])
    (cut,) = scale.breaks
    assert cut.x <= scale(300.0) <= cut.x + cut.width


# The lanes


def test_requests_last_from_sent_to_returned_and_look_as_they_were_answered():
    observations = [
        HEADER,
        Sent(1, "start", 0, 50.0),
        Returned(1, 51.0, 201),
        Sent(2, "chunk", 0, 51.0, seq="4", size=9),
        Returned(2, 52.0, 409),
        Sent(3, "control", 0, 52.0, action="finalize"),
        Returned(3, 53.0, 500),
        Sent(4, "chunk", 0, 53.0, seq="5"),
        Ended(54.0, "failed"),
    ]
    told = {(s.lane, s.begin, s.end, s.look): s.title for s in Spans(observations).spans}
    assert told == {
        ("start", 0.0, 1.0, "accepted"): "+0.000 s  start: answered 201 after 1 s",
        ("chunks", 1.0, 2.0, "refused"): "+1.000 s  chunk 4: answered 409 after 1 s",
        ("control", 2.0, 3.0, "unclear"): "+2.000 s  finalize: answered 500 after 1 s",
        ("chunks", 3.0, 4.0, "unclear"): "+3.000 s  chunk 5: no reply yet",
    }


def test_streams_events_and_waits_have_lanes_of_their_own():
    observations = [
        HEADER,
        Sent(1, "attach", 0, 50.0),
        Returned(1, 50.5, 200),
        StreamBytes(1, 51.0, b"x"),
        Event(1, 51.0, "status", "{}"),
        Event(1, 51.0, "made-up", "{}"),
        Waited("done", 51.0, 53.0, "timeout"),
        StreamClosed(1, 53.0, "cut", "reset"),
        Withheld("chunk", 53.5, "http://elsewhere/"),
    ]
    told = [(s.lane, s.begin, s.end, s.look) for s in Spans(observations).spans]
    assert told == [
        ("attach", 0.0, 0.5, "accepted"),
        ("status", 1.0, 1.0, "event"),
        ("other events", 1.0, 1.0, "event"),
        ("our waits", 1.0, 3.0, "wait"),
        ("event stream", 0.5, 3.0, "stream"),
        ("chunks", 3.5, 3.5, "unsent"),
    ]
    assert {lane for lane, *_ in told} <= set(LANES)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_request_has_a_lane(kind):
    (span,) = Spans([Sent(1, kind, 0, 50.0), Returned(1, 51.0, 200)]).spans[:1]
    assert span.lane in LANES


def test_what_began_out_of_sight_begins_with_what_is_seen():
    trail = [Event(7, 60.0, "status", "{}"), Returned(9, 60.5, 200), StreamClosed(7, 61.0, "ended")]
    told = Spans(trail, began=50.0).spans
    assert [(s.lane, s.begin, s.end) for s in told] == [("status", 10.0, 10.0), ("event stream", 0.0, 11.0)]


def start_naming(expires_at):
    body = {"expires_at": expires_at}
    return [HEADER, Sent(1, "start", 0, 50.0), Returned(1, 50.1, 200, body=body, is_json=True)]


def test_expires_at_is_an_interval_by_our_clock():
    # The server's clock is 1000 to 1001 s ahead of ours: its 1056 is our 55 to 56, and the session began at 50.
    observations = [*start_naming(1056.0), Waited("silence", 50.1, 58.0, "elapsed")]
    (expiry,) = Spans(observations).expiries
    assert (expiry.begin, expiry.end) == (5.0, 6.0)
    drawn = timeline(observations, {})
    assert [bar.look for bar in dict(drawn.lanes)["expires_at"]] == ["expiry"]
    assert drawn.remark == ""


def test_an_expires_at_that_was_not_reached_is_told_and_not_drawn():
    drawn = timeline([*start_naming(1950.0), *chunks(3, 0.1)], {})
    assert "expires_at" not in dict(drawn.lanes)
    assert "+899.0 s" in drawn.remark
    assert "+900.0 s" in drawn.remark


# What is drawn


@pytest.mark.parametrize(("count", "every"), [(5, 0.02), (500, 0.0002), (500, 1.2), (5, 2.0), (20_000, 0.1)])
def test_a_lane_is_readable_and_bounded_however_many_chunks_there_are(count, every):
    drawn = lanes(chunks(count, every, took=every / 2))
    bars = drawn["chunks"]
    assert 5 <= len(bars) <= 400
    assert all(bar.x >= 0 and bar.x + bar.width <= 100.01 for bar in bars)
    assert "chunk 0" in bars[0].title
    assert f"chunk {count - 1}" in bars[-1].title


def test_what_lies_too_close_together_is_one_bar_that_says_so():
    bars = lanes([*chunks(3, 1e-5, took=1e-6), *chunks(1, 1.0, start=60.0)])["chunks"]
    assert len(bars) == 2
    assert bars[0].title.startswith("3 close together: +0.000 s  chunk 0: ")
    assert "chunk 2" in bars[0].title


def test_a_refusal_is_not_lost_among_acks():
    refused = [Sent(99, "chunk", 0, 50.0, seq="7"), Returned(99, 50.0, 409)]
    bars = lanes([*chunks(50, 1e-4, took=1e-5), *refused, *chunks(1, 1.0, start=60.0)])["chunks"]
    assert "refused" in {bar.look for bar in bars}


def test_findings_are_marked_where_they_were_made_with_their_numbers():
    findings = {3: found(5.0, "CHUNK-3"), 1: found(0.0), 2: found(5.001, "CHUNK-4")}
    first, second = timeline(list(chunks(10, 1.0)), findings).marks
    assert (first.label, second.label) == ("1", "3, 2")
    assert "CHUNK-3 at +5.000 s" in second.title
    assert "CHUNK-4 at +5.001 s" in second.title
    assert first.x < second.x


def test_a_finding_after_the_last_observation_is_still_on_the_axis():
    (mark,) = timeline(list(chunks(2, 0.1)), {1: found(0.5)}).marks
    assert 0 <= mark.x <= 100


def test_a_timeline_is_told_in_words_as_well():
    observations = [*chunks(3, 0.1), Sent(9, "chunk", 0, 50.4, seq="9"), Returned(9, 50.5, 409)]
    drawn = timeline(observations, {})
    assert drawn.told == "chunks 4 (1 refused)"
    assert drawn.length == "500 ms"


def test_a_session_of_which_only_the_header_is_left_has_an_empty_timeline():
    assert timeline([HEADER], {}).lanes == []
