"""From an assessment to the gate's exit code and its reasons."""

import math
from collections.abc import Collection
from typing import NamedTuple

from harness.contract.catalogue import Catalogue
from harness.errors import ExitCode
from harness.oracle.assessment import Assessment
from harness.oracle.checks import CHECKED
from harness.oracle.verdicts import Verdict


class Conclusion(NamedTuple):
    """How a run ends."""

    exit_code: ExitCode
    headline: str
    notes: list[str]


def conclude(
    assessment: Assessment,
    catalogue: Catalogue,
    *,
    aims: Collection[str] | None = None,
    waived: Collection[str] = (),
    interrupted: bool = False,
) -> Conclusion:
    """The verdict on a run; `aims` are the requirements that it was to exercise, None for all that are checked."""
    aims = CHECKED if aims is None else aims
    undecided = [r.id for r in assessment.undecided(catalogue, waived) if r.id in aims]
    notes = [*_reasons(assessment, undecided), *(f"waived: {name}" for name in waived)]
    passed = sum(assessment.verdict(name) is Verdict.PASS for name in CHECKED)
    broken = assessment.broken
    if crashes := assessment.crashes:
        more = f" (and {len(crashes) - 1} more)" if len(crashes) > 1 else ""
        return Conclusion(ExitCode.HARNESS, f"A fault of the harness: {crashes[0]}{more}", notes)
    if interrupted:
        seen = f"broken so far: {', '.join(broken)}" if broken else "nothing broken so far"
        return Conclusion(ExitCode.INTERRUPTED, f"Interrupted; {seen}.", notes)
    if broken:
        return Conclusion(ExitCode.BROKEN, f"Not conformant: {', '.join(broken)} broken; {passed} passed.", notes)
    if assessment.ledger.unreached or (undecided and assessment.ledger.unreachable):
        headline = f"The SUT could not be reached any more: {passed} passed, {len(undecided)} undecided."
        return Conclusion(ExitCode.UNUSABLE, headline, notes)
    if undecided or not aims:
        but = f"{', '.join(undecided)} undecided" if aims else "that is nothing that was to be checked"
        headline = f"No verdict: nothing broken and {passed} passed, but {but}."
        return Conclusion(ExitCode.NO_VERDICT, headline, notes)
    return Conclusion(ExitCode.OK, f"Conformant: {passed} requirements passed.", notes)


def conclude_sessions(assessment: Assessment, catalogue: Catalogue, *, interrupted: bool = False) -> Conclusion:
    """The verdict on single sessions: they aim at what they exercised, and must have gone as planned."""
    seen = conclude(assessment, catalogue, aims=assessment.tallies, interrupted=interrupted)
    if seen.exit_code is ExitCode.OK and (assessment.problems or assessment.too_long):
        headline = "No verdict: nothing broken, but not every session went as planned."
        return Conclusion(ExitCode.NO_VERDICT, headline, seen.notes)
    return seen


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
