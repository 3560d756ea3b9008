"""What every report shows in its own way: the verdict on each requirement, and figures as people read them."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from harness.contract.catalogue import Requirement, Tier, load_catalogue
from harness.contract.questions import load_questions
from harness.history.observations import BESIDE, Sent
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding, Tally
from harness.oracle.verdicts import Verdict
from harness.report.evidence import clean
from harness.report.run import Run

WORST_FIRST: Final = tuple(str(v) for v in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_EXERCISED, Verdict.PASS))
"""Names of the verdicts, in the order in which a reader wants to see them."""

SAYING: Final[dict[Tier, str]] = {
    "stated": "The document states it",
    "implied": "The document implies it",
    "standard": "A standard that the document builds on says it",
    "open": "The document leaves it open, and the profile pins it",
    "own": "The harness's own rule",
}
"""Who says so."""

_GROUPS: Final = {"observed": "open: observed, not judged"}
_NAMES: Final = 20
_LONGEST_NAME: Final = 40
_LONGEST_ANSWER: Final = 80


class Result(msgspec.Struct, frozen=True):
    """A requirement that the run could judge, and what came of it."""

    id: str
    tier: str
    text: str
    source: str
    verdict: str
    """As in `WORST_FIRST`."""
    passed: int
    failed: int
    inconclusive: int
    reasons: list[str]
    """Why it was inconclusive."""

    @property
    def pinned(self) -> bool:
        """Whether the document leaves it open, so that it was judged only because the profile pins an answer."""
        return self.tier == "open" and self.passed + self.failed + self.inconclusive > 0


def results(run: Run) -> list[Result]:
    """Of the requirements that the run aimed at, and of any other that was judged; as in the catalogue."""
    told, assessment = [], run.assessment
    for r in load_catalogue().requirements:
        if r.id in assessment.tallies or (r.judged == "checked" if run.aims is None else r.id in run.aims):
            t = assessment.tallies.get(r.id, Tally())
            counts = (t.passed, t.failed, t.inconclusive)
            told.append(Result(r.id, r.tier, r.text, r.source, str(t.verdict), *counts, t.reasons))
    return told


def unjudged(run: Run) -> dict[str, list[str]]:
    """Ids of the requirements that no check judges, by the reason why; none where the run aimed at some others only."""
    groups: dict[str, list[str]] = {}
    if run.aims is not None:
        return groups
    for requirement in load_catalogue().requirements:
        if requirement.judged != "checked" and requirement.id not in run.assessment.tallies:
            groups.setdefault(_GROUPS.get(requirement.judged, requirement.judged), []).append(requirement.id)
    return groups


class Answered(msgspec.Struct, frozen=True):
    """What this server does where the document is silent."""

    requirement: str
    question: str
    """By its slug, under which a profile can pin the answer."""
    text: str
    answers: dict[str, int]
    """How often each was seen, the most frequent first."""

    @property
    def in_words(self) -> str:
        """`409 application/json`, or where there were several, `none (3), all (1)`; clean."""
        if len(self.answers) > 1:
            return ", ".join(f"{clean(answer, _LONGEST_ANSWER)} ({count:,})" for answer, count in self.answers.items())
        return clean(next(iter(self.answers)), _LONGEST_ANSWER)


def observed(run: Run) -> list[Answered]:
    """The answers that were seen to open questions, in the order of the catalogue."""
    return [
        Answered(row.requirement, slug, row.text, dict(sorted(answers.items(), key=lambda item: (-item[1], item[0]))))
        for slug, row in load_questions().items()
        if (answers := run.assessment.notes.get(row.requirement, {}).get(slug))
    ]


class Broken(NamedTuple):
    """A requirement that the run broke."""

    requirement: Requirement
    failed: int
    """How often."""
    findings: list[Finding]
    """The simplest of those that were kept first; none where a session had so many others before that it was only
    counted."""


def broken(assessment: Assessment) -> list[Broken]:
    """All of them, in order of their ids."""
    return [
        Broken(
            load_catalogue().find(requirement),
            assessment.tallies[requirement].failed,
            sorted((found for found in assessment.findings if found.requirement == requirement), key=_simplicity),
        )
        for requirement in assessment.broken
    ]


def _simplicity(finding: Finding) -> tuple[bool, bool, int, str, str]:
    """Less where there is less to read; the same in each run, whichever session was over first."""
    aside = any(isinstance(seen, Sent) and seen.kind in BESIDE for seen in finding.trail)
    return not finding.trail, aside, len(finding.trail), finding.scenario, finding.session


def titled(run: Run) -> str:
    """`conform`, `load mixed`."""
    return run.kind if run.name == run.kind else f"{run.kind} {run.name}"


def counted(counts: Mapping[str, int]) -> str:
    """`accepted (1,204), refused (3)`, the most frequent first; empty where there are none."""
    # The SUT chooses the names of events: there may be very many, and very long ones.
    common = sorted(counts.items(), key=lambda item: -item[1])
    shown = [f"{clean(name, _LONGEST_NAME)} ({count:,})" for name, count in common[:_NAMES]]
    if len(common) > _NAMES:
        shown.append(f"and {len(common) - _NAMES:,} names more")
    return ", ".join(shown)


def plural(count: int, noun: str) -> str:
    """`1 session`, `1,204 sessions`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def duration(seconds: float) -> str:
    """`4.21 ms`, `312 ms`, `3.21 s`, `1 h 02 min`: three digits, which is what a histogram keeps."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 100:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
