"""A load run that is over, as reports tell it."""

import shlex
import time
from collections.abc import Sequence
from typing import Final

from harness.load.measures import Measures
from harness.load.options import Settings
from harness.load.part import Part
from harness.load.slo import evaluate
from harness.load.verdict import conclude
from harness.load.workload import Workload
from harness.oracle.judge import Finding
from harness.report.run import Run

_PROBLEMS: Final = 5


def result(
    settings: Settings,
    workload: Workload,
    part: Part,
    started: float,
    *,
    embedded: bool,
    interrupted: bool,
    lost: Sequence[str],
) -> Run:
    """The run from `started` (epoch seconds) until now."""
    part.assessment.compare_sessions()
    measures = Measures()
    measures.merge(part.histograms)
    slos = evaluate(workload.slos, measures, part.assessment)
    verdict = conclude(part, slos, interrupted=interrupted, lost=lost)
    return Run(
        kind="load",
        name=workload.name,
        host=settings.host,
        started=started,
        seconds=time.time() - started,
        seed=settings.seed,
        profile=settings.deployment().profile.profile,
        exit_code=verdict.exit_code,
        headline=verdict.headline,
        assessment=part.assessment,
        notes=list(_notes(part, lost)),
        replays={
            finding.session: _replay(finding, settings, workload, embedded=embedded)
            for finding in part.assessment.findings
        },
        measures=measures.summary(),
        slos=slos,
        sampled=sorted(part.sampled),
    )


def _notes(part: Part, lost: Sequence[str]) -> list[str]:
    ledger = part.assessment.ledger
    notes = [f"{worker} did not see the run through; what it did not report is missing here" for worker in lost]
    notes += [f"fault of the harness, {count} times: {fault}" for fault, count in part.faults.items()]
    if cut := ledger.sessions.get("interrupted", 0):
        notes.append(f"{cut:,} sessions were cut short by the end of the run")
    if part.gone:
        notes.append(f"the last {part.unanswered:,} requests got no answer")
    return notes + [f"session {problem}" for problem in part.assessment.problems[:_PROBLEMS]]


def _replay(finding: Finding, settings: Settings, workload: Workload, *, embedded: bool) -> str:
    """The command that plays the session of a finding again, alone."""
    reference = workload.references.get(finding.scenario, finding.scenario)
    words = ["live-harness", "replay", reference, "--seed", str(finding.seed)]
    if not embedded:
        words += ["--host", settings.host]
    for option in ("profile", "mutant"):
        if value := getattr(settings, option):
            words += [f"--{option}", value]
    return shlex.join(words if settings.verify else [*words, "--insecure"])
