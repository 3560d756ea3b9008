"""Load runs as users have them: `locust` in processes of their own."""

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from harness.contract.messages import KEY_VARIABLE
from harness.history.file import read_history

ROOT = Path(__file__).parents[1]
BOUND = 120
"""Seconds that anything may take before it counts as stuck: many times what it needs."""

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
    """A `locust` under way, and what it leaves behind; `with` stops it."""

    def __init__(
        self, folder, *flags, file="live.py", beside=(), name="locust", cwd=ROOT, key=None, limit=(), **variables
    ):
        """`file` is the tested locustfile, `beside` are further ones; `limit` is a command that runs what follows it.

        What it prints is in a file of the folder, and `variables` are in its environment.
        """
        self.reports = folder / "reports"
        self._output = folder / f"{name}.txt"
        quit_file = folder / "quit.py"
        quit_file.write_text(QUIT)
        files = ",".join(map(str, (ROOT / "locustfiles" / file, quit_file, *beside)))
        environment = {each: value for each, value in os.environ.items() if not each.startswith(("LOCUST_", "LIVE_"))}
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [*limit, sys.executable, "-m", "locust", "-f", files, *map(str, flags)],
                cwd=cwd,
                env=environment | variables | ({KEY_VARIABLE: key} if key else {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,  # and no session of its own: nice values count within a session only
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # and the workers that it may have
        self.process.wait()

    def until(self, condition):
        """Wait for something that comes while this runs."""
        stuck = time.monotonic() + BOUND
        while not condition():
            assert (self.process.poll(), time.monotonic() < stuck) == (None, True), self.output
            time.sleep(0.05)

    def quit(self):
        """End the run as if its time were up."""
        self.process.send_signal(signal.SIGUSR1)

    def interrupt(self):
        """As the terminal's Ctrl-C does, all processes of the run."""
        os.killpg(self.process.pid, signal.SIGINT)

    def ended(self):
        """The exit code, once it has ended."""
        return self.process.wait(BOUND)

    @property
    def output(self):
        """What it has printed."""
        return self._output.read_text()

    @property
    def folders(self):
        """Those of its reports, oldest first."""
        return sorted(path for path in self.reports.glob("*") if not path.is_symlink())

    @property
    def summary(self):
        """That of its one report."""
        [folder] = self.folders
        return json.loads((folder / "summary.json").read_text())

    @property
    def ledger(self):
        """That of its one report."""
        return self.summary["ledger"]

    @property
    def recorded(self):
        """The files of the histories."""
        return list(self.reports.glob("2*/histories/*.jsonl"))

    def histories(self):
        """The observations of each session, by the name of its file."""
        return {path.name: list(read_history(path)) for path in self.recorded}


def headless(folder, scenario):
    """Flags of a run without the web UI."""
    return "--headless", "--only-summary", "--report", folder / "reports", "--scenario", scenario


def over(paths, ending=""):
    """Those of the histories whose sessions are over: a history is whole then, and not before."""
    return [path for path in paths if f'"ending":"{ending}' in path.read_text()]


def free_port():
    """One that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def unpatched(module):
    """A module that knows Locust, imported so that it leaves this process's standard library as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCUST_SKIP_MONKEY_PATCH", "yes")
        return importlib.import_module(module)
