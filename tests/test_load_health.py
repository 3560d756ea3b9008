"""What makes a load run invalid, and how a process measures itself."""

import errno
import gc
import os
import resource

import gevent
import pytest
from flask import Flask

from harness.client.origin import Origin
from harness.contract.profile import Profile
from harness.documents import quantities
from harness.errors import UnusableError
from harness.history.observations import Ended, Event, Header, Returned, Sent
from harness.load.health import files
from harness.load.health.collector import Collector
from harness.load.health.pulse import SPAN, Health, Pulse
from harness.load.health.vitals import Vitals, open_files
from harness.load.measures.times import Times
from harness.load.part import Part
from harness.load.validity import lag_bound, reasons
from harness.load.web import refuse_faulty_forms
from harness.load.workload import load_workload
from harness.oracle.assessment import Assessment
from harness.oracle.ledger import Bookkeeper, Ledger
from harness.scenario.load import Slo

SECOND = 1_000_000
GENERATOR = "the generator, not the API, was the limit: worker 1 "


def slo(measure, threshold):
    return Slo(measure, quantities.threshold(threshold))


def invalid(health=None, *, slos=(), ledger=None, lost=None):
    part = Part(assessment=Assessment(ledger=ledger or Ledger()), health={"worker 1": health or Health()})
    return reasons(part, slos, lost or {})


# What makes a run invalid


@pytest.mark.parametrize(
    ("slos", "bound"),
    [
        ([], 0.1),
        ([slo("findings", "= 0"), slo("session.success", "≥ 99%")], 0.1),
        ([slo("ack.p95", "< 500ms"), slo("drain.p50", "< 30s")], 0.05),
        ([slo("ack.p50", "< 80ms")], 0.02),
        ([slo("session.p50", "< 5m")], 0.1),
    ],
)
def test_the_generator_may_be_late_by_a_tenth_of_what_is_demanded(slos, bound):
    assert lag_bound(slos) == pytest.approx(bound)


@pytest.mark.parametrize(
    ("health", "why"),
    [
        (Health(lags={"schedule_lag.p99": 0.101}), "was late by itself: schedule_lag.p99 101 ms, where 100 ms is "),
        (Health(lags={"loop_lag.p90": 0.2}), "was late by itself: loop_lag.p90 200 ms"),
        (Health(cpu=0.93), "used 93% of a core, for 5 s"),
        (Health(waiting=0.6), "waited for a CPU 60% of the time, for 5 s"),
        (Health(exhausted=7), "had no file descriptor or port left, 7 times"),
    ],
)
def test_a_generator_that_was_the_limit_is_named_with_the_reason(health, why):
    [reason] = invalid(health)
    assert reason.startswith(GENERATOR + why)


def test_a_generator_in_health_is_no_reason():
    fine = Health(cpu=0.89, waiting=0.49, lags={"schedule_lag.p99": 0.1, "loop_lag.p99": 0.1}, files=9_000)
    assert invalid(fine) == []
    [reason] = invalid(fine, slos=[slo("ack.p99", "< 900ms")])
    assert "schedule_lag.p99 100 ms, where 90 ms is the bound; was late by itself: loop_lag.p99 100 ms" in reason


def test_a_lost_worker_and_an_uneven_ledger():
    ledger = Ledger(uneven={"quick-w0-u1-s2 was opened and came to no end": 1})
    assert invalid(lost={"worker 3 (host-a)": "did not see the run through"}, ledger=ledger) == [
        "worker 3 (host-a) did not see the run through",
        "the ledger is uneven: quick-w0-u1-s2 was opened and came to no end",
    ]


# The ledger


def booked(*observations):
    books = Bookkeeper()
    header = Header("s-1", "quick", 1, "", "", "", "", Profile(), 0.0, 0.0)
    for observation in (header, *observations):
        books(observation)
    return books.ledger


def chunks(ending):
    answered = Sent(1, "chunk", 0.0, 0.0), Returned(1, 0.1, status=200)
    return booked(*answered, Sent(2, "chunk", 0.2, 0.2), Sent(3, "control", 0.3, 0.3), Ended(1.0, ending))


def test_what_the_end_of_the_run_cut_off_is_indeterminate():
    ledger = chunks("interrupted")
    assert (ledger.chunks, ledger.uneven) == ({"accepted": 1, "indeterminate": 1}, {})


def test_a_request_without_an_outcome_makes_the_ledger_uneven():
    assert list(chunks("done").uneven) == [
        "s-1 knows no outcome of its request 2 (chunk)",
        "s-1 knows no outcome of its request 3 (control)",
    ]


def test_of_what_does_not_add_up_the_first_few_are_named():
    ledger = Ledger()
    for number in range(20):
        ledger.miss(f"quick-w0-u{number}-s0")
    assert len(ledger.uneven) == 5
    assert next(iter(ledger.uneven)).startswith("quick-w0-u0-s0 ")


def test_names_of_the_sut_s_own_make_no_ledger_grow():
    events = [Event(1, 0.1, name, "{}") for name in ("done", *(f"status-{number}" for number in range(100)))]
    assert booked(*events).events == {"done": 1, "(other)": 100}


# Descriptors and ports


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL])
def test_a_machine_without_descriptors_or_ports_is_no_unreachable_sut(code):
    error = Origin.of("http://sut").unreachable(OSError(code, os.strerror(code)))
    assert error.failure == "exhausted"
    assert "this machine" in str(error)
    ledger = booked(Sent(1, "start", 0.0, 0.0), Returned(1, 0.1, failure="exhausted", detail=str(error)))
    assert (ledger.trouble, ledger.unreachable) == ({"start: exhausted": 1}, 0)


def test_another_error_of_a_connection_is_an_unreachable_sut():
    assert Origin.of("http://sut").unreachable(OSError(errno.EHOSTUNREACH, "no route")).failure == "unreachable"


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A function that makes this a machine with other limits."""

    def machine(descriptors=20_000, ports="32768\t60999\n", available=8 * 2**20):
        monkeypatch.setattr(resource, "getrlimit", lambda _: (descriptors, descriptors))
        for name, text in {"_PORTS": ports, "_MEMINFO": f"MemFree: 1 kB\nMemAvailable: {available} kB\n"}.items():
            file = tmp_path / name
            file.write_text(text)
            monkeypatch.setattr(files, name, file)

    return machine


@pytest.mark.parametrize(
    ("limits", "processes", "allowed"),
    [
        ({}, 1, 9_872),
        ({"descriptors": 5_000}, 2, 4_744),
        ({}, 4, 14_116),  # of its ports
        ({"descriptors": 200}, 1, 0),
        ({"available": 64 * 1_000}, 1, 1_000),
    ],
)
def test_the_sessions_that_a_machine_can_hold(machine, limits, processes, allowed):
    machine(**limits)
    assert files.sessions_allowed(processes) == allowed
    files.check_room(allowed, processes)
    with pytest.raises(UnusableError):
        files.check_room(allowed + 1, processes)


def test_more_sessions_than_a_machine_can_hold_are_refused_with_the_limit_and_what_to_do(machine):
    machine(descriptors=1_024)
    with pytest.raises(UnusableError) as caught:
        files.check_room(500)
    message = str(caught.value)
    for words in ("500 sessions", "1,024 files", "ulimit -Hn", "384 sessions", "--processes"):
        assert words in message
    with pytest.raises(UnusableError, match="ip_local_port_range"):
        files.check_room(15_000, 90)


def test_what_a_system_does_not_tell_is_no_limit(machine, monkeypatch, tmp_path):
    machine(descriptors=65_536)
    for name in ("_PORTS", "_MEMINFO"):
        monkeypatch.setattr(files, name, tmp_path / "none")
    assert files.sessions_allowed() == (65_536 - 256) // 2


def test_the_soft_limit_is_raised_to_the_hard_one(monkeypatch):
    limits = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: limits.append(pair))
    for given in [(1_024, 4_096), (1_024, resource.RLIM_INFINITY), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)]:
        monkeypatch.setattr(resource, "getrlimit", lambda _, pair=given: pair)
        files.allow_many_files()
    assert limits == [(4_096, 4_096), (1_048_576, resource.RLIM_INFINITY)]


LEVELS = """
load: levels
mix: {plain: 1}
arrivals: {model: closed, users: 10}
stages: [{for: 10s}, {for: 10s, ramp-to: 500}, {for: 10s, ramp-to: 5}]
"""


@pytest.fixture
def check(machine, tmp_path):
    """A function that checks the users of flags, on a machine that holds 72 sessions a process."""
    machine(descriptors=400)
    levels = tmp_path / "levels.yaml"
    levels.write_text(LEVELS)

    def check(scenario="plain", *, followed=False, **given):
        workload = load_workload(str(levels) if scenario == "levels" else scenario)
        given = {"num_users": None, "master": False, "processes": None} | given
        files.check_users(workload, given, followed=followed)

    return check


def test_runs_that_there_is_room_for(check):
    check()
    check(num_users=72)
    check(num_users=73, user_count="72")  # the form's, after the flags'
    check(num_users=140, master=True, processes=2)
    check(num_users=9_000, master=True)  # whose workers may be anywhere
    check("levels", num_users=72)
    check("open", num_users=1, followed=True)  # each arrival finds room, or is turned away


@pytest.mark.parametrize(
    ("given", "users"),
    [
        ({"num_users": 73}, 73),
        ({"num_users": 5, "user_count": "73"}, 73),
        ({"num_users": 150, "master": True, "processes": 2}, 150),
        ({"scenario": "levels", "followed": True}, 500),
    ],
)
def test_runs_that_there_is_no_room_for(check, given, users):
    with pytest.raises(UnusableError, match=f"^{users} sessions at once are more"):
        check(**given)


def test_the_web_ui_shows_why_a_form_is_refused(check):
    app = Flask("page")
    refuse_faulty_forms(app, lambda form: check(**form))
    app.post("/swarm")(lambda: "started")
    client = app.test_client()
    assert client.post("/swarm", data={"user_count": "72"}).text == "started"
    refused = client.post("/swarm", data={"user_count": "73"}).json
    assert not refused["success"]
    assert "73 sessions at once are more than this machine can hold" in refused["message"]


# A process measures itself


def vitals(at, cpu=0.0, waited=0.0, opened=9, memory=1_000):
    return Vitals(at, cpu, waited, opened, memory)


def test_the_peak_of_some_seconds_counts_and_not_that_of_a_moment():
    pulse = Pulse(Times())
    moments = [(0, 0.0, 0.0), (1, 1.0, 0.0), (2, 1.1, 0.0), (3, 1.2, 0.9), (4, 1.3, 1.0), (5, 1.5, 1.0), (6, 2.5, 1.0)]
    for at, cpu, waited in moments:
        pulse.look(vitals(at, cpu, waited))
    health = pulse.health()
    assert (health.cpu, health.waiting) == (pytest.approx(0.3), pytest.approx(0.2))
    assert SPAN == 5


def test_looks_that_are_far_apart_for_want_of_a_cpu():
    pulse = Pulse(Times())
    for at in (0, 4, 8, 12):
        pulse.look(vitals(at, cpu=at / 4, waited=at * 3 / 4))
    assert (pulse.health().cpu, pulse.health().waiting) == (pytest.approx(0.25), pytest.approx(0.75))


def test_the_warm_up_is_left_out_of_the_health():
    pulse = Pulse(Times(), warm_until=20.0)
    for at in range(20):
        pulse.look(vitals(at, cpu=at, opened=500))
    for at in range(20, 30):
        pulse.look(vitals(at, cpu=20 + (at - 20) / 10, opened=100))
    assert (pulse.health().cpu, pulse.health().files) == (pytest.approx(0.1), 100)


@pytest.mark.parametrize(("samples", "told"), [(63, None), (64, "p90"), (130, "p95"), (662, "p99")])
def test_lateness_is_told_by_the_highest_percentile_that_has_samples_enough(samples, told):
    pulse = Pulse(Times())
    pulse.take({"schedule_lag": {SECOND: samples - 1}, "ack": {5: 7}})
    pulse.take({"schedule_lag": {SECOND: 1}})
    assert list(pulse.health().lags) == ([f"schedule_lag.{told}"] if told else [])


def test_each_process_is_told_by_itself_and_by_what_it_told_last():
    whole = Part()
    for name, cpu in [("worker 0", 0.2), ("worker 1", 0.95), ("worker 0", 0.3)]:
        whole.merge(Part(health={name: Health(cpu=cpu)}))
    assert {name: health.cpu for name, health in whole.health.items()} == {"worker 0": 0.3, "worker 1": 0.95}


def test_a_loop_that_stands_still_is_late_for_each_moment_that_it_missed():
    times = Times()
    pulse = Pulse(times)
    pulse.start()
    try:
        gevent.sleep(0)
        gevent.get_hub().loop.update_now()
        busy_until = Vitals.now().at + 1.05
        while Vitals.now().at < busy_until:
            pass
        for _ in range(100):  # turns of the loop
            gevent.sleep(0)
        sample = pulse.sample()
    finally:
        pulse.stop()
    counted = times.counts["loop_lag"]
    late = sum(count for value, count in counted.items() if value >= SECOND // 10)
    assert sum(counted.values()) >= 10
    assert late >= 8
    assert sample.loop_lag >= 0.8
    assert sample.cpu > 0
    assert sample.memory > 0


def test_open_files_are_counted():
    before = open_files()
    descriptors = [os.dup(0) for _ in range(50)]
    during = open_files()
    for descriptor in descriptors:
        os.close(descriptor)
    assert before > 0
    assert during - before >= 50


# The collector


def test_while_a_run_lasts_only_what_is_young_is_collected():
    thresholds, frozen, callbacks = gc.get_threshold(), gc.get_freeze_count(), list(gc.callbacks)
    collector = Collector()
    collector.quieten()
    try:
        assert gc.get_freeze_count() > frozen
        assert gc.get_threshold()[2] >= 1_000_000
        gc.collect(0)
        assert collector.longest > 0
    finally:
        collector.restore()
    assert (gc.get_threshold(), gc.callbacks) == (thresholds, callbacks)
    assert gc.get_freeze_count() == 0
