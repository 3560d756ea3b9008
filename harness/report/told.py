"""The findings of a run as its page tells them: numbered, with their exhibits, and each session drawn once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from harness.errors import UsageError
from harness.history.file import read_history
from harness.oracle.judge import Finding
from harness.report.evidence import began
from harness.report.exhibit import exhibit
from harness.report.results import Broken, broken
from harness.report.run import Run
from harness.report.timeline import Timeline, timeline

_TIMELINES: Final = 40
"""So many sessions are drawn; a page should open at once."""


class Told(NamedTuple):
    """One finding."""

    number: int
    """On the page, from 1 on."""
    finding: Finding
    exhibit: list[str]
    history: str
    """The file of the whole session, relative to the report's folder; empty where there is none."""
    timeline: Timeline | None
    """Of its session, where it has not been drawn beside an earlier finding."""
    drawn_at: int
    """The number of the finding beside which the session is drawn; 0 where it is not."""


def tell(run: Run, folder: Path) -> list[tuple[Broken, list[Told]]]:
    """Each broken requirement with its findings; histories are read from the report's `folder`."""
    found = broken(run.assessment)
    numbered = dict(enumerate((finding for each in found for finding in each.findings), start=1))
    drawn: dict[str, int] = {}
    told: dict[int, Told] = {}
    for number, finding in numbered.items():
        path = f"histories/{finding.session}.jsonl"
        history = path if path in run.sampled else ""
        session = history or str(number)  # without a history, each finding has only the last steps before it
        picture = None
        if session not in drawn and len(drawn) < _TIMELINES:
            marked = {n: f for n, f in numbered.items() if f.session == finding.session and f.trail}
            picture = _drawn(folder / history, marked) if history else None
            if picture is None and finding.trail:
                picture = timeline(finding.trail, {number: finding}, began(finding))
            if picture:
                drawn[session] = number
        told[number] = Told(number, finding, exhibit(finding), history, picture, drawn.get(session, 0))
    rest = iter(told.values())
    return [(each, [next(rest) for _ in each.findings]) for each in found]


def _drawn(history: Path, findings: Mapping[int, Finding]) -> Timeline | None:
    """The whole session; None where its history can't be read."""
    try:
        return timeline(read_history(history), findings)
    except (UsageError, ValueError):  # no file can have such a name as a session may bear: `ValueError`
        return None
