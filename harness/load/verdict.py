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
    broken, crashes = assessment.broken, [*part.faults, *assessment.crashes]
    missed = [slo.measure for slo in slos if slo.met is False]
    undecided = [slo.measure for slo in slos if slo.met is None]
    seen = f"broken so far: {', '.join(broken)}" if broken else "nothing broken so far"
    met = f"Conformant; {len(slos)} SLOs met." if slos else "Conformant; no SLOs set."
    ways: list[tuple[object, ExitCode, str]] = [
        (crashes, ExitCode.HARNESS, f"A fault of the harness: {'; '.join(crashes[:1])}"),
        (interrupted, ExitCode.INTERRUPTED, f"Interrupted; {seen}."),
        (broken, ExitCode.BROKEN, f"Not conformant: {', '.join(broken)} broken."),
        (lost, ExitCode.NO_VERDICT, f"Invalid: {', '.join(lost)} did not see the run through."),
        (assessment.ledger.unreached, ExitCode.UNUSABLE, "The SUT could not be reached."),
        (part.gone, ExitCode.UNUSABLE, "The SUT could not be reached any more when the run ended."),
        (not part.judged, ExitCode.NO_VERDICT, "No verdict: nothing was judged, since no session got anywhere."),
        (missed, ExitCode.BROKEN, f"Conformant, but missed: {', '.join(missed)}."),
        (undecided, ExitCode.NO_VERDICT, f"Conformant, but no valid figure for {', '.join(undecided)}."),
        (True, ExitCode.OK, met),
    ]
    return next(Conclusion(code, text) for applies, code, text in ways if applies)
