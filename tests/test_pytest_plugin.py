"""The pytest plugin, as people run it: probe files as tests, and sessions in tests of their own."""

import re
import subprocess
import sys
from pathlib import Path

import httpcore  # noqa: F401 -- as below
import pytest

import harness.pytest_plugin.probes  # pytester forgets the modules that are first imported in a run of its own
import harness.pytest_plugin.sessions
from harness.cli import main
from harness.errors import ExitCode
from harness.sandbox.child import Sandbox
from harness.sandbox.settings import DEFAULT_KEY
from harness.scenario.audio.recipe import Recipe
from harness.scenario.audio.render import render
from harness.scenario.loader import SHIPPED

pytest_plugins = ["pytester"]

KEY = "sk-plugin-test-91bd"
PROBES = SHIPPED / "probes"
CALL = """
    - start
    - attach
    - push: 2
    - push: {fault: gap}
    - push: rest
    - finalize
    - await: done
    - await: end
"""


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox("--ttl", "6s", api_key=KEY) as running:
        yield running


@pytest.fixture(scope="module")
def mutant():
    with Sandbox("--ttl", "6s", "--mutant", "gap-accepted", api_key=KEY) as running:
        yield running


@pytest.fixture(autouse=True)
def probes(pytester, monkeypatch):
    monkeypatch.setenv("LIVE_API_KEY", KEY)
    for name in ("CI", "BUILD_NUMBER"):  # where they are set, pytest's last summary tells each failure a second time
        monkeypatch.delenv(name, raising=False)
    for name in ("gap", "cancel"):
        pytester.path.joinpath(f"{name}.yaml").write_text((PROBES / f"{name}.yaml").read_text())
    pytester.path.joinpath("compose.yaml").write_text("services: {db: {image: *broken}}\n")
    return pytester.path


def told(result):
    out = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in out
    assert KEY not in out
    return out


def test_probe_files_are_tests_only_where_a_host_is_named(pytester, sandbox):
    assert pytester.runpytest_inprocess().ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result = pytester.runpytest_inprocess("--live-host", sandbox.url, "--co", "-q")
    result.stdout.fnmatch_lines(["cancel.yaml::cancel", "gap.yaml::gap", "*2 tests*"])


@pytest.mark.parametrize(("wanted", "names"), [("CHUNK-3", {"gap"}), ("CTRL-2 or gap", {"gap", "cancel"})])
def test_probes_are_chosen_by_name_and_by_requirement(pytester, sandbox, wanted, names):
    result = pytester.runpytest_inprocess("--live-host", sandbox.url, "-k", wanted, "-v")
    result.assert_outcomes(passed=len(names), deselected=2 - len(names))
    assert all(f"{name}.yaml::{name} PASSED" in told(result) for name in names)


def test_a_broken_requirement_fails_in_the_words_of_the_gate(pytester, mutant):
    result = pytester.runpytest_inprocess("--live-host", mutant.url, "--junitxml", "junit.xml")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*CHUNK-3*leaves a gap*",
            "*expected*is refused",
            "*happened*answered 200",
            "*→ chunk *",
            "*replay*live-harness replay *gap.yaml --seed * --host http://127*",
            "Not conformant: CHUNK-3 broken*",
        ]
    )
    assert "CHUNK-3" in (pytester.path / "junit.xml").read_text()
    assert "JudgedError" not in told(result).partition("short test summary")[0]


def test_what_could_not_be_decided_fails_or_is_skipped_but_never_passes(pytester, sandbox, probes):
    probes.joinpath("keepalive.yaml").write_text((PROBES / "keepalive.yaml").read_text())
    arguments = ["--live-host", sandbox.url, "--live-max-wait", "100ms", "keepalive.yaml"]
    result = pytester.runpytest_inprocess(*arguments)
    result.assert_outcomes(failed=1)
    assert "CTRL-3 undecided" in told(result)
    pytester.runpytest_inprocess(*arguments, "--live-allow-unexercised").assert_outcomes(skipped=1)


def test_a_probe_that_needs_a_second_deployment_is_skipped(pytester, sandbox, probes):
    probes.joinpath("disabled.yaml").write_text((PROBES / "disabled.yaml").read_text())
    result = pytester.runpytest_inprocess("--live-host", sandbox.url, "disabled.yaml", "-rs")
    result.assert_outcomes(skipped=1)
    assert "AVAIL-1 needs a deployment on which live capture is switched off" in told(result)


def test_a_probe_that_came_through_and_shows_only_what_is_broken_is_skipped(pytester, sandbox, probes):
    probes.joinpath("idle.yaml").write_text(
        "probe: idle\nexercises: [CTRL-5, CTRL-3]\nsteps: [start, cancel: enough]\n"
    )
    pytester.runpytest_inprocess("--live-host", sandbox.url, "idle.yaml").assert_outcomes(skipped=1)


def test_a_file_with_a_mistake_is_an_error_with_its_line(pytester, sandbox, probes):
    probes.joinpath("mine.yaml").write_text("probe: mine\nexercises: [CHUNK-3]\nsteps: [start, finalise]\n")
    probes.joinpath("other.yaml").write_text("probe: other\nexercises: [CHNK-3]\nsteps: [start]\n")
    result = pytester.runpytest_inprocess("--live-host", sandbox.url)
    result.assert_outcomes(errors=2)
    out = told(result)
    assert "mine.yaml:3: steps[1]" in out
    assert "did you mean finalize?" in out
    assert "did you mean CHUNK-3?" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--live-host", "sut:80"], "expected an http:// or https:// URL"),
        (["--live-host", "http://127.0.0.1:1", "--live-profile", "nobody"], "unknown profile"),
        (["--live-max-wait", "5"], "has no unit"),
        (["--live-host", "http://127.0.0.1:1", "gap.yaml"], "can't be reached"),
    ],
)
def test_what_can_not_be_used_is_said_in_a_line(pytester, arguments, words):
    result = pytester.runpytest_inprocess(*arguments)
    assert result.ret in {pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.TESTS_FAILED}
    assert words in told(result)


def test_a_host_that_is_no_url_is_said_before_the_key_is_asked_for(pytester, monkeypatch):
    monkeypatch.delenv("LIVE_API_KEY")
    out = told(pytester.runpytest_inprocess("--live-host", "ftp://x"))
    assert "expected an http:// or https:// URL" in out
    assert "LIVE_API_KEY" not in out


@pytest.mark.parametrize("arguments", [["--live-host", "http://127.0.0.1:1", "gap.yaml"], ["test_mine.py"]])
def test_a_fault_of_ours_shows_no_key(pytester, monkeypatch, arguments):
    def fails(*_):
        raise LookupError("no such thing")

    monkeypatch.setattr(harness.pytest_plugin.target, "preflight", fails)
    pytester.path.joinpath("test_mine.py").write_text("def test_mine(live_session):\n    live_session('[start]')\n")
    result = pytester.runpytest_inprocess(*arguments)
    result.assert_outcomes(failed=1)
    out = result.stdout.str()
    assert "LookupError: no such thing" in out
    assert KEY not in out
    assert DEFAULT_KEY not in out


def test_probes_run_side_by_side_under_xdist(pytester, mutant):
    result = pytester.runpytest_subprocess("--live-host", mutant.url, "-n", "2")
    result.assert_outcomes(failed=1, passed=1)
    assert "CHUNK-3 broken" in told(result)


def test_a_session_is_played_against_a_sandbox_where_no_host_is_named(pytester):
    pytester.makepyfile(f"""
        from pathlib import Path

        def test_call(live_session):
            call = live_session({CALL!r})
            assert [reply.status for reply in call.replies("chunk")][:3] == [200, 200, 409]
            assert call.replies("start")[0].body["session_id"]
            assert call.events("final_transcript")[0].payload["text"]
            assert call.events()[-1].name == "done"
            assert call.ended.ending == "done"
            assert not call.findings
            assert str(call.verdicts["CHUNK-3"]) == "PASS"

        def test_more(live_session):
            call = live_session("audio: {{speech: two-speakers, length: 2s}}\\nsteps: [start, push, cancel: enough]")
            assert call.replies("control")[0].request.reason == "enough"
            assert live_session(Path("cancel.yaml"), seed=7).ended.ending == "cancelled"

        def test_typo(live_session):
            live_session("[start, finalise]")
    """)
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=2, failed=1)
    assert "live_session:1: [1]: unknown step 'finalise'" in told(result)


def test_what_a_session_breaks_fails_its_test_where_it_is_played(pytester, mutant, capsys):
    pytester.path.joinpath("call.wav").write_bytes(render(Recipe(length=12.0)).data)
    scenario = f"audio: {{file: call.wav}}\nsteps: {CALL}"
    pytester.makepyfile(f"""
        from pathlib import Path

        def test_call(live_session):
            live_session({scenario!r}, seed=5)
            raise LookupError("too late")

        def test_file(live_session):
            live_session(Path("gap.yaml"))

        def test_own(live_session):
            assert live_session({CALL!r}, judged=False).findings[0].requirement == "CHUNK-3"
    """)
    result = pytester.runpytest_inprocess("--live-host", mutant.url, *pytester.path.glob("test_*.py"))
    result.assert_outcomes(passed=1, failed=2)
    out = told(result)
    assert out.count("Not conformant: CHUNK-3 broken") == 2
    assert "LookupError" not in out
    result.stdout.fnmatch_lines(["*expected*is refused", "*happened*answered 200", "*→ chunk *"])
    commands = [line.split()[2:] for line in out.splitlines() if line.startswith("  replay ")]
    assert {Path(words[1]).name for words in commands} == {"session.yaml", "gap.yaml"}
    for words in commands:
        capsys.readouterr()
        assert main(words) == ExitCode.BROKEN
        assert "CHUNK-3 broken" in capsys.readouterr().out


def test_the_example_of_the_readme_works(pytester):
    readme = (SHIPPED.parent / "README.md").read_text(encoding="utf-8")
    pytester.makepyfile(
        next(code for code in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "live_session" in code)
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_whoever_does_not_use_it_pays_nothing_for_it():
    code = "import harness.pytest_plugin, sys; print(*sorted(m for m in sys.modules if m.startswith('harness')))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["harness", "harness.pytest_plugin"]
