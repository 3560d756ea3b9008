"""The search as the conductor of a load run: its flags, what it sees of the run, and whole searches."""

import json
from types import SimpleNamespace

import pytest

from harness.capacity.campaign import Campaign
from harness.capacity.options import against, demanded, terms
from harness.capacity.pace import pace
from harness.capacity.windows import Windows
from harness.errors import ExitCode, UsageError
from harness.load.conductor import Guarded
from harness.load.course.intervals import Interval, Intervals
from harness.load.course.spread import pack
from harness.load.options import AGAINST_KEY, Settings
from harness.load.workload import load_workload
from harness.oracle.assessment import Assessment
from harness.report.certificate import Level
from harness.report.course import Health
from harness.report.run import Run
from tests.locust_runs import Locust

GIVEN = {
    "first": None,
    "most": None,
    "precision": "5%",
    "confidence": "95%",
    "hold": None,
    "run_time": None,
    "target": None,
    "against": None,
    "against_key": None,
    "host": "http://new.example",
    "allow_production": False,
    "processes": None,
    "keys": None,
}
QUICK = """
call: quick
audio: {speech: one-speaker, length: 4s}
chunks: {size: 32KiB}
pace: {speed: 4x}
steps: [start, attach, push: rest, finalize, await: done, await: end]
"""
LOAD = """
load: quick-search
mix: {quick.yaml: 1}
slo: {ack.p90: < 2s, session.success: ≥ 90%, findings: = 0}
"""
OPEN = LOAD + "arrivals: {model: open, rate: 1/s}\n"
WORKLOAD = load_workload("capacity")
ARRIVALS = load_workload("open")


@pytest.fixture(autouse=True)
def room(monkeypatch):
    """A machine that holds 4,000 sessions."""
    monkeypatch.setattr("harness.capacity.options.sessions_allowed", lambda _: 4000)


def test_without_flags_a_search_begins_small_and_ends_where_the_machine_does():
    found = terms(GIVEN, WORKLOAD)
    assert (found.unit, found.first, found.most, found.seconds, found.hold) == ("sessions", 8, 4000, 600, None)
    assert terms(GIVEN | {"most": "3"}, WORKLOAD).first == 3


def test_an_open_load_is_searched_for_its_rate():
    found = terms(GIVEN | {"first": "90/m", "most": "20/s"}, ARRIVALS)
    assert (found.unit, found.first, found.most) == ("arrivals per second", 1.5, 20)
    assert terms(GIVEN, ARRIVALS).first == 0.5


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"first": "many"}, "--first 'many' is no level; expected a number of live sessions"),
        ({"first": "0"}, "--first '0' is no level"),
        ({"most": "5000"}, "--most 5000: this machine can hold 4,000 sessions"),
        ({"first": "20", "most": "10"}, "--first 20 is more than --most 10"),
        ({"first": "90/m"}, "--first '90/m' is no level; expected a number of live sessions"),
        ({"precision": "0.1%"}, "--precision 0.1%: expected 0.5% to 50%"),
        ({"hold": "1ms"}, "--hold 1ms: expected 4s or more"),
        ({"precision": "5"}, "--precision '5' has no unit"),
        ({"confidence": "100%"}, "--confidence 100%: expected 50% to 99.9%"),
        ({"hold": "2m", "run_time": 60}, "--hold 2m is longer than the whole search"),
        ({"hold": "long"}, "--hold 'long' can't be read"),
    ],
)
def test_a_faulty_flag_is_named(flags, message):
    with pytest.raises(UsageError, match=message):
        terms(GIVEN | flags, WORKLOAD)


def test_a_demand_is_a_level():
    assert (demanded(GIVEN, WORKLOAD), demanded(GIVEN | {"target": "500"}, WORKLOAD)) == (None, 500)
    with pytest.raises(UsageError, match="--target 'all' is no level"):
        demanded(GIVEN | {"target": "all"}, WORKLOAD)


def test_the_other_deployment_has_a_key_of_its_own_or_that_of_the_first(monkeypatch):
    monkeypatch.delenv(AGAINST_KEY, raising=False)
    given = GIVEN | {"against": "http://old.example"}
    assert against(GIVEN, "k") == ()
    assert against(given, "k") == (("http://old.example", "k"),)
    monkeypatch.setenv(AGAINST_KEY, "of-old")
    assert against(given, "k") == (("http://old.example", "of-old"),)
    assert against(given | {"against_key": "given"}, "k") == (("http://old.example", "given"),)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"host": None, "against": "http://old.example"}, "--against is for two deployments"),
        ({"against": "http://new.example/"}, "--against http://new.example/: that is the --host"),
        ({"against": "HTTP://new.example:80"}, "that is the --host"),
        ({"against": "http://old.example", "keys": "keys.txt"}, "--against and --keys"),
        ({"against": "https://api.hume-live.example:99999"}, "99999"),
    ],
)
def test_a_faulty_other_deployment_is_named(flags, message):
    with pytest.raises(UsageError, match=message):
        against(GIVEN | flags, "k")


def test_the_pace_of_a_workload_is_read_off_its_plans():
    found = pace(WORKLOAD)
    assert (found.chunks, found.longest) == (10, pytest.approx(10, abs=1))
    assert found.interval == pytest.approx(1, abs=0.1)


def interval(start, **fields):
    return Interval(start=start, length=2.0, **fields)


def test_each_interval_is_seen_once_when_all_have_told_of_it():
    course = Intervals()
    windows = Windows(course, WORKLOAD.slos, lambda: 2)
    assert list(windows.fresh()) == []
    for start in (0.0, 2.0):
        for chunks in (3, 4):
            course.add(interval(start, live=5, chunks=chunks, broken=["CHUNK-2"], trouble={"start: 503": 1}))
    course.add(interval(4.0, live=5))  # the other process has not told yet
    [first, second] = windows.fresh()
    assert (first.start, second.start, first.live, first.chunks) == (0, 2, 10, 7)
    assert (first.broken, first.trouble) == ({"CHUNK-2"}, {"start: 503": 2})
    assert list(windows.fresh()) == []
    course.add(interval(4.0, live=5))
    assert [each.start for each in windows.fresh()] == [4]


def test_a_process_that_keeps_quiet_is_waited_for_and_then_named():
    course = Intervals()
    windows = Windows(course, WORKLOAD.slos, lambda: 2)
    for start in (0.0, 2.0, 4.0):
        course.add(interval(start))
        assert list(windows.fresh()) == []
    course.add(interval(6.0))
    [first] = windows.fresh()
    assert (first.start, first.ill) == (0, "1 of its 2 processes told nothing")


@pytest.mark.parametrize(
    ("told", "ill"),
    [
        ({"health": Health(cpu=0.95, loop_lag=0.0, memory=1, files=1)}, "it used 95% of a core"),
        ({"health": Health(cpu=0.1, loop_lag=0.0, memory=1, files=1, waiting=0.6)}, "it waited for a CPU 60% of the"),
        (
            {"times": {"schedule_lag": pack({80_000: 300})}},
            "it was late by itself: schedule_lag.p99 80.4 ms",
        ),
        ({"times": {"loop_lag": pack({80_000: 60})}}, "it was late by itself: loop_lag.p95 80.4 ms"),
        ({"trouble": {"start: exhausted": 3}}, "it had no file descriptor or port left (start: exhausted)"),
        ({"trouble": {"start: 503": 3}}, ""),
        ({"times": {"schedule_lag": pack({10_000: 300})}}, ""),
        ({"health": Health(cpu=0.8, loop_lag=9.0, memory=1, files=1)}, ""),
    ],
)
def test_a_window_tells_why_the_generator_was_the_limit(told, ill):
    course = Intervals()
    for start in (0.0, 2.0, 4.0):
        course.add(interval(start, **told))
    *_, last = Windows(course, WORKLOAD.slos, lambda: 1).fresh()
    assert last.ill.startswith(ill)
    assert bool(last.ill) is bool(ill)


class Crew:
    def __init__(self):
        self.steps = []

    def count(self):
        return 2

    def announce(self, step):
        self.steps.append(step)


def conducted(load, **flags):
    """A campaign that has begun, with what it has seen and told."""
    campaign, crew, course = Campaign(), Crew(), Intervals()
    settings = Settings("http://a.example", "k", load, None, "none", 1, verify=True)
    settings, workload = campaign.adopt(GIVEN | {"most": "64"} | flags, settings, load_workload(load))
    campaign.begin(settings, workload, course, crew)
    return SimpleNamespace(campaign=campaign, crew=crew, course=course, settings=settings, workload=workload)


def test_of_a_load_file_a_search_takes_the_calls_and_the_slos():
    run = conducted("mixed", run_time=90)
    assert (run.workload.stages, run.workload.slos, run.workload.users) == ((), (), None)
    assert (run.settings.conducted, run.settings.seconds) == (True, 90)


def test_users_ramp_up_to_the_first_level_evenly():
    run = conducted("capacity")
    assert run.campaign.users_at(0.0) == 0
    users = [run.campaign.users_at(second / 4) for second in range(1, 40)]
    assert users == sorted(users)
    assert (users[0] < 8, users[-1]) == (True, 8)
    assert run.campaign.told()["level"].startswith("1, 8 live sessions: rise")


def test_a_search_is_over_when_its_time_is():
    run = conducted("capacity", run_time=30)
    assert run.campaign.users_at(29.0) is not None
    assert run.campaign.users_at(30.0) is None


def test_of_an_open_load_all_processes_are_told_the_rate_before_it_holds():
    run = conducted("open", most="20/s")
    assert run.campaign.users_at(5.0) == 2
    [*_, step] = run.crew.steps
    assert (step.rate, step.since, step.target) == (0.5, 6.0, 0)


def concluded(*levels, target=None, **fields):
    """The run of a search with these levels, concluded."""
    run = conducted("capacity", target=target)
    run.campaign._conduct.levels += levels
    report = Run("load", "capacity", "http://a.example", 0.0, 1.0, 1, "p", ExitCode.OK, "", Assessment(), **fields)
    run.campaign.conclude(report)
    return report


KEPT = Level(number=1, level=8, purpose="repeat", outcome="kept", why="", began=0, settled=5, ended=20)


def test_a_demand_that_is_held():
    run = concluded(KEPT, target="8")
    assert (run.exit_code, run.kind, run.capacity[0].valid) == (ExitCode.OK, "capacity", True)


def test_nothing_counts_of_a_run_that_is_invalid():
    run = concluded(KEPT, target="8", invalid=["worker 1 was lost"])
    assert (run.exit_code, run.capacity[0].valid) == (ExitCode.NO_VERDICT, False)
    assert run.headline.startswith("Invalid: worker 1 was lost.")


def test_what_a_form_asks_for_in_vain_changes_nothing_of_the_search_that_is_under_way():
    run = conducted("capacity", target="8")
    with pytest.raises(UsageError):
        run.campaign.adopt(GIVEN | {"target": "all"}, run.settings, load_workload("capacity"))
    run.campaign.adopt(GIVEN | {"target": "900"}, run.settings, load_workload("capacity"))
    assert run.campaign._demanded == 8


def test_a_fault_of_the_conductor_ends_the_run_and_loses_none_of_it():
    guarded = Guarded(Campaign())
    guarded._conductor._conduct = "no conduct"
    assert (guarded.users_at(1.0), guarded.users_at(2.0)) == (None, None)
    report = Run("load", "l", "http://a.example", 0.0, 1.0, 1, "p", ExitCode.OK, "fine", Assessment())
    guarded.conclude(report)
    assert report.exit_code == ExitCode.HARNESS
    assert report.headline.startswith("a fault of the harness, please report it: AttributeError in campaign.py")


def searched(folder, *flags, load=LOAD, interrupt=False):
    (folder / "quick.yaml").write_text(QUICK)
    (folder / "load.yaml").write_text(load)
    given = ("--headless", "--report", folder / "reports", "--scenario", folder / "load.yaml", "--record", "none")
    with Locust(folder, *given, "--hold", "6s", *flags, file="capacity.py") as run:
        if interrupt:
            run.until(lambda: "2 live" in run.output)
            run.interrupt()
        code = run.ended()
    assert "Traceback" not in run.output
    return code, run


def test_a_whole_search(tmp_path):
    code, run = searched(tmp_path, "--first", "2", "--most", "4", "-t", "60s")
    found = run.summary["capacity"]
    assert (code, found["sessions"]) == (ExitCode.OK, {"low": 4, "best": 4, "high": None})
    assert [level["level"] for level in found["levels"]] == [2, 4, 4]
    assert "Holds at least 4 live sessions" in run.output
    assert run.ledger["uneven"] == {}


def test_a_whole_search_for_a_rate_on_two_processes(tmp_path):
    flags = ("--first", "1/s", "--most", "2/s", "-t", "60s", "--processes", "2")
    code, run = searched(tmp_path, *flags, load=OPEN)
    found = run.summary["capacity"]
    assert (code, found["arrivals"]["low"], found["arrivals"]["high"]) == (ExitCode.OK, 2, None)


def test_ctrl_c_leaves_the_interval_so_far(tmp_path):
    code, run = searched(tmp_path, "--first", "2", "--most", "4", "-t", "60s", interrupt=True)
    found = run.summary["capacity"]
    assert (code, found["sessions"]["low"], found["sessions"]["high"]) == (ExitCode.INTERRUPTED, 0, None)
    assert "Interrupted; so far: " in json.dumps(run.summary)


def test_users_are_no_matter_of_the_flags(tmp_path):
    code, run = searched(tmp_path, "-u", "5")
    assert code == ExitCode.USAGE
    assert "a search decides by itself how many sessions there are" in run.output
