"""How a load run ends: the exit code for everything that can be true of it, and the parts of several processes."""

import msgspec
import pytest

from harness.errors import ExitCode
from harness.load.part import Part
from harness.load.verdict import conclude
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding, Tally
from harness.oracle.ledger import Ledger
from harness.report.run import SloResult

GOOD = {"CHUNK-1": Tally(passed=3)}
BAD = {"CHUNK-1": Tally(passed=3), "CHUNK-3": Tally(failed=1)}
MET, MISSED, UNKNOWN = (SloResult("ack.p99", "< 1 s", "", met) for met in (True, False, None))


def part(tallies=GOOD, *, faults=None, crashes=(), unanswered=0, requests=None, trouble=None, sessions=None):
    sessions = {"done": 3, "interrupted": 1} if sessions is None else sessions
    requests = {"start": 4} if requests is None else requests
    ledger = Ledger(sessions=sessions, requests=requests, trouble=trouble or {})
    assessment = Assessment(tallies=dict(tallies), ledger=ledger, crashes=list(crashes))
    return Part(assessment=assessment, faults=faults or {}, unanswered=unanswered)


UNREACHED = part({}, trouble={"start: unreachable": 4}, unanswered=4)


@pytest.mark.parametrize(
    ("seen", "slos", "circumstances", "code"),
    [
        (part(), [], {}, ExitCode.OK),
        (part(), [MET], {}, ExitCode.OK),
        (part(BAD), [MET], {}, ExitCode.BROKEN),
        (part(), [MET, MISSED], {}, ExitCode.BROKEN),
        (part(), [MET, UNKNOWN], {}, ExitCode.NO_VERDICT),
        (part(), [MISSED, UNKNOWN], {}, ExitCode.BROKEN),
        (part({}), [], {}, ExitCode.NO_VERDICT),
        (Part(), [], {}, ExitCode.NO_VERDICT),
        (part({"START-1": Tally(inconclusive=4)}), [], {}, ExitCode.NO_VERDICT),
        (UNREACHED, [MISSED], {}, ExitCode.UNUSABLE),
        (part(unanswered=3), [MISSED], {}, ExitCode.UNUSABLE),
        (part({}, unanswered=3), [], {}, ExitCode.UNUSABLE),
        (part(unanswered=2), [], {}, ExitCode.OK),
        (part(unanswered=1, sessions={"interrupted": 1}), [UNKNOWN], {}, ExitCode.UNUSABLE),
        (part(sessions={"interrupted": 5}), [], {}, ExitCode.NO_VERDICT),
        (part(sessions={"interrupted": 5}), [MISSED], {}, ExitCode.BROKEN),
        (part(sessions={"cancelled": 1}), [], {}, ExitCode.OK),
        (part(BAD, unanswered=3), [], {}, ExitCode.BROKEN),
        (part(), [MISSED], {"invalid": ["worker 1 was late"]}, ExitCode.NO_VERDICT),
        (part(BAD), [], {"invalid": ["worker 1 was late"]}, ExitCode.BROKEN),
        (part(BAD), [MISSED], {"interrupted": True}, ExitCode.INTERRUPTED),
        (part(BAD, faults={"KeyError": 1}), [], {"interrupted": True}, ExitCode.HARNESS),
        (part(crashes=["Check.event: boom"]), [], {}, ExitCode.HARNESS),
        (UNREACHED, [], {"invalid": ["worker 1 was late"]}, ExitCode.NO_VERDICT),
        (part({}, unanswered=3), [], {"invalid": ["worker 1 was late"]}, ExitCode.NO_VERDICT),
        (part(), [MISSED], {"invalid": ["worker 1 was late"], "interrupted": True}, ExitCode.INTERRUPTED),
    ],
)
def test_the_exit_code(seen, slos, circumstances, code):
    assert conclude(seen, slos, **circumstances).exit_code is code


def test_the_headline_names_what_it_is_about():
    assert "CHUNK-3" in conclude(part(BAD), []).headline
    assert "CHUNK-3" in conclude(part(BAD), [], interrupted=True).headline
    assert "ack.p99" in conclude(part(), [MISSED]).headline
    assert "ack.p99" in conclude(part(), [UNKNOWN]).headline
    assert "1 of " in conclude(part(), [MET]).headline
    assert "came to its end" in conclude(part(sessions={}), []).headline
    assert "worker 1" in conclude(part(), [], invalid=["worker 1 was late", "and more"]).headline
    assert "KeyError" in conclude(part(faults={"KeyError": 1}), []).headline


def all_failed(requests, slos=(MISSED,)):
    return conclude(part(requests={"start": requests}, trouble={"start: 500": 40}, sessions={"failed": 12}), slos)


def test_a_run_whose_sessions_all_failed_says_so_with_the_causes():
    useless = all_failed(40)
    assert useless == (ExitCode.UNUSABLE, "The API could not be used: all 12 sessions failed: start: 500 (40).")
    assert all_failed(52).exit_code is ExitCode.BROKEN
    assert "; 12 of 12 sessions failed" in all_failed(52).headline
    assert all_failed(52, [UNKNOWN]) == (ExitCode.NO_VERDICT, "No verdict: all 12 sessions failed: start: 500 (40).")


def test_the_headline_counts_the_sessions_that_failed():
    assert (
        "; 1 of 4 sessions failed, but missed" in conclude(part(sessions={"done": 3, "failed": 1}), [MISSED]).headline
    )


def whole(*parts):
    merged = Part()
    for each in parts:
        merged.merge(msgspec.json.decode(msgspec.json.encode(each), type=Part))
    return merged


def test_parts_add_up():
    finding = Finding("CHUNK-3", "s", "quick", 1, 0.5, "refused", "answered 200")
    one = part(BAD, faults={"KeyError": 1})
    one.assessment.findings.append(finding)
    one.sampled = ["histories/a.jsonl"]
    merged = whole(one, one, part())
    assert (merged.faults, merged.sent) == ({"KeyError": 2}, 12)
    assert merged.assessment.tallies["CHUNK-3"].failed == 2
    assert merged.assessment.findings == [finding, finding]
    assert merged.sampled == ["histories/a.jsonl"] * 2


@pytest.mark.parametrize(
    ("unanswered", "gone"),
    [
        ([5, 5], True),
        ([5, 0], False),
        ([0, 5], False),
        ([], False),
    ],
)
def test_the_sut_is_gone_when_no_process_reached_it_any_more(unanswered, gone):
    assert whole(*(part(unanswered=count) for count in unanswered)).gone is gone


def test_a_process_that_sent_nothing_knows_nothing_of_the_sut():
    idle = part({}, requests={})
    assert whole(idle, part(unanswered=5)).gone
    assert whole(part(unanswered=5), idle).gone


@pytest.mark.parametrize(
    ("tallies", "slos", "code"),
    [(GOOD, [MET], ExitCode.NO_VERDICT), (GOOD, [MISSED], ExitCode.BROKEN), (BAD, [MET], ExitCode.BROKEN)],
)
def test_arrivals_that_found_no_room_excuse_no_sut_and_let_none_pass(tallies, slos, code):
    there = [msgspec.structs.replace(part(tallies), arrivals=50, turned_away=away) for away in (0, 3)]
    assert conclude(whole(*there), slos).exit_code is code


def test_arrivals_that_found_no_room_are_counted_over_all_processes():
    there = [msgspec.structs.replace(part(), arrivals=50, turned_away=away) for away in (0, 3)]
    assert "3 of 100 arrivals" in conclude(whole(*there), []).headline
