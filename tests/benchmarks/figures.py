"""Medians of repetitions, and the tables that show them: the ratio first."""

import statistics
from typing import NamedTuple

from rich.table import Table


class Figure(NamedTuple):
    """What the repetitions gave."""

    median: float
    lowest: float
    highest: float

    def __mul__(self, factor):
        return Figure(*(value * factor for value in self))


def in_turns(measures, repetitions):
    """Repeat each measure, taking turns, so that a busy moment of the machine hits all alike."""
    values = {name: [] for name in measures}
    for _ in range(repetitions):
        for name, measure in measures.items():
            values[name].append(measure())
    return {name: Figure(statistics.median(each), min(each), max(each)) for name, each in values.items()}


def table(title, unit, figures, meaning):
    """The figures, as multiples of the first one, and what they mean."""
    shown = Table(title=title, caption=meaning, title_justify="left", caption_justify="left")
    shown.add_column("")
    for column in ("ratio", f"median, {unit}", "lowest ... highest"):
        shown.add_column(column, justify="right")
    base = next(iter(figures.values())).median
    for name, (median, lowest, highest) in figures.items():
        shown.add_row(name, f"{median / base:.2f}", f"{median:.1f}", f"{lowest:.1f} ... {highest:.1f}")
    return shown
