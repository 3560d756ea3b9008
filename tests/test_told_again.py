"""Sessions drawn from the histories of a report's folder, reports told again, and recorded histories reported on."""

import json
import re
from pathlib import Path

import pytest

from harness.cli import main
from harness.contract.profile import Profile
from harness.errors import ExitCode, UsageError
from harness.history.file import encode
from harness.history.observations import Ended, Header, Returned, Sent
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding, Judge, Tally
from harness.oracle.ledger import Bookkeeper
from harness.report.folder import open_folder, write_report
from harness.report.markdown import markdown
from harness.report.page import page
from harness.report.run import Excuse, Measure, Run, SloResult
from harness.report.stored import read_report
from harness.report.summary import summary
from harness.report.told import tell

DATE = "Sun, 22 Nov 2026 14:07:56 GMT"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def session(label, acks=(10, 19)):
    """A session whose acks report these totals of ten-byte chunks."""
    header = Header(label, "call", 7, "", "1", "0", "http://h", Profile(), wall=1e9, mono=50.0)
    start = {"session_id": f"{label} {acks}", "chunk_endpoint": "/c", "events_endpoint": "/e", "control_endpoint": "/o"}
    yield header
    yield Sent(1, "start", 50.0, 50.0)
    body = start | {"expires_at": "2026-11-22T15:07:56Z"}
    yield Returned(1, 50.1, 201, content_type="application/json", date=DATE, body=body, is_json=True)
    for n, total in enumerate(acks):
        yield Sent(2 + n, "chunk", 51.0 + n, 51.0 + n, seq=str(n), size=10, audio=f"a@{10 * n}")
        yield Returned(2 + n, 51.1 + n, 200, body={"received_bytes": total}, is_json=True)
    yield Ended(60.0, "abandoned")


def recorded(path, label, acks=(10, 19)):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(map(encode, session(label, acks))))


def judged(*labels):
    assessment = Assessment()
    for label in labels:
        judge, books = Judge(Profile()), Bookkeeper()
        for observation in session(label):
            judge.observe(observation)
            if not isinstance(observation, Header):
                books(observation)
        assessment.add(label, judge, books)
    assert assessment.broken == ["CHUNK-2"]
    return assessment


def run(assessment, kind="conform", **fields):
    return Run(kind, kind, "http://h", 1.7e9, 12.0, 1, "default", 1, "Not conformant.", assessment, **fields)


# Sessions are drawn from their histories


def test_a_session_is_drawn_from_its_history(tmp_path):
    recorded(tmp_path / "histories" / "a.jsonl", "a")
    ((_, (told,)),) = tell(run(judged("a"), sampled=["histories/a.jsonl"]), tmp_path)
    assert told.number == told.drawn_at == 1
    assert told.history == "histories/a.jsonl"
    assert told.timeline.length == "10 s"  # to its end, which came after the finding
    assert [mark.label for mark in told.timeline.marks] == ["1"]


@pytest.mark.parametrize("there", [True, False])
def test_without_a_history_the_last_steps_are_drawn(tmp_path, there):
    sampled = []
    if there:  # but spoiled
        sampled = ["histories/a.jsonl"]
        (tmp_path / "histories").mkdir()
        (tmp_path / "histories" / "a.jsonl").write_text("no history\n")
    ((_, (told,)),) = tell(run(judged("a"), sampled=sampled), tmp_path)
    assert told.timeline.length == "2.1 s"
    assert [mark.label for mark in told.timeline.marks] == ["1"]


def test_a_session_with_several_findings_is_drawn_once_with_all_its_marks(tmp_path):
    recorded(tmp_path / "histories" / "a.jsonl", "a")
    assessment = judged("a")
    assessment.tallies["START-1"] = Tally(failed=1)
    assessment.findings.append(Finding("START-1", "a", "call", 7, 0.1, "", "", assessment.findings[0].trail[:2]))
    (_, (first,)), (_, (second,)) = tell(run(assessment, sampled=["histories/a.jsonl"]), tmp_path)
    assert [mark.label for mark in first.timeline.marks] == ["2", "1"]
    assert second.timeline is None
    assert second.drawn_at == 1


def test_a_page_draws_only_so_many_sessions(tmp_path):
    trail = judged("a").findings[0].trail
    findings = [Finding("CHUNK-2", f"s{n}", "call", 7, 2.1, "", "", trail) for n in range(100)]
    ((_, told),) = tell(run(Assessment({"CHUNK-2": Tally(failed=100)}, findings)), tmp_path)
    assert sum(each.timeline is not None for each in told) == 40
    assert [each.number for each in told] == list(range(1, 101))
    assert told[-1].drawn_at == 0


def test_a_finding_of_no_single_moment_has_its_session_drawn_without_a_mark(tmp_path):
    recorded(tmp_path / "histories" / "a.jsonl", "a")
    across = Finding("START-4", "a", "call", 7, 0.0, "an id of its own", "that of b")
    told = run(Assessment({"START-4": Tally(failed=1)}, [across]), sampled=["histories/a.jsonl"])
    ((_, (shown,)),) = tell(told, tmp_path)
    assert shown.timeline.marks == []
    assert shown.exhibit == []
    for text in (markdown(told), page(told, tmp_path)):
        assert "seen by comparing sessions" in text
    assert "```text\n```" not in markdown(told)


# A report is told again


def whole_run():
    assessment = judged("a")
    assessment.notes = {"CHUNK-3": {"gap": {"409 JSON": 2, "400 text": 1}}}
    assessment.tallies["CHUNK-4"] = Tally(inconclusive=1, reasons=["why"])
    assessment.problems, assessment.too_long, assessment.crashes = ["a: gone"], {"a: expiry": 900.0}, ["a check"]
    return run(
        assessment,
        notes=["a note"],
        aims=["CHUNK-2", "CHUNK-3"],
        replays={"a": "live-harness replay call --seed 7"},
        measures=[Measure("ack", 3, 0.1, 0.1, 0.2, 0.3, 0.4)],
        slos=[SloResult("ack.p99", "< 1 s", "2 s", met=False)],
        excuses=[Excuse("CHUNK-2", "known", "ticket 7")],
        outdated={"CHUNK-5": "no longer fails"},
    )


def test_a_run_comes_back_out_of_its_folder(tmp_path):
    told = whole_run()
    write_report(told, tmp_path)
    again = read_report(tmp_path)
    assert summary(again) == summary(told)
    assert again.assessment.findings == told.assessment.findings
    assert again.replays == told.replays


def test_a_run_judged_by_another_catalogue_says_so(tmp_path):
    write_report(run(judged("a"), catalogue="0"), tmp_path)
    assert any("judged by catalogue 0" in note for note in read_report(tmp_path).notes)


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        ("conform", [], "CHUNK-2"),
        ("load", [], "ack.p99"),
        ("load", ["--format", "terminal"], "measure"),
        ("conform", ["--format", "markdown"], "<details><summary><b>CHUNK-2</b>"),
        ("conform", ["--format", "html"], "<svg class="),
        ("conform", ["--format", "json"], '"schema": 2'),
    ],
)
def test_a_report_is_told_again_in_any_form(kind, arguments, words, capsys):
    told = whole_run()
    told.kind = kind
    folder = Path("reports/latest")
    folder.mkdir(parents=True)
    write_report(told, folder)
    assert main(["report", *arguments]) == ExitCode.OK
    assert words in capsys.readouterr().out


def test_what_is_told_again_is_what_was_written(capsys):
    folder = open_folder(Path("reports"), "conform")
    write_report(whole_run(), folder)
    for form, name in {"markdown": "report.md", "html": "report.html", "json": "summary.json"}.items():
        assert main(["report", "--format", form]) == ExitCode.OK
        assert capsys.readouterr().out == (folder / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (None, "", "holds no report"),
        ("summary.json", "{", "not a report"),
        ("summary.json", "[" * 100_000, "not a report"),
        ("summary.json", "[]", "not a report"),
        ("summary.json", "{}", "not a report"),
        ("summary.json", '{"schema": 3}', "its schema is 3, and this live-harness reads up to 2; use a newer one"),
        ("summary.json", '{"schema": 0}', "its schema is 0, and this live-harness reads 1 to 2"),
        ("summary.json", '{"schema": 1}', "not a report"),
        ("findings.jsonl", '{"session": 1}', "not a report"),
    ],
)
def test_a_folder_that_holds_no_report_is_named(name, text, words):
    folder = Path("run")
    folder.mkdir()
    if name:
        write_report(whole_run(), folder)
        (folder / name).write_text(text)
    with pytest.raises(UsageError, match=re.escape(words)) as caught:
        read_report(folder)
    assert str(caught.value).startswith("run: ")


# Recorded histories are reported on


def test_a_check_can_leave_a_report_that_stands_by_itself(capsys):
    recorded(Path("old/a.jsonl"), "call-1")
    recorded(Path("older/a.jsonl"), "call-1", acks=(10, 20, 29))
    recorded(Path("old/b.jsonl"), "../../b", acks=(10, 20))
    assert main(["check", "old", "older", "--report", "reports"]) == ExitCode.BROKEN
    assert "report: reports/" in capsys.readouterr().out
    folder = Path("reports/latest")
    copies = {path.stem: path.read_bytes() for path in (folder / "histories").iterdir()}
    assert len(copies) == 3
    assert all(re.fullmatch(r"[\w.-]+", label) for label in copies)
    findings = [json.loads(line) for line in (folder / "findings.jsonl").read_text().splitlines()]
    sessions = {finding["session"] for finding in findings}
    # Two sessions of one name are told apart, and each is drawn from its own history.
    assert len(sessions) == 2
    for finding in findings:
        assert finding["trail"][-1]["body"]["received_bytes"] in {19, 29}
        assert json.dumps(finding["trail"][-1]["body"]).replace(" ", "").encode() in copies[finding["session"]]
    assert (folder / "report.html").read_text().count("The whole session, 10 s") == 2
    assert main(["check", str(folder)]) == ExitCode.BROKEN


def test_a_check_leaves_nothing_behind_unless_it_is_told_to():
    recorded(Path("a.jsonl"), "a", acks=(10, 20))
    main(["check", "a.jsonl"])
    assert [path.name for path in Path().iterdir()] == ["a.jsonl"]
