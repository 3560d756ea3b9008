"""Searches of servers whose capacity is known; `python -m tests.capacity_truth` holds hundreds of them."""

import math
from statistics import median

import pytest

from harness.capacity.certify import certify
from harness.capacity.terms import Terms
from tests.capacity_truth import campaign, search
from tests.simulated_sut import PACE, servers

SHARP = ("analysis queue", "event lag", "ack queue", "hard limit", "broken contract")
"""What gives at once beyond the capacity."""
SEEDS = range(4)


@pytest.fixture(scope="module")
def found():
    """Searches by kind."""
    kinds = servers()
    return {name: [search(kinds[name], seed) for seed in SEEDS] for name in (*SHARP, "smooth slope")}


def test_the_interval_holds_the_truth(found):
    assert all(each.holds for searches in found.values() for each in searches)


@pytest.mark.parametrize("kind", SHARP)
def test_the_interval_is_narrow_in_time_and_the_search_costs_less_than_two_holds(found, kind):
    for each in found[kind]:
        assert each.width <= 0.1
        assert each.seconds <= 600
    assert median(each.width for each in found[kind]) <= 0.05
    assert median(each.ratio for each in found[kind]) < 2


@pytest.mark.parametrize("kind", SHARP)
def test_two_searches_overlap_and_one_of_a_slower_server_does_not(found, kind):
    slower = search(servers()[kind].slower(0.1), 1000)
    assert all(found[kind][0].overlaps(each) for each in found[kind])
    assert not any(slower.overlaps(each) for each in found[kind])


def test_what_gives_is_named(found):
    binding = {kind: {each.conduct.levels[-1].binding for each in found[kind]} - {""} for kind in SHARP}
    assert binding["broken contract"] == {"ACK-1"}
    assert binding["hard limit"] == {"session.success"}
    assert binding["event lag"] <= {"growing lag", "lag.final_transcript.p95"}


def test_an_slo_that_gives_slowly_takes_all_the_time_and_is_told_less_sharply(found):
    for each in found["smooth slope"]:
        assert each.width < 0.25
        assert each.seconds <= 600


def test_a_healthy_server_is_not_accused():
    for seed in SEEDS:
        each = search(servers()["healthy"], seed)
        assert each.interval == (200, math.inf)
        assert each.false_stops == 0


def test_beyond_the_generators_own_limit_nothing_is_claimed():
    each = search(servers()["generator"], 0)
    low, high = each.interval
    assert high == math.inf
    assert 150 <= low <= 200
    assert {level.outcome for level in each.conduct.levels} == {"kept", "invalid"}


def test_a_hundred_times_larger():
    each = search(servers(20_000)["hard limit"], 0)
    assert each.holds
    assert each.width <= 0.05


@pytest.mark.parametrize("kind", ["hard limit", "broken contract", "smooth slope"])
def test_the_certificate_says_what_the_progress_said_whenever_it_ends(kind):
    for seconds in range(40, 400, 40):
        conduct = search(servers()[kind], 3, seconds=seconds).conduct
        found = certify(conduct.levels, Terms(), PACE)
        assert (found.low, found.high) == (conduct.progress.low, conduct.progress.high)


def test_the_campaign_has_a_line_for_each_kind():
    (line,) = campaign(2, 20, ["hard limit"])
    assert "holds 100.0%" in line
