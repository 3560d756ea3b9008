"""How a run stands, as a page shows it."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from harness.load.course.glimpse import News
from harness.load.display.progress import told
from harness.load.display.watch import Watch, standing
from harness.oracle.assessment import Assessment
from harness.oracle.verdicts import Verdict
from harness.report.evidence import clean
from harness.report.results import counted, duration
from harness.report.run import SloResult

FIGURES: Final = ("p50", "p95", "p99", "max")
_WORST_FIRST: Final = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


class View(NamedTuple):
    """All text is clean, and none of it is escaped."""

    name: str
    state: str
    standing: str
    """The verdict, so far or for good."""
    outcome: str
    """The exit code in words; so far, `BROKEN` or `OK`."""
    report: str
    """The folder's path, once there is one."""
    slos: Sequence[SloResult]
    """Held against what was measured, so far or for good."""
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
    assessment, end = watch.assess(), watch.conclusion
    ledger = assessment.ledger
    return View(
        name=clean(watch.name),
        state=f"over, {end.outcome}" if end else "over" if watch.is_over else f"running: {watch.time}",
        standing=clean(end.headline) if end else standing(watch, assessment),
        outcome=end.outcome if end else "BROKEN" if watch.broken or assessment.broken else "OK",
        report=clean(end.folder) if end else "",
        slos=end.slos if end else watch.held(assessment),
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
