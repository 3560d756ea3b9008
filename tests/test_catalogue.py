"""The requirement catalogue against the reading of the document, against the checks, and against the probes."""

import re
from typing import get_args

import pytest

from harness.contract.catalogue import Requirement, Tier, load_catalogue
from harness.documents.convert import convert
from harness.documents.located import Node, Place
from harness.errors import UsageError
from harness.oracle.checks import CHECKED
from harness.scenario.loader import SHIPPED, read

IDS = """
    AUTH-1 AUTH-2 AUTH-3 AUTH-4
    AVAIL-1
    START-1 START-2 START-3 START-4 START-5
    CHUNK-1 CHUNK-2 CHUNK-3 CHUNK-4 CHUNK-5 CHUNK-6 CHUNK-7 CHUNK-8 CHUNK-9 CHUNK-10 CHUNK-11 CHUNK-12
    CTRL-1 CTRL-2 CTRL-3 CTRL-4 CTRL-5
    TTL-1 TTL-2 TTL-3
    STREAM-1 STREAM-2 STREAM-3 STREAM-4 STREAM-5 STREAM-6 STREAM-7 STREAM-8
    EVENT-1 EVENT-2 EVENT-3 EVENT-4 EVENT-5 EVENT-6 EVENT-7 EVENT-8 EVENT-9 EVENT-10 EVENT-11
    OPS-1 OPS-2 OPS-3
    SEC-1 SEC-2 SEC-3
""".split()  # noqa: SIM905  a table reads better than 55 quoted strings
CHAPTERS = "|".join({requirement.partition("-")[0] for requirement in IDS})

ROWS = load_catalogue().requirements
PROBES = sorted((SHIPPED / "probes").glob("*.yaml"))

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)


def test_holds_every_requirement_once_and_in_order():
    assert [row.id for row in ROWS] == IDS


def test_what_it_calls_checked_is_what_the_oracle_checks():
    assert {row.id for row in ROWS if row.judged == "checked"} == CHECKED


@each_row
def test_row_is_complete(row):
    assert row.tier in get_args(Tier)
    for said in (row.text, row.source, row.exercised_by):
        assert said
        assert said == " ".join(said.split())
    assert row.text.endswith(".")


@each_row
def test_only_open_points_are_observed_and_they_are_never_checked(row):
    assert (row.tier == "open") == (row.judged == "observed")


@each_row
def test_rows_refer_to_rows_that_exist(row):
    for mentioned in re.findall(rf"\b(?:{CHAPTERS})-\d+", f"{row.text} {row.exercised_by} {row.note}"):
        load_catalogue().find(mentioned)


def test_finds_a_row_by_its_id():
    assert load_catalogue().find("CHUNK-3").tier == "stated"


@pytest.mark.parametrize(("wrong", "meant"), [("CHNK-3", "CHUNK-3"), ("chunk-3", ""), ("", "")])
def test_an_unknown_id_is_a_usage_error_that_says_what_may_be_meant(wrong, meant):
    with pytest.raises(UsageError, match=re.escape(f"unknown requirement {wrong!r}")) as caught:
        load_catalogue().find(wrong)
    assert str(caught.value).endswith(f"did you mean {meant}?" if meant else "such as CHUNK-3")


@pytest.mark.parametrize("judged", ["checked", "observed", "excluded: nobody can see it"])
def test_a_row_says_how_it_is_judged(judged):
    assert convert(_row(judged=judged), Requirement).judged == judged


@pytest.mark.parametrize("judged", ["", "often", "excluded", "excluded: ", "excluded:"])
def test_a_row_that_does_not_is_refused(judged):
    with pytest.raises(UsageError, match="expected checked, observed or `excluded: ` with the reason"):
        convert(_row(judged=judged), Requirement)


def test_there_are_probes():
    assert PROBES


@pytest.mark.parametrize("path", PROBES, ids=lambda path: path.stem)
def test_probe_exercises_requirements_of_the_catalogue(path):
    probe = read(path)
    assert probe.exercises
    for requirement in probe.exercises:
        load_catalogue().find(requirement)


def _row(**values):
    place = Place(SHIPPED)
    whole = {"id": "X-1", "tier": "stated", "text": "It works.", "source": "Recipe 1", "exercised-by": "use", **values}
    return Node({key: Node(value, place) for key, value in whole.items()}, place)
