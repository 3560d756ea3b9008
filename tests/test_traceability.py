"""The traceability table: every requirement has its source, and every checked one a check, a probe and a mutant."""

import json

import pytest

from harness.cli import main
from harness.commands.requirements import traceability
from harness.contract.catalogue import load_catalogue
from harness.oracle.checks import ALL
from harness.sandbox.mutants import MUTANTS

ROWS = traceability(load_catalogue().requirements)
CHECKED = [row for row in ROWS if row.judged == "checked"]

by_id = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)


@by_id
def test_a_requirement_says_where_it_comes_from_and_what_exercises_it(row):
    assert row.source
    assert row.exercised_by


@pytest.mark.parametrize("row", CHECKED, ids=lambda row: row.id)
def test_a_checked_requirement_has_a_check_a_probe_and_a_mutant(row):
    assert row.checks
    assert row.probes
    assert row.mutants


@by_id
def test_an_open_requirement_has_questions_whose_answers_are_observed(row):
    if row.judged == "observed":
        assert row.questions


def test_no_check_and_no_mutant_is_missing_from_the_table():
    checks = {check.__name__ for check in ALL} | {"the comparison of sessions"}
    assert {name for row in ROWS for name in row.checks} == checks
    assert {name for row in ROWS for name in row.mutants} == set(MUTANTS)


def told(capsys, *arguments):
    assert main(["requirements", *arguments]) == 0
    return capsys.readouterr().out


def test_the_table_in_json_holds_every_row(capsys):
    rows = json.loads(told(capsys, "--format", "json"))
    assert [row["id"] for row in rows] == [row.id for row in ROWS]
    assert {"source", "exercised-by", "checks", "probes", "mutants"} <= rows[0].keys()


def test_the_table_in_markdown_is_a_table_with_names(capsys):
    heading, _, *lines = told(capsys, "--format", "markdown").splitlines()
    assert len(lines) == len(ROWS)
    assert {line.replace("\\|", "").count("|") for line in (heading, *lines)} == {heading.count("|")}
    assert "`gap-accepted`" in next(line for line in lines if line.startswith("| CHUNK-3 |"))


def test_the_table_on_the_terminal_counts_and_some_rows_are_told_in_full(capsys):
    assert "CHUNK-3" in told(capsys)
    one = told(capsys, "CHUNK-3")
    for name in ("source", "exercised by", "gap-accepted", "ChunksAreCounted", "probes"):
        assert name in one
    (row,) = json.loads(told(capsys, "--format", "json", "CHUNK-3"))
    assert row["probes"]
