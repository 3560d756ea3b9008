"""How far a command has come: a bar on a terminal, a line now and then in a log."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import Progress

_APART: Final = 10.0
"""Seconds between two lines of a log, at least."""


@contextmanager
def progress(console: Console, what: str) -> Iterator[Callable[[str, int, int], None]]:
    """A function to be told the name of each one that is over, how many are over, and how many there are."""
    if console.is_terminal:
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task(what)
            yield lambda _, over, total: bar.update(task, completed=over, total=total)
        return
    told = time.monotonic()

    def line(_: str, over: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _APART:
            told = time.monotonic()
            console.print(f"{what}: {over} of {total} are over", highlight=False, markup=False)

    yield line
