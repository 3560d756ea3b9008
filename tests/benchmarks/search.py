"""Whether a capacity search finds what is known of a server, and whether two searches are compared as they should be.

The environment's BENCH_RUNS is how often each is done; by default once.
"""

import os
import shutil
import subprocess
import sys
from math import inf, nan
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from figures import Bound, at_most, columns
from generator import ENTRIES, Generator, serving
from known import SLOWER, analysing, servers

RUNS = int(os.environ.get("BENCH_RUNS", "1"))
FIRST, LIMIT, AFTER = 5, 300, 60  # sessions, or arrivals a second, to begin with; seconds of a search, and after it
TRUE, ALIKE, WORSE = 0.95, 0.95, 0.9  # shares of the runs
MOST_WIDE, MOST_RATIO = 5, 2  # percent to either side; times that the final level is held
COMPARE = (sys.executable, "-m", "harness.cli", "compare")
SAYS = {0: "No evidence either way", 1: "Worse"}  # how its verdict begins, by the exit code
HEADS = (
    "what fails first",
    "truth",
    "interval",
    "best",
    "wide, ±%",
    "holds it",
    "took, s",
    "x hold",
    "binding",
    "exit",
)


class Found(NamedTuple):
    """What a search found: sessions, or arrivals a second; seconds."""

    truth: float
    low: float
    best: float
    high: float
    seconds: float
    held: float  # at the last level that was kept
    binding: str
    exit_code: int

    @property
    def wide(self):
        """Percent to either side."""
        return 100 * (self.high - self.low) / (self.high + self.low) if self.high < inf else inf

    @property
    def true(self):
        """Whether the interval holds the truth."""
        return self.low <= self.truth < self.high

    @property
    def ratio(self):
        """What was spent beside the final level, for each second of it."""
        return self.seconds / self.held - 1

    def row(self, name):
        """Of the table."""
        return (
            name,
            f"{self.truth:g}",
            f"{self.low:g} ... {self.high:g}",
            f"{self.best:g}",
            f"{self.wide:.1f}",
            "yes" if self.true else "NO",
            f"{self.seconds:.0f}",
            f"{self.ratio:.1f}",
            self.binding,
            self.exit_code,
        )


def measured():
    """The tables, and the bounds."""
    with TemporaryDirectory(prefix="bench-") as folder:
        kinds = servers()
        found = [(name, _search(folder, each, f"{name}-{n}", n)) for n in range(RUNS) for name, each in kinds.items()]
        yield columns(
            "Searches of servers whose capacity is known",
            HEADS,
            [each.row(name) for name, each in found],
            "Truth: sessions, or arrivals a second. x hold: spent beside the final level, for each second of it.",
        )
        whole = [each for _, each in found]
        yield _share("the interval holds the truth", TRUE, [each.true for each in whole])
        yield at_most("the widest interval", MOST_WIDE, max(each.wide for each in whole), "% to either side")
        yield at_most("a search beside its final level, median", MOST_RATIO, median(each.ratio for each in whole), " x")
        yield from _compared(folder, kinds["transcripts"])


def _share(what, wanted, held):
    return Bound(what, f"in {wanted:.0%}", f"{sum(held)} of {len(held)}", sum(held) >= wanted * len(held))


def _search(folder, known, name, seed):
    """Search, and leave the report under the name."""
    flags = ["--scenario", known.load(folder), "--first", f"{FIRST}{known.unit}", "-t", LIMIT, "--seed", seed + 1]
    with serving(*known.flags) as url, Generator(url, ENTRIES / "capacity.py", flags) as generator:
        summary = generator.ended(LIMIT + AFTER)
        shutil.copytree(generator.report, Path(folder, name))
    capacity = summary["capacity"]
    interval, levels = capacity["sessions"] or capacity["arrivals"], capacity["levels"]
    kept = [level["ended"] - level["began"] for level in levels if level["level"] == interval["low"]]
    return Found(
        truth=known.truth,
        low=interval["low"],
        best=interval["best"],
        high=interval["high"] or inf,
        seconds=levels[-1]["ended"] - levels[0]["began"],
        held=kept[-1] if kept else nan,
        binding=capacity["binding"],
        exit_code=summary["exit_code"],
    )


def _compared(folder, known):
    """The first server's searches against those of the same server again, and of a slower one."""
    slower, heads = analysing(SLOWER), ("the newer one is", "found", "exit", "compare says")
    rows, right = [], {"the same": [], "10% slower": []}
    for n in range(RUNS):
        for which, server, expected in (("the same", known, 0), ("10% slower", slower, 1)):
            name = f"{which}-{n}"
            found = _search(folder, server, name, RUNS + n)
            code, words = _compare(folder, f"transcripts-{n}", name)
            right[which].append(code == expected and words.startswith(SAYS[expected]))
            rows.append((which, f"{found.low:g} ... {found.high:g}", code, words))
    yield columns("Comparisons of two searches", heads, rows, "The older one is the first table's of transcripts.")
    yield _share("the same server: no evidence either way", ALIKE, right["the same"])
    yield _share("a server 10% slower: worse", WORSE, right["10% slower"])


def _compare(folder, old, new):
    """The exit code, and the verdict in words."""
    file = Path(folder, f"{new}.md")
    command = [*COMPARE, old, new, "--markdown", file]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    words = file.read_text().partition("\n")[0].strip("# ").replace("\\", "") if file.exists() else told.stderr.strip()
    return told.returncode, words
