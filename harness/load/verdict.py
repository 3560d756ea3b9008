"""From what a load run saw to its exit code, and the reason in a sentence."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from harness.errors import ExitCode
from harness.load.part import Part
from harness.oracle.checks import CHECKED
from harness.oracle.verdicts import Verdict
from harness.report.run import SloResult

_THROUGH: Final = ("done", "cancelled", "expired", "abandoned")
"""Endings of sessions that went as their scenario has it."""


class Conclusion(NamedTuple):
    """How a run ends."""

    exit_code: ExitCode
    headline: str


def conclude(
    part: Part, slos: Sequence[SloResult], *, interrupted: bool = False, invalid: Sequence[str] = ()
) -> Conclusion:
    """The verdict on the whole run; `invalid` says why its figures may be none of the SUT's, see `validity`.

    What was found stays found, whatever else went wrong: a broken contract comes before an invalid run, and that before
    figures, which an invalid run can't vouch for.
    """
    assessment = part.assessment
    broken, crashes = assessment.broken, [*part.faults, *assessment.crashes]
    missed = [slo.measure for slo in slos if slo.met is False]
    undecided = [slo.measure for slo in slos if slo.met is None]
    seen = f"broken so far: {', '.join(broken)}" if broken else "nothing broken so far"
    exercised = sum(assessment.verdict(name) is Verdict.PASS for name in CHECKED)
    kept = f"Nothing broken; {exercised} of {len(CHECKED)} requirements exercised"
    met = f"{kept}; {len(slos)} SLOs met." if slos else f"{kept}; no SLOs set."
    through = sum(count for ending, count in assessment.ledger.sessions.items() if ending in _THROUGH)
    ways: list[tuple[object, ExitCode, str]] = [
        (crashes, ExitCode.HARNESS, f"A fault of the harness: {'; '.join(crashes[:1])}"),
        (interrupted, ExitCode.INTERRUPTED, f"Interrupted; {seen}."),
        (broken, ExitCode.BROKEN, f"Not conformant: {', '.join(broken)} broken."),
        (invalid, ExitCode.NO_VERDICT, _invalid(invalid)),
        (assessment.ledger.unreached, ExitCode.UNUSABLE, "The SUT could not be reached."),
        (part.gone, ExitCode.UNUSABLE, "The SUT could not be reached any more when the run ended."),
        (not part.judged, ExitCode.NO_VERDICT, "No verdict: nothing was judged, since no session got anywhere."),
        (missed, ExitCode.BROKEN, f"{kept}, but missed: {', '.join(missed)}."),
        (part.turned_away, ExitCode.NO_VERDICT, _turned_away(part)),
        (not through, ExitCode.NO_VERDICT, "No verdict: no session came to its end; did the run last long enough?"),
        (undecided, ExitCode.NO_VERDICT, f"{kept}, but no valid figure for {', '.join(undecided)}."),
        (True, ExitCode.OK, met),
    ]
    return next(Conclusion(code, text) for applies, code, text in ways if applies)


def _invalid(reasons: Sequence[str]) -> str:
    more = f" ({len(reasons) - 1} more reasons in the notes)" if len(reasons) > 1 else ""
    return f"Invalid: {'; '.join(reasons[:1])}{more}."


def _turned_away(part: Part) -> str:
    """After missed SLOs: an SUT that misses them under less than it was to get would not keep them under all of it."""
    return f"Invalid: {part.turned_away:,} of {part.arrivals:,} arrivals found no room, so that less was offered."
