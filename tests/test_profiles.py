"""Profiles of deployments, as files."""

import pytest

from harness.contract.profile import Profile, Waits
from harness.contract.profile_file import load_profile
from harness.errors import ExitCode, UsageError
from harness.scenario.loader import SHIPPED


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
    ],
)
def test_faults_are_located(tmp_path, text, message):
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)
    assert message in str(caught.value)
    assert caught.value.exit_code is ExitCode.USAGE
