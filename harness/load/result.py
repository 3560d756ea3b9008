"""A load run that is over, as reports tell it."""

import shlex
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from harness.load.course.intervals import Interval
from harness.load.course.uncertainty import bounded
from harness.load.health.pulse import SPAN, Health
from harness.load.measures.histograms import Measures
from harness.load.measures.slo import evaluate, withheld
from harness.load.measures.times import Counts
from harness.load.options import Settings
from harness.load.part import AGAINST, Part
from harness.load.validity import reasons
from harness.load.verdict import conclude
from harness.load.workload import Workload
from harness.oracle.judge import Finding
from harness.report.environment import Environment
from harness.report.results import duration, plural
from harness.report.run import Run

_PROBLEMS: Final = 5


def result(
    settings: Settings,
    workload: Workload,
    part: Part,
    times: Counts,
    started: float,
    *,
    embedded: bool,
    interrupted: bool,
    lost: Mapping[str, str],
    course: Sequence[Interval] = (),
    remarks: Sequence[str] = (),
    environment: Environment | None = None,
) -> Run:
    """The run from `started` (epoch seconds) until now.

    `lost` says of workers that were, what became of them; `remarks` are further notes.
    """
    for assessment in (part.assessment, part.against):
        assessment.compare_sessions()
    measures = Measures()
    measures.add(times)
    invalid = reasons(part, workload.slos, lost, conducted=settings.conducted)
    slos = evaluate(workload.slos, measures, part.assessment)
    slos = bounded(withheld(slos) if invalid else slos, measures, course, workload.warm_up)
    verdict = conclude(part, slos, interrupted=interrupted, invalid=invalid)
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
        notes=[*_offered(part, settings, time.time() - started), *_notes(part, settings, invalid), *remarks],
        replays={
            finding.session: _replay(finding, settings, workload, embedded=embedded)
            for finding in (*part.assessment.findings, *part.against.findings)
        },
        measures=measures.summary(),
        slos=slos,
        sampled=sorted(part.sampled),
        course=[each.told() for each in course],
        warm_up=workload.warm_up,
        invalid=invalid,
        environment=environment,
    )


def _offered(part: Part, settings: Settings, elapsed: float) -> Iterator[str]:
    """What the open model asked of the API, and how much of it was done."""
    if part.arrivals:
        rate = part.arrivals / min(settings.seconds or elapsed, elapsed)
        yield (
            f"open arrivals: {part.arrivals:,} sessions were due ({rate:.3g}/s on average), "
            f"{part.arrivals - part.turned_away:,} were begun"
        )
    if part.turned_away:
        yield (
            f"{part.turned_away:,} arrivals were turned away: as many sessions as there is room for were in flight "
            "(`most` in the load file, the API keys of --keys, or what this machine can hold)"
        )


def _notes(part: Part, settings: Settings, invalid: Sequence[str]) -> list[str]:
    ledger = part.assessment.ledger
    notes = [f"invalid: {reason}" for reason in invalid]
    notes += [f"fault of the harness, {count} times: {fault}" for fault, count in part.faults.items()]
    if cut := ledger.sessions.get("interrupted", 0):
        by = "the search, at the end of their levels" if settings.conducted else "the end of the run"
        notes.append(f"cut short by {by}: {plural(cut, 'session')}")
    if part.gone:
        notes.append(f"the last {part.unanswered:,} requests got no answer")
    if part.health:
        notes.append(_fared(part.health.values()))
    return notes + [f"session {problem}" for problem in part.assessment.problems[:_PROBLEMS]]


def _fared(healths: Collection[Health]) -> str:
    """The worst of the generator's processes, in each respect."""
    cpu, memory, files, pause = (
        max(getattr(health, field) for health in healths) for field in ("cpu", "memory", "files", "pause")
    )
    return (
        f"the generator, at most: {cpu:.0%} of a core for {SPAN} s, {memory / 2**20:,.0f} MiB and {files:,} open "
        f"files in a process, {duration(pause)} of pause for garbage collection"
    )


def _replay(finding: Finding, settings: Settings, workload: Workload, *, embedded: bool) -> str:
    """The command that plays the session of a finding again, alone."""
    reference = workload.references.get(finding.scenario, finding.scenario)
    words = ["live-harness", "replay", reference, "--seed", str(finding.seed)]
    if not embedded:
        host = settings.against[0][0] if finding.session.startswith(AGAINST) else settings.host
        words += ["--host", host]
    for option in ("profile", "mutant"):
        if value := getattr(settings, option):
            words += [f"--{option}", value]
    return shlex.join(words if settings.verify else [*words, "--insecure"])
