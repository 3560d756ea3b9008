"""Load generators as processes of their own, measured from outside over a stretch in which nothing begins or ends."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.request import urlopen

import psutil

from harness.contract.messages import KEY_VARIABLE
from harness.sandbox.settings import DEFAULT_KEY

HERE = Path(__file__).parent
ENTRIES = HERE.parents[1] / "locustfiles"
BEGINNING, ENDING = 60, 90  # seconds that all sessions may need


class Stretch(NamedTuple):
    """What a generator did in a stretch of time, and what it cost."""

    seconds: float
    chunks: int
    held: int  # sessions that were there all the time
    cpu: float  # seconds
    occupied: float  # bytes a session, by which the resident set has grown since there was none
    server: float  # seconds of CPU of the server

    @property
    def each_chunk(self):
        """Microseconds of CPU."""
        return self.cpu / self.chunks * 1e6

    @property
    def each_second(self):
        """Microseconds of CPU for a session-second."""
        return self.cpu / self.seconds / self.held * 1e6


@contextmanager
def child(script, *arguments, options=(), **given):
    """A script of this folder in a process of its own. It ends with its standard input, or is ended."""
    command = [sys.executable, *options, str(HERE / script), *map(str, arguments)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True, start_new_session=True, **given) as process:
        try:
            yield process
            process.stdin.close()
            process.wait(10)
        finally:
            process.kill()


@contextmanager
def serving(*flags):
    """The benchmarks' server; its URL."""
    with child("server.py", *flags) as process:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"


def asked(url, page):
    """What the server tells of itself."""
    with urlopen(f"{url}/{page}", timeout=60) as response:  # noqa: S310 - our own server
        return json.load(response)


def measure_of(summary, name):
    """A distribution of a load run's summary."""
    for measure in summary["measures"]:
        if measure["name"] == name:
            return measure
    raise RuntimeError(f"the run has not measured {name}; it said: {summary['headline']}")


class Generator:
    """A running `locust`."""

    def __init__(self, url, locustfile, flags, *, variables=None, profiled=False):
        self._url = url
        self._folder = TemporaryDirectory(prefix="bench-")
        self._reports = Path(self._folder.name, "reports")
        self._log = Path(self._folder.name, "log").open("w+b")  # noqa: SIM115 - as long as the process
        flags = [*flags, *(["--report", self._reports] if locustfile.parent == ENTRIES else [])]
        self._profile = Path(self._folder.name, "profile.json") if profiled else None
        program = [HERE / "sampled.py", self._profile] if profiled else ["-m", "locust"]
        self._process = psutil.Popen(
            [sys.executable, *map(str, [*program, "-f", locustfile, "--headless", "-H", url, *flags])],
            env=os.environ | {KEY_VARIABLE: DEFAULT_KEY, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the benchmark, which ends this in its turn
        )

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)  # with the workers that it may have
            self._process.wait()
        self._log.close()
        self._folder.cleanup()

    def stretch(self, sessions, settle, seconds):
        """Wait until so many sessions have begun, let them settle, and measure."""
        before = self._until(sessions)
        time.sleep(settle)
        self._signal(signal.SIGUSR1)
        begin, counts, cpu = time.monotonic(), self._counts(), self._cpu()
        time.sleep(seconds)
        self._signal(signal.SIGUSR2)
        end, later, spent = time.monotonic(), self._counts(), self._cpu() - cpu
        held = max(min(counts["attached"], later["attached"]), 1)
        return Stretch(
            seconds=end - begin,
            chunks=later["chunks"] - counts["chunks"],
            held=held,
            cpu=spent,
            occupied=(self._process.memory_info().rss - before) / held,
            server=later["cpu"] - counts["cpu"],
        )

    def profile(self):
        """The functions on whose behalf most CPU was spent in the stretch: name, share with callees, share alone."""
        for _ in range(100):
            if self._profile.exists():
                return list(map(tuple, json.loads(self._profile.read_text())))
            time.sleep(0.1)
        raise RuntimeError(f"no profile was written; locust said:\n{self._said()}")

    def begun(self, sessions):
        """Wait until so many sessions have begun."""
        self._until(sessions)

    def wait(self, seconds=ENDING):
        """Wait until it has ended, so long at most."""
        self._process.wait(seconds)

    def ended(self, seconds=ENDING):
        """The summary of the run, once it has ended. Raise where there is none."""
        self.wait(seconds)
        return json.loads((self.report / "summary.json").read_text())

    @property
    def report(self):
        """The folder of the harness's report."""
        found = [*self._reports.glob("2*/summary.json")]
        if len(found) != 1:
            raise RuntimeError(f"no report of the load run; it said:\n{self._said()}")
        return found[0].parent

    def _until(self, sessions):
        """Wait for so many sessions, or as many as it manages; the resident set before there was any."""
        before, deadline, there = 0, time.monotonic() + BEGINNING, 0
        while there < sessions and (not there or time.monotonic() < deadline):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{there} of {sessions} sessions began; locust said:\n{self._said()}")
            if not there:
                before = self._process.memory_info().rss
            time.sleep(0.05)
            there = self._counts()["started"]
        return before

    def _signal(self, number):
        if self._profile is not None:
            self._process.send_signal(number)

    def _counts(self):
        return asked(self._url, "counts")

    def _cpu(self):
        times = self._process.cpu_times()
        return times.user + times.system

    def _said(self):
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-3000:]
