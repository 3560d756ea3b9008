"""Whole load runs: Locust in a process of its own, against a sandbox of the run's own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from harness.history.file import read_history
from harness.history.observations import Ended, Event, Sent
from harness.sandbox.child import Sandbox

ROOT = Path(__file__).parents[1]
BOUND = 120
"""Seconds that a run may take before it counts as stuck: many times what it needs."""

CALL = """
call: quick
audio: {speech: one-speaker, length: 4s}
chunks: {size: 32KiB}
pace: {speed: 4x}
steps:
  - start
  - attach
  - push: 1
  - push: {fault: gap}
  - push: rest
  - finalize
  - await: done
"""


QUIT = """
import signal
import gevent
from locust import events

@events.init.add_listener
def quit_when_told(environment, **_):
    gevent.signal_handler(signal.SIGUSR1, environment.runner.quit)
"""
"""A locustfile beside the tested one: it quits as `--run-time` does, but when the test has seen enough."""


class Locust:
    """A load run that has ended, and what it left behind."""

    def __init__(self, folder, *flags, until=None, interrupt=False, key="a-key-of-ours"):
        """`until` tells from the paths of the histories when to end the run; without it, the flags do."""
        self._reports = folder / "reports"
        call, quit_file, output = (folder / name for name in ("quick.yaml", "quit.py", "output.txt"))
        call.write_text(CALL)
        quit_file.write_text(QUIT)
        files = f"locustfiles/live.py,{quit_file}"
        command = [sys.executable, "-m", "locust", "-f", files, "--headless", "--only-summary"]
        command += ["--report", str(self._reports), "--scenario", str(call), "-u", "3", "-r", "3", *flags]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")}
        with output.open("wb") as file:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment | {"LIVE_API_KEY": key},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        stuck = time.monotonic() + BOUND
        try:
            if until:
                while process.poll() is None and not until(list(self._reports.glob("*/histories/*.jsonl"))):
                    assert time.monotonic() < stuck, output.read_text()
                    time.sleep(0.05)
                if interrupt:
                    os.killpg(process.pid, signal.SIGINT)  # as the terminal's Ctrl-C does, to all of them
                else:
                    process.send_signal(signal.SIGUSR1)
            process.wait(BOUND)
        finally:
            process.kill()
            process.wait()
        self.code = process.returncode
        self.output = output.read_text()
        self.folders = sorted(path for path in self._reports.glob("*") if not path.is_symlink())
        assert "Traceback" not in self.output
        assert key not in self.output

    @property
    def summary(self):
        [folder] = self.folders
        return json.loads((folder / "summary.json").read_text())

    @property
    def ledger(self):
        return self.summary["ledger"]

    def histories(self):
        """The observations of each session, by the name of its file."""
        [folder] = self.folders
        return {path.name: list(read_history(path)) for path in (folder / "histories").glob("*.jsonl")}


def books(histories):
    """The ledger's counts, once more."""
    seen = [observation for history in histories.values() for observation in history]
    return {
        "sessions": Counter(o.ending for o in seen if isinstance(o, Ended)),
        "requests": Counter(o.kind for o in seen if isinstance(o, Sent)),
        "events": Counter(o.name for o in seen if isinstance(o, Event)),
    }


def over(paths, ending=""):
    """Those of the histories whose sessions are over: a history is whole then, and not before."""
    return [path for path in paths if f'"ending":"{ending}' in path.read_text()]


def workers(paths):
    """The indices of the processes that the histories come from."""
    return {re.search(r"-w(\d)-", path.name)[1] for path in paths}


def test_a_conformant_sut(tmp_path):
    run = Locust(tmp_path, "--record", "all", until=lambda paths: len(over(paths, "done")) >= 3)
    assert (run.code, run.summary["exit_code"]) == (0, 0), run.output
    assert run.ledger["sessions"]["done"] >= 3
    assert run.ledger["trouble"] == {}
    assert {field: run.ledger[field] for field in ("sessions", "requests", "events")} == books(run.histories())
    assert re.search(r"^POST +chunk +\d+ +0\(0.00%\)", run.output, re.MULTILINE)
    assert not list(tmp_path.rglob("*a-key-of-ours*"))
    assert not [path for path in run.folders[0].rglob("*.*") if "a-key-of-ours" in path.read_text()]


def test_a_broken_contract(tmp_path):
    run = Locust(tmp_path, "--mutant", "gap-accepted", until=over)
    assert run.code == 1, run.output
    assert re.search(r"^CHECK +CHUNK-3 +\d+ +\d+\(100.00%\)", run.output, re.MULTILINE)
    assert "live-harness replay" in run.output
    kept = run.histories()
    assert len(kept) >= 1
    assert all(any(isinstance(o, Ended) for o in history) for history in kept.values())


def test_two_processes_give_one_report(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    ports = ("--master-port", port, "--master-bind-port", port, "--master-bind-host", "127.0.0.1")
    flags = ("-u", "4", "--processes", "2", "--record", "all", *ports)
    run = Locust(tmp_path, *flags, until=lambda paths: workers(over(paths, "done")) == {"0", "1"})
    assert run.code == 0, run.output
    histories = run.histories()
    assert {field: run.ledger[field] for field in ("sessions", "requests", "events")} == books(histories)
    assert sum(run.ledger["sessions"].values()) == len(histories)


def test_ctrl_c_leaves_the_sut_properly_and_a_report(tmp_path):
    run = Locust(tmp_path, "--record", "all", until=lambda paths: len(paths) >= 3, interrupt=True)
    assert (run.code, run.summary["exit_code"]) == (130, 130), run.output
    assert run.ledger["trouble"] == {}
    for history in run.histories().values():
        actions = [o.action for o in history if isinstance(o, Sent)]
        started = any(o.kind == "start" for o in history if isinstance(o, Sent))
        ended = [o.ending for o in history if isinstance(o, Ended)]
        assert not started or ended == ["done"] or actions[-1] == "cancel"


def test_a_host_that_nobody_listens_at(tmp_path):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        run = Locust(tmp_path, "--host", host)
    assert run.code == 3, run.output
    assert f"{host} can't be reached" in run.output
    assert "Traceback" not in run.output
    assert not list(tmp_path.glob("reports/*"))


def test_a_key_that_is_refused(tmp_path):
    with Sandbox(api_key="another key") as sandbox:
        run = Locust(tmp_path, "--host", sandbox.url)
    assert run.code == 3, run.output
    assert "refused the API key (401)" in run.output
    assert not list(tmp_path.glob("reports/*"))


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--scenario", "quikc"], "unknown scenario 'quikc'"),
        (["--mutant", "gap-acepted"], "did you mean gap-accepted?"),
        (["--host", "https://api.illocution.ai"], "--allow-production"),
    ],
)
def test_faulty_flags(tmp_path, flags, message):
    run = Locust(tmp_path, "-t", "3s", *flags)
    assert (run.code, run.folders) == (2, [])
    assert message in run.output
