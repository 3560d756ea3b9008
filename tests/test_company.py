"""Sessions held against each other: by literal accounts, and over the memory transport, live and from their files."""

import msgspec
import pytest

from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.commands.check import history_files, judge_file
from harness.contract.profile import Profile
from harness.errors import UsageError
from harness.gate.runner import Gate
from harness.history.observations import Event, Header, Returned, Sent
from harness.oracle.account import Account, Spoken, Who
from harness.oracle.assessment import Assessment
from harness.oracle.company import Company
from harness.oracle.judge import Judge
from harness.oracle.likeness import difference
from harness.oracle.verdicts import Verdict
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.sandbox.variants import VARIANTS
from harness.scenario.call import Probe
from harness.scenario.loader import find, read

ONE, TWO, THREE = Spoken(0.5, 2.0, "one thing"), Spoken(2.5, 4.0, "two things"), Spoken(4.5, 6.0, "three things")
OTHER = Spoken(0.2, 3.1, "something else")


def account(label, **fields):
    return Account(Who(label, "probe", 1), **{"session": f"id-{label}"} | fields)


def heard(label, *spoken, alone=False, audio="a", counts=None, **fields):
    counts = (len(spoken), len(spoken)) if counts is None else counts
    return account(label, alone=alone, audio=audio, spoken=spoken, counts=counts, **fields)


def company(*accounts):
    whole = Company()
    for each in accounts:
        whole.add(each)
    return whole


def verdicts(*accounts):
    """Of the accounts together: which sessions break what; and which requirements are kept."""
    told = list(company(*accounts).judge())
    broken = {(said.outcome.requirement, said.who.label) for said in told if said.outcome.verdict is Verdict.FAIL}
    kept = {said.outcome.requirement for said in told if said.outcome.verdict is Verdict.PASS and said.sessions}
    return broken, kept


TWO_ALONE = (heard("a1", ONE, TWO, THREE, alone=True), heard("a2", ONE, TWO, THREE, alone=True))


# Ids


def test_ids_that_differ_are_unique():
    assert verdicts(account("a"), account("b")) == (set(), {"START-4"})


def test_one_session_alone_shows_nothing_of_ids():
    assert verdicts(account("a")) == (set(), set())


def test_an_id_that_comes_again_is_charged_to_the_later_session():
    assert verdicts(account("a", session="x"), account("b"), account("c", session="x"))[0] == {("START-4", "c")}


def test_an_id_belongs_to_whoever_had_it_first_and_not_to_whoever_ended_first():
    late, owner = account("late", session="x", began=9.0), account("owner", session="x", began=3.0)
    assert verdicts(late, owner)[0] == {("START-4", "late")}
    whole = company(late)
    whole.merge(company(owner))
    [broken] = [said for said in whole.judge() if said.outcome.verdict is Verdict.FAIL]
    assert broken.who.label == "late"


def test_a_conversation_id_that_comes_again():
    seen = verdicts(account("a", conversation="x"), account("b", conversation="x"))
    assert seen[0] == {("EVENT-9", "b")}


def test_speech_that_is_heard_in_larger_chunks_only():
    large, mute = heard("a", ONE, format="wav"), heard("b", format="wav in small chunks")
    assert verdicts(large, mute)[0] == {("CHUNK-8", "b")}
    assert verdicts(heard("a", format="wav"), mute, heard("c", ONE, format="opus"))[0] == {("CHUNK-9", "a")}
    assert verdicts(large, heard("b", ONE, format="wav in small chunks"))[0] == set()


def test_the_same_session_twice_is_no_second_session():
    assert verdicts(account("a"), account("a")) == (set(), set())


def test_ids_are_compared_across_processes():
    there, here = company(account("a", session="x")), company(account("b", session="x"))
    here.merge(msgspec.json.decode(msgspec.json.encode(there), type=Company))
    assert {said.outcome.requirement for said in here.judge() if said.outcome.verdict is Verdict.FAIL} == {"START-4"}


# What belongs to another session


def test_a_stream_that_names_another_session_of_the_run():
    assert verdicts(account("a"), account("b", names=("id-a",)))[0] == {("STREAM-7", "b")}


def test_a_stream_that_names_an_id_which_nobody_knows():
    assert verdicts(account("a"), account("b", names=("trace-77",)))[0] == set()


def test_the_reason_of_another_sessions_cancel():
    seen = verdicts(account("a", reason="My bus has come"), account("b", errors=("cancelled My bus has come",)))
    assert seen[0] == {("STREAM-7", "b")}


@pytest.mark.parametrize("reason", ["bye", "cancelled"])
def test_a_reason_that_anybody_might_give(reason):
    assert verdicts(account("a", reason=reason), account("b", errors=(f"the end: {reason}",)))[0] == set()


def test_who_cancels_for_the_same_reason_is_not_suspected():
    same = {"reason": "My bus has come", "errors": ("My bus has come",)}
    assert verdicts(account("a", **same), account("b", **same)) == (set(), {"START-4", "STREAM-7"})


def test_an_utterance_to_which_other_audio_led():
    others = (heard("b1", OTHER, alone=True, audio="b"), heard("b2", OTHER, alone=True, audio="b"))
    seen = verdicts(*TWO_ALONE, *others, heard("c", ONE, OTHER, TWO, THREE))
    assert seen[0] == {("STREAM-7", "c")}


def test_an_utterance_to_which_both_sounds_lead_is_nobodys():
    others = (heard("b1", ONE, alone=True, audio="b"), heard("b2", ONE, alone=True, audio="b"))
    assert verdicts(*TWO_ALONE, *others, heard("c", ONE, ONE, TWO, THREE))[0] == {("STREAM-8", "c")}


# The same audio, the same utterances


@pytest.mark.parametrize(
    "spoken",
    [
        (ONE, THREE),  # lost
        (),
        (ONE, TWO, TWO, THREE),  # repeated
        (TWO, ONE, THREE),  # out of order
        (ONE, TWO, OTHER),
        (ONE, TWO, Spoken(4.5, 6.0, "quite another text")),
        (ONE, TWO, Spoken(4.5, 9.0, "three things")),
    ],
)
def test_what_differs_from_two_sessions_alone_fails(spoken):
    assert verdicts(*TWO_ALONE, heard("c", *spoken))[0] == {("STREAM-8", "c")}


@pytest.mark.parametrize(
    "spoken",
    [
        (ONE, TWO, THREE),
        (Spoken(0.6, 1.9, "one thing"), TWO, THREE),  # found a little later
        (Spoken(0.5, 2.0, "One Thing"), TWO, THREE),  # spelt otherwise
    ],
)
def test_what_is_the_same_but_for_a_recognisers_uncertainty_passes(spoken):
    assert verdicts(*TWO_ALONE, heard("c", *spoken)) == (set(), {"START-4", "STREAM-7", "STREAM-8"})


def test_utterances_that_overlap_may_come_in_any_order():
    late = Spoken(1.0, 3.0, "into her words")
    alone = [heard(name, ONE, late, alone=True) for name in "ab"]
    assert verdicts(*alone, heard("c", late, ONE))[0] == set()


def test_events_that_each_utterance_has_alone():
    assert verdicts(*TWO_ALONE, heard("c", ONE, TWO, THREE, counts=(3, 2)))[0] == {("STREAM-8", "c")}


def test_events_that_utterances_do_not_have_one_by_one_are_not_counted():
    alone = [heard(name, ONE, TWO, alone=True, counts=(2, 7)) for name in "ab"]
    assert verdicts(*alone, heard("c", ONE, TWO, counts=(2, 5)))[0] == set()


def test_one_session_alone_is_no_measure():
    assert verdicts(heard("a", ONE, TWO, alone=True), heard("b", ONE))[0] == set()


def test_where_sessions_alone_differ_too_something_must_be_told():
    alone = (heard("a", ONE, TWO, alone=True), heard("b", ONE, THREE, alone=True))
    assert verdicts(*alone, heard("c", TWO)) == (set(), {"START-4", "STREAM-7", "STREAM-8"})
    assert verdicts(*alone, heard("c"))[0] == {("STREAM-8", "c")}


def test_a_server_that_is_uncertain_of_one_sound_is_so_of_all():
    uncertain = (heard("a", ONE, alone=True), heard("b", TWO, alone=True))
    agreed_by_chance = (heard("c", OTHER, alone=True, audio="b"), heard("d", OTHER, alone=True, audio="b"))
    assert verdicts(*uncertain, *agreed_by_chance, heard("e", THREE, audio="b"))[0] == set()


def test_sessions_one_after_another_can_be_held_against_each_other():
    assert verdicts(*TWO_ALONE) == (set(), {"START-4", "STREAM-7", "STREAM-8"})


def test_a_server_that_hears_nothing_shows_nothing():
    assert "STREAM-8" not in verdicts(heard("a", alone=True), heard("b", alone=True), heard("c"))[1]


# Under load, where nobody is alone


def crowd(count, *spoken):
    return [heard(f"{len(spoken)}-{n}", *spoken) for n in range(count)]


@pytest.mark.parametrize("odd", [(ONE, THREE), (ONE, ONE, TWO, THREE)])
def test_what_most_were_told_is_a_measure_for_who_lost_something(odd):
    assert verdicts(*crowd(30, ONE, TWO, THREE), heard("odd", *odd))[0] == {("STREAM-8", "odd")}


@pytest.mark.parametrize(
    "sessions",
    [
        [*crowd(30, ONE, TWO, THREE), heard("odd", ONE, Spoken(2.5, 6.0, "two things three things"))],  # cut otherwise
        [*crowd(30, ONE, TWO, THREE), heard("odd", TWO, ONE, THREE)],
        [*crowd(15, ONE, TWO, THREE), heard("odd", ONE, THREE)],  # too few
        [*crowd(30, ONE, TWO, THREE), *crowd(12, ONE, TWO)],  # too many
    ],
)
def test_under_load_nothing_else_is_held_against_anybody(sessions):
    assert verdicts(*sessions)[0] == set()


def test_it_stays_small_however_many_sessions_there_are():
    long = tuple(Spoken(float(n), n + 0.5, "a thing") for n in range(100))
    whole = company(*(heard(str(n), *long[: n % 60], audio=f"sound {n % 90}") for n in range(4000)))
    hearings = [hearing for each in whole.hearings.values() for hearing in each.all]
    assert len(hearings) <= 32 * 8
    assert sum(hearing.together for hearing in hearings) <= 4000


def test_parts_of_a_run_together_say_what_the_whole_says():
    sessions = [*TWO_ALONE, *crowd(30, ONE, TWO, THREE), heard("odd", ONE, THREE), account("x", session="id-odd")]
    parts = company(*sessions[:12])
    parts.merge(company(*sessions[12:]))
    told = [{(s.outcome, s.sessions) for s in whole.judge()} for whole in (parts, company(*sessions))]
    assert told[0] == told[1]


def test_a_difference_is_told_in_words():
    assert str(difference([ONE, ONE, OTHER], [ONE, TWO])) == (
        "not told of 2.50-4.00 s ('two things'); told of, as no other was, 0.20-3.10 s ('something else'); "
        "told more than once of 0.50-2.00 s ('one thing')"
    )


# One session's account


START = {
    "session_id": "s1",
    "chunk_endpoint": "/c",
    "events_endpoint": "/e",
    "control_endpoint": "/k",
    "expires_at": 1e9,
}
TRANSCRIPT = {"speaker": "A", "text": "one thing", "start": 0.5, "end": 2.0, "confidence": 0.9}


def story(*more):
    """A whole session, with `more` before the finalize."""
    yield Header("me", "probe", 1, "", "2", "1", "http://memory", Profile(), 0.0, 0.0)
    yield Sent(1, "start", 0.0, 0.0)
    yield Returned(1, 0.1, 200, body=START, is_json=True)
    yield Sent(2, "attach", 0.1, 0.1)
    yield Returned(2, 0.2, 200, content_type="text/event-stream")
    yield from chunk(3, "0")
    yield Event(2, 0.4, "final_transcript", "", payload=TRANSCRIPT)
    yield Event(2, 0.4, "emotion", "", payload={})
    yield from more
    yield Sent(90, "control", 0.5, 0.5, action="finalize")
    yield Returned(90, 0.6, 200)
    yield Event(2, 0.7, "done", "", payload={"conversation_id": "k1", "session_id": "s9"})


def chunk(n, seq, status=200, **fields):
    yield Sent(n, "chunk", 0.3, 0.3, **{"seq": seq, "size": 100, "audio": f"sound@{seq}"} | fields)
    yield Returned(n, 0.4, status, failure=None if status else "timeout")


def kept(*observations):
    judge = Judge(Profile())
    for observation in observations:
        judge.observe(observation)
    return judge.account


def test_the_account_of_a_whole_session():
    seen = kept(*story())
    assert (seen.who.label, seen.session, seen.conversation, seen.names) == ("me", "s1", "k1", ("s9",))
    assert (seen.spoken, seen.counts) == ((ONE,), (1, 0))
    assert seen.audio


def test_a_retry_changes_nothing_about_the_audio():
    usual = kept(*story(*chunk(4, "1"))).audio
    assert kept(*story(*chunk(4, "1"), *chunk(5, "1"))).audio == usual
    assert kept(*story(*chunk(4, "1", None), *chunk(5, "1"))).audio == usual
    assert kept(*story(*chunk(4, "1", size=99))).audio not in {"", usual}
    assert kept(*story(*chunk(4, "9", 409), *chunk(5, "1"))).audio == usual


@pytest.mark.parametrize(
    "more",
    [
        [*chunk(4, "1", None)],  # it may have been taken in, or not
        [*chunk(4, "2")],  # a gap was accepted
        [*chunk(4, "1", wellformed=False)],
        [*chunk(4, "0", audio="sound@5")],  # a retry with other bytes
        [Sent(4, "attach", 0.5, 0.5), Returned(4, 0.6, 200)],
        [Sent(4, "control", 0.5, 0.5, action="cancel", reason="enough")],
    ],
)
def test_a_session_with_more_to_it_is_not_compared(more):
    assert kept(*story(*more)).audio == ""


def test_a_consumer_who_came_late_may_have_missed_something():
    observations = list(story())
    early = [*observations[:3], *chunk(3, "0"), *observations[3:5], *observations[7:]]
    assert kept(*early).audio == ""


def test_a_request_without_the_right_key_is_no_part_of_it():
    usual = kept(*story()).audio
    assert kept(*story(*chunk(4, "1", 401, key="wrong"))).audio == usual


@pytest.mark.parametrize(
    ("named", "verdict"),
    [
        ([], None),
        (["s1", "s1"], None),
        (["s9", "s9"], None),  # whatever that is, it is not the session
        (["s1", "s9", "s1"], Verdict.FAIL),
        (["s9", "s1"], Verdict.FAIL),
    ],
)
@pytest.mark.parametrize("field", ["session_id", "sessionId", "Session-ID"])
def test_a_stream_whose_events_name_two_sessions(named, verdict, field):
    judge = Judge(Profile())
    for observation in story(*(Event(2, 0.4, "moment", "", payload={field: name}) for name in named)):
        judge.observe(observation)
    assert not judge.crashes
    tally = judge.tallies.get("STREAM-7")
    assert (tally.verdict if tally else None) is verdict
    assert not tally or tally.failed == 1


# Sounds that differ from session to session


def test_one_of_several_sounds_by_the_seed(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("call: c\naudio: {one-of: [{length: 1s, mark: 1}, {length: 2s, mark: 2}]}\nsteps: [start]\n")
    sound = read(file).audio
    assert [sound.for_session(seed).duration for seed in range(4)] == [1.0, 2.0, 1.0, 2.0]


@pytest.mark.parametrize("audio", ["{one-of: []}", "{one-of: 5s}", "{one-of: [{length: 1s}], length: 2s}"])
def test_one_of_stands_alone_with_a_list(audio, tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(f"call: c\naudio: {audio}\nsteps: [start]\n")
    with pytest.raises(UsageError, match=r"c\.yaml:2: audio: .*expected one-of alone, with a list"):
        read(file)


# Over the memory transport


CROWD = ("in-turn", "crowd", "crowd-retries", "crowd-cancels")


def run(altered, histories=None):
    clock = VirtualClock(wall=1_800_000_000.25)
    transports = MemoryTransports(altered(Settings(ttl=6.0)), clock)
    sut = Deployment("http://memory", "", DEFAULT_KEY)
    gate = Gate(sut, transports.connect, clock, jobs=1, histories=histories)
    return gate.run([find(name, Probe) for name in CROWD], 1)


ALTERED = {
    name: each for name, each in (MUTANTS | VARIANTS).items() if each.service.__module__.endswith((".company", ".ids"))
}


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED)
def test_each_mutant_is_found_out_and_no_variant_suspected(altered):
    if altered.name.startswith("one-session-a-key"):
        pytest.skip("it has no crowd; the kill matrix tries it")
    assessment = run(altered.service)
    assert set(assessment.broken) == set(altered.trips)
    assert not assessment.crashes


def test_the_same_run_again_is_the_same():
    first, second = run(MUTANTS["results-leak"].service), run(MUTANTS["results-leak"].service)
    assert first == second


@pytest.mark.parametrize("service", [Service, *(MUTANTS[name].service for name in ("results-leak", "ids-of-places"))])
def test_the_histories_of_a_run_show_what_it_showed(service, tmp_path):
    live, offline = run(service, tmp_path), Assessment()
    files = {}
    for path in history_files([tmp_path]):
        judge_file(path, None, offline, files)
    offline.compare_sessions()
    told = [
        sorted((f.requirement, f.session, f.expected, f.happened) for f in each.findings if not f.trail)
        for each in (live, offline)
    ]
    assert {name for name, *_ in told[0]} == {name for name, *_ in told[1]}
    assert live.broken == offline.broken
    assert {n: t.failed for n, t in live.tallies.items()} == {n: t.failed for n, t in offline.tallies.items()}
