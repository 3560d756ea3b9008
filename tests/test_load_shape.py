"""What Locust is told along a run's stages."""

import importlib
from types import SimpleNamespace

import pytest

from harness.load.workload import Workload
from harness.scenario.load import Open, Stage, Target

SPIKE = Stage(lasting=10, spike_to=Target(400, "users", None))
RAMP = Stage(lasting=10, ramp_to=Target(20, "users", None))


@pytest.fixture(scope="module")
def shape():
    """`staged`; Locust patches whatever process imports it, and leaves this one alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCUST_SKIP_MONKEY_PATCH", "yes")
        return importlib.import_module("harness.load.arrivals.shape").staged


@pytest.fixture
def told(shape):
    """A function that gives what a load shape says at moments of a run."""

    def told(workload, *moments, seconds=None, workers=lambda _: 1):
        runner = SimpleNamespace(worker_count=0)
        stages = shape(workload, runner)
        stages.seconds = seconds
        stages.begin()
        said = []
        for moment in moments:
            stages.get_run_time = lambda moment=moment: moment
            runner.worker_count = workers(moment)
            said.append(stages.tick())
        return said

    return told


def closed(*stages):
    return Workload("l", (), {}, users=10, stages=stages)


def test_a_step_is_one_however_many_users_it_has(told):
    said = told(closed(SPIKE, Stage(lasting=10)), 0.0, 1.0, 9.9, 10.3, 11.0)
    assert said == [(400, 400), (400, 400), (400, 400), (10, 390), (10, 390)]


def test_a_ramp_is_followed(told):
    assert [users for users, _ in told(closed(RAMP), 0.0, 1.0, 5.2, 9.9)] == [10, 11, 15, 20]


def test_what_has_not_changed_is_said_in_the_same_words(told):
    said = told(closed(RAMP, SPIKE), 0.0, 0.1, 0.2, 12.0, 13.0)
    assert (len(set(said[:3])), len(set(said[3:]))) == (1, 1)


def test_the_run_ends_when_it_is_to(told):
    assert told(closed(RAMP), 9.9, 10.0, seconds=10) == [(20, 100), None]
    assert told(closed(RAMP), 10.0, 99.0, seconds=100)[-1] == (20, 100)
    assert told(closed(RAMP), 4.0, seconds=4) == [None]


def test_of_an_open_load_each_process_has_one_idle_user_also_one_that_joins_late(told):
    workload = Workload("l", (), {}, open=Open(rate=500.0), stages=(Stage(lasting=60),))
    assert told(workload, 0.0, 30.0, 60.0, seconds=60, workers=lambda moment: 2 if moment < 20 else 3) == [
        (2, 100),
        (3, 100),
        None,
    ]


def test_time_does_not_count_before_all_is_ready(shape):
    stages = shape(closed(SPIKE), SimpleNamespace(worker_count=1))
    stages.seconds, stages.get_run_time = 10, lambda: 3600.0
    assert stages.tick() == (400, 400)
