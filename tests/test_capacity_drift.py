"""Lag that grows without end, and noise that does not."""

import numpy as np
import pytest

from harness.capacity.drift import Drift
from harness.capacity.terms import Pace
from harness.capacity.window import Window
from harness.documents.quantities import threshold
from harness.scenario.load import Slo

PACE = Pace(call=60.0, longest=60.0, chunks=30, interval=2.0)
SLOS = (Slo("ack.p95", threshold("< 500ms")), Slo("lag.final_transcript.p95", threshold("< 2s")))


def drift(lags, chunks=None, name="lag.final_transcript", live=100):
    """After windows whose lag, in seconds, was this."""
    found = Drift(SLOS, PACE)
    for at, lag in enumerate(lags):
        times = {name: {max(round(lag * 1e6), 1): 20}}
        accepted = 100 if chunks is None else chunks[at]
        found.take(Window(start=2.0 * at, length=2.0, live=live, chunks=accepted, times=times))
    return found


def test_lag_that_keeps_growing_is_certain_after_a_while():
    growth = drift(0.2 + 0.08 * np.arange(12)).growth
    assert growth.certain is True
    assert growth.measure == "lag.final_transcript"
    assert "grew by 880 ms in 22 s" in growth.words


def test_slow_growth_is_suspected_before_it_is_certain():
    suspected = drift(0.2 + 0.015 * np.arange(12)).growth
    assert suspected is not None
    assert not suspected.certain
    assert drift(0.2 + 0.015 * np.arange(60)).growth.certain


@pytest.mark.parametrize("windows", [61, 125, 250])
def test_a_long_series_tells_the_same_as_a_short_one(windows):
    growing = drift(np.linspace(0.2, 1.2, windows)).growth
    assert growing.certain is True
    assert "grew by 9" in growing.words, "by 980 ms, or so"
    assert drift(0.2 + 0.1 * (np.arange(windows) % 2)).growth is None


def test_growth_is_measured_by_the_bound_of_the_slo():
    lags = 0.02 + 0.02 * np.arange(12)
    assert drift(lags, name="ack").growth.certain
    assert not drift(lags).growth.certain


@pytest.mark.parametrize(
    "lags",
    [[0.2] * 20, [0.2] * 10 + [0.9] * 10, list(0.2 + 0.08 * np.arange(8)) + [0.84] * 8, list(2 - 0.08 * np.arange(20))],
    ids=["flat", "a step", "it is over", "falling"],
)
def test_no_growth_without_end(lags):
    assert drift(lags).growth is None


def test_lag_may_grow_with_the_load():
    assert drift(0.2 + 0.08 * np.arange(12), chunks=range(100, 340, 20)).growth is None


def test_a_stall_is_growth_unless_one_session_alone_is_silent():
    assert drift([0.1] * 3 + [0.1] * 9, chunks=[100] * 3 + [0] * 9).growth.certain
    assert drift([0.1] * 3 + [0.1] * 9, chunks=[1] * 3 + [0] * 9, live=1).growth is None


def test_settled_once_the_last_windows_show_no_trend():
    assert not drift([1.0, 0.8, 0.6, 0.4]).settled
    assert drift([1.0, 0.8, 0.4, 0.41, 0.4, 0.42]).settled
    assert drift([0.100, 0.101, 0.102, 0.103], name="ack").settled


def test_what_was_left_behind():
    assert drift([0.1, 0.5, 3.0]).backlog == pytest.approx(3.0, rel=0.01)
    assert not drift([0.1, 0.5, 3.0]).steady
    assert drift([0.1, 0.11, 0.1]).steady


def test_the_noise_of_a_healthy_server_ends_hardly_any_level():
    """The medians of windows, a fifth of them apart, resembling their neighbours: of 150 levels, two at most."""
    random, stopped = np.random.default_rng(7), 0
    for _ in range(150):
        swing, found, certain = 0.0, Drift(SLOS, PACE), False
        for at in range(30):
            swing = 0.5 * swing + random.normal(0, 0.2 * 0.75**0.5)
            times = {"lag.final_transcript": {round(0.3e6 * np.exp(swing)): 20}}
            found.take(Window(start=2.0 * at, length=2.0, live=100, chunks=100, times=times))
            certain |= found.growth is not None and found.growth.certain
        stopped += certain
    assert stopped <= 2
