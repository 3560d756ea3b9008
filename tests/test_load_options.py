"""What a load run's flags come to, and which are refused before anything is sent."""

import importlib
import math
import secrets
import socket
from types import SimpleNamespace

import pytest
from flask import Flask
from flask_login import LoginManager

from harness.errors import UnusableError, UsageError
from harness.load.options import HIDDEN, add_arguments, settle
from harness.load.web import refuse_faulty_forms
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


# The web UI


def of_locust(name):
    """A module, without the monkey-patching of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCUST_SKIP_MONKEY_PATCH", "yes")
        return importlib.import_module(name)


@pytest.fixture
def parser():
    locust = of_locust("locust.argument_parser")
    parser = locust.get_empty_argument_parser(default_config_files=[])
    locust.setup_parser_arguments(parser)
    add_arguments(parser)
    return parser


@pytest.fixture
def page():
    """Locust's web UI, as far as forms need it; those that pass are in `page.forms`."""
    page = Flask("page")
    page.forms = []
    refuse_faulty_forms(page, page.forms.append)
    for path, method in {"/swarm": "POST", "/stop": "POST", "/live": "GET"}.items():
        page.add_url_rule(path, path, "started".format, methods=[method])
    return page


def test_what_the_page_shows_is_what_a_form_may_say(parser):
    shown = parser.args_included_in_web_ui.keys()
    ours = GIVEN.keys() - {"host", "profile"} | {"report"}
    of_searches = {"against", "against_key"}
    assert (ours & shown, ours - shown) == ({"scenario", "seed", "record"}, HIDDEN - of_searches)


@pytest.mark.parametrize("field", sorted(HIDDEN))
def test_a_form_can_set_no_hidden_option(page, field):
    refused = page.test_client().post("/swarm", data={"user_count": "1", field: "true"}).json
    assert not refused["success"]
    assert refused["message"].startswith(f"{field}: ")
    assert page.forms == []


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"user_count": "abc"}, "user_count 'abc': expected a whole number"),
        ({"user_count": "1.5"}, "user_count '1.5': expected a whole number"),
        ({"spawn_rate": "fast"}, "spawn_rate 'fast': expected a number"),
        ({"seed": ""}, "seed '': expected a whole number"),
    ],
)
def test_a_form_has_numbers_where_they_are_due(page, form, message):
    refused = page.test_client().post("/swarm", data=form).json
    assert refused == {"success": False, "message": message}
    assert page.forms == []


def test_a_right_form_passes(page):
    form = {"user_count": "7", "spawn_rate": "0.5", "seed": "-3", "scenario": "smoke"}
    assert page.test_client().post("/swarm", data=form).text == "started"
    assert page.forms == [form]


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:8090", "https://[", "null", ""])
@pytest.mark.parametrize(("method", "path"), [("POST", "/swarm"), ("POST", "/stop"), ("GET", "/live")])
def test_pages_of_other_origins_get_nothing(page, method, path, origin):
    headers = {"Host": "localhost:8089", "Origin": origin}
    reply = page.test_client().open(path, method=method, headers=headers)
    assert (reply.status_code, reply.json["success"]) == (403, False)
    assert page.forms == []


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost:8089"}, {"Origin": "https://localhost:8089"}])
def test_its_own_pages_and_programs_may_start_a_run(page, headers):
    client = page.test_client()
    assert client.post("/swarm", headers={"Host": "localhost:8089", **headers}).text == "started"


def test_the_form_of_who_has_to_log_in_first_is_not_looked_at(page):
    page.secret_key = secrets.token_hex()
    LoginManager(page).user_loader(lambda _: None)
    page.test_client().post("/swarm", data={"user_count": "1"})
    assert page.forms == []


def test_a_form_for_a_host_that_starts_no_session_is_refused(parser):
    preparation = of_locust("harness.load.preparation").Preparation(None, MUTANTS)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and never listens
        host = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        options = parser.parse_args(["--host", host, "--api-key", "s3cr3t", "--scenario", "smoke"])
        runner = SimpleNamespace(state="ready")
        environment = SimpleNamespace(host=host, parsed_options=options, runner=runner, shape_class=None)
        preparation.prepare(environment)
        form = {"user_count": "1", "spawn_rate": "1"}
        with pytest.raises(UnusableError, match=f"{host} can't be reached"):
            preparation.admit(environment, form)


@pytest.mark.parametrize(
    ("form", "refused"),
    [
        ({"user_count": "9", "spawn_rate": "2"}, ""),
        ({"user_count": "9", "scenario": "smoke", "seed": "1", "run_time": "1m", "record": "failed"}, ""),
        ({"scenario": "mixed"}, "scenario"),
        ({"seed": "2"}, "seed"),
        ({"record": "all"}, "record"),
        ({"run_time": "2m"}, "run_time"),
    ],
)
def test_of_a_run_that_is_under_way_only_the_number_of_users_changes(parser, form, refused):
    preparation = of_locust("harness.load.preparation").Preparation(None, MUTANTS)
    given = ["--host", "http://127.0.0.1:9", "--api-key", "s3cr3t", "--scenario", "smoke", "--run-time", "1m"]
    options, runner = parser.parse_args(given), SimpleNamespace(state="running")
    environment = SimpleNamespace(host=options.host, parsed_options=options, runner=runner, shape_class=None)
    preparation.prepare(environment)
    if not refused:
        preparation.admit(environment, form)
        assert options.run_time == 60
        return
    with pytest.raises(UsageError, match=f"{refused} .*: a run is under way"):
        preparation.admit(environment, form)


def test_users_of_a_run_that_follows_its_file_cannot_be_changed(parser):
    preparation = of_locust("harness.load.preparation").Preparation(None, MUTANTS)
    options = parser.parse_args(["--host", "http://127.0.0.1:9", "--api-key", "s3cr3t", "--scenario", "open"])
    runner = SimpleNamespace(state="running")
    environment = SimpleNamespace(host=options.host, parsed_options=options, runner=runner, shape_class="stages")
    preparation.prepare(environment)
    with pytest.raises(UsageError, match="a run is under way in which the number of users changes nothing"):
        preparation.admit(environment, {"user_count": "9"})


@pytest.mark.parametrize("given", [["-u", "0"], ["-u", "-3"], ["-t", "0"], ["-t", "0s"]])
def test_nothing_is_no_amount(given, monkeypatch, capsys):
    locust, preparation = of_locust("locust.argument_parser"), of_locust("harness.load.preparation")
    parser = locust.get_empty_argument_parser(default_config_files=[])
    locust.setup_parser_arguments(parser)
    monkeypatch.setattr("sys.argv", ["locust", *given])
    with pytest.raises(SystemExit) as ended:
        preparation.Preparation(None, MUTANTS).declare(parser)
    assert ended.value.code == 2
    assert f"{given[0]}) {given[1].removesuffix('s')}: expected more than 0" in capsys.readouterr().err


@pytest.mark.parametrize(("state", "under_way", "stopped"), [("running", 1, 1), ("running", 0, 0), ("cleanup", 1, 0)])
def test_a_run_of_the_web_ui_ends_when_its_time_is_up(state, under_way, stopped):
    stops = []
    under, gevent = of_locust("harness.load.under_way"), of_locust("gevent")
    runner = SimpleNamespace(state=state, stop=lambda: stops.append("stopped"))
    under.stop_after(0.0, runner, lambda: under_way)
    gevent.sleep(0.01)
    assert len(stops) == stopped


def test_an_unknown_scenario_is_told_of_calls_and_loads_and_not_of_each_probe():
    with pytest.raises(UsageError) as refused:
        load_workload("nosuch")
    assert "spike, steady, steps, or a probe's name" in str(refused.value)
    assert "gap" not in str(refused.value)


def test_a_scenario_is_a_yaml_file(tmp_path):
    with pytest.raises(UsageError, match=r"expected a YAML file, with a name that ends in \.yaml or \.yml"):
        load_workload(written(tmp_path / "load.txt", "load: mine"))
