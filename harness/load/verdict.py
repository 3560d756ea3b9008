"""From what a load run saw to its exit code, and the reason in a sentence."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from harness.errors import ExitCode
from harness.load.part import Part
from harness.oracle.assessment import Assessment
from harness.oracle.checks import CHECKED
from harness.oracle.verdicts import Verdict
from harness.report.results import counted, plural
from harness.report.run import SloResult

_CAUSES: Final = 3


class Conclusion(NamedTuple):
    """How a run ends."""

    exit_code: ExitCode
    headline: str


def conclude(
    part: Part, slos: Sequence[SloResult], *, interrupted: bool = False, invalid: Sequence[str] = ()
) -> Conclusion:
    """The verdict on the whole run; `invalid` says why its figures may be none of the API's, see `validity`.

    What was found stays found, whatever else went wrong: a broken contract comes before an invalid run, and that before
    figures, which an invalid run can't vouch for.
    """
    assessment = part.assessment
    broken, crashes = assessment.broken, [*part.faults, *assessment.crashes]
    missed = [slo.measure for slo in slos if slo.met is False]
    undecided = [slo.measure for slo in slos if slo.met is None]
    seen = f"broken so far: {', '.join(broken)}" if broken else "nothing broken so far"
    exercised = sum(assessment.verdict(name) is Verdict.PASS for name in CHECKED)
    ledger = assessment.ledger
    cut, failed = (ledger.sessions.get(ending, 0) for ending in ("interrupted", "failed"))
    ended = sum(ledger.sessions.values()) - cut
    kept = f"Nothing broken; {exercised} of {len(CHECKED)} requirements exercised"
    kept += f"; {failed:,} of {plural(ended, 'session')} failed" * (failed > 0)
    lost = f"all {plural(failed, 'session')} failed{_causes(assessment)}" if failed == ended > 0 else ""
    # Of a session that was cut short, the last request may have had no time to be answered.
    useless = lost and sum(ledger.trouble.values()) + cut >= sum(ledger.requests.values())
    silent = f"The API stopped answering: the last {plural(part.unanswered, 'request')} got no answer."
    nothing = f"{lost}." if lost else "no session came to its end; did the run last long enough?"
    ways: list[tuple[object, ExitCode, str]] = [
        (crashes, ExitCode.HARNESS, f"A fault of the harness: {'; '.join(crashes[:1])}"),
        (interrupted, ExitCode.INTERRUPTED, f"Interrupted; {seen}."),
        (broken, ExitCode.BROKEN, f"Not conformant: {', '.join(broken)} broken."),
        (invalid, ExitCode.NO_VERDICT, _invalid(invalid)),
        (ledger.unreached, ExitCode.UNUSABLE, f"The API could not be reached{_causes(assessment)}."),
        (useless, ExitCode.UNUSABLE, f"The API could not be used: {lost}."),
        (part.gone or (part.unanswered and failed == ended), ExitCode.UNUSABLE, silent),
        (not part.judged, ExitCode.NO_VERDICT, f"No verdict: nothing was judged; {nothing}"),
        (missed, ExitCode.BROKEN, f"{kept}, but missed: {', '.join(missed)}."),
        (part.turned_away, ExitCode.NO_VERDICT, _turned_away(part)),
        (failed == ended, ExitCode.NO_VERDICT, f"No verdict: {nothing}"),
        (undecided, ExitCode.NO_VERDICT, f"{kept}, but no valid figure for {', '.join(undecided)}."),
        (True, ExitCode.OK, f"{kept}; {plural(len(slos), 'SLO')} met."),
    ]
    return next(Conclusion(code, text) for applies, code, text in ways if applies)


def _causes(assessment: Assessment) -> str:
    causes = counted(dict(Counter(assessment.ledger.trouble).most_common(_CAUSES)))
    return f": {causes or assessment.problems[0]}" if causes or assessment.problems else ""


def _invalid(reasons: Sequence[str]) -> str:
    more = f" ({len(reasons) - 1} more reasons in the notes)" if len(reasons) > 1 else ""
    return f"Invalid: {'; '.join(reasons[:1])}{more}."


def _turned_away(part: Part) -> str:
    """After missed SLOs: an API that misses them under less than it was to get would not keep them under all of it."""
    return f"Invalid: {part.turned_away:,} of {part.arrivals:,} arrivals found no room, so that less was offered."
