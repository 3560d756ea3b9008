"""The commands as a user runs them, on a sandbox over loopback HTTP."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from harness.cli import main
from harness.commands import requirements
from harness.contract.profile_file import load_profile
from harness.errors import ExitCode
from harness.sandbox.child import Sandbox
from harness.scenario.audio.recipe import Recipe
from harness.scenario.audio.render import render

KEY = "sk-live-harness-test-7f3a"
OUT = Path("out.txt")


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
    assert main([*arguments, "--allow-unexercised", "CTRL-3"]) == ExitCode.OK
    assert "waived: CTRL-3" in capsys.readouterr().out


def test_a_probe_of_which_nothing_is_checked_leaves_no_verdict(sandbox, capsys):
    assert main(["conform", "--host", sandbox.url, "--only", "twice-over"]) == ExitCode.NO_VERDICT
    out = capsys.readouterr().out
    assert "not checked by this version: CTRL-5" in out
    assert "Conformant" not in out


def test_a_replay_that_gave_up_has_no_verdict_and_so_has_its_history(sandbox, capsys):
    wait = ["--max-wait", "100ms", "--history", "k.jsonl"]
    assert main(["replay", "keepalive", "--host", sandbox.url, *wait]) == ExitCode.NO_VERDICT
    assert main(["check", "k.jsonl"]) == ExitCode.NO_VERDICT
    assert "Conformant" not in capsys.readouterr().out


def test_a_history_in_which_nothing_was_exercised_has_no_verdict(sandbox, capsys):
    assert main(["replay", "gap", "--host", sandbox.url, "--history", "gap.jsonl"]) == ExitCode.OK
    Path("head.jsonl").write_bytes(Path("gap.jsonl").read_bytes().partition(b"\n")[0])
    assert main(["check", "head.jsonl"]) == ExitCode.NO_VERDICT
    assert "Conformant: 0" not in capsys.readouterr().out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("command", [["replay", "gap"], ["stream", "call.wav", "--speed", "8"]])
def test_a_full_disk_is_no_verdict_on_the_sut(command, sandbox, capsys):
    Path("call.wav").write_bytes(render(Recipe(length=2.0)).data)
    assert main([*command, "--host", sandbox.url, "--history", "/dev/full"]) == ExitCode.HARNESS
    told = capsys.readouterr()
    assert "No space left" in told.out
    assert "Traceback" not in told.out + told.err


def test_a_fault_of_ours_names_the_file_with_its_traceback(monkeypatch, capsys):
    def fails():
        raise LookupError("no such thing")

    monkeypatch.setattr(requirements, "load_catalogue", fails)
    monkeypatch.setattr(tempfile, "tempdir", str(Path.cwd()))
    assert main(["requirements"]) == ExitCode.HARNESS
    (file,) = Path.cwd().glob("live-harness-*.txt")
    told = capsys.readouterr().err
    assert str(file) in told
    assert "LookupError: no such thing" in told
    assert "in fails" in file.read_text()


def test_replays_of_an_insecure_run_are_insecure(capsys):
    assert conform("--mutant", "gap-accepted", "--insecure") == ExitCode.BROKEN
    line = next(line for line in capsys.readouterr().out.splitlines() if "live-harness replay gap" in line)
    assert line.endswith("--insecure")


@pytest.mark.parametrize("closed", ["stdout", "both"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["conform", "--only", "START-1"], ExitCode.OK),
        (["conform", "--only", "gap", "--mutant", "gap-accepted"], ExitCode.BROKEN),
        (["replay", "start"], ExitCode.OK),
        (["scenarios", "--schema"], ExitCode.OK),
        (["check", "."], ExitCode.USAGE),
    ],
)
def test_a_reader_that_goes_away_does_not_change_the_exit_code(arguments, code, closed):
    reading, writing = os.pipe()
    os.close(reading)
    errors = writing if closed == "both" else subprocess.PIPE
    try:
        done = subprocess.run(
            [sys.executable, "-m", "harness.cli", *arguments], stdout=writing, stderr=errors, text=True, check=False
        )
    finally:
        os.close(writing)
    assert done.returncode == code, done.stderr
    assert "Broken" not in (done.stderr or "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["conform", "--host", "sut:80"], "expected an http:// or https:// URL"),
        (["conform", "--host", ""], "expected an http:// or https:// URL"),
        (["conform", "--only", "CHUNK-33"], "did you mean CHUNK-3?"),
        (["conform", "--only", "gapp"], "did you mean gap?"),
        (["conform", "--only", "CHUNK-11"], "CHUNK-11: no check judges it (observed)"),
        (["conform", "--only", "SEC-1"], "SEC-1: no check judges it (excluded: a promise of the harness"),
        (["conform", "--mutant", "gap-acepted"], "did you mean gap-accepted?"),
        (["conform", "--variant", "nope"], "there is no variant 'nope'"),
        (["conform", "--mutant", "gap-accepted", "--variant", "epoch-expiry"], "one of them only"),
        (["conform", "--host", "http://:sesame@127.0.0.1"], "without a user name"),
        (["stream", "call.wav", "--speed", "0"], "--speed 0: expected a number above 0"),
        (["stream", "call.wav", "--speed", "-1"], "--speed -1"),
        (["stream", "call.wav", "--speed", "nan"], "--speed nan"),
        (["stream", "call.wav", "--speed", "inf"], "--speed inf"),
        (["replay", "gap", "--history", "scenarios"], "scenarios: no history can be written here"),
        (["stream", "call.wav", "--history", "call.yaml/below"], "no history can be written here"),
        (["check", "latin.jsonl"], "latin.jsonl:1: not a line"),
        (["check", "deep.jsonl"], "deep.jsonl:1: not a line"),
        (["conform", "--allow-unexercised", "CHUNK-99"], "unknown requirement"),
        (["conform", "--profile", "nobody"], "unknown profile"),
        (["conform", "--profile", "profile.yaml"], "profile.yaml:2: refusal"),
        (["conform", "--host", "http://127.0.0.1:1", "--mutant", "x"], "without --host"),
        (["replay", "gapp"], "did you mean gap?"),
        (["replay", "call.yaml"], "call.yaml:2: steps[1]"),
        (["stream", "nowhere.wav"], "nowhere.wav"),
        (["stream", "call.yaml"], "call.yaml"),
        (["check", "nothing.jsonl"], "can't be read"),
        (["check", "scenarios"], "no history"),
        (["requirements", "CHUNK-0"], "unknown requirement"),
        (["scenarios", "call.yaml"], "did you mean finalize?"),
        (["init", "."], "is there already"),
    ],
)
def test_bad_input_gets_one_clear_line_and_exit_2(arguments, message, capsys):
    Path("profile.yaml").write_text("profile: mine\nrefusal: {gap: 409}\n")
    Path("call.yaml").write_text("call: mine\nsteps: [start, finalise]\n")
    Path("scenarios").mkdir()
    Path("call.wav").write_bytes(render(Recipe(length=1.0)).data)
    Path("latin.jsonl").write_bytes(b'{"saw":"ended","at":1,"ending":"done","why":"\xe9"}\n')
    Path("deep.jsonl").write_bytes(b'{"saw":"returned","n":1,"at":0,"body":' + b"[" * 5000 + b"]" * 5000 + b"}\n")
    assert main(arguments) == ExitCode.USAGE
    told = capsys.readouterr()
    assert message in told.err
    assert "Traceback" not in told.out + told.err
    assert "sesame" not in told.err


@pytest.mark.parametrize("host", ["ftp://x", "127.0.0.1:8765"])
def test_a_host_that_is_no_url_is_said_before_the_key_is_asked_for(host, monkeypatch, capsys):
    monkeypatch.delenv("LIVE_API_KEY")
    assert main(["conform", "--host", host]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert "expected an http:// or https:// URL" in told
    assert "LIVE_API_KEY" not in told


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
    assert main(["scenarios", "mine/scenarios"]) == ExitCode.OK
    assert "coaching" in capsys.readouterr().out
    assert load_profile(Path("mine/scenarios/profiles/sandbox.yaml")).profile == "sandbox"


def interrupted(arguments, begun):
    """Run a command, press Ctrl-C once `begun` says so, and return what it printed."""
    command = [sys.executable, "-m", "harness.cli", *arguments]
    with OUT.open("wb") as file:
        running = subprocess.Popen(command, stdout=file, stderr=file, env=os.environ | {"PYTHONUNBUFFERED": "1"})
    try:
        patience = time.monotonic() + 60
        while not begun():
            assert running.poll() is None, OUT.read_text()
            assert time.monotonic() < patience, f"it did not begin: {OUT.read_text()}"
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        running.wait(30)
    finally:
        running.kill()
        running.wait()
    out = OUT.read_text()
    assert running.returncode == ExitCode.INTERRUPTED, out
    assert "Traceback" not in out
    return out


def test_ctrl_c_in_the_middle_reports_what_was_seen(sandbox):
    def gap_is_over():
        return any(b'"done"' in path.read_bytes() for path in Path("reports").glob("*/histories/gap.jsonl"))

    out = interrupted(["conform", "--host", sandbox.url, "--only", "keepalive", "gap"], gap_is_over)
    assert "Interrupted" in out
    assert "CHUNK-3" in out
    assert Path("reports/latest/histories/keepalive.jsonl").exists()


@pytest.mark.parametrize(
    ("command", "sign", "told"),
    [
        (["replay", "keepalive"], "→ keepalive", "Interrupted; nothing broken so far"),
        (["stream", "call.wav"], "ingesting", r"interrupted: \d+ status"),
    ],
)
def test_ctrl_c_in_a_session_tells_what_was_seen(command, sign, told, sandbox):
    Path("call.wav").write_bytes(render(Recipe(length=60.0)).data)
    arguments = [*command, "--host", sandbox.url, "--history", "session.jsonl"]
    assert re.search(told, interrupted(arguments, lambda: sign in OUT.read_text()))
    assert b'"interrupted"' in Path("session.jsonl").read_bytes().splitlines()[-1]
