"""JUnit's XML: well-formed whatever a server says, in a shape that CI systems read, and green only where exit is 0."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ExitCode
from harness.history.observations import Returned, Sent
from harness.oracle.assessment import Assessment, Part
from harness.oracle.checks import CHECKED
from harness.oracle.judge import Finding, Tally
from harness.report.junit import junit, unfinished
from harness.report.run import Excuse, Run

TRAIL = (
    Sent(1, "chunk", 5.0, 5.0, seq="2", size=9),
    Returned(1, 5.25, 200, content_type="text/plain", body="take that ]]> \x00\x1b[31m \ud800 \ufffe <b>"),
)
FAILED = Tally(failed=2)


def run(tallies=(), *, code=ExitCode.OK, aims=None, text="x", **fields):
    tallies = {name: Tally(passed=1) for name in CHECKED} | dict(tallies)
    failed = [name for name, tally in tallies.items() if tally.failed]
    assessment = Assessment(
        tallies,
        [Finding(name, "gap-7", "gap", 3, 0.25, f"expected {text}", f"happened {text}", TRAIL) for name in failed],
        crashes=fields.pop("crashes", []),
        scenarios={"gap": Part({name: tallies[name] for name in ("CHUNK-3", "CTRL-1")}, 1, 1.23456)},
    )
    fields = {"probes": {"gap": ("CHUNK-3",), "other": ("CTRL-1",)}, "replays": {"gap-7": f"replay {text}"}} | fields
    return Run("conform", "conform", "http://sut", 1.7e9, 9.0, 5, "mine", code, text, assessment, aims=aims, **fields)


def cases(report):
    """The outcome of each case, by class and name: None where it is green."""
    root = ET.fromstring(junit(report))  # noqa: S314 -- our own
    return {
        f"{case.get('classname').removeprefix('live-harness.')} {case.get('name')}": (case[0] if len(case) else None)
        for case in root.iter("testcase")
    }


def test_a_conformant_run_is_green():
    told = cases(run())
    assert told.pop("probes other").get("message") == "it did not run"
    assert set(told.values()) == {None}
    assert {f"requirements {name}" for name in CHECKED} <= told.keys()


def test_a_broken_requirement_is_a_failure_with_all_that_shows_it():
    failure = cases(run({"CHUNK-3": FAILED}, code=ExitCode.BROKEN))["requirements CHUNK-3"]
    assert (failure.tag, failure.get("message"), failure.get("type")) == ("failure", "happened x", "broken")
    for words in ("leaves a gap", "source: Recipe 2", "expected: expected x", "chunk 2 (9 bytes)", "← 200", "replay x"):
        assert words in failure.text


def test_the_probe_that_showed_it_fails_as_well():
    told = cases(run({"CHUNK-3": FAILED}, code=ExitCode.BROKEN))["probes gap"]
    assert (told.tag, told.get("message")) == ("failure", "CHUNK-3 broken")
    assert "replay x" in told.text


@pytest.mark.parametrize("tally", [Tally(), Tally(inconclusive=1, reasons=["a slow answer"])])
def test_what_has_no_verdict_and_needs_one_is_an_error_of_its_own_type(tally):
    told = cases(run({"CHUNK-3": tally}, code=ExitCode.NO_VERDICT))["requirements CHUNK-3"]
    assert (told.tag, told.get("type")) == ("error", "undecided")
    assert all(reason in told.get("message") for reason in tally.reasons)


def test_what_the_run_did_not_aim_at_is_skipped():
    told = cases(run({"CHUNK-3": Tally(inconclusive=1)}, aims=["CTRL-1"]))["requirements CHUNK-3"]
    assert told.tag == "skipped"


@pytest.mark.parametrize("tally", [FAILED, Tally(inconclusive=1)])
def test_what_has_an_excuse_is_skipped_with_the_reason(tally):
    told = cases(run({"CHUNK-3": tally}, excuses=[Excuse("CHUNK-3", "known", "until the gateway goes")]))
    assert told["requirements CHUNK-3"].tag == "skipped"
    assert "until the gateway goes" in told["requirements CHUNK-3"].get("message")
    assert told["probes gap"] is None or told["probes gap"].tag == "skipped"


def test_an_excuse_in_one_probe_leaves_the_requirement_broken():
    told = cases(run({"CHUNK-3": FAILED}, code=1, excuses=[Excuse("CHUNK-3", "known", "why", "gap")]))
    assert told["requirements CHUNK-3"].tag == "failure"
    assert told["probes gap"].tag == "skipped"


@pytest.mark.parametrize(("code", "tag"), [(ExitCode.BROKEN, "failure"), (ExitCode.NO_VERDICT, "error")])
def test_the_verdict_is_green_only_where_the_gate_is(code, tag):
    verdict = cases(run({"CHUNK-3": FAILED}, code=code, text="CHUNK-3 broken"))["gate verdict"]
    assert (verdict.tag, verdict.get("message"), verdict.get("type")) == (tag, "CHUNK-3 broken", "gate")


def test_an_outdated_baseline_fails():
    told = cases(run(code=ExitCode.BROKEN, outdated={"CHUNK-3 in gap": "stale"}))
    assert told["gate baseline: CHUNK-3 in gap"].tag == "failure"


@pytest.mark.parametrize("code", [code for code in ExitCode if code not in {ExitCode.OK, ExitCode.BROKEN}])
def test_a_run_that_has_no_verdict_is_never_green(code):
    told = cases(run(code=code, text="why", crashes=["a check crashed"]))["gate verdict"]
    assert (told.tag, told.get("message")) == ("error", "why")
    assert "a check crashed" in told.text


def test_a_run_that_came_to_no_end_is_an_error():
    root = ET.fromstring(unfinished(run(text="killed")))  # noqa: S314 -- our own
    assert [error.get("message") for error in root.iter("error")] == ["killed"]


def test_it_has_the_shape_that_ci_systems_read():
    root = ET.fromstring(junit(run({"CHUNK-3": FAILED, "CTRL-1": Tally()}, code=1)))  # noqa: S314 -- our own
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"} == suite.attrib.keys()
        properties = {p.get("name"): p.get("value") for p in suite.find("properties")}
        assert properties["host"] == "http://sut"
        assert {"seed", "profile", "catalogue", "harness"} < properties.keys()
        found = suite.findall("testcase")
        assert [child.tag for child in suite] == ["properties"] + ["testcase"] * len(found)
        assert int(suite.get("tests")) == len(found)
        for tag, count in {"failure": "failures", "error": "errors", "skipped": "skipped"}.items():
            assert int(suite.get(count)) == sum(case.find(tag) is not None for case in found)
        for case in found:
            assert {"classname", "name", "time"} == case.attrib.keys()
            assert len(case) <= 1
            assert float(case.get("time")) >= 0
    assert root.find(".//testcase[@name='gap']").get("time") == "1.235"


@given(st.text(st.characters(codec=None)))
def test_hostile_text_gives_well_formed_xml(text):
    report = run(
        {"CHUNK-3": FAILED, "CTRL-1": Tally(inconclusive=1, reasons=[text])},
        text=text,
        code=ExitCode.HARNESS,
        notes=[text],
        crashes=[text],
        outdated={text: text},
        excuses=[Excuse("CTRL-1", "known", text)],
    )
    for words in (junit(report), unfinished(report)):
        root = ET.fromstring(words.encode())  # noqa: S314 -- our own, and expat refuses what XML 1.0 forbids
        assert all(case.get("name") for case in root.iter("testcase")) or not text
