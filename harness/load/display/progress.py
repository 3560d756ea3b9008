"""How a headless run fares, on standard error.

A few lines that stay in place; where that is no terminal, one line now and then, and no control codes.
"""

import itertools
import logging
import sys
from contextlib import suppress
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.load.display.watch import Watch
from harness.report.course import Figures
from harness.report.results import duration

_EACH: Final = 5
"""Where there is no terminal, each fifth time gets a line: every ten seconds."""


class StandardError(Console):
    """If its reader is gone, nothing more is written; by itself, `rich` would end the whole process."""

    def __init__(self, **given: Any) -> None:
        super().__init__(stderr=True, **given)

    def on_broken_pipe(self) -> None:
        """Go on."""
        self.quiet = True


class Progress:
    """Of one run. `show` it every two seconds; `stop` leaves the terminal in order, and may be called again."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._in_place = console.is_terminal and not console.is_dumb_terminal
        self._live = Live(console=console, auto_refresh=False)
        self._handlers: list[logging.StreamHandler[Any]] = []
        self._times = itertools.count()

    def show(self, watch: Watch) -> None:
        """Show how it stands. A terminal that is gone ends no run."""
        with suppress(OSError):
            if self._in_place:
                self._start()
                self._live.update(_drawn(watch), refresh=True)
            elif watch.course.newest is not None and next(self._times) % _EACH == 0:
                line = "; ".join([watch.time, *told(watch).values()])
                self._console.print(Text(line), soft_wrap=True)

    def stop(self) -> None:
        """No more; what was shown last stays."""
        with suppress(OSError):
            self._live.stop()
        for handler in self._handlers:
            handler.setStream(sys.stderr)
        self._handlers.clear()

    def _start(self) -> None:
        """Have what is logged from now on stand above the lines, which `rich` sees to if it goes through it."""
        if self._live.is_started:
            return
        before = sys.stderr
        self._live.start()
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is before:
                handler.setStream(sys.stderr)
                self._handlers.append(handler)


def told(watch: Watch) -> dict[str, str]:
    """The last few seconds in words, by what they are about."""
    newest = watch.newest
    told, seconds = newest.told(), newest.length or 1.0
    failed = newest.ended.get("failed", 0)
    health = [] if told.health is None else [f"CPU {told.health.cpu:.0%}", f"loop lag {duration(told.health.loop_lag)}"]
    return {
        **watch.conducted(),
        "sessions": f"{told.live:,} live, {told.started / seconds:.3g}/s started, {failed:,} failed",
        "traffic": f"{told.chunks / seconds:,.0f} chunks/s, {told.events / seconds:,.0f} events/s, "
        f"{told.failed:,} requests failed",
        "times": ", ".join(
            f"{label} {_figure(told.figures.get(measure), percentile)}"
            for label, measure, percentile in (
                ("ack p50", "ack", "p50"),
                ("p99", "ack", "p99"),
                ("lag p95", "lag.final_transcript", "p95"),
            )
        ),
        "generator": ", ".join([f"schedule lag p99 {_figure(told.figures.get('schedule_lag'), 'p99')}", *health]),
        "findings": f"{watch.findings:,} findings ({', '.join(sorted(watch.broken))})"
        if watch.broken
        else "no findings",
    }


def _figure(figures: Figures | None, percentile: str) -> str:
    return duration(getattr(figures, percentile)) if figures else "-"


def _drawn(watch: Watch) -> RenderableType:
    head = Table.grid(padding=(0, 1))
    bar = ProgressBar(total=watch.seconds, completed=watch.elapsed, width=30)
    head.add_row(Text(watch.name, "bold"), *([bar] if watch.seconds else []), Text(watch.time))
    lines = Table.grid(padding=(0, 2))
    for label, words in told(watch).items():
        style = "bold red" if label == "findings" and watch.findings else ""
        lines.add_row(Text(label, "bright_black"), Text(words, style))
    return Group(head, lines)
