"""The baseline and the pinned catalogue: what the gate puts up with, and for how long."""

from datetime import date
from pathlib import Path

import pytest

from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.contract.catalogue import Catalogue, Requirement, load_catalogue
from harness.errors import ExitCode, UsageError
from harness.gate.baseline import Baseline, Known, draft, load_baseline
from harness.gate.runner import Gate
from harness.gate.terms import Terms, out_of_reach
from harness.gate.verdict import conclude
from harness.oracle.assessment import Assessment, Part
from harness.oracle.checks import CHECKED
from harness.oracle.judge import Tally
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.scenario.call import Probe
from harness.scenario.loader import find

FILE = Path("baseline.yaml")
TODAY = date(2026, 6, 15)
ROW = {"tier": "stated", "text": "t", "source": "s", "exercised_by": "e", "judged": "checked"}
CATALOGUE = Catalogue(
    "2", tuple(Requirement(id=name, since="2" if name == "CHUNK-3" else "1", **ROW) for name in sorted(CHECKED))
)


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def load(text):
    FILE.write_text(text)
    return load_baseline(FILE, load_catalogue(), ["gap", "cancel"])


def known(requirement="CHUNK-3", probe="", expires=TODAY):
    return Known(requirement, "the gateway renumbers", expires, probe)


def seen(**tallies):
    """An assessment in which everything passed but what `tallies` says, by `CHUNK_3_gap`: requirement and probe."""
    assessment = Assessment(
        tallies={name: Tally(passed=1) for name in CHECKED},
        scenarios={probe: Part({"CHUNK-3": Tally(passed=1)}, 1) for probe in ("gap", "cancel")},
    )
    for name, tally in tallies.items():
        requirement, _, probe = name.replace("_", "-", 1).partition("_")
        assessment.merge(Assessment({requirement: tally}, scenarios={probe: Part({requirement: tally}, 1)}))
    return assessment


def concluded(assessment, *entries, pin="", waived=(), **circumstances):
    return conclude(
        assessment, CATALOGUE, terms=Terms(CATALOGUE, TODAY, Baseline(pin, entries), pin, waived), **circumstances
    )


BROKEN = {"CHUNK_3_gap": Tally(failed=2)}
EVERYWHERE = BROKEN | {"CHUNK_3_cancel": Tally(failed=1)}
UNDECIDED = Assessment({name: Tally(passed=1) for name in CHECKED - {"CHUNK-3"}})


@pytest.mark.parametrize(
    ("assessment", "entries", "code", "words"),
    [
        (seen(), [], ExitCode.OK, "Conformant: "),
        (seen(**BROKEN), [], ExitCode.BROKEN, "CHUNK-3 broken"),
        (seen(**BROKEN), [known()], ExitCode.OK, "Conformant but for 1 known failure (CHUNK-3)"),
        (seen(**BROKEN), [known(probe="gap")], ExitCode.OK, "1 known failure"),
        (seen(**BROKEN), [known(probe="cancel")], ExitCode.BROKEN, "CHUNK-3 broken"),
        (seen(**EVERYWHERE), [known(probe="gap")], ExitCode.BROKEN, "CHUNK-3 broken"),
        (seen(**EVERYWHERE), [known(probe="gap"), known(probe="cancel")], ExitCode.OK, "1 known failure"),
        (seen(**BROKEN, CTRL_1_gap=Tally(failed=1)), [known()], ExitCode.BROKEN, "CTRL-1 broken"),
        (seen(**BROKEN, CTRL_1_gap=Tally(failed=1)), [known(), known("CTRL-1")], ExitCode.OK, "2 known failures"),
        (seen(**BROKEN), [known(expires=date(2026, 6, 14))], ExitCode.BROKEN, "CHUNK-3 expired on 2026-06-14."),
        (seen(), [known()], ExitCode.BROKEN, "no longer holds: CHUNK-3 stale; "),
        (seen(CHUNK_3_cancel=Tally(failed=1)), [known(), known(probe="gap")], ExitCode.BROKEN, "CHUNK-3 in gap"),
        (seen(**BROKEN), [known(expires=date(2026, 6, 14))], ExitCode.BROKEN, "CHUNK-3 broken"),
        (seen(), [known(expires=date(2026, 6, 14))], ExitCode.BROKEN, "no longer holds: CHUNK-3 expired on"),
        (UNDECIDED, [], ExitCode.NO_VERDICT, "CHUNK-3 undecided"),
        (UNDECIDED, [known()], ExitCode.OK, "Conformant: "),
        (UNDECIDED, [known(probe="gap")], ExitCode.NO_VERDICT, "CHUNK-3 undecided"),
        (seen(CHUNK_3_gap=Tally(inconclusive=1)), [known()], ExitCode.OK, "Conformant: "),
    ],
)
def test_a_known_failure_does_not_fail_the_gate_while_its_entry_holds(assessment, entries, code, words):
    verdict = concluded(assessment, *entries)
    assert verdict.exit_code is code, verdict
    assert words in verdict.headline


def test_an_excuse_gives_the_reason_and_stands_among_the_notes():
    verdict = concluded(seen(**BROKEN), known())
    assert [(e.requirement, e.kind) for e in verdict.excuses] == [("CHUNK-3", "known")]
    assert "known until 2026-06-15: the gateway renumbers" in verdict.excuses[0].why
    assert any("the gateway renumbers" in note for note in verdict.notes)


def test_an_entry_without_a_verdict_is_said_to_be_unknown():
    verdict = concluded(UNDECIDED, known())
    assert not verdict.outdated
    assert any("can't tell whether it still holds for CHUNK-3" in note for note in verdict.notes)


@pytest.mark.parametrize("part", [{"aims": ["CTRL-1"]}, {"interrupted": True}, {"ran_out": True}])
def test_a_part_of_a_run_calls_no_entry_stale(part):
    assert concluded(seen(), known()).outdated
    assert not concluded(seen(), known(), **part).outdated


@pytest.mark.parametrize(
    ("assessment", "expires", "words"),
    [(seen(), TODAY, "stale: it no longer fails"), (seen(**BROKEN), date(2026, 6, 14), "expired on 2026-06-14")],
)
def test_a_part_of_a_run_notes_an_entry_by_which_a_whole_one_would_fail(assessment, expires, words):
    verdict = concluded(assessment, known(expires=expires), aims=["CHUNK-3"])
    [note] = [note for note in verdict.notes if note.startswith("baseline: ")]
    assert f"CHUNK-3: {words}" in note
    assert "part of a run" in note


@pytest.mark.parametrize(
    ("assessment", "pin", "code"),
    [
        (seen(**BROKEN), "1", ExitCode.OK),
        (seen(**BROKEN), "2", ExitCode.BROKEN),
        (UNDECIDED, "1", ExitCode.OK),
        (seen(CTRL_1_gap=Tally(failed=1)), "1", ExitCode.BROKEN),
    ],
)
def test_what_is_newer_than_the_pinned_catalogue_fails_nothing(assessment, pin, code):
    assert concluded(assessment, pin=pin).exit_code is code


def test_what_is_newer_and_broken_is_said_all_the_same():
    verdict = concluded(seen(**BROKEN), pin="1")
    assert verdict.headline.endswith("newer than the pinned catalogue: CHUNK-3.")
    assert any(note.startswith("newer: CHUNK-3 (FAIL)") for note in verdict.notes)


def test_a_waiver_forgives_a_missing_verdict_and_no_failure():
    assert concluded(UNDECIDED, waived=["CHUNK-3"]).exit_code is ExitCode.OK
    assert concluded(seen(**BROKEN), waived=["CHUNK-3"]).exit_code is ExitCode.BROKEN


AFAR = Probe(name="afar", exercises=("AVAIL-1", "START-1"), deployment="disabled", steps=())
CROWD = Probe(name="crowd", exercises=("STREAM-8", "START-1"), sessions=3, steps=())
USUAL = Probe(name="usual", exercises=("START-1",), steps=())


@pytest.mark.parametrize(
    ("circumstances", "missing"),
    [
        ({"alone": False, "disabled": True}, set()),
        ({"alone": False, "disabled": False}, {"AVAIL-1"}),
        ({"alone": True, "disabled": True}, {"STREAM-8"}),
        ({"alone": True, "disabled": False}, {"AVAIL-1", "STREAM-8"}),
    ],
)
def test_what_only_probes_exercise_that_were_left_out_is_out_of_reach(circumstances, missing):
    assert out_of_reach([AFAR, CROWD, USUAL], **circumstances).keys() == missing


def test_what_is_out_of_reach_forgives_a_missing_verdict_and_no_failure():
    terms = Terms(CATALOGUE, TODAY, Baseline(), out_of_reach={"CHUNK-3": "needs a second deployment"})
    verdict = conclude(UNDECIDED, CATALOGUE, terms=terms)
    assert verdict.exit_code is ExitCode.OK
    assert "out of reach: CHUNK-3 (NOT EXERCISED): needs a second deployment" in verdict.notes
    assert conclude(seen(**BROKEN), CATALOGUE, terms=terms).exit_code is ExitCode.BROKEN


def test_a_run_that_is_out_of_time_has_no_verdict_unless_something_broke():
    assert concluded(seen(), ran_out=True).exit_code is ExitCode.NO_VERDICT
    assert concluded(seen(**BROKEN), ran_out=True).exit_code is ExitCode.BROKEN


def test_what_each_probe_showed_is_kept_apart():
    clock = VirtualClock()
    transports = MemoryTransports(MUTANTS["gap-accepted"].service(Settings(ttl=6.0)), clock)
    gate = Gate(Deployment("http://memory", "", DEFAULT_KEY), transports.connect, clock, jobs=1)
    gate.run([find("gap", Probe), find("keepalive", Probe)], 1)
    parts = gate.assessment.scenarios
    assert {name: part.tallies.get("CHUNK-3", Tally()).failed for name, part in parts.items()} == {
        "gap": 1,
        "keepalive": 0,
    }
    assert {part.sessions for part in parts.values()} == {1}
    assert parts["keepalive"].seconds > 3


# The file

ENTRY = "known:\n  - {requirement: CHUNK-3, reason: why, expires: 2026-12-31}\n"


@pytest.mark.parametrize("text", ["known: []\n", "catalogue: 1\n", f"catalogue: '1'\n{ENTRY}"])
def test_a_baseline_is_read(text):
    assert load(text).catalogue in {"", "1"}


def test_an_entry_is_read():
    text = "known:\n- requirement: CHUNK-3\n  probe: gap\n  reason: why\n  expires: 2026-12-31\n"
    assert load(text).known == (Known("CHUNK-3", "why", date(2026, 12, 31), "gap"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "baseline.yaml:1: the file is empty"),
        ("- known", "baseline.yaml:1: got a list"),
        ("knwon: []", "did you mean known?"),
        ("catalogue: '99'", "baseline.yaml:1: catalogue: unknown catalogue version '99'; expected one of 1, 2"),
        (ENTRY.replace("CHUNK-3", "CHNK-3"), "baseline.yaml:2: known[0].requirement: CHNK-3 can't fail"),
        (ENTRY.replace("CHUNK-3", "CHNK-3"), "did you mean CHUNK-3?"),
        (ENTRY.replace("CHUNK-3", "CHUNK-11"), "expected the id of a requirement that is checked"),
        (ENTRY.replace("why", "TODO"), "known[0].reason: 'TODO' is no reason yet"),
        (ENTRY.replace("why", "''"), "is no reason yet"),
        (ENTRY.replace("reason: why, ", ""), "'reason' is missing"),
        (ENTRY.replace("2026-12-31", "soon"), "known[0].expires: 'soon' is no date; expected one such as 2026-12-31"),
        (ENTRY.replace("2026-12-31", "2026-02-30"), "no date"),
        (ENTRY.replace(", expires: 2026-12-31", ""), "'expires' is missing"),
        (ENTRY.replace("reason", "probe: gapp, reason"), "there is no probe 'gapp'; did you mean gap?"),
        (ENTRY + ENTRY.splitlines()[1] + "\n", "baseline.yaml:3: known[1]: CHUNK-3 was given before, in line 2"),
    ],
)
def test_a_baseline_that_can_not_be_used_is_refused_with_its_line(text, message):
    with pytest.raises(UsageError) as caught:
        load(text)
    assert message in str(caught.value)


def test_a_drafted_baseline_can_be_loaded_once_the_reasons_are_written():
    kept = Known("CTRL-1", 'a "quoted": reason', TODAY, "cancel")
    text = draft("1", [kept], {"CHUNK-3": "answered 200: # x"}, TODAY)
    with pytest.raises(UsageError, match="no reason yet"):
        load(text)
    found = load(text.replace('"TODO"', "because"))
    assert found == Baseline("1", (kept, Known("CHUNK-3", "because", TODAY)))
    assert "# happened: answered 200: # x" in text
    assert load(draft("1", [], {}, TODAY)) == Baseline("1")


# The catalogue's versions


def test_what_is_checked_says_since_when():
    for row in load_catalogue().requirements:
        assert (row.since in load_catalogue().versions) == (row.judged == "checked"), row.id


def test_every_row_is_as_old_as_the_newest_catalogue_or_older():
    assert not load_catalogue().newer_than(load_catalogue().version)
    with pytest.raises(UsageError, match="unknown catalogue version '0'; expected one of 1, 2"):
        load_catalogue().newer_than("0")
