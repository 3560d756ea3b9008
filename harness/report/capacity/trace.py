"""The levels of a search, as they came one after another."""

from typing import Final

from harness.report.axis import Linear, Time, clock
from harness.report.capacity.words import NOUNS, SIGNS, amount, outcome
from harness.report.certificate import Certificate, Level
from harness.report.drawing import Band, Chart, Dot, Spot
from harness.report.evidence import clean
from harness.report.results import duration

_MARKS: Final = 6


def trace(certificate: Certificate) -> Chart:
    """A bar for each, as high as it is; what came before it had settled is pale."""
    levels, noun = certificate.levels, NOUNS[certificate.unit]
    across, up = Time(max(level.ended for level in levels)), Linear(max(level.level for level in levels), marks=_MARKS)
    bands, dots, spots = [], [], []
    for level in levels:
        begin, settled, end = (across(at) for at in (level.began, level.settled, level.ended))
        height = up(level.level)
        bands += [
            Band(begin, round(settled - begin, 2), "ramp", height),
            Band(settled, round(end - settled, 2), f"held {level.outcome}", height),
        ]
        dots.append(Dot(round((begin + end) / 2, 2), height, level.outcome))
        spots.append(Spot(begin, round(end - begin, 2), _told(level, noun)))
    return Chart(
        title=clean(f"Levels, in the order of time: {certificate.target}" if certificate.target else "Levels tried"),
        over="the time of the run",
        columns=across.marks,
        rows=up.marks,
        dots=dots,
        bands=bands,
        spots=spots,
    )


def _told(level: Level, noun: str) -> str:
    settling, holding = duration(level.settled - level.began), duration(level.ended - level.settled)
    parts = [
        f"level {level.number}: {amount(level.level)} {noun}",
        f"{SIGNS[level.outcome]} {outcome(level)}: {level.why}",
        f"from {clock(level.began)}: {settling} until it had settled, then held for {holding}",
    ]
    return "; ".join(map(clean, parts))
