"""What a load run's flags come to, and which are refused before anything is sent."""

import math

import pytest

from harness.errors import UsageError
from harness.load.options import settle
from harness.load.workload import load_workload
from harness.scenario.load import Open

GIVEN = {
    "host": "http://127.0.0.1:9",
    "api_key": "s3cr3t",
    "keys": None,
    "scenario": "mixed",
    "profile": None,
    "record": "failed",
    "seed": 1,
    "verify": True,
    "mutant": None,
    "allow_production": False,
}
MUTANTS = ("gap-accepted", "done-twice")


def settings(*, embedded=False, **given):
    return settle(GIVEN | given, MUTANTS, embedded=embedded)


@pytest.fixture(autouse=True)
def no_key_around(monkeypatch):
    monkeypatch.delenv("LIVE_API_KEY", raising=False)


def test_a_host_and_its_key():
    settled = settings(host="https://staging.example.com/api/")
    assert (settled.deployment().origin, settled.deployment().prefix) == ("https://staging.example.com", "/api")
    assert settled.deployment().key == "s3cr3t"


def test_the_key_comes_from_the_environment_unless_it_is_given(monkeypatch):
    monkeypatch.setenv("LIVE_API_KEY", "from-environment")
    assert settings(api_key=None).key == "from-environment"
    assert settings().key == "s3cr3t"


def test_only_the_sandbox_has_a_key_by_itself():
    assert settings(embedded=True, host=None, api_key=None).key == "sandbox-key"
    with pytest.raises(UsageError, match="LIVE_API_KEY"):
        settings(api_key=None)


def test_the_key_stands_in_no_message():
    settled = settings()
    assert "s3cr3t" not in f"{settled!r} {settled} {settled.deployment()!r}"


@pytest.mark.parametrize(
    "host",
    [
        "https://api.illocution.ai",
        "https://API.Illocution.AI:443/",
        "https://api.illocution.ai./prefix",
        "http://api.illocution.ai",
        "https://api.illocution.ai:8443",
    ],
)
def test_production_is_no_target_unless_the_user_insists(host):
    with pytest.raises(UsageError, match="--allow-production"):
        settings(host=host)
    assert settings(host=host, allow_production=True).host == host


@pytest.mark.parametrize("host", ["https://api.illocution.ai.example.com", "http://illocution.ai", "http://[::1]:80"])
def test_other_hosts_are_not_production(host):
    assert settings(host=host).host == host


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"host": "staging.example.com"}, "http:// or https://"),
        ({"host": ""}, "http:// or https://"),
        ({"mutant": "gap-accepted"}, "without --host"),
        ({"embedded": True, "mutant": "gap-acepted"}, "did you mean gap-accepted?"),
        ({"api_key": "line\nbreak"}, "no HTTP header"),
        ({"record": "some"}, "none, failed, all"),
        ({"profile": "sandbx"}, "did you mean sandbox?"),
        ({"profile": "/no/such.yaml"}, "can't be read"),
    ],
)
def test_faults_are_told(given, message):
    with pytest.raises(UsageError) as refused:
        settings(**given)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_mutant_of_the_sandbox():
    assert settings(embedded=True, host=None, mutant="done-twice").mutant == "done-twice"


def test_every_shipped_load_can_be_run():
    workload = load_workload("smoke")
    assert [call.name for call, _ in workload.mix] == ["plain", "hang-up"]
    assert (workload.users, workload.spawn_rate, workload.seconds) == (3, 3, 30)
    assert load_workload("mixed").slos


def test_a_call_alone_is_a_workload_too():
    workload = load_workload("plain")
    assert ([call.name for call, _ in workload.mix], workload.users, workload.seconds) == (["plain"], None, None)


def test_an_unknown_scenario_is_told_with_a_guess():
    with pytest.raises(UsageError, match="did you mean mixed"):
        load_workload("mixd")


def written(path, text):
    path.write_text(text)
    return str(path)


def test_calls_of_a_file_are_referred_to_by_their_file(tmp_path):
    written(tmp_path / "own.yaml", "call: mine\nsteps: [start]")
    load = written(tmp_path / "load.yaml", "load: both\nmix: {own.yaml: 1, plain: 2}")
    assert load_workload(load).references == {"mine": str(tmp_path / "own.yaml"), "plain": "plain"}


def test_stages_lead_from_one_number_of_users_to_the_next(tmp_path):
    stages = "stages: [{for: 10s, ramp-to: 100}, {for: 20s}, {for: 10s, spike-to: 500}, {for: 10s, ramp-to: 0}]"
    workload = load_workload(written(tmp_path / "load.yaml", f"load: ramp\nmix: {{plain: 1}}\n{stages}"))
    assert (workload.changes, workload.seconds) == (True, 50)
    seen = [workload.users_at(seconds) for seconds in (0, 5, 10, 29, 35, 45, 49.9, 50, 99)]
    assert seen == [0, 50, 100, 100, 500, 50, 1, 0, 0]


def test_an_open_load(tmp_path):
    text = "load: open\nmix: {plain: 1}\narrivals: {model: open, rate: 5/s}\nwarm-up: 10s\nstages: [{for: 1m}]"
    workload = load_workload(written(tmp_path / "load.yaml", text))
    assert (workload.open, workload.warm_up) == (Open(rate=5.0), 10)
    assert (workload.users, workload.spawn_rate, workload.changes) == (None, None, False)
    assert workload.levels == ((60, 5, 5), (math.inf, 5, 5))
