"""From what a load run saw to its exit code, and the reason in a sentence."""

from collections.abc import Sequence
from typing import NamedTuple

from harness.errors import ExitCode
from harness.load.part import Part
from harness.report.run import SloResult


class Conclusion(NamedTuple):
    """How a run ends."""

    exit_code: ExitCode
    headline: str


def conclude(
    part: Part, slos: Sequence[SloResult], *, interrupted: bool = False, lost: Sequence[str] = ()
) -> Conclusion:
    """The verdict on the whole run; `lost` names the workers that did not see it through.

    What was found stays found, whatever else went wrong: a broken contract comes before an invalid run, and that before
    figures, which an invalid run can't vouch for.
    """
    assessment = part.assessment
    broken, missed = assessment.broken, [slo.measure for slo in slos if slo.met is False]
    undecided = [slo.measure for slo in slos if slo.met is None]
    if crashes := [*part.faults, *assessment.crashes]:
        return Conclusion(ExitCode.HARNESS, f"A fault of the harness: {crashes[0]}")
    if interrupted:
        seen = f"broken so far: {', '.join(broken)}" if broken else "nothing broken so far"
        return Conclusion(ExitCode.INTERRUPTED, f"Interrupted; {seen}.")
    if broken:
        return Conclusion(ExitCode.BROKEN, f"Not conformant: {', '.join(broken)} broken.")
    if lost:
        return Conclusion(ExitCode.NO_VERDICT, f"Invalid: {', '.join(lost)} did not see the run through.")
    if assessment.ledger.unreached:
        return Conclusion(ExitCode.UNUSABLE, "The SUT could not be reached.")
    if not part.judged:
        return Conclusion(ExitCode.NO_VERDICT, "No verdict: nothing was judged, since no session got anywhere.")
    if part.gone:
        return Conclusion(ExitCode.UNUSABLE, "The SUT could not be reached any more when the run ended.")
    if missed:
        return Conclusion(ExitCode.BROKEN, f"Conformant, but {', '.join(missed)} missed.")
    if undecided:
        return Conclusion(ExitCode.NO_VERDICT, f"Conformant, but no valid figure for {', '.join(undecided)}.")
    return Conclusion(ExitCode.OK, f"Conformant, and {len(slos)} SLOs met." if slos else "Conformant; no SLOs set.")
