"""Medians of repetitions, the tables that show them, and the bounds that they are held to."""

import cProfile
import pstats
import statistics
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from rich.table import Table

TOP = 14  # functions of a profile, by either share


class Figure(NamedTuple):
    """What the repetitions gave."""

    median: float
    lowest: float
    highest: float


class Bound(NamedTuple):
    """One number that is to be reached."""

    what: str
    wanted: str
    measured: str
    reached: bool | None  # None: it could not be measured


def of(values):
    """The figure that values come to."""
    return Figure(statistics.median(values), min(values), max(values))


def in_turns(measures, repetitions):
    """Repeat each measure, taking turns, so that a busy moment of the machine hits all alike."""
    values = {name: [] for name in measures}
    for _ in range(repetitions):
        for name, measure in measures.items():
            values[name].append(measure())
    return {name: of(each) for name, each in values.items()}


def at_most(what, most, value, unit=""):
    """A bound from above; `most` and `value` in the same unit."""
    return Bound(what, f"≤ {most:g}{unit}", f"{value:.2f}{unit}" if value < 10 else f"{value:.0f}{unit}", value <= most)


def columns(title, heads, rows, meaning):
    """A table of rows; the first column holds names, and all others figures."""
    shown = Table(title=title, caption=meaning, title_justify="left", caption_justify="left")
    for n, head in enumerate(heads):
        shown.add_column(head, justify="right" if n else "left")
    for row in rows:
        shown.add_row(*map(str, row))
    return shown


def table(title, unit, figures, meaning):
    """The figures, as multiples of the first one, and what they mean; None is what is not installed."""
    base = next(iter(figures.values())).median
    rows = [
        (name, f"{figure.median / base:.2f}", f"{figure.median:.1f}", f"{figure.lowest:.1f} ... {figure.highest:.1f}")
        if figure
        else (name, "", "not installed", "")
        for name, figure in figures.items()
    ]
    return columns(title, ("", "ratio", f"median, {unit}", "lowest ... highest"), rows, meaning)


def profile_of(work):
    """The functions that `work` spends its time in, as `Generator.profile` has them."""
    profiler = cProfile.Profile()
    profiler.runcall(work)
    stats = pstats.Stats(profiler)
    return [
        (f"{Path(file).name}:{line} {name}", inclusive / stats.total_tt, own / stats.total_tt)
        for (file, line, name), (_, _, own, inclusive, _) in stats.stats.items()
    ]


def profile_table(title, profile):
    """Where the time goes; `profile` as `Generator.profile` has it."""
    most = {each for share in (1, 2) for each in sorted(profile, key=itemgetter(share), reverse=True)[:TOP]}
    rows = [(name, f"{whole:.0%}", f"{own:.0%}") for name, whole, own in sorted(most, key=itemgetter(1), reverse=True)]
    meaning = "Share of the CPU with the function on the stack, and with it innermost."
    return columns(title, ("function", "with callees", "itself"), rows, meaning)
