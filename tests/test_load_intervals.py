"""The time course of a run: intervals of many processes, put together without losing any of what they tell."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.history.observations import Ended
from harness.load.course.glimpse import NEWEST, Glimpse, Lookout
from harness.load.course.intervals import SECONDS, Interval, Intervals
from harness.load.course.spread import figures, join, pack
from harness.load.measures.histograms import Measures
from harness.load.measures.times import HIGHEST, Times
from harness.oracle.judge import Finding
from harness.report.course import Health

TIMES = st.dictionaries(st.integers(1, HIGHEST), st.integers(1, 1_000), min_size=1, max_size=60)


def interval(slot, **fields):
    return Interval(start=slot * SECONDS, length=SECONDS, **fields)


def course(*intervals, most=300):
    held = Intervals(most)
    for each in intervals:
        held.add(each)
    return held


def glimpse(lookout, until, health=None):
    """The one that is due."""
    [due] = lookout.glimpses(until, health)
    return due


def recorded(*seconds):
    times = Times()
    for each in seconds:
        times.record("ack", 0.0, each)
    return times.take()


@settings(deadline=None, max_examples=60)  # the histogram takes its time to tell a percentile
@given(TIMES)
def test_figures_are_within_one_percent_of_those_of_a_histogram(counts):
    measures, told = Measures(), figures(pack(counts))
    measures.add({"ack": counts})
    assert told.count == measures.count("ack")
    for percentile in ("p50", "p95", "p99", "max"):
        assert getattr(told, percentile) == pytest.approx(measures.value("ack", percentile), rel=0.01, abs=1e-6)


@given(TIMES, TIMES)
def test_what_is_joined_is_as_if_it_had_been_packed_together(one, other):
    both = {time: one.get(time, 0) + other.get(time, 0) for time in {*one, *other}}
    assert figures(join(pack(one), pack(other))) == figures(pack(both))


def test_processes_at_the_same_time_add_up():
    health = Health(cpu=0.2, loop_lag=0.03, memory=100, files=7)
    busier = Health(cpu=0.9, loop_lag=0.01, memory=300, files=5)
    one = interval(1, live=3, started=2, chunks=10, ended={"done": 1}, health=health, times={"ack": pack({5: 1})})
    other = interval(1, live=4, started=1, chunks=5, ended={"done": 1, "failed": 2}, health=busier)
    [both] = course(one, other)
    assert (both.live, both.started, both.chunks, both.processes) == (7, 3, 15, 2)
    assert both.ended == {"done": 2, "failed": 2}
    assert (both.start, both.length) == (one.start, one.length)
    assert both.health == Health(cpu=0.9, loop_lag=0.03, memory=300, files=7)
    assert figures(both.times["ack"]).count == 1


def test_intervals_that_come_late_find_their_place():
    told = course(interval(3, live=1), interval(1, live=1), interval(2, live=1), interval(1, live=1))
    assert [(each.start, each.live) for each in told] == [(2.0, 2), (4.0, 1), (6.0, 1)]


def test_what_comes_late_counts_once_among_the_sessions_of_what_was_joined_meanwhile():
    told = course(*(interval(n, live=3, chunks=1) for n in range(30)), most=12)
    joined = next(iter(told))
    assert joined.length > SECONDS
    for slot in range(int(joined.length / SECONDS)):
        told.add(interval(slot, live=4, chunks=1))
    late = next(iter(told))
    assert (late.start, late.end) == (joined.start, joined.end)
    assert (late.live, late.processes, late.chunks) == (7, 2, 2 * joined.chunks)


def test_a_long_run_is_kept_in_bounded_memory_and_nothing_of_it_is_lost():
    most, count = 20, 500
    told = list(
        course(
            *(
                interval(n, started=1, ended={"done": 1}, live=n, findings=1, times={"ack": pack({1000 + n: 2})})
                for n in range(count)
            ),
            most=most,
        )
    )
    assert len(told) <= most
    assert sum(each.started for each in told) == sum(each.ended["done"] for each in told) == count
    assert sum(figures(each.times["ack"]).count for each in told) == 2 * count
    assert sum(each.length for each in told) == count * SECONDS
    assert all(before.end == after.start for before, after in pairwise(told))
    assert told[-1].live == count - 1
    assert told[-1].length == SECONDS


def test_older_intervals_are_joined_evenly():
    lengths = [each.length for each in course(*(interval(n) for n in range(300)), most=40)][:-10]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] <= 2 * lengths[3 * len(lengths) // 4]


def test_a_run_with_gaps_is_kept_in_bounded_memory_as_well():
    assert len(list(course(*(interval(n) for n in range(500) if n % 3 and n % 7), most=20))) <= 20


def test_the_newest_is_one_that_all_have_told_of():
    told = course(interval(0, live=1), interval(0, live=1), interval(1, live=1))
    assert told.newest.start == 0.0
    told.add(interval(1, live=1))
    assert (told.newest.start, told.newest.live) == (2.0, 2)
    assert Intervals().newest is None


def test_the_intervals_of_a_run_add_up_to_its_final_figures():
    lookout, whole, told = Lookout(), Times(), Intervals(most=12)
    for n in range(50):
        recent = recorded(*(0.001 * (k + n) for k in range(1, 40)))
        whole.add(recent)
        lookout.measured(recent)
        lookout.counting.chunks += 39
        told.add(glimpse(lookout, (n + 1) * SECONDS).interval)
    measures = Measures()
    measures.add(whole.counts)
    packed = [each.times["ack"] for each in told]
    total = packed[0]
    for each in packed[1:]:
        total = join(total, each)
    final = figures(total)
    assert final.count == measures.count("ack") == sum(each.chunks for each in told) == 50 * 39
    for percentile in ("p50", "p95", "p99"):
        assert getattr(final, percentile) == pytest.approx(measures.value("ack", percentile), rel=0.01)


def test_each_glimpse_tells_what_happened_since_the_last():
    lookout = Lookout()
    lookout.begin(5.3)  # it joins a run that is under way
    for _ in range(3):
        lookout.opened()
    lookout.closed(Ended(1.0, "done"))
    lookout.closed(None)
    lookout.counting.events += 4
    first = glimpse(lookout, 6.0).interval
    assert (first.start, first.length) == (4.0, 2.0)
    assert (first.live, first.started, first.ended, first.events) == (1, 3, {"done": 1}, 4)
    second = glimpse(lookout, 8.0).interval
    assert (second.start, second.length) == (6.0, 2.0)
    assert (second.live, second.started, second.ended, second.events) == (1, 0, {}, 0)


def test_a_process_that_could_not_tell_in_time_tells_intervals_like_all_others():
    lookout, health = Lookout(), Health(cpu=0.2, loop_lag=3.0, memory=100, files=7)
    lookout.opened()
    lookout.counting.chunks += 4
    told = [each.interval for each in lookout.glimpses(6.0, health)]
    assert [(each.start, each.length, each.live) for each in told] == [(0.0, 2.0, 1), (2.0, 2.0, 1), (4.0, 2.0, 1)]
    assert [(each.started, each.chunks, each.health) for each in told] == [(0, 0, None), (0, 0, None), (1, 4, health)]


def test_what_is_told_too_early_leaves_no_interval_shorter_than_others():
    lookout = Lookout()
    assert [(each.start, each.end) for each in (glimpse(lookout, 2.0).interval, glimpse(lookout, 2.0).interval)] == [
        (0.0, 2.0),
        (2.0, 4.0),
    ]


def test_findings_are_counted_and_the_newest_are_told_of_once():
    lookout = Lookout()
    for n in range(NEWEST + 3):
        lookout.found(Finding("CHUNK-2", f"s{n}", "call", 1, 0.5, "3 bytes", "\x1b[31m4 bytes"))
    first = glimpse(lookout, 2.0)
    assert first.interval.findings == NEWEST + 3
    assert [news.session for news in first.news] == [f"s{n}" for n in range(3, NEWEST + 3)]
    assert first.news[0].happened == "\\x1b[31m4 bytes"
    assert glimpse(lookout, 4.0).news == []


def test_a_glimpse_survives_the_way_to_the_master():
    lookout = Lookout()
    lookout.opened()
    lookout.measured(recorded(0.2))
    told = glimpse(lookout, 2.0, Health(cpu=0.2, loop_lag=0.03, memory=100, files=7))
    assert msgspec.json.decode(msgspec.json.encode(told), type=Glimpse) == told
