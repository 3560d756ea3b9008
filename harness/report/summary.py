"""A run for programs: `summary.json`, and its findings a line each.

Both are ASCII: what a server sent is spelled out where a terminal might act on it.
"""

import json
from collections import Counter
from typing import Any, Final

import msgspec

from harness.oracle.judge import Finding
from harness.oracle.ledger import Ledger
from harness.report.capacity.record import Capacity
from harness.report.course import Slice
from harness.report.environment import Environment
from harness.report.results import WORST_FIRST, Answered, Result, observed, results, unjudged
from harness.report.run import SCHEMA, Excuse, Measure, Run, SloResult


class Summary(msgspec.Struct):
    """What `summary.json` holds. Times are in seconds; see `Run` for the fields that it shares."""

    schema: int
    kind: str
    name: str
    host: str
    started: float
    seconds: float
    seed: int
    profile: str
    catalogue: str
    harness: str
    exit_code: int
    headline: str
    verdicts: dict[str, int]
    """How many requirements have each verdict."""
    requirements: list[Result]
    unjudged: dict[str, list[str]]
    """Ids of the requirements that no check judges, by the reason."""
    ledger: Ledger
    measures: list[Measure]
    slos: list[SloResult]
    notes: list[str]
    problems: list[str]
    """Sessions that did not go as planned, in words; the first few."""
    too_long: dict[str, float]
    """Waits that would have been longer than allowed, in seconds, by session."""
    crashes: list[str]
    """Faults of the harness, such as checks that crashed; the first few."""
    sampled: list[str]
    """History files, relative to the report's folder."""
    aims: list[str] | None = None
    """The requirements that the run was to exercise; null for all that are checked."""
    excuses: list[Excuse] = []
    outdated: dict[str, str] = {}
    course: list[Slice] = []
    """Of a load run or a search: what happened every few seconds, over all its processes."""
    environment: Environment | None = None
    warm_up: float = 0.0
    invalid: list[str] = []
    observed: list[Answered] = []
    """What the document leaves open, and what this server does."""
    capacity: Capacity | None = None
    """Of a search: how much the deployment holds."""
    against: Capacity | None = None
    """The same of the second deployment, where two were compared."""


SHARED: Final = [name for name in Run.__struct_fields__ if name in {*Summary.__struct_fields__} - {"capacity"}]
"""The fields that a run and its summary have alike."""


def summarise(run: Run) -> Summary:
    """The summary of a run."""
    assessment, judged = run.assessment, results(run)
    counts = Counter(result.verdict for result in judged)
    capacity, against = [*map(Capacity.of, run.capacity), None, None][:2]
    return Summary(
        schema=SCHEMA,
        verdicts={verdict: counts[verdict] for verdict in WORST_FIRST},
        requirements=judged,
        unjudged=unjudged(run),
        ledger=assessment.ledger,
        problems=assessment.problems,
        too_long=assessment.too_long,
        crashes=assessment.crashes,
        observed=observed(run),
        capacity=capacity,
        against=against,
        **{name: getattr(run, name) for name in SHARED},
    )


def summary(run: Run) -> str:
    """The text of `summary.json`."""
    return _ascii(summarise(run), indent=2) + "\n"


def findings(run: Run) -> str:
    """The text of `findings.jsonl`, with the whole evidence and, where there is one, the replay command."""
    return "".join(_line(finding, run.replays.get(finding.session, "")) for finding in run.assessment.findings)


def _line(finding: Finding, replay: str) -> str:
    try:
        return _ascii({**msgspec.to_builtins(finding), "replay": replay}) + "\n"
    except RecursionError:  # a server's JSON may be nested just so deeply that it can be read and not be written
        return _line(msgspec.structs.replace(finding, trail=()), replay)


def _ascii(what: Any, indent: int | None = None) -> str:
    return json.dumps(msgspec.to_builtins(what), indent=indent)
