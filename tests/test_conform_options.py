"""The gate's options, as a CI system uses them, on a sandbox over loopback HTTP."""

import argparse
import io
import re
import shlex
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from harness import __version__
from harness.cli import main
from harness.commands import conform, progress
from harness.contract.catalogue import load_catalogue
from harness.errors import ExitCode
from harness.gate.baseline import load_baseline
from harness.sandbox.child import Sandbox
from harness.scenario.loader import SHIPPED

KEY = "sk-gate-test-5d20"
MUTANT = ["--mutant", "gap-accepted"]
MINE = (SHIPPED / "probes" / "gap.yaml").read_text(encoding="utf-8").replace("probe: gap", "probe: my-gap")


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox("--ttl", "6s", api_key=KEY) as running:
        yield running


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIVE_API_KEY", KEY)
    monkeypatch.setenv("COLUMNS", "150")


def gate(*arguments):
    return main(["conform", "--only", "gap", *arguments])


def _told(capsys):
    return " ".join(capsys.readouterr().out.split())


def verdicts(path="junit.xml"):
    """What is not green in a JUnit file: tag and message by the case's name."""
    cases = ET.parse(path).getroot().iter("testcase")  # noqa: S314 -- our own
    return {case.get("name"): (case[0].tag, case[0].get("message")) for case in cases if len(case)}


def test_a_conformant_deployment_is_green_in_both_junit_files(sandbox):
    Path("out").mkdir()
    Path("out/junit.xml").write_text("an older one")
    assert gate("--host", sandbox.url, "--junit", "out/junit.xml") == ExitCode.OK
    assert not verdicts("out/junit.xml")
    text = Path("out/junit.xml").read_text(encoding="utf-8")
    assert text == Path("reports/latest/junit.xml").read_text(encoding="utf-8")
    assert KEY not in text
    assert sandbox.url in text


def test_a_deployment_that_is_not_there_leaves_a_junit_file_that_says_so():
    Path("junit.xml").write_text("<testsuites/>")
    assert gate("--host", "http://127.0.0.1:1", "--junit", "junit.xml") == ExitCode.UNUSABLE
    [(tag, message)] = verdicts().values()
    assert tag == "error"
    assert "can't be reached" in message


def test_a_run_that_is_killed_leaves_a_junit_file_that_says_so(monkeypatch):
    def killed(*_):
        raise SystemExit(137)

    monkeypatch.setattr(conform, "preflight", killed)
    with pytest.raises(SystemExit):
        gate("--junit", "junit.xml")
    assert verdicts() == {"verdict": ("error", "the run did not come to its end")}


def test_a_baseline_is_written_filled_in_and_kept_to(capsys):
    assert gate(*MUTANT, "--write-baseline", "baseline.yaml") == ExitCode.BROKEN
    out = capsys.readouterr().out
    assert "conform mutant gap-accepted" in out
    assert "baseline: baseline.yaml, entries: 3;" in out
    assert gate(*MUTANT, "--baseline", "baseline.yaml") == ExitCode.USAGE
    assert "no reason yet" in capsys.readouterr().err
    drafted = Path("baseline.yaml").read_text(encoding="utf-8")
    assert re.findall(r"requirement: (\S+)", drafted) == ["CHUNK-3", "CHUNK-4", "CHUNK-10"]
    Path("baseline.yaml").write_text(drafted.replace('"TODO"', "the gateway renumbers"))
    assert gate(*MUTANT, "--baseline", "baseline.yaml", "--junit", "junit.xml") == ExitCode.OK
    assert "Conformant but for 1 known failure (CHUNK-3)" in capsys.readouterr().out
    assert verdicts()["CHUNK-3"][0] == verdicts()["gap"][0] == "skipped"
    assert "the gateway renumbers" in verdicts()["CHUNK-3"][1]
    assert gate(*MUTANT, "--write-baseline", "baseline.yaml") == ExitCode.USAGE
    assert "is there already" in capsys.readouterr().err


def test_the_whole_run_is_bounded_and_says_what_it_did_not_get_to(sandbox, capsys):
    arguments = ["conform", "--host", sandbox.url, "--only", "CTRL-3", "--time-limit", "300ms", "--junit", "junit.xml"]
    assert main(arguments) == ExitCode.NO_VERDICT
    assert "--time-limit: 300 ms were not enough" in capsys.readouterr().out
    assert verdicts()["CTRL-3"][0] == verdicts()["verdict"][0] == "error"


def test_probes_of_ones_own_take_the_place_of_the_shipped_ones(capsys):
    Path("mine/calls").mkdir(parents=True)
    Path("mine/my-gap.yaml").write_text(MINE)
    Path("mine/compose.yaml").write_text("services: {db: *anchor}\n")
    Path("mine/calls/plain.yaml").write_text((SHIPPED / "calls" / "plain.yaml").read_text(encoding="utf-8"))
    assert main(["conform", "--probes", "mine", *MUTANT, "--junit", "junit.xml"]) == ExitCode.BROKEN
    out = capsys.readouterr().out
    assert "CHUNK-3 broken" in out
    replay = next(line for line in out.splitlines() if "live-harness replay" in line).split("live-harness ")[1]
    assert "mine/my-gap.yaml" in replay
    assert main(shlex.split(replay)) == ExitCode.BROKEN
    assert "gap" not in verdicts()


def test_a_second_deployment_shows_what_happens_without_live_capture(sandbox, capsys):
    arguments = ["conform", "--host", sandbox.url, "--only", "AVAIL-1"]
    assert main(arguments) == ExitCode.NO_VERDICT
    assert "AVAIL-1: needs a deployment on which live capture is switched off (--disabled-host)" in _told(capsys)
    with Sandbox("--disabled", api_key=KEY) as disabled:
        assert main([*arguments, "--disabled-host", disabled.url]) == ExitCode.OK
    assert main([*arguments, "--disabled-host", sandbox.url]) == ExitCode.BROKEN
    assert "AVAIL-1 broken" in capsys.readouterr().out


def test_what_shows_by_comparing_sessions_is_shown_again_by_a_command_that_compares_them(capsys):
    arguments = ["conform", "--only", "crowd", "gap", "--mutant", "ids-by-the-second", "--seed", "3"]
    assert main(arguments) == ExitCode.BROKEN
    again = next(line for line in capsys.readouterr().out.splitlines() if "live-harness conform --only" in line)
    command = shlex.split(again.split("live-harness ")[1])
    assert command[command.index("--seed") + 1] == "3"
    assert main(command) == ExitCode.BROKEN
    assert "START-4 broken" in capsys.readouterr().out


def test_a_table_shows_nothing_that_was_neither_aimed_at_nor_exercised(sandbox, capsys):
    assert main(["conform", "--host", sandbox.url, "--only", "whole-call"]) == ExitCode.OK
    told = capsys.readouterr().out
    assert "NOT EXERCISED" not in told
    assert "EVENT-7" in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--disabled-host", "sut:80"], "expected an http:// or https:// URL"),
        (["--catalogue", "99"], "--catalogue 99: expected one of 1, 2"),
        (["--baseline", "nowhere.yaml"], "nowhere.yaml: can't be read"),
        (["--baseline", "stale.yaml"], "stale.yaml:1: known[0].requirement"),
        (["--junit", "/dev/null/junit.xml"], "--junit /dev/null/junit.xml: can't be written"),
        (["--probes", "nowhere.yaml"], "nowhere.yaml: can't be read"),
        (["--probes", "empty"], "empty: no probe in this folder"),
        (["--probes", "call.yaml"], "call.yaml:1: a call; expected a probe"),
        (["--probes", "odd.yaml"], "odd.yaml:1: exercises: unknown requirement 'CHNK-3'"),
        (["--probes", "shipped", "gap.yaml"], "there is a probe 'gap' in the shipped probes, too"),
        (["--probes", "my-gap.yaml", "--only", "gapp"], "neither a probe nor a requirement that one exercises"),
    ],
)
def test_bad_input_gets_one_clear_line_and_exit_2(arguments, message, capsys):
    Path("empty").mkdir()
    Path("stale.yaml").write_text("known: [{requirement: CHUNK-99, reason: x, expires: 2999-12-31}]\n")
    Path("call.yaml").write_text("call: mine\nsteps: [start]\n")
    Path("odd.yaml").write_text("probe: odd\nexercises: [CHNK-3]\nsteps: [start]\n")
    Path("my-gap.yaml").write_text(MINE)
    Path("gap.yaml").write_text(MINE.replace("my-gap", "gap"))
    assert main(["conform", *arguments]) == ExitCode.USAGE
    told = capsys.readouterr()
    assert message in told.err
    assert "Traceback" not in told.out + told.err


def test_a_duration_is_asked_for_with_its_unit(capsys):
    with pytest.raises(SystemExit, match="2"):
        gate("--time-limit", "5")
    assert "has no unit" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["conform", "profile", "mutants"])
@pytest.mark.parametrize("jobs", ["0", "-1", "x", "1.5"])
def test_nobody_works_with_less_than_one_job(command, jobs, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([command, "--jobs", jobs])
    assert f"got '{jobs}'; expected a whole number, at least 1" in capsys.readouterr().err


def test_sigterm_is_a_ctrl_c(sandbox):
    command = [sys.executable, "-m", "harness.cli", "conform", "--host", sandbox.url, "--only", "keepalive", "gap"]
    with Path("out.txt").open("wb") as out:
        running = subprocess.Popen([*command, "--junit", "junit.xml"], stdout=out, stderr=out)
    try:
        patience = time.monotonic() + 60
        while not any(b'"done"' in path.read_bytes() for path in Path("reports").glob("*/histories/gap.jsonl")):
            assert running.poll() is None, Path("out.txt").read_text()
            assert time.monotonic() < patience
            time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == ExitCode.INTERRUPTED
    finally:
        running.kill()
        running.wait()
    assert "Interrupted; nothing broken so far" in Path("out.txt").read_text()
    assert verdicts()["verdict"][0] == verdicts()["CTRL-3"][0] == "error"
    assert "CHUNK-3" not in verdicts()


def test_in_a_log_progress_is_a_line_now_and_then(monkeypatch):
    now = iter([0.0, 3.0, 10.0, 10.0, 12.0, 25.0, 25.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    console = Console(file=io.StringIO())
    with progress.progress(console, "probes") as told:
        for n in range(4):
            told("gap", n + 1, 4)
    assert console.file.getvalue().splitlines() == ["probes: 2 of 4 are over", "probes: 4 of 4 are over"]


def test_a_workflow_for_github_calls_the_gate_with_flags_that_it_has():
    assert main(["init", "mine", "--github"]) == ExitCode.OK
    text = Path("mine/.github/workflows/live-conformance.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow[True].keys() == {"push", "pull_request", "schedule", "workflow_dispatch"}  # `on`, in YAML 1.1
    steps = workflow["jobs"]["conform"]["steps"]
    assert any(f"live-capture-harness=={__version__}" in step.get("run", "") for step in steps)
    assert "# " in text.partition("make dist")[0].splitlines()[-1]
    assert "#   --max-wait " in text
    [judge] = [step for step in steps if "conform" in step.get("run", "")]
    assert judge["env"]["LIVE_API_KEY"] == "${{ secrets.LIVE_API_KEY }}"
    parser = argparse.ArgumentParser()
    conform.add_to(parser.add_subparsers())
    given = parser.parse_args(shlex.split(judge["run"])[1:])
    upload = next(step["with"]["path"] for step in steps if "upload-artifact" in step.get("uses", ""))
    assert str(given.junit) in upload
    assert load_baseline(Path("mine") / given.baseline, load_catalogue(), []).catalogue == load_catalogue().version
    assert main(["init", "mine", "--github"]) == ExitCode.USAGE
