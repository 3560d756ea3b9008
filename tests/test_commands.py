"""The commands as a user runs them, on a sandbox over loopback HTTP."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli import main
from harness.contract.profile_file import load_profile
from harness.errors import ExitCode
from harness.sandbox.child import Sandbox
from harness.scenario.audio.recipe import Recipe
from harness.scenario.audio.render import render

KEY = "sk-live-harness-test-7f3a"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox("--ttl", "6s", api_key=KEY) as running:
        yield running


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIVE_API_KEY", KEY)
    monkeypatch.setenv("COLUMNS", "120")


def conform(*arguments):
    return main(["conform", "--only", "gap", "retry", "cancel", *arguments])


def test_the_gate_passes_the_sandbox_and_leaves_a_report(sandbox, capsys):
    assert conform("--host", sandbox.url, "--profile", "sandbox") == ExitCode.OK
    assert "Conformant" in capsys.readouterr().out
    folder = Path("reports/latest")
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["exit_code"] == 0
    assert {path.stem for path in (folder / "histories").iterdir()} == {"gap", "retry", "cancel"}
    for path in folder.rglob("*"):
        assert path.is_dir() or KEY not in path.read_text()


def test_a_mutant_is_named_with_its_evidence_and_its_replay_and_check_finds_the_same(capsys):
    assert conform("--mutant", "gap-accepted") == ExitCode.BROKEN
    live = capsys.readouterr().out
    assert "CHUNK-3 broken" in live
    assert "live-harness replay gap --seed" in live
    replay = next(line for line in live.splitlines() if "live-harness replay gap" in line).split("live-harness ")[1]
    assert main(replay.split()) == ExitCode.BROKEN
    assert main(["check", "reports/latest"]) == ExitCode.BROKEN
    assert "CHUNK-3" in capsys.readouterr().out


def test_a_dead_port_is_no_verdict_on_anybody(capsys):
    assert conform("--host", "http://127.0.0.1:1") == ExitCode.UNUSABLE
    assert "can't be reached" in capsys.readouterr().err


def test_a_wrong_key_is_the_environments_fault_and_never_shown(sandbox, monkeypatch, capsys):
    monkeypatch.setenv("LIVE_API_KEY", "sk-wrong-4c1d")
    assert conform("--host", sandbox.url) == ExitCode.UNUSABLE
    told = capsys.readouterr()
    assert "refused the API key" in told.err
    assert "sk-wrong-4c1d" not in told.out + told.err


def test_a_requirement_that_could_not_be_exercised_leaves_no_verdict_unless_it_is_waived(sandbox, capsys):
    arguments = ["conform", "--host", sandbox.url, "--only", "CTRL-3", "--max-wait", "100ms"]
    assert main(arguments) == ExitCode.NO_VERDICT
    assert "--max-wait" in capsys.readouterr().out
    waived = [*arguments, "--allow-unexercised", "CTRL-3"]
    waived += [name for name in ("TTL-1", "CHUNK-1") if name in arguments]
    assert main(waived) in {ExitCode.OK, ExitCode.NO_VERDICT}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["conform", "--host", "sut:80"], "expected an http:// or https:// URL"),
        (["conform", "--only", "CHUNK-33"], "did you mean CHUNK-3?"),
        (["conform", "--only", "gapp"], "did you mean gap?"),
        (["conform", "--allow-unexercised", "CHUNK-99"], "unknown requirement"),
        (["conform", "--jobs", "0"], "at least 1"),
        (["conform", "--profile", "nobody"], "unknown profile"),
        (["conform", "--profile", "profile.yaml"], "profile.yaml:2: refusal"),
        (["conform", "--host", "http://127.0.0.1:1", "--mutant", "x"], "without --host"),
        (["replay", "gapp"], "did you mean gap?"),
        (["replay", "call.yaml"], "call.yaml:2: steps[1]"),
        (["stream", "nowhere.wav"], "nowhere.wav"),
        (["stream", "call.yaml"], "call.yaml"),
        (["check", "nothing.jsonl"], "can't be read"),
        (["check", "."], "no history"),
        (["requirements", "CHUNK-0"], "unknown requirement"),
        (["scenarios", "call.yaml"], "did you mean finalize?"),
        (["init", "."], "is there already"),
    ],
)
def test_bad_input_gets_one_clear_line_and_exit_2(arguments, message, capsys):
    Path("profile.yaml").write_text("profile: mine\nrefusal: {gap: 409}\n")
    Path("call.yaml").write_text("call: mine\nsteps: [start, finalise]\n")
    Path("scenarios").mkdir()
    assert main(arguments) == ExitCode.USAGE
    told = capsys.readouterr()
    assert message in told.err
    assert "Traceback" not in told.out + told.err


def test_a_host_without_a_key_asks_for_one(monkeypatch, capsys):
    monkeypatch.delenv("LIVE_API_KEY")
    assert main(["conform", "--host", "http://127.0.0.1:1"]) == ExitCode.USAGE
    assert "LIVE_API_KEY" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["wav", "mp3", "opus"])
def test_a_file_is_streamed_and_its_events_shown(form, sandbox, capsys):
    path = Path(f"call.{form}")
    path.write_bytes(render(Recipe(length=4.0, format=form)).data)
    assert main(["stream", str(path), "--host", sandbox.url, "--speed", "8"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "final_transcript" in out
    assert "done" in out.splitlines()[-1]


def test_the_shipped_files_can_be_copied_out_and_still_load(capsys):
    assert main(["init", "mine"]) == ExitCode.OK
    assert main(["scenarios", "mine/scenarios/calls", "mine/scenarios/loads"]) == ExitCode.OK
    assert "coaching" in capsys.readouterr().out
    assert load_profile(Path("mine/scenarios/profiles/sandbox.yaml")).profile == "sandbox"


def test_ctrl_c_in_the_middle_reports_what_was_seen(sandbox):
    gate = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "conform", "--host", sandbox.url, "--only", "keepalive", "gap"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        text=True,
    )
    histories = Path("reports/latest/histories")
    waiting = histories / "keepalive.jsonl"
    for _ in range(600):
        if list(Path("reports").glob("*/histories/gap.jsonl")):
            break
        try:
            gate.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
    gate.send_signal(2)
    out, _ = gate.communicate(timeout=30)
    assert gate.returncode == ExitCode.INTERRUPTED, out
    assert "Interrupted" in out
    assert "Traceback" not in out
    assert waiting.exists()
