"""The Universal Scalability Law: what it finds in throughput, how sure it is of that, and when it keeps silent."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.capacity import usl
from harness.report.certificate import Level, Usl

SESSIONS = (8, 16, 32, 64, 128, 256, 384, 512)


def law(live, rate, contention, coherency):
    return rate * live / (1 + contention * (live - 1) + coherency * live * (live - 1))


def level(live, chunks, events=None, *, number=1, outcome="kept", seconds=30.0):
    return Level(
        number=number,
        level=live,
        purpose="rise",
        outcome=outcome,
        why="",
        began=0.0,
        settled=10.0,
        ended=10.0 + seconds,
        live=live,
        chunks=chunks,
        events=chunks if events is None else events,
    )


def lawful(rate=0.5, contention=0.02, coherency=1e-5, *, sessions=SESSIONS, noise=0.0, seed=0):
    chance = random.Random(seed)
    return [
        level(live, law(live, rate, contention, coherency) * math.exp(chance.gauss(0, noise)), number=number)
        for number, live in enumerate(sessions, start=1)
    ]


def holds(estimate, value):
    return estimate.low <= value <= estimate.high


@pytest.mark.parametrize(
    ("rate", "contention", "coherency"), [(0.5, 0.02, 1e-5), (2.0, 0.0, 1e-4), (0.5, 0.1, 1e-6), (30.0, 0.005, 3e-5)]
)
def test_a_law_without_noise_is_found_exactly(rate, contention, coherency):
    found = usl.fit(lawful(rate, contention, coherency), 0.95)
    assert found.rate.best == pytest.approx(rate)
    assert found.contention.best == pytest.approx(contention, abs=1e-9)
    assert found.coherency.best == pytest.approx(coherency)
    assert found.peak.best == pytest.approx(math.sqrt((1 - contention) / coherency))
    assert found.error == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("contention", "coherency", "sessions"),
    [
        (0.02, 1e-5, SESSIONS),
        (0.005, 2e-5, (8, 16, 32, 64, 128, 256, 192, 208, 208)),
        (0.0, 1e-5, SESSIONS),
        (1e-4, 1e-8, tuple(1000 * live // 20 for live in SESSIONS)),
    ],
)
def test_the_intervals_hold_the_truth_as_often_as_they_say(contention, coherency, sessions):
    runs = [
        usl.fit(lawful(0.5, contention, coherency, sessions=sessions, noise=0.03, seed=seed), 0.95)
        for seed in range(120)
    ]
    fits = [found for found in runs if isinstance(found, Usl)]
    assert len(fits) > 110
    peak = math.sqrt((1 - contention) / coherency)
    # 95%, less three standard errors of 120 runs.
    for held in (
        [holds(found.rate, 0.5) for found in fits],
        [holds(found.contention, contention) for found in fits],
        [holds(found.coherency, coherency) for found in fits],
        [found.peak is None or holds(found.peak, peak) for found in fits],
    ):
        assert sum(held) >= 0.89 * len(held)


def test_more_confidence_is_a_wider_interval():
    levels = lawful(noise=0.02, seed=3)
    sure, surer = usl.fit(levels, 0.9), usl.fit(levels, 0.99)
    for name in ("rate", "contention", "coherency"):
        narrow, wide = getattr(sure, name), getattr(surer, name)
        assert wide.low <= narrow.low <= narrow.best <= narrow.high <= wide.high
        assert wide.best == narrow.best


def test_without_coherency_there_is_no_peak_to_tell():
    runs = [usl.fit(lawful(0.5, 0.05, 0.0, noise=0.02, seed=seed), 0.95) for seed in range(100)]
    assert sum(found.peak is None for found in runs) >= 89
    assert all(found.coherency.low == 0 for found in runs if found.peak is None)


def test_what_saturates_is_what_is_fitted():
    sessions = SESSIONS
    levels = [level(live, 0.5 * live, law(live, 0.8, 0.02, 1e-5)) for live in sessions]
    found = usl.fit(levels, 0.95)
    assert found.of == "events"
    assert found.rate.best == pytest.approx(0.8)
    assert usl.fit(lawful(), 0.95).of == "chunks"


@pytest.mark.parametrize(
    ("levels", "why"),
    [
        ([], "there are 0"),
        (lawful(sessions=(8, 16, 32, 64)), "there are 4"),
        (lawful(sessions=(8, 8, 8, 16, 32, 64)), "there are 4"),
        (lawful(sessions=(100, 110, 120, 130, 140, 150)), "further apart"),
        ([level(live, 0.5 * live) for live in SESSIONS], "at a fixed pace"),
        ([level(live, min(0.5 * live, 150)) for live in SESSIONS[:-1]], "at a fixed pace"),
        ([level(live, min(0.5 * live, 40)) for live in SESSIONS], "does not follow"),
        ([level(live, live / (0.01 * live - 0.003)) for live in SESSIONS], "far beyond saturation"),
        ([level(live, 0.0) for live in SESSIONS], "there are 0"),
        ([level(live, 10.0, seconds=0.0) for live in SESSIONS], "there are 0"),
        ([level(live, law(live, 0.5, 0.02, 1e-5), outcome="invalid") for live in SESSIONS], "there are 0"),
    ],
)
def test_where_the_data_do_not_bear_it_a_sentence_says_why(levels, why):
    assert why in usl.fit(levels, 0.95)


@pytest.mark.parametrize("throughput", [lambda n: 40.0, lambda n: 4000.0 / n, lambda n: 40.0 + n % 3])
def test_odd_throughput_is_no_error(throughput):
    found = usl.fit([level(live, throughput(live)) for live in SESSIONS], 0.95)
    if isinstance(found, Usl):
        assert found.contention.low <= found.contention.best <= found.contention.high <= 1


def test_the_order_of_the_levels_does_not_matter():
    levels = lawful(noise=0.02, seed=5)
    assert usl.fit(levels[::-1], 0.95) == usl.fit(levels, 0.95)


@given(
    st.floats(0.01, 1000),
    st.floats(0, 1) | st.sampled_from([0.0, 1.0]),
    st.floats(0, 1) | st.floats(0, 1e-6),
    st.floats(0, 0.05),
    st.integers(0, 100),
)
def test_whatever_the_law_the_estimates_lie_in_their_intervals(rate, contention, coherency, noise, seed):
    found = usl.fit(lawful(rate, contention, coherency, noise=noise, seed=seed), 0.95)
    if isinstance(found, Usl):
        for estimate in (found.rate, found.contention, found.coherency, found.peak or found.rate):
            assert 0 <= estimate.low <= estimate.best <= estimate.high < math.inf
