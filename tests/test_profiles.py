"""Profiles of deployments: as files, and as they come of what was observed."""

import msgspec
import pytest

from harness.cli import main
from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.client.preflight import preflight
from harness.contract.profile import Fields, Profile, Waits
from harness.contract.profile_file import load_profile
from harness.errors import ExitCode, UsageError
from harness.gate.profile_draft import draft, observed
from harness.gate.runner import Gate
from harness.oracle.notes import OTHERS
from harness.sandbox.child import Sandbox
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.sandbox.variants import VARIANTS
from harness.scenario.call import Probe
from harness.scenario.loader import SHIPPED, find

PROBES = [
    find(name, Probe)
    for name in (
        "start-key",
        "gap",
        "first-number",
        "backwards",
        "malformed",
        "twice-over",
        "unknown-action",
        "after-done",
    )
]


def assess(profile, service=Service):
    clock = VirtualClock(wall=1_800_000_000.25)
    connect = MemoryTransports(service(Settings(ttl=6.0)), clock).connect
    sut = Deployment("http://memory", "", DEFAULT_KEY, profile)
    sut = msgspec.structs.replace(sut, server_offset=preflight(sut, connect, clock).server_offset)
    return Gate(sut, connect, clock, jobs=1).run(PROBES, seed=1)


def load(tmp_path, text):
    file = tmp_path / "profile.yaml"
    file.write_text(text)
    return load_profile(file)


def test_durations_are_written_with_their_unit(tmp_path):
    profile = load(tmp_path, "profile: ours\nwaits: {drain: 2m, grace: 500ms}\n")
    assert profile == Profile(profile="ours", waits=Waits(drain=120.0, grace=0.5))


def test_names_of_fields_can_be_pinned(tmp_path):
    profile = load(tmp_path, "fields: {received-bytes: total, start: {session_id: id}}\n")
    assert profile.fields.received_bytes == "total"
    assert profile.fields.start.session_id == "id"
    assert profile.fields.start.expires_at == "expires_at"


def test_the_sandbox_profile_pins_its_refusals():
    profile = load_profile(SHIPPED / "profiles" / "sandbox.yaml")
    assert profile.profile == "sandbox"
    assert profile.refusals == {
        "auth": 401,
        "gap": 409,
        "first": 409,
        "late": 409,
        "expired": 410,
        "second-consumer": 409,
    }
    assert profile.pins["replay"] == "everything from the beginning"


def test_a_pin_is_text_however_it_is_written(tmp_path):
    assert load(tmp_path, "pins: {start: 201, comments: 'yes'}").pins == {"start": "201", "comments": "yes"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "profile: a\nwait: {drain: 2m}",
            "profile.yaml:2: wait: unknown key; expected one of profile, about, fields, waits",
        ),
        ("profile: a\nwait: {drain: 2m}", "did you mean waits?"),
        ("profile: a\nwaits:\n  drian: 2m", "profile.yaml:3: waits.drian: unknown key"),
        ("waits: {drain: 60}", "profile.yaml:1: waits.drain: '60' has no unit; expected a duration such as"),
        ("waits: {grace: -1s}", "profile.yaml:1: waits.grace: '-1s' is negative"),
        ("refusals:\n  gpa: 409", "profile.yaml:2: refusals.gpa: got 'gpa'; expected one of"),
        ("refusals: {gap: conflict}", "refusals.gap: got 'conflict'; expected a whole number"),
        ("refusals: {gap: 200}", "refusals.gap: 200 is out of range; expected a whole number, at least 400"),
        ("fields: {start: {id: x}}", "fields.start.id: unknown key; expected one of session_id"),
        ("call: coaching\nsteps: [start]", "profile.yaml:1: call: unknown key"),
        ("pins:\n  gap: 409\n  empty-chnk: 400", "profile.yaml:3: pins.empty-chnk: there is no question 'empty-chnk'"),
        ("pins: {empty-chnk: 400}", "did you mean empty-chunk?"),
        ("pins: {xyz: 400}", "live-harness requirements ID"),
        ("pins: {comments: [yes]}", "pins.comments: got a list; expected an answer such as 409 JSON"),
    ],
)
def test_faults_are_located(tmp_path, text, message):
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)
    assert message in str(caught.value)
    assert caught.value.exit_code is ExitCode.USAGE


def test_the_profile_of_a_deployment_holds_it_to_what_it_was_seen_to_do(tmp_path):
    text = draft(Profile(profile="ours"), assess(Profile()).notes, "as it was")
    profile = load(tmp_path, text)
    assert profile.profile == "ours"
    assert profile.refusals == {"auth": 401, "gap": 409, "first": 409}
    assert profile.pins["older"] == "409 JSON"
    assert not assess(profile).broken


def test_another_deployment_fails_by_what_is_pinned(tmp_path):
    profile = load(tmp_path, draft(Profile(), assess(Profile()).notes, ""))
    other = VARIANTS["other-refusals"].service
    assert not assess(Profile(), other).broken
    seen = assess(profile, other)
    assert {"AUTH-1", "CHUNK-3", "CHUNK-5", "CTRL-5"} <= set(seen.broken)
    assert any("'409 JSON', which pins.keepalive-after-finalize has" in finding.expected for finding in seen.findings)


def pinned(notes, tmp_path):
    profile = load(tmp_path, draft(Profile(), notes, ""))
    return profile.refusals, profile.pins


def test_a_status_that_answers_all_questions_of_a_refusal_is_pinned_as_such(tmp_path):
    notes = {
        "CHUNK-7": {"late": {"409 JSON": 2}, "late-after-done": {"409 text": 1}, "late-after-cancel": {"409 JSON": 1}}
    }
    assert pinned(notes, tmp_path) == ({"late": 409}, {})


def test_refusals_that_differ_are_pinned_one_by_one(tmp_path):
    notes = {"CHUNK-7": {"late": {"409 JSON": 2}, "late-after-done": {"404 text": 1}}}
    assert pinned(notes, tmp_path) == ({}, {"late": "409 JSON", "late-after-done": "404 text"})


def test_what_varies_or_hangs_on_chance_is_told_but_not_pinned(tmp_path):
    notes = {
        "CHUNK-11": {"empty-chunk": {"400 JSON": 3, "200 JSON": 1}, "two-at-once": {"both taken": 1}},
        "CTRL-5": {"cancel-after-cancel": {OTHERS: 2}},
    }
    text = draft(Profile(), notes, "")
    assert load(tmp_path, text).pins == {}
    assert "#   empty-chunk: 400 JSON (3x); 200 JSON (1x)" in text
    assert "#   two-at-once: both taken (1x)" in text
    assert OTHERS in text


def test_the_draft_keeps_what_the_profile_had_to_say_first(tmp_path):
    said = Profile(
        "theirs", fields=Fields(received_bytes="total"), waits=Waits(drain=90.0), pins={"gap": "400"}, metrics="/m"
    )
    kept = load(tmp_path, draft(said, {"CHUNK-5": {"older": {"it's: 409 #": 1}}}, ""))
    assert (kept.profile, kept.fields, kept.waits, kept.metrics) == ("theirs", said.fields, said.waits, "/m")
    assert kept.pins == {"older": "it's: 409 #"}


def test_what_was_observed_is_told_in_the_order_of_the_questions():
    notes = {"OPS-3": {"artifacts": {"404": 1}}, "AUTH-1": {"start-without-key": {"401 JSON": 1}}}
    assert [each.slug for each in observed(notes)] == ["start-without-key", "artifacts"]


def test_the_command_writes_a_profile_that_the_gate_accepts(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("harness.commands.profile.shipped", lambda: [*PROBES[:2], find("unknown-action", Probe)])
    monkeypatch.setenv("LIVE_API_KEY", DEFAULT_KEY)
    out = tmp_path / "theirs.yaml"
    with Sandbox("--ttl", "6s") as sandbox:
        assert main(["profile", "--host", sandbox.url, "--out", str(out)]) == ExitCode.OK
        told = capsys.readouterr().out
        assert "unknown-action" in told
        assert DEFAULT_KEY not in told + out.read_text()
        profile = load_profile(out)
        assert profile.profile == "theirs"
        assert profile.pins["unknown-action"] == "400 JSON"
        gate = ["conform", "--host", sandbox.url, "--only", "unknown-action", "--report", str(tmp_path)]
        assert main([*gate, "--profile", str(out)]) == ExitCode.OK
        out.write_text(out.read_text().replace("400 JSON", "422 JSON"))
        assert main([*gate, "--profile", str(out)]) == ExitCode.BROKEN
        assert "CTRL-4 broken" in capsys.readouterr().out


def test_without_a_file_the_command_prints_yaml_alone(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("harness.commands.profile.shipped", lambda: PROBES[:2])
    assert main(["profile", "--mutant", "gap-accepted"]) == ExitCode.OK
    printed = capsys.readouterr()
    assert load(tmp_path, printed.out).pins["start"] == "200 JSON"
    assert "breaks CHUNK-3" in printed.err


def test_the_command_writes_over_nothing_and_says_when_nobody_is_there(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LIVE_API_KEY", DEFAULT_KEY)
    there = tmp_path / "there.yaml"
    there.touch()
    assert main(["profile", "--host", "http://127.0.0.1:9", "--out", str(there)]) == ExitCode.USAGE
    assert main(["profile", "--host", "http://127.0.0.1:9"]) == ExitCode.UNUSABLE
    assert "is there already" in capsys.readouterr().err
