"""Two figures, each with the interval in which it lies, and whether they differ.

They do where the intervals do not overlap. That is more than a test at 95% asks for: where the truth is the same and
each interval holds it with 95%, they lie apart in about one of 180 comparisons, so that a report may make many.
"""

import math
from typing import Final, Literal

import msgspec

from harness.report.capacity.words import NO_VERDICT, NOUNS, amount
from harness.report.certificate import Estimate
from harness.report.results import duration

Verdict = Literal["better", "worse", "no evidence either way"]
Unit = Literal["sessions", "arrivals per second", "seconds", "share", "a session"]

NO_EVIDENCE: Final = "no evidence either way"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Of one measure, between a run and the one that it is held against."""

    measure: str
    unit: Unit
    where: str = ""
    """The level of a search at which it was measured, such as `at 64 sessions`."""
    old: Estimate | None
    new: Estimate | None
    """None where nothing was measured. `high` may be infinite: there is no bound, or with a `low` of 0 no interval."""
    verdict: Verdict = NO_EVIDENCE
    intolerable: bool = False
    """Whether it is proven to be worse, and by more than is tolerated."""
    why: str = ""
    """Why there is no evidence, where the intervals do not say it."""

    @property
    def is_bounded(self) -> bool:
        """Whether both figures have an interval, so that evidence could have come of them."""
        return self.old is not None and self.new is not None and not (_open(self.old) or _open(self.new))

    @property
    def change(self) -> Estimate | None:
        """By how much the new figure is more than the old one, as a share of that; None where that can't be said.

        Of ratios, so that none is below -1: there it is without a bound.
        """
        if self.old is None or self.new is None or not self.old.best:
            return None
        old, new = self.old, self.new
        most = new.high / old.low - 1 if old.low else math.inf
        return Estimate(new.low / old.high - 1, new.best / old.best - 1, most)


def differ(
    measure: str,
    unit: Unit,
    old: Estimate | None,
    new: Estimate | None,
    *,
    more_is_better: bool,
    tolerance: float = 0.0,
    where: str = "",
) -> Difference:
    """The verdict; `tolerance` is a share of the old figure."""
    found = Difference(measure=measure, unit=unit, where=where, old=old, new=new)
    if old is None or new is None:
        missing = [name for name, figure in (("old", old), ("new", new)) if figure is None]
        return msgspec.structs.replace(found, why=f"there is no valid figure of the {' and the '.join(missing)} run")
    if _open(old) or _open(new):
        return msgspec.structs.replace(found, why="too little was measured, or for too short a time, for an interval")
    less, more = new.high < old.low, new.low > old.high
    if not less and not more:
        return found
    verdict: Verdict = "better" if more is more_is_better else "worse"
    beyond = new.high < old.low * (1 - tolerance) if less else new.low > old.high * (1 + tolerance)
    return msgspec.structs.replace(found, verdict=verdict, intolerable=verdict == "worse" and beyond)


def figure_in_words(figure: Estimate | None, unit: Unit) -> str:
    """`100 (98 to 103)`; `100 (98 or more)` where there is no bound above; `-` for None, of a capacity with a word."""
    if figure is None:
        return NO_VERDICT if unit in NOUNS else "-"
    best, low, high = (_told(value, unit) for value in (figure.best, figure.low, figure.high))
    if _open(figure):
        return f"{best} (no interval)"
    return f"{best} ({low} or more)" if math.isinf(figure.high) else f"{best} ({low} to {high})"


def change_in_words(difference: Difference) -> str:
    """`-10.0% (-16.0% to -4.0%)`; `-` where it can't be said."""
    change = difference.change
    if change is None or not difference.is_bounded:
        return "-"
    best, low, high = (f"{100 * share:+.1f}%" for share in (change.best, change.low, change.high))
    if change.low <= -1:
        return best if math.isinf(change.high) else f"{best} ({high} at most)"
    return f"{best} ({low} at least)" if math.isinf(change.high) else f"{best} ({low} to {high})"


def _open(figure: Estimate) -> bool:
    return figure.low <= 0 and math.isinf(figure.high)


def _told(value: float, unit: Unit) -> str:
    if math.isinf(value):
        return "∞"
    match unit:
        case "seconds":
            return duration(value)
        case "share":
            return f"{100 * value:.4g}%"
        case "a session":
            return f"{value:.3g}"
        case _:
            return amount(value)
