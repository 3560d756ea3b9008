"""Service level objectives: what holds, what does not, and what can't be said."""

import pytest

from harness.documents import quantities
from harness.load.measures.histograms import Measures
from harness.load.measures.slo import DEFAULT, FLOORS, evaluate, in_words
from harness.load.measures.times import Times
from harness.load.workload import load_workload
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Tally
from harness.oracle.ledger import Ledger
from harness.scenario.load import Slo


def judge(measure, threshold, *, times=None, sessions=None, tallies=None):
    counted, measures = Times(), Measures()
    for name, seconds in (times or {}).items():
        for each in seconds:
            counted.record(name, 0.0, each)
    measures.add(counted.counts)
    assessment = Assessment(tallies=tallies or {}, ledger=Ledger(sessions=sessions or {}))
    [result] = evaluate([Slo(measure, quantities.threshold(threshold))], measures, assessment)
    return result


@pytest.mark.parametrize(
    ("threshold", "met"),
    [("< 250ms", False), ("< 251ms", True), ("≤ 1s", True), ("> 100ms", True), ("> 1s", False), ("≥ 250ms", True)],
)
def test_a_time_is_held_against_its_threshold(threshold, met):
    result = judge("ack.p50", threshold, times={"ack": [0.25]})
    assert result.met is met
    assert (result.measure, result.value, result.why) == ("ack.p50", "250 ms", "1 samples")


@pytest.mark.parametrize("words", ["< 500 ms", "≤ 3 s", "≥ 99.5%", "= 0"])
def test_a_threshold_in_words_reads_as_it_was_written(words):
    assert in_words(quantities.threshold(words.replace(" ms", "ms").replace(" s", "s"))) == words


def test_what_was_demanded_is_shown_as_people_write_it():
    assert judge("ack.p99", "< 500ms").threshold == "< 500 ms"
    assert judge("session.success", ">= 99.5%").threshold == "≥ 99.5%"
    assert judge("findings", "= 0").threshold == "= 0"


@pytest.mark.parametrize(("statistic", "floor"), [("p90", 64), ("p95", 130), ("p99", 662), ("p99.9", 6636)])
def test_a_percentile_needs_enough_samples(statistic, floor):
    assert FLOORS[statistic] == floor
    few = judge(f"ack.{statistic}", "< 1s", times={"ack": [0.1] * (floor - 1)})
    enough = judge(f"ack.{statistic}", "< 1s", times={"ack": [0.1] * floor})
    assert (few.met, enough.met) == (None, True)
    assert few.why == f"{floor - 1:,} samples; {statistic} needs {floor:,}"


def test_the_right_percentile_of_the_right_measure():
    times = {"lag.final_transcript": [1.0] * 990 + [9.0] * 10, "lag.emotion": [20.0] * 1000}
    assert judge("lag.final_transcript.p99", "< 2s", times=times).met is True
    assert judge("lag.final_transcript.max", "< 2s", times=times).met is False
    assert judge("lag.final_transcript.p50", "< 2s", times=times).met is True
    many = {"ack": [0.1] * 9_980 + [5.0] * 20}
    assert judge("ack.p99", "< 1s", times=many).met is True
    assert judge("ack.p99.9", "< 1s", times=many).met is False


def test_nothing_measured_is_not_met():
    for measure in ("drain.mean", "drain.max", "drain.p50", "lag.done.p99.9"):
        assert (judge(measure, "< 1s").met, judge(measure, "< 1s").why) == (None, "nothing was measured")


@pytest.mark.parametrize(
    ("sessions", "met", "value"),
    [
        ({"done": 199, "failed": 1}, True, "99.5%"),
        ({"done": 198, "failed": 2}, False, "99%"),
        ({"done": 50, "cancelled": 50, "expired": 50, "abandoned": 50}, True, "100%"),
        ({"done": 199, "failed": 1, "interrupted": 900}, True, "99.5%"),
        ({"failed": 3}, False, "0%"),
        ({"interrupted": 3}, None, "-"),
        ({}, None, "-"),
    ],
)
def test_success_counts_the_sessions_that_came_to_an_end(sessions, met, value):
    result = judge("session.success", "≥ 99.5%", sessions=sessions)
    assert (result.met, result.value) == (met, value)


def test_a_call_by_itself_has_the_default_slo_and_a_load_that_sets_some_has_those():
    assert load_workload("plain").slos == (DEFAULT,)
    assert DEFAULT.measure not in {slo.measure for slo in load_workload("steps").slos}
    [result] = evaluate(load_workload("plain").slos, Measures(), Assessment(ledger=Ledger({"done": 11, "failed": 1})))
    assert (result.threshold, result.value, result.met) == ("≥ 99% (default)", "91.66%", False)


def test_findings_are_counted_once_something_was_judged():
    assert judge("findings", "= 0").met is None
    assert judge("findings", "= 0", tallies={"CHUNK-1": Tally(passed=1)}).met is True
    broken = judge("findings", "= 0", tallies={"CHUNK-1": Tally(passed=5, failed=2), "CHUNK-2": Tally(failed=1)})
    assert (broken.met, broken.value) == (False, "3")


@pytest.mark.parametrize(("overdue", "met"), [(0, True), (1, True), (2, None)])
def test_sessions_that_waited_in_vain_perhaps_leave_it_open_where_they_would_decide(overdue, met):
    result = judge("session.success", "≥ 99%", times={"overdue": [8.0] * overdue}, sessions={"done": 100})
    assert result.met is met
