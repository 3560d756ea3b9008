"""What a headless run shows on standard error while it lasts."""

import io
import logging
import sys

import pytest
from rich.console import Console

from harness.load.course.glimpse import Lookout
from harness.load.display.progress import Progress, StandardError, told
from harness.load.display.watch import Watch
from harness.load.measures.times import Times
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding
from harness.report.course import Health

SHOW_CURSOR = "\x1b[?25h"
HIDE_CURSOR = "\x1b[?25l"


def watch(seconds=None):
    return Watch("mixed", seconds, Assessment)


def busy():
    shown, lookout, times = watch(60.0), Lookout(), Times()
    for _ in range(1_200):
        lookout.opened()
    lookout.counting.chunks, lookout.counting.failed = 2_468, 3
    for n in range(1, 101):
        times.record("ack", 0.0, n / 1000)
        times.record("schedule_lag", 0.0, 0.002)
    lookout.measured(times.take())
    lookout.found(Finding("CHUNK-2", "s", "call", 1, 0.5, "3 bytes", "4 bytes"))
    lookout.found(Finding("CHUNK-2", "t", "call", 1, 0.5, "3 bytes", "4 bytes"))
    shown.take(*lookout.glimpses(2.0, Health(cpu=0.25, loop_lag=0.01, memory=1, files=1)))
    return shown


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Gone(Terminal):
    def write(self, text):
        raise BrokenPipeError


@pytest.fixture
def terminal(monkeypatch):
    """Makes a terminal this process's standard error, to which the root logger's only handler writes.

    To be called by the test itself: before each, pytest has a standard error of its own again.
    """

    def make():
        stream = Terminal()
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(logging.getLogger(), "handlers", [logging.StreamHandler(stream)])
        return stream

    return make


def in_place():
    return Progress(StandardError(width=100, force_terminal=True))


def test_the_last_few_seconds_in_words():
    words = told(busy())
    assert words["sessions"] == "1,200 live, 600/s started, 0 failed"
    assert words["traffic"] == "1,234 chunks/s, 0 events/s, 3 requests failed"
    assert words["times"].startswith("ack p50 49.9 ms")
    assert words["times"].endswith("lag p95 -")
    assert words["generator"].startswith("schedule lag p99 2")
    assert words["generator"].endswith("CPU 25%, loop lag 10 ms")
    assert words["findings"] == "2 findings (CHUNK-2)"


def test_a_run_of_which_nobody_has_told_yet():
    words = told(watch())
    assert words["sessions"] == "0 live, 0/s started, 0 failed"
    assert words["findings"] == "no findings"


def test_what_is_no_terminal_gets_a_line_now_and_then_and_no_control_codes():
    output = io.StringIO()
    progress, shown = Progress(Console(file=output, width=40)), busy()
    for _ in range(11):
        progress.show(shown)
    progress.stop()
    lines = output.getvalue().splitlines()
    assert len(lines) == 3
    assert all(line.startswith("0:0") and line.endswith("2 findings (CHUNK-2)") for line in lines)
    assert output.getvalue().replace("\n", "").isprintable()


def test_a_dumb_terminal_gets_lines_as_well(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    output = Terminal()
    Progress(Console(file=output)).show(busy())
    assert "\x1b" not in output.getvalue()
    assert output.getvalue().count("\n") == 1


def test_a_terminal_gets_lines_that_stay_in_place(terminal):
    stderr, progress, shown = terminal(), in_place(), busy()
    progress.show(shown)
    first = len(stderr.getvalue())
    progress.show(shown)
    assert "\x1b[1A" in stderr.getvalue()[first:]  # the cursor goes up again
    progress.stop()
    assert "1,200 live" in stderr.getvalue()


def test_the_terminal_is_left_in_order(terminal):
    stderr, progress = terminal(), in_place()
    progress.show(busy())
    assert HIDE_CURSOR in stderr.getvalue()
    progress.stop()
    assert stderr.getvalue().rindex(SHOW_CURSOR) > stderr.getvalue().rindex(HIDE_CURSOR)
    assert sys.stderr is stderr
    progress.stop()
    assert stderr.getvalue().count(SHOW_CURSOR) == 1


def test_what_is_logged_meanwhile_stands_above(terminal):
    stderr, progress, shown, log = terminal(), in_place(), busy(), logging.getLogger("harness.load")
    progress.show(shown)
    first = len(stderr.getvalue())
    log.warning("a word")
    progress.stop()
    after = stderr.getvalue()[first:]
    assert after.index("a word") < after.index("1,200 live")
    [handler] = logging.getLogger().handlers
    assert handler.stream is stderr
    log.warning("another")
    assert stderr.getvalue().endswith("another\n")


def test_a_process_may_have_several_runs(terminal):
    stderr, progress = terminal(), in_place()
    for _ in range(2):
        progress.show(busy())
        progress.stop()
    assert stderr.getvalue().count(HIDE_CURSOR) == stderr.getvalue().count(SHOW_CURSOR) == 2


def test_a_terminal_that_is_gone_ends_no_run(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    for force in (True, False):
        progress = Progress(StandardError(file=Gone(), force_terminal=force))
        progress.show(busy())
        progress.stop()


def test_the_time_and_what_is_left_of_it():
    assert watch().time == "0:00"
    assert watch(4_000).time == "0:00 of 1:06:40"
