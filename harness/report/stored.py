"""A run out of its report's folder, to be told again: all but what its probes were and which of them failed."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from harness.contract.catalogue import load_catalogue
from harness.errors import UsageError
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding, Tally
from harness.report.run import SCHEMA, Run
from harness.report.summary import SHARED, Summary

_NAMED: Final = 5
_READABLE: Final = range(1, SCHEMA + 1)
"""Schema 1 is schema 2 without a capacity."""


def read_report(folder: Path) -> Run:
    """The run whose report lies in `folder`, as far as its `summary.json` and `findings.jsonl` hold it.

    Raise `UsageError` where there is none, or one of another version.
    """
    try:
        stored = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        lines = (folder / "findings.jsonl").read_text(encoding="utf-8").splitlines()
        return _run(stored, [json.loads(line) for line in lines])
    except OSError as error:
        if isinstance(error, FileNotFoundError) and folder.is_dir():
            missing = Path(error.filename).name
            raise UsageError(f"{folder}: holds no report ({missing} is missing); {_hint(folder)}") from None
        raise UsageError(f"{folder}: no report can be read here: {error.strerror}; {_hint(folder)}") from None
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{folder}: not a report that can be told again: {error}") from None


def reports_in(folder: Path) -> list[Path]:
    """The folders in it that hold reports, or seem to, in the order of their names; links to others are left out.

    Raise `UsageError` where the folder can't be read.
    """
    try:
        found = [each for each in folder.iterdir() if (each / "summary.json").is_file() and not each.is_symlink()]
    except OSError as error:
        raise UsageError(f"{folder}: expected a folder of reports: {error.strerror}") from None
    return sorted(found)


def _hint(folder: Path) -> str:
    """What may have been meant."""
    if folder.name == "summary.json":
        return f"name the report's folder, {folder.parent}"
    with suppress(UsageError):
        if found := reports_in(folder):
            more = f", and {len(found) - _NAMED} older ones" if len(found) > _NAMED else ""
            return f"name one of the reports in it: {', '.join(map(str, found[: -_NAMED - 1 : -1]))}{more}"
    return "name a report's folder, such as reports/latest"


def _run(stored: dict[str, Any], lines: list[dict[str, Any]]) -> Run:
    version = stored["schema"]
    if isinstance(version, int) and version > SCHEMA:
        raise ValueError(f"its schema is {version}, and this live-harness reads up to {SCHEMA}; use a newer one")
    if version not in _READABLE:
        raise ValueError(f"its schema is {version!r}, and this live-harness reads {_READABLE[0]} to {SCHEMA}")
    summary = msgspec.convert(stored, Summary)
    assessment = Assessment(
        tallies={
            row.id: Tally(row.passed, row.failed, row.inconclusive, row.reasons)
            for row in summary.requirements
            if row.passed or row.failed or row.inconclusive
        },
        findings=[msgspec.convert(line, Finding) for line in lines],
        ledger=summary.ledger,
        problems=summary.problems,
        too_long=summary.too_long,
        crashes=summary.crashes,
    )
    for row in summary.observed:
        assessment.notes.setdefault(row.requirement, {})[row.question] = row.answers
    run = Run(
        **{name: getattr(summary, name) for name in SHARED},
        capacity=[told.certificate() for told in (summary.capacity, summary.against) if told],
        assessment=assessment,
        replays={line["session"]: line["replay"] for line in lines if line["replay"]},
    )
    if run.catalogue != (present := load_catalogue().version):
        run.notes.append(f"told in the words of catalogue {present}; the run was judged by catalogue {run.catalogue}")
    return run
