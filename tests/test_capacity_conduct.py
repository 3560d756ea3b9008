"""What a search asks of the load, second by second."""

from itertools import pairwise

import pytest

from harness.capacity.conduct import Conduct
from harness.capacity.terms import Terms
from harness.capacity.window import Window
from tests.capacity_truth import search
from tests.simulated_sut import PACE, Sut, servers


def conducted(server, terms, seconds=600.0, targets=("",), suts=None):
    """A search, and what it wanted at each moment."""
    suts = suts or {target: Sut(server, seed) for seed, target in enumerate(targets)}
    conduct, now, wanted = Conduct(terms, server.slos, PACE, targets), 0.0, []
    while now < seconds and (asked := conduct.wanted(now)) is not None:
        wanted.append((now, asked, conduct.progress))
        for target, sut in suts.items():
            window = sut.window(asked.level if target == asked.target else 0, asked.per_second)
            if target == asked.target:
                seen = window
        conduct.take(seen)
        now += 2.0
    return conduct, wanted


def test_a_backlog_runs_off_before_the_next_level_and_sessions_of_a_level_that_was_kept_stay():
    conduct, wanted = conducted(servers()["analysis queue"], Terms(first=100))
    levels = [asked.level for _, asked, _ in wanted]
    rise, missed = conduct.levels[0], next(level for level in conduct.levels if level.outcome == "missed")
    assert 0 not in levels[: int(missed.ended / 2)]
    assert rise.outcome == "kept"
    drained = [now for now, _, progress in wanted if progress.phase == "drain" and now > missed.ended]
    lag = missed.figures["lag.final_transcript"].p50
    assert drained[-1] - drained[0] >= lag


def test_sessions_begin_over_a_chunk_at_least_and_spread_where_it_counts():
    _, wanted = conducted(servers()["healthy"], Terms(first=100, most=200))
    quick = next(asked for _, asked, _ in wanted if asked.level == 100)
    assert quick.per_second == pytest.approx(10.0, rel=0.01)
    assert all(asked.per_second <= asked.level / PACE.interval for _, asked, _ in wanted if asked.level)
    _, wanted = conducted(servers()["ack queue"], Terms(first=300))
    careful = [asked for _, asked, progress in wanted if progress.purpose == "bisection" and asked.level]
    assert careful[0].per_second == pytest.approx(careful[0].level / 60.0, rel=0.01)


def test_two_targets_take_turns_and_each_begins_with_nothing():
    server = servers()["hard limit"]
    suts = {"old": Sut(server, 1), "new": Sut(server.slower(0.2), 2)}
    terms = Terms(first=100, seconds=1500)
    conduct, wanted = conducted(server, terms, 1500.0, ("old", "new"), suts)
    assert [level.target for level in conduct.levels[:4]] == ["old", "new", "old", "new"]
    assert [level.number for level in conduct.levels[:4]] == [1, 1, 2, 2]
    for (_, before, _), (_, after, _) in pairwise(wanted):
        assert before.target == after.target or before.level == 0
    low = {
        target: max(x.level for x in conduct.levels if x.target == target and x.outcome == "kept") for target in suts
    }
    assert low["new"] <= 160 < low["old"] <= 200


def test_when_the_time_is_over_the_interval_so_far_is_the_answer():
    conduct, _ = conducted(servers()["analysis queue"], Terms(first=100, seconds=60))
    assert conduct.wanted(60.0) is None
    assert conduct.progress.phase == "over"
    assert conduct.stopped == "the 60 s of the search were over"
    assert conduct.progress.low == 0
    assert [level.outcome for level in conduct.levels][-1] in {"unresolved", "missed"}


def test_an_interruption_closes_the_level_and_takes_nothing_back():
    conduct, _ = conducted(servers()["hard limit"], Terms(), seconds=200.0)
    before = conduct.progress
    conduct.interrupt(201.0)
    conduct.interrupt(202.0)
    assert conduct.wanted(203.0) is None
    assert conduct.stopped == "it was interrupted"
    assert conduct.levels[-1].outcome == "unresolved"
    assert len([level for level in conduct.levels if level.why == "it was interrupted"]) == 1
    assert (before.low, before.high) == (conduct.progress.low, conduct.progress.high)
    assert before.high is not None


def test_an_interruption_before_anything():
    conduct = Conduct(Terms(), (), PACE)
    conduct.interrupt(0.0)
    assert (conduct.wanted(1.0), conduct.levels, conduct.progress.low, conduct.progress.high) == (None, [], 0, None)


def test_progress_tells_what_is_going_on():
    conduct = Conduct(Terms(first=8), (), PACE)
    conduct.wanted(0.0)
    conduct.take(Window(start=0.0, length=2.0, live=3, chunks=1))
    progress = conduct.progress
    assert (progress.number, progress.level, progress.purpose, progress.phase) == (1, 8, "rise", "ramp")
    assert progress.seconds == pytest.approx(2.0)


def test_rates_of_arrivals_are_searched_as_well():
    terms = Terms(unit="arrivals per second", first=1.0, seconds=900)
    conduct = Conduct(terms, servers()["hard limit"].slos, PACE)
    now = 0.0
    while (asked := conduct.wanted(now)) is not None:
        rate, kept = asked.level, asked.level <= 5.0
        times = {"ack": {50_000 if kept else 900_000: max(round(rate * 60), 1)}}
        conduct.take(
            Window(
                start=now,
                length=2.0,
                live=round(rate * 60),
                started=round(rate * 2),
                chunks=round(rate * 60),
                times=times,
                ended={"done": round(rate * 2)},
            )
        )
        now += 2.0
    assert conduct.progress.low <= 5.0 < conduct.progress.high
    assert conduct.progress.high <= 1.06 * conduct.progress.low


def test_the_same_seed_gives_the_same_search():
    one, other = (search(servers(50)["smooth slope"], 3).conduct for _ in range(2))
    assert one.levels == other.levels
