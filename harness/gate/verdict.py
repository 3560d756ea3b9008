"""From an assessment to the gate's exit code and its reasons."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from harness.contract.catalogue import Catalogue
from harness.errors import ExitCode
from harness.gate.terms import Terms
from harness.oracle.assessment import Assessment
from harness.oracle.checks import CHECKED
from harness.oracle.verdicts import Verdict
from harness.report.run import Excuse


class Conclusion(NamedTuple):
    """How a run ends."""

    exit_code: ExitCode
    headline: str
    notes: list[str]
    excuses: list[Excuse]
    outdated: dict[str, str]
    """See `Run` for both."""


def conclude(  # noqa: PLR0911 -- one return for each exit code, the weightiest first
    assessment: Assessment,
    catalogue: Catalogue,
    *,
    aims: Collection[str] | None = None,
    terms: Terms | None = None,
    interrupted: bool = False,
    ran_out: bool = False,
) -> Conclusion:
    """The verdict on a run; `aims` are the requirements that it was to exercise, None for all that are checked.

    It does not fail by what the terms excuse in all probes. `ran_out`: the time limit ended it.
    """
    # Some of the probes, or the first half of a run, can't tell that a known failure is gone.
    whole = aims is None and not interrupted and not ran_out
    aims = CHECKED if aims is None else aims
    excuses = terms.excuses(assessment, aims) if terms else []
    lapsed = terms.outdated(assessment) if terms else {}
    outdated = lapsed if whole else {}
    excused = {excuse.requirement: excuse for excuse in excuses if not excuse.probe}
    undecided = [r.id for r in assessment.undecided(catalogue, excused) if r.id in aims]
    notes = [*_reasons(assessment, undecided), *_excused(assessment, excuses)]
    notes += [f"baseline: {entry}: {why}{_PART * (not whole)}" for entry, why in lapsed.items()]
    if terms and (unjudged := [entry for entry in terms.unjudged(assessment) if entry not in lapsed]):
        notes.append(f"baseline: this run can't tell whether it still holds for {', '.join(unjudged)}")

    def end(exit_code: ExitCode, headline: str) -> Conclusion:
        return Conclusion(exit_code, headline, notes, excuses, outdated)

    passed = sum(assessment.verdict(name) is Verdict.PASS for name in CHECKED)
    broken = [requirement for requirement in assessment.broken if requirement not in excused]
    if crashes := assessment.crashes:
        more = f" (and {len(crashes) - 1} more)" if len(crashes) > 1 else ""
        return end(ExitCode.HARNESS, f"A fault of the harness: {crashes[0]}{more}")
    if interrupted:
        seen = f"broken so far: {', '.join(broken)}" if broken else "nothing broken so far"
        return end(ExitCode.INTERRUPTED, f"Interrupted; {seen}.")
    if broken:
        also = f" {_lapsed(outdated)}." if outdated else ""
        return end(ExitCode.BROKEN, f"Not conformant: {', '.join(broken)} broken; {passed} passed.{also}")
    if assessment.ledger.unreached or (undecided and assessment.ledger.unreachable):
        headline = f"The SUT could not be reached any more: {passed} passed, {len(undecided)} undecided."
        return end(ExitCode.UNUSABLE, headline)
    if outdated:
        return end(ExitCode.BROKEN, f"{_lapsed(outdated)}; {passed} passed.")
    if undecided or ran_out or not aims:
        but = f"{', '.join(undecided)} undecided" if undecided else "the time was over before the last probe"
        headline = f"No verdict: nothing broken and {passed} passed, but {but if aims else _NO_AIM}."
        return end(ExitCode.NO_VERDICT, headline)
    return end(ExitCode.OK, _conformant(assessment, excused, passed))


def conclude_sessions(assessment: Assessment, catalogue: Catalogue, *, interrupted: bool = False) -> Conclusion:
    """The verdict on single sessions: they aim at what they exercised, and must have gone as planned."""
    seen = conclude(assessment, catalogue, aims=assessment.tallies, interrupted=interrupted)
    if seen.exit_code is ExitCode.OK and (assessment.problems or assessment.too_long):
        headline = "No verdict: nothing broken, but not every session went as planned."
        return seen._replace(exit_code=ExitCode.NO_VERDICT, headline=headline)
    return seen


_PART: Final = " (part of a run, which does not fail by that; a whole one does, if it finds the same)"
_NO_AIM: Final = "that is nothing that was to be checked"


def _lapsed(outdated: Mapping[str, str]) -> str:
    told = ", ".join(f"{entry} {why.partition(':')[0]}" for entry, why in outdated.items())
    return f"The baseline no longer holds: {told}"


def _conformant(assessment: Assessment, excused: Mapping[str, Excuse], passed: int) -> str:
    broken = [excused[requirement] for requirement in assessment.broken]
    known = [excuse.requirement for excuse in broken if excuse.kind == "known"]
    newer = [excuse.requirement for excuse in broken if excuse.kind == "newer"]
    but = f" but for {_counted(known, 'known failure')} ({', '.join(known)})" if known else ""
    headline = f"Conformant{but}: {_counted(range(passed), 'requirement')} passed."
    return headline + (f" Broken, but newer than the pinned catalogue: {', '.join(newer)}." if newer else "")


def _counted(things: Sequence[object], noun: str) -> str:
    return f"{len(things)} {noun}{'s' if len(things) != 1 else ''}"


def _excused(assessment: Assessment, excuses: Sequence[Excuse]) -> list[str]:
    told = []
    for excuse in excuses:
        name = f"{excuse.requirement} in {excuse.probe}" if excuse.probe else excuse.requirement
        told.append(f"{excuse.kind}: {name} ({assessment.verdict(excuse.requirement)}): {excuse.why}")
    return told


def _reasons(assessment: Assessment, undecided: Collection[str]) -> list[str]:
    notes = []
    for name in undecided:
        tally = assessment.tallies.get(name)
        reasons = tally.reasons if tally and tally.reasons else ["not exercised"]
        notes += [f"{name}: {reason}" for reason in reasons]
    if assessment.too_long:
        waits = ", ".join(f"{wait} {needed:.0f} s" for wait, needed in assessment.too_long.items())
        most = max(assessment.too_long.values())
        notes.append(f"longer waits than allowed ({waits}): --max-wait {math.ceil(most)}s allows them all")
    return notes + [f"session {problem}" for problem in assessment.problems]
