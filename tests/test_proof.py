"""The kill matrix as data, and what it looks like on the terminal and in files."""

import io
import json

import msgspec
import pytest
from rich.console import Console

from harness.cli import main
from harness.errors import ExitCode
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding, Tally
from harness.proof.in_memory import assess, probes, serve
from harness.proof.matrix import CONFORMANT, SERVICES, Matrix, Row, Trip, headline, row
from harness.proof.pages import print_matrix, write_matrix
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.variants import VARIANTS

FOUND = Trip("gap", "chunk 4, which leaves a gap, is refused", "answered 200")


def service(name, trips=(), tripped=(), **more):
    fields = {"undecided": {}, "crashes": (), "seconds": 0.1} | more
    return Row(name, "Does something.", tuple(trips), dict.fromkeys(tripped, FOUND), **fields)


KILLED = service("killed", ["CHUNK-3"], ["CHUNK-3"])
SURVIVED = service("survived", ["CHUNK-3", "CHUNK-4"], ["CHUNK-4"], undecided={"CHUNK-3": "too little patience"})
BYSTANDER = service("bystander", ["CHUNK-3"], ["CHUNK-3", "CHUNK-1"])
HONEST = service("honest")
ACCUSED = service("accused", [], ["CHUNK-3"])
UNDECIDED = service("undecided", undecided={"START-3": "no Date"})
CRASHED = service("crashed", ["CHUNK-3"], ["CHUNK-3"], crashes=("a check raised",))


@pytest.mark.parametrize(
    ("judged", "is_right", "survivors", "bystanders", "unsure"),
    [
        (KILLED, True, [], [], []),
        (SURVIVED, False, ["CHUNK-3"], [], []),
        (BYSTANDER, False, [], ["CHUNK-1"], []),
        (HONEST, True, [], [], []),
        (ACCUSED, False, [], ["CHUNK-3"], []),
        (UNDECIDED, False, [], [], ["START-3"]),
        (CRASHED, False, [], [], []),
    ],
    ids=lambda value: value.name if isinstance(value, Row) else None,
)
def test_a_row_says_what_is_wrong_with_it(judged, is_right, survivors, bystanders, unsure):
    assert (judged.is_right, judged.survivors, judged.bystanders, judged.unsure) == (
        is_right,
        survivors,
        bystanders,
        unsure,
    )


def test_a_row_is_read_from_an_assessment():
    finding = Finding("CHUNK-3", "gap", "gap", 1, 0.0, FOUND.expected, FOUND.happened)
    tallies = {"CHUNK-3": Tally(failed=2), "CHUNK-1": Tally(passed=1), "CTRL-1": Tally(inconclusive=1, reasons=["?"])}
    found = row(MUTANTS["gap-accepted"], Assessment(tallies=tallies, findings=[finding, finding]), 0.5)
    assert found.tripped == {"CHUNK-3": FOUND}
    assert found.undecided == {"CTRL-1": "?"}
    assert found.is_right


def test_kills_are_counted_by_requirement():
    kills = Matrix([KILLED, SURVIVED, BYSTANDER, ACCUSED]).kills()
    assert kills["CHUNK-3"] == (2, 3)
    assert kills["CHUNK-4"] == (1, 1)
    assert kills["CHUNK-1"] == (0, 0)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([KILLED], "1 mutants: all judged rightly."),
        ([KILLED, HONEST, UNDECIDED], "1 mutants and 2 conformant services: judged wrongly: undecided."),
    ],
)
def test_the_headline_names_those_that_were_judged_wrongly(rows, told):
    assert headline(Matrix(rows)) == told


def printed(matrix):
    console = Console(file=io.StringIO(), width=160)
    print_matrix(matrix, console)
    return console.file.getvalue()


def test_the_terminal_shows_a_line_a_service_and_what_went_wrong():
    text = printed(Matrix([KILLED, SURVIVED, BYSTANDER, HONEST, UNDECIDED, CRASHED]))
    assert "killed" in text
    assert "CHUNK-3 is not found: too little patience" in text
    assert "CHUNK-1 is found by gap: expected chunk 4, which leaves a gap, is refused; answered 200" in text
    assert "START-3 is undecided: no Date" in text
    assert "a fault of the harness" in text
    assert "CHUNK-3 3/4" in text


def test_the_files_hold_every_service(tmp_path):
    matrix = Matrix([KILLED, SURVIVED, HONEST])
    write_matrix(matrix, tmp_path)
    told = json.loads((tmp_path / "mutants.json").read_bytes())
    assert [each["outcome"] for each in told["services"]] == ["killed", "SURVIVED", "left in peace"]
    assert msgspec.convert(told["services"], list[Row]) == matrix.rows
    page = (tmp_path / "mutants.md").read_text()
    assert page.count("\n| killed ") == page.count("\n| honest ") == 1
    assert "| CHUNK-3 | 1 of 2 |" in page
    assert "- survived: CHUNK-3 is not found" in page


def test_the_registers_are_joined_without_a_clash():
    assert SERVICES.keys() == MUTANTS.keys() | VARIANTS.keys() | {"sandbox"}
    assert len(SERVICES) == len(MUTANTS) + len(CONFORMANT)


def test_single_probes_can_be_chosen():
    gap = [probe for probe in probes() if probe.name == "gap"]
    assessment = assess(serve(MUTANTS["gap-accepted"].service), gap)
    assert assessment.broken == ["CHUNK-3"]
    assert {finding.session for finding in assessment.findings} == {"gap"}


# The command


def test_the_command_proves_the_named_ones(tmp_path, capsys):
    assert main(["mutants", "gap-accepted", "crlf-stream", "--report", str(tmp_path)]) == ExitCode.OK
    [folder] = tmp_path.iterdir()
    assert sorted(file.name for file in folder.iterdir()) == ["mutants.json", "mutants.md"]
    assert "1 mutants and 1 conformant services: all judged rightly." in capsys.readouterr().out


def test_a_name_that_is_none_is_bad_usage(capsys):
    assert main(["mutants", "gap-acepted"]) == ExitCode.USAGE
    assert "there is no mutant and no variant 'gap-acepted'; did you mean gap-accepted?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rows", "code"),
    [([KILLED], ExitCode.OK), ([KILLED, SURVIVED], ExitCode.BROKEN), ([CRASHED], ExitCode.HARNESS)],
)
def test_the_exit_code_says_how_it_went(rows, code, monkeypatch):
    monkeypatch.setattr("harness.commands.mutants.prove", lambda names, progress: Matrix(rows))
    assert main(["mutants", "gap-accepted"]) == code
