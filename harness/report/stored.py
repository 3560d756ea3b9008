"""A run out of its report's folder, to be told again: all but what its probes were and which of them failed."""

import json
from pathlib import Path
from typing import Any

import msgspec

from harness.contract.catalogue import load_catalogue
from harness.errors import UsageError
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding, Tally
from harness.report.run import SCHEMA, Run
from harness.report.summary import Summary


def read_report(folder: Path) -> Run:
    """The run whose report lies in `folder`, as far as its `summary.json` and `findings.jsonl` hold it.

    Raise `UsageError` where there is none, or one of another version.
    """
    try:
        stored = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        lines = (folder / "findings.jsonl").read_text(encoding="utf-8").splitlines()
        return _run(stored, [json.loads(line) for line in lines])
    except OSError as error:
        hint = "name a report's folder, such as reports/latest"
        raise UsageError(f"{folder}: no report can be read here: {error.strerror}; {hint}") from None
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{folder}: not a report that can be told again: {error}") from None


def _run(stored: dict[str, Any], lines: list[dict[str, Any]]) -> Run:
    if stored["schema"] != SCHEMA:
        raise ValueError(f"its schema is {stored['schema']!r}, and this live-harness reads {SCHEMA}")
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
    shared = {name: getattr(summary, name) for name in Run.__struct_fields__ if name in Summary.__struct_fields__}
    run = Run(
        **shared,
        assessment=assessment,
        replays={line["session"]: line["replay"] for line in lines if line["replay"]},
    )
    if run.catalogue != (present := load_catalogue().version):
        run.notes.append(f"told in the words of catalogue {present}; the run was judged by catalogue {run.catalogue}")
    return run
