"""Two runs held against each other: what is proven, what is not, and what can't be compared at all."""

import json
import math
import os
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest

from harness.capacity.certify import certify
from harness.capacity.conduct import Conduct
from harness.capacity.terms import Pace, Terms
from harness.capacity.window import Window
from harness.cli import main
from harness.documents.quantities import threshold
from harness.errors import ExitCode
from harness.load.course.intervals import Interval
from harness.load.course.spread import pack
from harness.load.course.uncertainty import bounded, error
from harness.load.digest import digest
from harness.load.measures.histograms import Measures
from harness.load.workload import load_workload
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Tally
from harness.oracle.ledger import Ledger
from harness.report.certificate import Attainment, Certificate, Degradation, Estimate, Level
from harness.report.comparison.capacity import of_certificates, sentence
from harness.report.comparison.compared import compared
from harness.report.comparison.difference import Difference, change_in_words, differ, figure_in_words
from harness.report.comparison.likeness import unlike
from harness.report.comparison.objectives import of_findings, of_objectives
from harness.report.course import Slice
from harness.report.environment import Environment, here
from harness.report.folder import write_report
from harness.report.run import Measure, Run, SloResult
from harness.scenario.load import Slo

EVIL = "<b>`x`|\x1b[31m@me"
HERE = Environment(scenario="s", settings={"users": "20"}, system="Linux", processor="p", cores=2, python="3")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def slo(measure="ack.p95", figure=0.1, low=0.095, high=0.105, **fields):
    shared = {"threshold": "< 500 ms", "value": "", "met": True, "samples": 900}
    return SloResult(measure, **{**shared, **fields}, figure=figure, low=low, high=high)


def load_run(*slos, **fields):
    shared = {
        "name": "mixed",
        "host": "http://h",
        "started": 1.7e9,
        "seconds": 60.0,
        "seed": 1,
        "profile": "default",
        "exit_code": 0,
        "headline": "Fine.",
        "assessment": Assessment(ledger=Ledger({"done": 100})),
        "slos": list(slos or [slo()]),
        "environment": HERE,
    }
    return Run("load", **{**shared, **fields})


def attained(value, measure="ack.p95", **fields):
    shared = {"threshold": "< 500 ms", "bound": 0.5, "value": value, "low": 0.97 * value, "high": 1.03 * value}
    return Attainment(measure=measure, **{**shared, **fields})


def level(at, number=1, outcome="kept", ack=0.1, ended=30.0):
    """At which the 95th percentile of acks was that many seconds."""
    return Level(
        number=number,
        level=at,
        purpose="rise",
        outcome=outcome,
        why="",
        began=0.0,
        settled=10.0,
        ended=ended,
        attainments=[attained(ack)],
    )


def certificate(low, high, *levels, **fields):
    shared = {"unit": "sessions", "confidence": 0.95, "degradation": Degradation(kind="unknown", why="")}
    best = low if high is None else (low + high) / 2
    return Certificate(low=low, best=best, high=high, levels=list(levels), **{**shared, **fields})


def search_run(low, high, *levels, **fields):
    run = load_run(slos=[], capacity=[certificate(low, high, *levels)], **fields)
    run.kind = "capacity"
    return run


def stored(name, run):
    folder = Path(name)
    folder.mkdir(parents=True)
    write_report(run, folder)
    return name


def verdict(old, new, *, more_is_better=False, tolerance=0.0):
    found = differ("m", "seconds", old, new, more_is_better=more_is_better, tolerance=tolerance)
    return found.verdict, found.intolerable


# A verdict is by the intervals


@pytest.mark.parametrize(
    ("new", "less_is_better", "more_is_better"),
    [
        (Estimate(9.0, 10.0, 11.0), "no evidence either way", "no evidence either way"),
        (Estimate(11.0, 12.0, 13.0), "no evidence either way", "no evidence either way"),
        (Estimate(11.1, 12.0, 13.0), "worse", "better"),
        (Estimate(7.0, 8.0, 8.9), "better", "worse"),
        (Estimate(7.0, 8.0, math.inf), "no evidence either way", "no evidence either way"),
        (Estimate(12.0, 12.0, math.inf), "worse", "better"),
    ],
)
def test_only_what_lies_outside_the_others_interval_is_better_or_worse(new, less_is_better, more_is_better):
    old = Estimate(9.0, 10.0, 11.0)
    assert verdict(old, new) == (less_is_better, less_is_better == "worse")
    assert verdict(old, new, more_is_better=True) == (more_is_better, more_is_better == "worse")


@pytest.mark.parametrize(("tolerance", "intolerable"), [(0.0, True), (0.05, True), (0.1, False), (0.5, False)])
def test_a_regression_counts_where_it_is_proven_to_be_beyond_the_tolerance(tolerance, intolerable):
    old = Estimate(99.0, 100.0, 101.0)
    assert verdict(old, Estimate(108.0, 109.0, 110.0), tolerance=tolerance) == ("worse", intolerable)
    less = verdict(old, Estimate(90.0, 91.0, 92.0), tolerance=tolerance, more_is_better=True)
    assert less == ("worse", intolerable)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (None, Estimate(1.0, 1.0, 1.0), "there is no valid figure of the old run"),
        (None, None, "there is no valid figure of the old and the new run"),
        (Estimate(0.0, 1.0, math.inf), Estimate(9.0, 9.0, 9.0), "too little was measured"),
    ],
)
def test_without_an_interval_nothing_is_proven(old, new, why):
    found = differ("m", "seconds", old, new, more_is_better=False)
    assert (found.verdict, found.is_bounded) == ("no evidence either way", False)
    assert found.why.startswith(why)


def test_a_difference_in_words():
    def told(old, new):
        return change_in_words(Difference(measure="m", unit="sessions", old=old, new=new))

    old = Estimate(98.0, 100.0, 103.0)
    assert told(old, Estimate(86.0, 90.0, 94.0)) == "-10.0% (-16.5% to -4.1%)"
    assert told(old, Estimate(200.0, 200.0, math.inf)) == "+100.0% (+94.2% at least)"
    assert told(Estimate(98.0, 100.0, math.inf), Estimate(40.0, 50.0, 60.0)) == "-50.0% (-38.8% at most)"
    assert told(Estimate(0.0, 100.0, 103.0), Estimate(40.0, 50.0, 60.0)) == "-50.0% (-61.2% at least)"
    assert told(Estimate(55.0, 100.0, 300.0), Estimate(1.0, 1.0, 2.0)) == "-99.0% (-99.7% to -96.4%)"
    assert told(Estimate(0.0, 0.0, 8.0), old) == "-"
    assert told(None, old) == "-"
    assert figure_in_words(old, "sessions") == "100 (98 to 103)"
    assert figure_in_words(Estimate(0.995, 0.998, 1.0), "share") == "99.8% (99.5% to 100%)"
    assert figure_in_words(Estimate(98.0, 100.0, math.inf), "arrivals per second") == "100 (98 or more)"
    assert figure_in_words(Estimate(0.0, 0.1, math.inf), "seconds") == "100 ms (no interval)"
    assert figure_in_words(None, "seconds") == "-"
    assert figure_in_words(None, "sessions") == "- (no verdict)"


# Capacities


def found(old, new, measure="capacity"):
    [one] = [each for each in of_certificates(old, new) if each.measure == measure]
    return one


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ((98, 103), (86, 94), "worse"),
        ((98, 103), (100, 105), "no evidence either way"),
        ((98, 103), (110, None), "better"),
        ((98, None), (110, None), "no evidence either way"),
        ((98, None), (60, 64), "worse"),
        ((98, 103), (0, 8), "worse"),
        ((98, 103), (0, None), "no evidence either way"),
    ],
)
def test_capacities_are_compared_by_their_intervals(old, new, verdict):
    assert found(certificate(*old), certificate(*new)).verdict == verdict


def test_two_searches_that_found_no_limit_say_so():
    assert found(certificate(98, None), certificate(110, None)).why == "neither search found a limit"


def test_slos_are_compared_at_the_largest_level_that_both_hold():
    old = certificate(64, 70, level(32), level(64), level(70, outcome="missed", ack=0.9))
    new = certificate(32, 40, level(32, ack=0.2), level(64, outcome="missed", ack=0.3))
    slow = found(old, new, "ack.p95")
    assert (slow.where, slow.verdict) == ("at 32 live sessions", "worse")
    assert (slow.old.best, slow.new.best) == (0.1, 0.2)


def test_of_several_tries_of_a_level_the_last_counts():
    old = certificate(32, 40, level(32, 1, ack=0.3, ended=90.0), level(32, 3, ack=0.1), level(32, 2, ack=0.3))
    assert found(old, old, "ack.p95").old.best == 0.1


@pytest.mark.parametrize(
    ("levels", "acks", "verdict"),
    [
        ((30, 33), (0.1, 0.2), "no evidence either way"),  # it had more to do
        ((30, 33), (0.1, 0.05), "better"),
        ((33, 30), (0.1, 0.2), "worse"),
        ((33, 30), (0.1, 0.05), "no evidence either way"),
    ],
)
def test_at_levels_that_differ_only_what_holds_in_spite_of_it_is_proven(levels, acks, verdict):
    old, new = (certificate(at, 40, level(at, ack=ack)) for at, ack in zip(levels, acks, strict=True))
    one = found(old, new, "ack.p95")
    assert one.where == f"at {levels[0]} and {levels[1]} live sessions"
    assert one.verdict == verdict
    assert not one.intolerable or verdict == "worse"


def test_a_level_that_was_only_hurried_through_proves_nothing():
    hurried = msgspec.structs.replace(level(36, ack=0.3), provisional=True)
    old = certificate(36, 40, level(32, ack=0.1), hurried)
    assert found(old, old, "ack.p95").where == "at 32 live sessions"


def searched(rng, holds):
    """What a search finds of a server whose acks take the longer, the more sessions there are, and vary together."""
    terms, pace = Terms(seconds=1800.0), Pace(call=60.0, longest=60.0, chunks=30, interval=2.0)
    conduct = Conduct(terms, [Slo("ack.p95", threshold("< 500ms"))], pace)
    now, live, state, keep = 0.0, 0.0, rng.normal(), math.exp(-2 / 6)
    while wanted := conduct.wanted(now):
        step = 2 * wanted.per_second
        live += min(max(wanted.level - live, -step), step)
        state = keep * state + math.sqrt(1 - keep**2) * rng.normal()
        median = 0.305 * (live / holds) ** 2 * math.exp(0.03 * state)  # the 95th percentile is 0.5 s where it holds
        times = np.round(median * np.exp(0.3 * rng.normal(size=int(live))), 3) * 1e6
        counts = Counter(times.astype(int).clip(1).tolist())
        window = Window(start=now, length=2.0, live=int(live), chunks=int(live), events=int(live))
        ended = {"done": int(rng.poisson(live / 30))}
        conduct.take(msgspec.structs.replace(window, ended=ended, times={"ack": counts} if counts else {}))
        now += 2.0
    return certify(conduct.levels, terms, pace, stopped=conduct.stopped)


def test_two_searches_of_one_server_prove_nothing_and_a_tenth_less_is_found():
    rng = np.random.default_rng(30)
    olds, sames = [[searched(rng, 100) for _ in range(20)] for _ in range(2)]
    assert all(each.valid and 0 < each.low < each.high < math.inf for each in (*olds, *sames))
    quiet = [{each.verdict for each in of_certificates(*pair)} for pair in zip(olds, sames, strict=True)]
    assert quiet.count({"no evidence either way"}) >= 19
    worse = [found(old, searched(rng, 90)).verdict for old in olds[:10]]
    assert worse.count("worse") >= 9


def test_where_nothing_was_held_the_capacity_alone_is_compared():
    assert len(of_certificates(certificate(0, 8), certificate(32, 40, level(32)))) == 1


def test_a_verdict_on_two_deployments_in_one_run():
    one, other = certificate(86, 94, target="http://a"), certificate(98, 103, target="http://b")
    assert sentence(one, other) == (
        "http://a holds less than http://b: 86 (86 to 94) against 98 (98 to 103) live sessions, "
        "-12.2% (-16.5% to -4.1%)."
    )
    assert sentence(other, one).startswith("http://b holds more than http://a: ")
    assert sentence(one, one).startswith("No evidence that http://a holds more or less than http://a: ")
    ill = certificate(1, 2, target="http://b", valid=False)
    assert sentence(one, ill).startswith("No verdict, since what was found of http://b is not valid: ")
    nothing = certificate(0, None, target="http://b", valid=False)
    assert sentence(one, nothing).endswith(": 86 (86 to 94) against - (no verdict) live sessions.")


# SLOs of load runs


def objective(old, new, **fields):
    [one] = of_objectives([slo(**old)], [slo(**new)], **fields)
    return one.verdict


def test_times_of_one_server_may_differ_a_little_more_than_their_intervals_say():
    assert objective({}, {"figure": 0.113, "low": 0.106, "high": 0.12}) == "no evidence either way"
    assert objective({}, {"figure": 0.115, "low": 0.108, "high": 0.122}) == "worse"
    assert objective({}, {"figure": 0.085, "low": 0.08, "high": 0.09}) == "better"


def test_which_way_is_better_is_for_the_threshold_to_say():
    old = {"measure": "session.success", "threshold": "≥ 99%", "figure": 0.999, "low": 0.998, "high": 1.0}
    assert objective(old, {**old, "figure": 0.98, "low": 0.97, "high": 0.99}) == "worse"
    assert objective({"threshold": "> 10 ms"}, {"figure": 0.2, "low": 0.19, "high": 0.21, "threshold": "> 10 ms"}) == (
        "better"
    )


@pytest.mark.parametrize(("old", "new", "verdict"), [(0, 3, "no evidence either way"), (0, 20, "worse")])
def test_findings_are_compared_by_the_session(old, new, verdict):
    runs = [load_run(course=[Slice(start=0.0, length=2.0, findings=count)]) for count in (old, new)]
    assert of_findings(*runs).verdict == verdict


@pytest.mark.parametrize(("causes", "verdict"), [(1, "worse"), (5, "no evidence either way")])
def test_findings_of_one_cause_are_not_taken_for_independent(causes, verdict):
    broken = Assessment({f"CHUNK-{n}": Tally(0, 4, 0) for n in range(causes)}, ledger=Ledger({"done": 100}))
    before = load_run(course=[Slice(start=0.0, length=2.0)])
    now = load_run(course=[Slice(start=0.0, length=2.0, findings=20)], assessment=broken)
    assert of_findings(before, now).verdict == verdict


# How sure a figure is


def noisy(rng, slower=1.0, slices=90, lasting=10.0, common=0.03):
    """A run's SLO results, bounded: acks of about 100 ms, which are all slower or faster together for some seconds."""
    course, counted, state = [], Counter(), rng.normal()
    keep = math.exp(-0.2 / lasting)
    pushed, own = math.sqrt(1 - keep**2) * rng.normal(size=(slices, 10)), 0.3 * rng.normal(size=(slices, 10, 10))
    for n in range(slices):
        states = [state := keep * state + push for push in pushed[n]]
        times = 0.1 * slower * np.exp(common * np.array(states)[:, None] + own[n])
        counts = Counter((times.ravel() * 1e6).astype(int).tolist())
        counted.update(counts)
        course.append(Interval(start=2.0 * n, length=2.0, times={"ack": pack(counts)}))
    measures = Measures()
    measures.add({"ack": counted})
    told = [
        slo(f"ack.{statistic}", measures.value("ack", statistic), None, None) for statistic in ("p50", "p95", "mean")
    ]
    return bounded(told, measures, course)


def test_runs_of_one_server_whose_times_resemble_their_neighbours_prove_nothing():
    rng = np.random.default_rng(20)
    runs = [noisy(rng, slices=60, lasting=6.0) for _ in range(40)]
    verdicts = [
        [each.verdict for each in of_objectives(old, new)] for old, new in zip(runs[::2], runs[1::2], strict=True)
    ]
    quiet = sum(set(each) == {"no evidence either way"} for each in verdicts)
    assert quiet >= 19  # of 20, with all three figures


def test_a_server_that_is_a_tenth_slower_is_found_worse():
    rng = np.random.default_rng(21)
    runs = [noisy(rng, slower, slices=150, lasting=5.0) for slower in (1.0, 1.1) * 10]
    pairs = [of_objectives(old, new) for old, new in zip(runs[::2], runs[1::2], strict=True)]
    for n, measure in enumerate(("ack.p50", "ack.p95", "ack.mean")):
        assert {each[n].measure for each in pairs} == {measure}
        assert sum(each[n].verdict == "worse" for each in pairs) >= 9, measure


def test_an_interval_that_took_samples_for_independent_would_be_too_narrow():
    rng = np.random.default_rng(22)
    steady, wavy = (noisy(rng, common=common)[0] for common in (0.0, 0.1))
    assert wavy.high - wavy.low > 3 * (steady.high - steady.low)


def test_the_error_of_a_ratio_is_that_of_independent_samples_where_they_are():
    rng = np.random.default_rng(23)
    hits = rng.binomial(100, 0.05, size=(200, 64))
    reaches = [error([(hit, 100) for hit in run]) for run in hits]
    expected = 1.96 * math.sqrt(0.05 * 0.95 / 6400)
    assert expected < np.mean(reaches) < 2 * expected
    missed = [abs(run.mean() / 100 - 0.05) > reach for run, reach in zip(hits, reaches, strict=True)]
    assert np.mean(missed) <= 0.05


def test_a_short_run_tells_of_no_interval():
    [p50, *_] = noisy(np.random.default_rng(24), slices=7)
    assert (p50.low, p50.high) == (None, None)
    assert error([(1, 2)] * 7 + [(0, 0)] * 9) is None


def test_the_warm_up_has_no_say():
    wild, calm = [[{50_000: 100}] * 10 + [{200_000: 100}] * 10, [{50_000: 40, 100_000: 30, 200_000: 30}] * 20]
    wild, calm = (
        [Interval(start=begun + 2.0 * n, length=2.0, times={"ack": pack(each)}) for n, each in enumerate(all_)]
        for begun, all_ in ((0.0, wild), (40.0, calm))
    )
    measures = Measures()
    measures.add({"ack": {50_000: 800, 100_000: 600, 200_000: 600}})
    told = [slo("ack.p50", 0.1, None, None)]
    [warm] = bounded(told, measures, [*wild, *calm], warm_up=40.0)
    [cold] = bounded(told, measures, [*wild, *calm])
    assert warm.high == pytest.approx(0.1, rel=0.01)
    assert cold.high == pytest.approx(0.2, rel=0.01)


def test_success_is_bounded_by_the_sessions_that_ended():
    def bounds(*ended):
        course = [Interval(start=2.0 * n, length=2.0, ended=each) for n, each in enumerate(ended)]
        good, all_ = sum(each.get("done", 0) for each in ended), sum(map(sum, (each.values() for each in ended)))
        told = slo("session.success", good / all_, None, None, threshold="≥ 99%", samples=all_)
        [found] = bounded([told], Measures(), course)
        return found.low, found.high

    low, high = bounds(*[{"done": 50}] * 20)
    assert (round(low, 3), high) == (0.996, 1.0)
    even = bounds(*[{"done": 45, "failed": 5}] * 20)
    bursts = bounds(*[{"done": 50}] * 16, *[{"done": 25, "failed": 25}] * 4)
    assert even[0] < 0.9 < even[1]
    assert bursts[1] - bursts[0] > 3 * (even[1] - even[0])


def test_a_maximum_has_no_interval():
    [found] = bounded([slo("ack.max", 0.3, None, None)], Measures(), [])
    assert (found.low, found.high) == (None, None)


# What can be compared


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "steady"}, "scenario: load mixed against load steady"),
        ({"profile": "other"}, "profile: default against other (run both with the same --profile)"),
        ({"harness": "9"}, "against 9"),
        ({"warm_up": 5.0}, "warm-up in seconds: 0.0 against 5.0"),
        ({"slos": [slo(threshold="< 1 s")]}, "SLO ack.p95: < 500 ms against < 1 s"),
        ({"slos": [slo(), slo("ack.p50")]}, "SLO ack.p50: nothing against < 500 ms"),
        ({"environment": None}, "environment: not both reports tell of it"),
        ({"environment": msgspec.structs.replace(HERE, cores=8)}, "cores: 2 against 8"),
        ({"environment": msgspec.structs.replace(HERE, settings={"users": "9"})}, "users: 20 against 9"),
        (
            {"environment": msgspec.structs.replace(HERE, scenario="t")},
            "the scenarios differ in what they send, or when",
        ),
    ],
)
def test_runs_that_are_not_alike_are_not_compared_unless_told_to(fields, words, capsys):
    assert any(words in each for each in unlike(load_run(), load_run(**fields)))
    old, new = stored("old", load_run()), stored("new", load_run(**fields))
    assert main(["compare", old, new]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert words in told
    assert "--anyway" in told
    assert main(["compare", old, new, "--anyway"]) == ExitCode.OK
    assert words in capsys.readouterr().out


def test_host_seed_and_time_may_differ():
    assert unlike(load_run(), load_run(host="http://b", seed=2, started=1.8e9, seconds=90.0)) == []


def test_the_thresholds_of_a_search_are_those_of_its_levels():
    old, new = (search_run(8, 16, level(8)) for _ in range(2))
    assert unlike(old, new) == []
    new.capacity[0].levels = [msgspec.structs.replace(level(8), attainments=[attained(0.1, threshold="< 1 s")])]
    assert unlike(old, new) == ["SLO ack.p95: < 500 ms against < 1 s"]


def test_this_machine_is_known():
    found = here("digest", {"users": "3"})
    assert (found.scenario, found.settings) == ("digest", {"users": "3"})
    assert 1 <= found.cores <= os.cpu_count()
    assert found.python.startswith("CPython 3.")
    assert found == here("digest", {"users": "3"})


def test_a_scenario_is_known_by_what_it_sends_and_when():
    mixed = digest(load_workload("mixed"))
    assert mixed == digest(load_workload("mixed"))
    assert len({mixed, digest(load_workload("plain")), digest(load_workload("steps"))}) == 3
    words = "load: a\nmix: {plain: 1}\narrivals: {model: closed, users: %d}\n"
    seen = set()
    for users, comment in ((3, ""), (3, "# words\n"), (4, "")):
        Path("a.yaml").write_text(comment + words % users)
        seen.add(digest(load_workload("a.yaml")))
    assert len(seen) == 2


# The command


def test_a_regression_is_told_and_ends_with_1(capsys):
    old, new = stored("old", load_run()), stored("new", load_run(slo(figure=0.2, low=0.19, high=0.21)))
    assert main(["compare", old, new]) == ExitCode.BROKEN
    out = capsys.readouterr().out
    assert "new held against old" in out
    assert "Worse: ack.p95 +100.0%" in out
    assert main(["compare", old, new, "--tolerance", "150%"]) == ExitCode.OK
    assert "within the tolerance of 150%" in capsys.readouterr().out
    assert main(["compare", new, old]) == ExitCode.OK
    assert "Better: ack.p95 -50.0%" in capsys.readouterr().out


def test_capacities_of_reports_are_compared(capsys):
    names = [
        stored(name, search_run(*found, level(8)))
        for name, found in {"old": (98, 103), "same": (97, 102), "worse": (86, 94)}.items()
    ]
    assert main(["compare", *names[:2]]) == ExitCode.OK
    assert "No evidence either way." in capsys.readouterr().out
    assert main(["compare", *names]) == ExitCode.BROKEN
    out = capsys.readouterr().out
    assert "same held against old" in out
    assert "worse held against old" in out
    assert "Worse: capacity -12.2% (-16.5% to -4.1%)." in out
    assert main(["compare", names[0], names[2], "--tolerance", "5%"]) == ExitCode.OK


def test_what_is_newly_broken_is_named(capsys):
    broken = Assessment(tallies={"CHUNK-2": Tally(failed=3)}, ledger=Ledger({"done": 100}))
    old, new = stored("old", load_run()), stored("new", load_run(assessment=broken))
    main(["compare", old, new])
    assert "broken in the new run alone: CHUNK-2" in capsys.readouterr().out
    main(["compare", new, old])
    assert "no longer broken: CHUNK-2" in capsys.readouterr().out
    early = search_run(98, 103)
    early.capacity[0].breaks = {"START-1": 64.0}
    assert compared(search_run(98, 103), early, ("a", "b")).notes == [
        "broken in the new run alone: START-1 (from 64 on)"
    ]


@pytest.mark.parametrize("which", [0, 1])
def test_an_invalid_run_proves_nothing(which, capsys):
    runs = [load_run(), load_run(slo(figure=0.2, low=0.19, high=0.21))]
    runs[which].invalid = ["a worker was lost"]
    names = [stored(name, run) for name, run in zip(("old", "new"), runs, strict=True)]
    assert main(["compare", *names]) == ExitCode.NO_VERDICT
    assert f"{names[which]} is invalid: a worker was lost" in capsys.readouterr().out


def test_an_invalid_search_proves_nothing(capsys):
    ill = search_run(86, 94)
    ill.capacity[0].valid, ill.capacity[0].reasons = False, ["the generator was the limit"]
    assert main(["compare", stored("old", search_run(98, 103)), stored("new", ill)]) == ExitCode.NO_VERDICT
    assert "new is invalid: the generator was the limit" in capsys.readouterr().out


def test_runs_too_short_for_intervals_get_no_verdict(capsys):
    short = load_run(slo(low=None, high=None))
    assert main(["compare", stored("old", short), stored("new", short)]) == ExitCode.NO_VERDICT
    assert "no figure of both runs has an interval" in capsys.readouterr().out


def test_a_comparison_for_a_pull_request():
    run = load_run(slo(figure=0.2, low=0.19, high=0.21), host=EVIL, name=EVIL)
    old, new = stored("old", load_run()), stored("new", run)
    assert main(["compare", old, new, "--anyway", "--markdown", "c.md"]) == ExitCode.BROKEN
    text = Path("c.md").read_text()
    assert text.startswith("## Worse: ack.p95 +100.0% ")
    assert "| 🔴 worse |" in text
    assert "scenario: load mixed against" in text
    assert "<b>" not in text
    assert "\x1b" not in text


def spoiled(name, text):
    stored(name, load_run())
    Path(name, "summary.json").write_text(text)
    return name


def newer():
    stored("newer", load_run())
    path = Path("newer/summary.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 99}))
    return "newer"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: "nowhere", "nowhere: no report can be read here: No such file"),
        (lambda: Path("file").touch() or "file", "file: no report can be read here: Not a directory"),
        (lambda: f"{stored('b', load_run())}/summary.json", "name the report's folder, b"),
        (lambda: Path("empty").mkdir() or "empty", "empty: holds no report (summary.json is missing); name"),
        (lambda: spoiled("b", "{"), "b: not a report"),
        (lambda: spoiled("b", "\x00\udcff".encode("utf-8", "surrogateescape").decode("latin-1")), "b: not a report"),
        (newer, "its schema is 99"),
        (lambda: str(Path(stored("shelf/b", load_run())).parent), "name one of the reports in it: shelf/b"),
        (lambda: stored("b", load_run(slos=[])), "b: a load run without figures"),
        (lambda: "old", "old is named twice"),
        (lambda: Path("link").symlink_to("old") or "link", "old and link are the same folder"),
    ],
)
def test_what_can_not_be_compared_gets_a_clear_word(make, words, capsys):
    stored("old", load_run())
    assert main(["compare", "old", make()]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert told.startswith("live-harness: ")
    assert words in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("tolerance", "words"),
    [
        ("5", "'5' can't be read"),
        ("-5%", "'-5%' can't be read"),
        ("x", "expected a percentage"),
        ("nan%", "0% or more"),
    ],
)
def test_a_tolerance_is_a_percentage(tolerance, words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["compare", "a", "b", f"--tolerance={tolerance}"])
    assert caught.value.code == ExitCode.USAGE
    assert words in capsys.readouterr().err


def test_a_file_that_can_not_be_written_is_named(capsys):
    old, new = stored("old", load_run()), stored("new", load_run())
    assert main(["compare", old, new, "--markdown", "none/c.md"]) == ExitCode.USAGE
    assert "--markdown none/c.md: can't be written" in capsys.readouterr().err


def test_the_folder_of_reports_given_to_report_is_answered_with_their_names(capsys):
    for n in range(7):
        stored(f"shelf/{n}", load_run(measures=[Measure("ack", 3, 0.1, 0.1, 0.2, 0.3, 0.4)]))
    assert main(["report", "shelf"]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert "name one of the reports in it: shelf/6, shelf/5, shelf/4, shelf/3, shelf/2, and 2 older ones" in told
