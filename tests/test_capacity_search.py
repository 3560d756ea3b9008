"""Which levels a search tries, against servers that answer at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.search import Search
from harness.capacity.terms import Pace, Terms
from harness.report.certificate import Attainment, Level

PACE = Pace(call=60.0, longest=60.0, chunks=30, interval=2.0)


def level(step, outcome, **fields):
    return Level(
        number=1,
        level=step.level,
        purpose=step.purpose,
        outcome=outcome,
        why="",
        provisional=step.hasty and outcome in {"kept", "missed"},
        began=0.0,
        settled=0.0,
        ended=1.0,
        **fields,
    )


def run(answer, terms=None, most=60):
    """A search, and all it tried; `answer` gives the outcome of a step, or a whole level."""
    search, tried = Search(terms or Terms(), PACE), []
    while (step := search.next) is not None:
        assert len(tried) < most, tried
        tried.append(step)
        found = answer(step)
        search.learn(found if isinstance(found, Level) else level(step, found))
    return search, tried


def limit(truth):
    """A server that holds so many."""
    return lambda step: "kept" if step.level <= truth else "missed"


@settings(deadline=None)
@given(st.integers(1, 8999), st.integers(1, 200))
def test_the_interval_holds_the_truth_and_is_as_narrow_as_asked_for(truth, first):
    search, _ = run(limit(truth), Terms(first=first))
    assert search.edge.low <= truth < search.edge.high
    assert search.edge.high - search.edge.low <= max(1, 0.05 * (search.edge.high + search.edge.low) / 2)


@settings(deadline=None)
@given(st.floats(0.01, 400))
def test_rates_need_not_be_whole(truth):
    search, tried = run(limit(truth), Terms(unit="arrivals per second", first=1.0, most=500.0))
    assert search.edge.low <= truth < search.edge.high
    assert 2 * (search.edge.high - search.edge.low) <= 0.0501 * (search.edge.high + search.edge.low)
    assert all(step.level == float(f"{step.level:.3g}") for step in tried)


def test_the_rise_doubles_in_haste_and_what_it_found_is_tried_again():
    search, tried = run(limit(100), Terms(first=8, most=64))
    assert [(step.level, step.purpose, step.hasty) for step in tried] == [
        (8, "rise", True),
        (16, "rise", True),
        (32, "rise", True),
        (64, "rise", True),
        (64, "repeat", False),
    ]
    assert (search.edge.low, search.edge.high) == (64, None)


def test_where_even_one_session_is_too_much():
    search, tried = run(limit(0))
    assert (search.edge.low, search.edge.high) == (0, 1)
    assert [step.level for step in tried] == [8, 4, 2, 1, 1]


def test_what_came_through_at_a_saturated_level_is_the_first_guess():
    def saturated(step):
        through = min(step.level, 100) * 0.5
        return level(step, "kept" if step.level <= 100 else "missed", chunks=through, events=through)

    search, tried = run(saturated)
    assert (search.edge.low, search.edge.high) == (98, 102)
    assert [step.level for step in tried] == [8, 16, 32, 64, 128, 98, 102]


def test_where_a_percentile_crosses_its_bound_is_a_guess_too():
    def slow(step):
        percentile = Attainment(measure="ack.p95", threshold="< 500 ms", bound=0.5, value=0.5 * step.level / 100)
        outcome = "kept" if step.level < 100 else "missed"
        return level(step, outcome, attainments=[percentile], binding="ack.p95", chunks=step.level / 2)

    search, tried = run(slow)
    assert search.edge.low <= 100 <= search.edge.high
    assert [step.level for step in tried][:7] == [8, 16, 32, 64, 128, 96, 104]


def test_what_stays_open_stays_inside():
    search, tried = run(lambda step: "unresolved" if 190 <= step.level <= 210 else limit(200)(step))
    assert 180 <= search.edge.low < 190
    assert 210 < search.edge.high <= 222
    assert max(tried.count(step) for step in tried) <= 3


def test_an_invalid_level_is_no_evidence():
    search, tried = run(lambda step: "invalid" if step.level > 100 else "kept")
    assert search.edge.high is None
    assert 80 <= search.edge.low <= 100
    assert [step.level for step in tried][:6] == [8, 16, 32, 64, 128, 128]


def test_a_hiccup_of_the_generator_is_forgotten():
    hiccups = iter(["invalid"])
    search, _ = run(lambda step: next(hiccups, None) or limit(100)(step))
    assert search.edge.low <= 100 < search.edge.high


def test_a_hiccup_is_no_ceiling_whatever_the_figures_were_then():
    straddling = Attainment(measure="ack.p95", threshold="< 500 ms", bound=0.5, value=0.5, low=0.4, high=0.6)
    hiccups = iter([True])

    def blip(step):
        if step.level == 32 and next(hiccups, False):
            return level(step, "invalid", attainments=[straddling])
        return limit(100)(step)

    search, tried = run(blip)
    assert [step.level for step in tried][:5] == [8, 16, 32, 32, 64]
    assert search.edge.low <= 100 < search.edge.high


def test_a_hiccup_while_an_open_level_is_tried_again_is_no_ceiling_either():
    answers = iter(["unresolved", "invalid", "kept"])
    search, tried = run(lambda step: next(answers, "kept") if step.level == 32 else limit(100)(step))
    assert [step.level for step in tried][:6] == [8, 16, 32, 32, 32, 64]
    assert search.edge.low <= 100 < search.edge.high


def test_what_was_missed_in_haste_and_never_shown_again_stays_the_end_until_something_better_is_known():
    def shy(step):
        return limit(100)(step) if step.level <= 100 or step.hasty else "invalid"

    search, _ = run(shy)
    assert 80 <= search.edge.low <= 100
    assert search.edge.high == 112
    assert search.edge.beyond.provisional


def test_a_level_missed_below_one_that_is_kept_is_tried_again():
    blips = iter(["missed"])

    def blip(step):
        lucky = step.level > 40 or step.hasty
        return limit(100)(step) if lucky else next(blips, "kept")

    search = Search(Terms(first=64), PACE)
    for found in ("kept", "missed"):
        search.learn(level(search.next, found))
    inside = search.next
    search.learn(level(inside._replace(level=72.0, hasty=False), "missed"))
    search.learn(level(inside._replace(level=96.0, hasty=False), "kept"))
    assert (search.edge.low, search.edge.high) == (0, 128)
    assert search.next == ("repeat" and inside._replace(level=72.0, purpose="repeat", hasty=False))
    search.learn(level(search.next, "kept"))
    assert search.edge.low == 96


@pytest.mark.parametrize("wrong", ["kept", "missed"])
def test_the_end_comes_whatever_is_answered(wrong):
    answers = iter([wrong, "unresolved", "invalid"] * 100)
    search, _ = run(lambda step: next(answers), most=200)
    assert search.next is None
