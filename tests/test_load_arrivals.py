"""The open model: when sessions are due, whose they are, and that nothing delays them or is lost unsaid."""

import itertools
import math
from collections import Counter

import gevent
import msgspec
import pytest
from gevent.event import Event
from hypothesis import given
from hypothesis import strategies as st

from harness.client.clock import VirtualClock
from harness.load.arrivals.levels import level_at, stretches
from harness.load.arrivals.open_model import OpenModel
from harness.load.arrivals.schedule import Share, Shares, moments
from harness.load.cluster.keys import Keys
from harness.load.options import Settings
from harness.load.workload import Workload
from harness.scenario.call import Call
from harness.scenario.load import Open, Stage, Target
from harness.scenario.loader import find

SETTINGS = Settings("http://memory", "key", "plain", None, "none", 1, verify=True)
RATES = st.floats(0.05, 50) | st.just(0.0)
STAGES = st.lists(
    st.builds(
        lambda seconds, kind, rate: stage(seconds, **({kind: rate} if kind else {})),
        st.floats(0.1, 60),
        st.sampled_from(["ramp_to", "step_to", "spike_to", None]),
        RATES,
    ),
    max_size=5,
)


def stage(seconds, **target):
    """A stage with at most one target, of whichever unit."""
    return Stage(lasting=seconds, **{kind: Target(amount, "per second", None) for kind, amount in target.items()})


def all_due(rates, spacing, seed, within):
    """The moments of a run that is so many seconds long."""
    return list(itertools.takewhile(lambda moment: moment < within, moments(rates, spacing, seed)))


def area(rates, begin, end):
    """How many arrivals the rates stand for between two moments, summed the plain way: over a fine grid."""
    total, at = 0.0, 0.0
    for stretch in rates:
        first, last = max(begin - at, 0.0), min(end - at, stretch.seconds)
        if last > first:
            middle = level_at(at + (first + last) / 2, rates)
            total += middle * (last - first)
        at += stretch.seconds
    return total


def test_levels_along_ramps_steps_and_spikes():
    along = list(stretches(5, [stage(10, ramp_to=25), stage(10), stage(10, spike_to=100), stage(10, step_to=50)]))
    seen = [level_at(seconds, along) for seconds in (0, 5, 10, 19.9, 20, 29.9, 30, 39.9, 40, 1e6)]
    assert seen == [5, 15, 25, 25, 100, 100, 50, 50, 50, 50]


def test_after_a_spike_all_is_as_before():
    along = list(stretches(5, [stage(10, spike_to=100), stage(10), stage(10, ramp_to=15)]))
    assert [level_at(seconds, along) for seconds in (0, 10, 20, 25, 30)] == [100, 5, 5, 10, 15]


@given(RATES, STAGES, st.data())
def test_even_arrivals_are_as_many_as_their_rates_say_in_any_window(rate, stages, data):
    rates = tuple(stretches(rate, stages))
    length = sum(each.lasting for each in stages) + 5
    due = all_due(rates, "even", 1, length)
    begin, end = sorted(data.draw(st.tuples(st.floats(0, length), st.floats(0, length))))
    count = sum(begin <= moment < end for moment in due)
    assert abs(count - area(rates, begin, end)) <= 1 + 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_poisson_arrivals_are_as_many_as_their_rates_say_within_what_chance_allows(seed):
    rates = tuple(stretches(20, [stage(60, ramp_to=200), stage(30, spike_to=400), stage(60, ramp_to=0)]))
    due = all_due(rates, "poisson", seed, 150)
    for begin, end in ((0, 60), (60, 90), (90, 150), (10, 20), (140, 150), (0, 150)):
        expected = area(rates, begin, end)
        count = sum(begin <= moment < end for moment in due)
        assert abs(count - expected) < 4 * math.sqrt(expected), (begin, end)


@pytest.mark.parametrize("seed", range(5))
def test_poisson_arrivals_are_as_irregular_as_chance_has_it(seed):
    due = all_due(tuple(stretches(50, [])), "poisson", seed, 400)
    counts = [sum(1 for _ in group) for _, group in itertools.groupby(due, key=int)]
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / len(counts)
    assert 0.7 < variance / mean < 1.3  # one, for a Poisson process
    gaps = [later - sooner for sooner, later in itertools.pairwise(due)]
    long = sum(gap > 2 / 50 for gap in gaps) / len(gaps)
    assert abs(long - math.exp(-2)) < 0.015


@given(RATES, STAGES, st.sampled_from(["poisson", "even"]), st.integers(0, 100))
def test_arrivals_are_in_order_and_the_same_each_time(rate, stages, spacing, seed):
    rates = tuple(stretches(rate, stages))
    length = sum(each.lasting for each in stages) + 5
    due = all_due(rates, spacing, seed, length)
    assert due == sorted(due)
    assert all(moment >= 0 for moment in due)
    assert due == all_due(rates, spacing, seed, length)


def test_the_seed_decides():
    rates = tuple(stretches(10, []))
    assert all_due(rates, "poisson", 1, 10) != all_due(rates, "poisson", 2, 10)
    assert all_due(rates, "even", 1, 10) == all_due(rates, "even", 2, 10)


def test_a_later_change_of_the_rates_does_not_change_what_came_before():
    plain, spiked = (tuple(stretches(10, stages)) for stages in ([], [stage(10), stage(5, spike_to=99)]))
    assert all_due(plain, "poisson", 7, 10) == all_due(spiked, "poisson", 7, 10)


def test_nobody_arrives_any_more_where_the_last_rate_is_none():
    assert len(list(moments(stretches(10, [stage(2), stage(2, ramp_to=0)]), "even", 1))) == 30
    assert list(moments(stretches(0, [stage(60)]), "poisson", 1)) == []


def test_an_arrival_on_the_border_of_a_stage_that_begins_with_nothing():
    rates = stretches(0.5, [stage(1), stage(1, step_to=0), stage(4, ramp_to=1)])
    assert all_due(tuple(rates), "even", 1, 6) == [2.0, 2 + math.sqrt(8)]


def test_a_run_of_so_many_seconds_has_so_many_even_arrivals():
    for rate, seconds, count in ((5, 60, 300), (0.1, 30, 3), (1 / 3, 9, 3), (70, 0.1, 7)):
        assert len(all_due(tuple(stretches(rate, [])), "even", 1, seconds)) == count


@st.composite
def crews(draw):
    """Workers that come and go: at each moment of a change, who is there."""
    moments = sorted(draw(st.sets(st.floats(0.1, 19), max_size=6)))
    return [(since, draw(st.permutations(range(draw(st.integers(1, 5)))))) for since in [0.0, *moments]]


@given(crews(), st.floats(0.5, 40), st.randoms(use_true_random=False))
def test_every_arrival_is_exactly_one_workers_however_they_come_and_go(crews, rate, draw):
    workers = {worker: Shares() for _, crew in crews for worker in crew}
    told = dict.fromkeys(workers, 0)
    takers = []
    for number, moment in enumerate(all_due(tuple(stretches(rate, [])), "poisson", 3, 20)):
        takers.append([])
        for worker, shares in workers.items():
            # Each hears of a change at a moment of its own, before it holds; several may be known beforehand.
            while told[worker] < len(crews) and (crews[told[worker]][0] <= moment or draw.random() < 0.3):
                since, crew = crews[told[worker]]
                shares.add(Share(crew.index(worker) if worker in crew else 0, len(crew) * (worker in crew), since))
                told[worker] += 1
            if shares.takes(number, moment):
                takers[-1].append(worker)
        [crew] = [crew for since, crew in crews if since <= moment][-1:]
        assert takers[-1] == [crew[number % len(crew)]]


def test_a_process_that_was_told_nothing_takes_nothing():
    shares = Shares()
    shares.add(Share(0, 1, 5.0))
    assert [shares.takes(0, 1.0), shares.takes(1, 5.0)] == [False, True]


def test_what_is_told_last_holds():
    shares = Shares()
    shares.add(Share(0, 1, 0.0))
    shares.add(Share(0, 4, 10.0))
    shares.add(Share(0, 2, 5.0))
    assert [number for number in range(12) if shares.takes(number, 20.0)] == [0, 2, 4, 6, 8, 10]


class Sessions:
    """A run whose sessions last until they are stopped, or the test lets them go on."""

    def __init__(self, *, seconds=10.0, most=None):
        model = Open(rate=1.0, spacing="even", most=most)
        self.workload = Workload("l", (), {}, open=model)
        self.settings = msgspec.structs.replace(SETTINGS, seconds=seconds)
        self.due, self.booked, self.faults, self.ended = {}, [], [], []
        self.keys, self.go_on = None, Event()
        self.arrivals = OpenModel(self, model)

    def arrived(self, *, has_room):
        self.booked.append(has_room)

    def arrive(self, number, due, key):
        self.due[number] = due
        return One()

    def perform(self, session):
        gevent.wait([self.go_on, session.stopped], count=1)
        self.ended.append("stopped" if session.stopped.is_set() else "done")

    def fault(self, error):
        self.faults.append(error)

    def begin(self, index=0, count=1, since=0.0):
        """Begin an hour late: all is overdue, and nothing has to be waited for."""
        self.arrivals.share(index, count, since, now=3600.0)
        gevent.sleep(0)
        gevent.sleep(0)
        return self


class One:
    def __init__(self):
        self.stopped = Event()

    def stop(self):
        self.stopped.set()


def test_no_session_waits_for_another_to_answer():
    run = Sessions().begin()
    assert (sorted(run.due), run.ended) == (list(range(10)), [])
    run.go_on.set()
    run.arrivals.leave(stop_timeout=60)
    assert run.ended == ["done"] * 10


def test_what_begins_late_was_due_when_it_was_due():
    run = Sessions().begin()
    run.arrivals.leave(stop_timeout=5)
    assert [run.due[number] - run.due[0] for number in range(10)] == pytest.approx(list(range(10)))


def test_a_worker_begins_its_share_only():
    run = Sessions().begin(index=1, count=3)
    assert sorted(run.due) == [1, 4, 7]
    run.arrivals.leave(stop_timeout=5)


def test_a_worker_that_joins_late_begins_none_of_what_was_due_before():
    run = Sessions().begin(since=6.0)
    assert sorted(run.due) == [6, 7, 8, 9]
    run.arrivals.leave(stop_timeout=5)


def test_an_arrival_without_room_is_counted():
    run = Sessions(most=4).begin()
    assert (len(run.due), run.booked) == (4, [True] * 4 + [False] * 6)
    run.arrivals.leave(stop_timeout=5)


@pytest.mark.parametrize(("index", "room"), [(0, 2), (1, 1), (2, 1)])
def test_workers_share_the_room(index, room):
    run = Sessions(most=4, seconds=30).begin(index, count=3)
    assert (len(run.due), len(run.booked)) == (room, 10)
    run.arrivals.leave(stop_timeout=5)


def test_where_there_is_less_room_than_workers_the_first_of_them_have_it():
    crew = [Sessions(most=2).begin(index, count=3) for index in range(3)]
    assert [run.booked for run in crew] == [[True] + [False] * 4, [True] + [False] * 4, []]
    for run in crew:
        run.arrivals.leave(stop_timeout=5)


def test_no_more_begin_at_once_than_there_are_keys():
    run = Sessions()
    run.keys = Keys()
    run.keys.deal(["1", "2"], 2)
    run.begin()
    assert (sorted(run.due), run.booked) == ([0, 1], [True] * 2 + [False] * 8)
    run.arrivals.leave(stop_timeout=5)
    assert run.ended == ["stopped"] * 2


def test_sessions_in_flight_are_stopped_when_the_run_is_over():
    run = Sessions().begin()
    run.arrivals.leave(stop_timeout=5)
    assert run.ended == ["stopped"] * 10
    run.arrivals.leave(stop_timeout=5)  # Locust may stop a run twice
    assert run.faults == []


def test_a_run_that_never_began_is_left_as_well():
    run = Sessions()
    run.arrivals.leave(stop_timeout=5)
    assert run.booked == []


def test_a_session_that_can_not_be_made_is_a_fault_of_ours_and_the_next_one_begins():
    run = Sessions(seconds=3)
    make = run.arrive
    run.arrive = lambda number, due, key: make(number, due, key) if number else 1 / 0
    run.begin()
    assert ([type(fault) for fault in run.faults], sorted(run.due)) == ([ZeroDivisionError], [1, 2])
    run.arrivals.leave(stop_timeout=5)


def test_an_hour_of_silence_costs_no_more_than_a_second_of_it(tmp_path, perform, monkeypatch):
    calls = Counter()
    for method in ("wait", "sleep"):  # what the client does; a server may send heartbeats
        whole = getattr(VirtualClock, method)

        def counted(*given, method=method, whole=whole):
            calls[method] += 1
            return whole(*given)

        monkeypatch.setattr(VirtualClock, method, counted)
    costs = []
    for silence in ("1s", "1h"):
        (tmp_path / "c.yaml").write_text(
            f"call: c\nsteps: [start, attach, push: 2, silence: {silence}, push: rest, finalize, await: done]"
        )
        calls.clear()
        done = perform(find(str(tmp_path / "c.yaml"), Call), ttl=9000.0, max_wait=SETTINGS.deployment().max_wait)
        assert (done.ended.ending, done.broken) == ("done", set())
        costs.append(dict(calls))
    assert costs[0] == costs[1]
