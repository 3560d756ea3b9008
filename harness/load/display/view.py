"""How a run stands, as a page shows it."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.load.course.glimpse import News
from harness.load.display.progress import told
from harness.load.display.watch import Watch, standing
from harness.oracle.assessment import Assessment
from harness.oracle.verdicts import Verdict
from harness.report.evidence import clean
from harness.report.results import counted, duration

FIGURES: Final = ("p50", "p95", "p99", "max")
_WORST_FIRST: Final = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


class View(NamedTuple):
    """All text is clean, and none of it is escaped."""

    name: str
    state: str
    standing: str
    """The verdict so far."""
    is_broken: bool
    lines: dict[str, str]
    """The last few seconds, by what they are about."""
    measures: list[dict[str, str]]
    """Of the whole run: `name`, `count` and `FIGURES`."""
    verdicts: list[tuple[str, dict[str, str]]]
    """By verdict, the worst first: each requirement, and how often it passed, failed and was inconclusive."""
    news: list[News]
    """The newest first."""
    ledger: dict[str, str]


def view(watch: Watch) -> View:
    """How it stands now."""
    assessment = watch.assess()
    ledger = assessment.ledger
    return View(
        name=clean(watch.name),
        state="over" if watch.is_over else f"running: {watch.time}",
        standing=standing(watch, assessment),
        is_broken=bool(watch.broken or assessment.broken),
        lines=told(watch),
        measures=[
            {
                "name": clean(name),
                "count": f"{figures.count:,}",
                **{each: duration(getattr(figures, each)) for each in FIGURES},
            }
            for name, figures in watch.figures().items()
        ],
        verdicts=list(_verdicts(assessment)),
        news=[*reversed(watch.news)],
        ledger={name: counted(getattr(ledger, name)) or "none" for name in ledger.__struct_fields__},
    )


def _verdicts(assessment: Assessment) -> Iterator[tuple[str, dict[str, str]]]:
    tallies = sorted(assessment.tallies.items())
    for verdict in _WORST_FIRST:
        counts = {
            name: f"{tally.passed:,} / {tally.failed:,} / {tally.inconclusive:,}"
            for name, tally in tallies
            if tally.verdict is verdict
        }
        if counts:
            yield str(verdict), counts
