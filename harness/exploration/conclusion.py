"""What an exploration comes to: its exit code, its headline, and a note on each finding."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from harness.errors import ExitCode
from harness.exploration.drafts import steps_in_words
from harness.exploration.record import Record
from harness.exploration.search import FAULT, Search
from harness.oracle.assessment import Assessment
from harness.oracle.checks import CHECKED
from harness.report.results import duration


class Conclusion(NamedTuple):
    """How it ends."""

    exit_code: ExitCode
    headline: str
    notes: list[str]


def conclude(search: Search, records: Sequence[Record], wanted: Collection[str]) -> Conclusion:
    """The verdict on a search that is over. Nothing found is no proof, and nothing tried no success."""
    broken = list(dict.fromkeys(name for record in records for name in record.found.broken))
    tried = [name for name, tally in search.assessment.tallies.items() if tally.passed or tally.failed]
    untried = sorted((set(wanted) or CHECKED) - set(tried))
    effort = f"{search.sessions:,} sessions in {duration(search.seconds)}"
    notes = [note for record in records for note in _notes(record)]
    if untried:
        notes.append(f"no session had a verdict on {', '.join(untried)}")
    if FAULT in broken:
        return Conclusion(ExitCode.HARNESS, f"A fault of the harness, after {effort}.", notes)
    if search.end == "interrupted" or any(record.repeated is None for record in records):
        seen = f"broken so far: {', '.join(broken)}" if broken else "nothing broken so far"
        return Conclusion(ExitCode.INTERRUPTED, f"Interrupted after {effort}; {seen}.", notes)
    if broken:
        return Conclusion(ExitCode.BROKEN, f"Not conformant: {', '.join(broken)} broken ({effort}).", notes)
    if search.end == "unreachable":
        return Conclusion(ExitCode.UNUSABLE, f"The SUT could not be reached any more, after {effort}.", notes)
    if not tried or (wanted and untried):
        return Conclusion(ExitCode.NO_VERDICT, f"No verdict: {effort}, and none on what was to be tried.", notes)
    headline = f"Nothing broken in {effort}, {len(tried)} requirements tried. That is no proof that nothing is."
    return Conclusion(ExitCode.OK, headline, notes)


def total(search: Search, records: Sequence[Record]) -> Assessment:
    """The counts of all sessions, with the findings of those that were kept."""
    assessment = search.assessment
    for record in records:
        seen = record.found.seen.assessment
        assessment.findings += [finding for finding in seen.findings if finding.requirement in record.found.broken]
        assessment.crashes += seen.crashes
    return assessment


def _notes(record: Record) -> Iterator[str]:
    found = record.found
    names = ", ".join(found.broken)
    yield f"{names}: {steps_in_words(found.draft)}"
    yield f"{names}: first seen in session {found.sessions:,}, after {duration(found.seconds)}"
    match record.repeated:
        case True:
            yield f"{names}: broken again by {record.file}"
        case False:
            yield f"{names}: did not repeat when {record.file} was played again; its history: {record.history}"
        case None:
            yield f"{names}: {record.file} was not played again"
