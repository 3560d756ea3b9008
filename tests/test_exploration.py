"""The search for sessions that break the contract: what it tries, what it finds, and what it says of it."""

import itertools
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cli import main
from harness.contract.profile import Profile
from harness.errors import ExitCode, UsageError
from harness.exploration.alphabet import Alphabet, Waits
from harness.exploration.conclusion import conclude
from harness.exploration.drafts import Drafts, steps_in_words
from harness.exploration.moves import kinds_of, move
from harness.exploration.mutants import Hunted, is_within_reach
from harness.exploration.performing import InMemory, Seen
from harness.exploration.record import record, written
from harness.exploration.search import FAULT, Found, Search
from harness.exploration.table import headline, write_table
from harness.exploration.written import as_yaml
from harness.gate.probe_files import read_probe
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding, Tally
from harness.oracle.ledger import Ledger
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.service import Service
from harness.scenario.steps import STEPS, Expire, Outlive

DRAFTS = Drafts(Waits())
SHORT = Drafts(Waits(longest=4.0, moment=1.0, seldom=3, ttl=6.0, grace=5.0))
ANY_DRAFT = st.integers(0, 200).flatmap(DRAFTS.round)


def seen(*broken, crashes=(), ledger=None, interrupted=False):
    assessment = Assessment(
        tallies={name: Tally(failed=1) for name in broken} | {"START-1": Tally(passed=1)},
        findings=[Finding(name, "s", "s", 1, 0.0, f"{name} is kept", "it was not") for name in broken],
        crashes=list(crashes),
        ledger=ledger or Ledger(),
    )
    return Seen(assessment, [], interrupted)


def search(perform, **options):
    return Search(perform, DRAFTS, **{"seed": 1, "seconds": 60.0} | options)


def with_step(word):
    """A server that breaks CHUNK-3 in every session with such a step."""
    return lambda probe: seen(*["CHUNK-3"] * any(step.do.word() == word for step in probe.steps))


# What is tried


@pytest.mark.parametrize("word", STEPS)
def test_every_step_is_known_in_the_words_of_a_file_with_all_its_faults(word):
    moves = [each for kind in kinds_of(word) for each in kind]
    for each in moves:
        assert move(yaml.safe_load(as_yaml(each.written))).do == each.do
    faults = getattr(STEPS[word], "__annotations__", {}).get("fault")
    tried = {each.do.fault for each in moves if faults}
    assert tried == set(_literals(faults)) | ({None} if faults else set())


def _literals(hint):
    parts = getattr(hint, "__args__", ())
    return [part for part in parts if isinstance(part, str)] + [one for part in parts for one in _literals(part)]


@settings(max_examples=25, deadline=None)
@given(ANY_DRAFT)
def test_a_draft_reads_from_its_file_as_what_it_is(tmp_path_factory, draft):
    file = tmp_path_factory.mktemp("drafts") / "draft.yaml"
    file.write_text(written(Found(["CHUNK-3"], draft, seen("CHUNK-3"), 1, 0.0)), encoding="utf-8")
    probe = read_probe(str(file))
    assert [step.do for step in probe.steps] == [step.do for step in draft.probe.steps]
    assert (probe.name, probe.exercises) == (draft.probe.name, ("CHUNK-3",))
    assert (probe.audio, probe.chunks, probe.pace) == (draft.probe.audio, draft.probe.chunks, draft.probe.pace)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 200).flatmap(SHORT.round))
def test_sessions_wait_no_longer_than_they_may(draft):
    assert not any(isinstance(step.do, Expire | Outlive) for step in draft.probe.steps)
    assert draft.probe.audio.length / draft.probe.pace.speed <= 4.0


def test_where_the_time_to_live_is_short_enough_its_end_is_awaited():
    words = {kind[0].do.word() for kind in Alphabet(Waits(ttl=6.0, grace=5.0), 12.0).endings}
    assert words == {"finalize", "cancel", "expire"}
    words = {kind[0].do.word() for kind in Alphabet(Waits(ttl=60.0, grace=15.0), 12.0).endings}
    assert words == {"finalize", "cancel"}


# What is found


@pytest.mark.parametrize("name", ["third-chunk-fails-once", "unknown-event"])
def test_a_broken_sandbox_is_found_out_and_the_file_shows_it_again(name, tmp_path):
    perform = InMemory(MUTANTS[name].service, Profile())
    found = next(search(perform, sessions=400, wanted=MUTANTS[name].trips).run())
    kept = record(found, tmp_path, perform)
    assert found.broken == list(MUTANTS[name].trips)
    assert kept.repeated
    assert read_probe(str(kept.file)).exercises == MUTANTS[name].trips
    assert kept.history.stat().st_size


def test_the_sandbox_is_accused_of_nothing():
    looking = search(InMemory(Service, Profile()), sessions=40)
    assert not list(looking.run())
    assert looking.sessions == 40
    assert not any(tally.failed for tally in looking.assessment.tallies.values())


def test_a_finding_is_cut_down_to_what_it_takes():
    found = next(search(with_step("keepalive")).run())
    assert [step.do.word() for step in found.draft.probe.steps] == ["start", "keepalive"]
    assert steps_in_words(found.draft) == "[start, keepalive]"


def test_the_same_seed_finds_the_same():
    first, again = (next(search(with_step("control"), seed=7).run()) for _ in range(2))
    assert (first.draft, first.sessions) == (again.draft, again.sessions)


def test_each_requirement_is_told_once():
    every = {"push": "CHUNK-1", "attach": "STREAM-1"}
    looking = search(lambda probe: seen(*{every.get(s.do.word(), "CTRL-1") for s in probe.steps}), sessions=60)
    assert sorted(name for found in looking.run() for name in found.broken) == ["CHUNK-1", "CTRL-1", "STREAM-1"]


def test_only_what_is_wanted_is_told_but_our_own_faults_always():
    looking = search(lambda _: seen("CHUNK-3", "CHUNK-4", crashes=["Oops"]), sessions=30, wanted=["CHUNK-4"])
    assert [found.broken for found in looking.run()] == [[FAULT, "CHUNK-4"]]


def test_what_the_budget_left_no_time_to_cut_short_is_told_as_it_was():
    looking = search(with_step("push"), sessions=3)
    [found] = looking.run()
    assert found.broken == ["CHUNK-3"]


def test_a_fickle_server_is_told_of_as_such(tmp_path):
    answers = itertools.chain([seen("CHUNK-3")], itertools.repeat(seen()))
    perform = lambda _: next(answers)  # noqa: E731 - a server in one line
    looking = search(perform, sessions=20)
    kept = [record(found, tmp_path, perform) for found in looking.run()]
    assert [each.repeated for each in kept] == [False]
    conclusion = conclude(looking, kept, [])
    assert conclusion.exit_code is ExitCode.BROKEN
    assert any("did not repeat" in note and str(kept[0].history) in note for note in conclusion.notes)


# When it ends


def ended(perform, wanted=(), **options):
    looking = search(perform, wanted=wanted, **{"sessions": 20} | options)
    list(looking.run())
    return looking, conclude(looking, [], wanted).exit_code


def test_nothing_found_says_how_much_was_tried():
    looking, exit_code = ended(lambda _: seen())
    conclusion = conclude(looking, [], [])
    assert exit_code is ExitCode.OK
    assert "20 sessions" in conclusion.headline
    assert "1 requirements tried" in conclusion.headline
    assert any("CHUNK-3" in note for note in conclusion.notes)


def test_nothing_tried_is_no_success():
    assert ended(lambda _: seen(), wanted=["CHUNK-3"])[1] is ExitCode.NO_VERDICT


def test_ctrl_c_ends_it():
    looking, exit_code = ended(lambda _: seen(interrupted=True))
    assert exit_code is ExitCode.INTERRUPTED
    assert looking.sessions == 0


def test_a_server_that_answers_no_more_ends_it():
    silence = Ledger(requests={"start": 1}, trouble={"start: unreachable": 1})
    looking, exit_code = ended(lambda _: seen(ledger=silence))
    assert exit_code is ExitCode.UNUSABLE
    assert looking.sessions == 3


def test_a_crash_is_a_fault_of_ours(tmp_path):
    looking = search(lambda _: seen(crashes=["Check: boom"]), sessions=5)
    kept = [record(found, tmp_path, lambda _: seen(crashes=["Check: boom"])) for found in looking.run()]
    assert conclude(looking, kept, []).exit_code is ExitCode.HARNESS
    assert "boom" in kept[0].file.read_text(encoding="utf-8")


# The command


def test_the_command_writes_what_it_found_and_leaves_nothing_else(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    given = ["explore", "--mutant", "total-off-by-one", "--only", "CHUNK-2", "--max-sessions", "30", "--out", "out"]
    assert main(given) == ExitCode.BROKEN
    [file] = Path("out").glob("*-explore/*.yaml")
    told = capsys.readouterr().out
    assert f"live-harness replay {file} --seed" in told
    assert "--mutant total-off-by-one" in told
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    assert msgspec.json.decode(Path("out/latest/summary.json").read_bytes())["kind"] == "explore"


@pytest.mark.parametrize(
    "words",
    [
        ["--mutants", "--host", "http://127.0.0.1:1"],
        ["--mutant", "no-such"],
        ["--mutant", "gap-accepted", "--variant", "cr-stream"],
        ["--only", "CHUNK-99"],
        ["--max-sessions", "0"],
        ["--jobs", "0"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_told(words, capsys):
    assert main(["explore", *words]) == ExitCode.USAGE
    assert "live-harness: " in capsys.readouterr().err


# The mutants


def test_what_no_single_session_can_show_is_left_out():
    assert not is_within_reach("ids-shared-at-once")
    assert is_within_reach("gap-accepted")


def test_the_table_counts_what_was_found_and_tells_what_was_not(tmp_path):
    rows = [
        Hunted("a", ("CHUNK-3",), ("CHUNK-3",), 12, 0.4, "[start]", {}),
        Hunted("b", ("CHUNK-4",), (), 900, 60.0, "", {"CTRL-1": "[start, finalize]"}),
    ]
    assert headline(rows).startswith("1 of 2 mutants found out (50%)")
    write_table(rows, ["c"], tmp_path)
    told = (tmp_path / "explored.md").read_text(encoding="utf-8")
    assert "| b | CHUNK-4 | not found | 900 | 60.0 |" in told
    assert "b: CTRL-1, by `[start, finalize]`" in told
    assert "left out: c" in told
    with pytest.raises(UsageError, match="no table"):
        write_table(rows, [], tmp_path / "nowhere")
