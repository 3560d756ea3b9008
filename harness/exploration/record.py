"""What the search found, kept: a probe file that shows it again, and the history of the session that showed it."""

from pathlib import Path
from typing import Any, Final, NamedTuple

from harness.errors import UsageError
from harness.exploration.performing import Perform
from harness.exploration.search import FAULT, Found, broken_in
from harness.exploration.written import as_yaml
from harness.gate.probe_files import read_probe
from harness.history.file import open_history
from harness.report.evidence import clean

_LONGEST: Final = 300


class Record(NamedTuple):
    """A finding and its files."""

    found: Found
    file: Path
    history: Path
    repeated: bool | None
    """Whether the file, played once more, broke the same again; None where that was interrupted."""


def record(found: Found, folder: Path, perform: Perform) -> Record:
    """Write the files, and play the first of them; raise `UsageError` where they can't be written."""
    name = found.draft.probe.name
    file = folder / f"{name}.yaml"
    history = folder / "histories" / f"{name}.jsonl"
    _write_history(found, history)
    try:
        file.write_text(written(found), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file}: can't be written: {error.strerror}") from None
    again = perform(read_probe(str(file)))
    repeated = found.broken[0] in broken_in(again)
    return Record(found, file, history, None if again.interrupted and not repeated else repeated)


def written(found: Found) -> str:
    """The probe file."""
    about = f"Breaks {', '.join(found.broken)}. {_words(found)}"
    held: dict[str, Any] = {
        "probe": found.draft.probe.name,
        "about": about,
        "exercises": [name for name in found.broken if name != FAULT],
        **found.draft.written,
    }
    return as_yaml(held)


def _words(found: Found) -> str:
    """What should have happened, and what did."""
    for finding in found.seen.assessment.findings:
        if finding.requirement == found.broken[0]:
            return clean(f"Expected: {finding.expected}. Happened: {finding.happened}.", _LONGEST)
    return clean("; ".join(found.seen.assessment.crashes), _LONGEST)


def _write_history(found: Found, path: Path) -> None:
    writer = open_history(path)
    for observation in found.seen.observations:
        writer(observation)
    writer.close()
