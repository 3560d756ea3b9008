"""What SLOs measured in two runs, held against each other."""

import math
from collections.abc import Iterable
from typing import Final

from harness.report.capacity.words import kind
from harness.report.certificate import Attainment, Estimate
from harness.report.comparison.difference import Difference, Unit, differ
from harness.report.proportion import wilson
from harness.report.run import Run, SloResult

_BETWEEN_RUNS: Final = 0.01
_BETWEEN_LEVELS: Final = 0.1
"""By so much are times of one server taken to differ from run to run, beyond what can be seen within either. A level of
a search is short, and close to the limit, where a little less room makes times much longer."""
_OF_THE_BOUND: Final = 0.01
"""As well as by this share of what their SLO allows: what a quiet machine answers in 3 ms, a busier one does in 5."""

UNITS: Final[dict[str, Unit]] = {"time": "seconds", "share": "share"}


def of_objectives(
    old: Iterable[Attainment | SloResult],
    new: Iterable[Attainment | SloResult],
    tolerance: float = 0.0,
    where: str = "",
) -> list[Difference]:
    """Of each measure that both speak of, in the order of the old ones; findings are another matter."""
    now = {each.measure: each for each in new}
    return [
        differ(
            each.measure,
            UNITS[kind(each.measure)],
            figure(each),
            figure(now[each.measure]),
            more_is_better=each.threshold[:1] in {">", "≥"},
            tolerance=tolerance,
            where=where,
        )
        for each in old
        if each.measure in now and each.measure != "findings"
    ]


def of_findings(old: Run, new: Run, tolerance: float = 0.0) -> Difference:
    """How many requirements a session breaks.

    Those of one cause come together, and the reports don't tell in how many sessions. So they count for as few sessions
    as they can come from, each of which would break all that either run broke.
    """
    together = len({*old.assessment.broken, *new.assessment.broken}) or 1
    before, now = _rate(old, together), _rate(new, together)
    return differ("findings", "a session", before, now, more_is_better=False, tolerance=tolerance)


def figure(slo: Attainment | SloResult) -> Estimate | None:
    """What was measured, within what a comparison takes for its bounds; None where nothing was."""
    value = slo.value if isinstance(slo, Attainment) else slo.figure
    if value is None:
        return None
    low = 0.0 if slo.low is None else slo.low
    high = math.inf if slo.high is None else slo.high
    margin = _BETWEEN_LEVELS if isinstance(slo, Attainment) else _BETWEEN_RUNS
    if kind(slo.measure) != "time":
        return Estimate(low, value, high)
    aside = (slo.bound or 0.0) * _OF_THE_BOUND
    return Estimate(max(low * (1 - margin) - aside, 0.0), value, high * (1 + margin) + aside)


def _rate(run: Run, together: int) -> Estimate | None:
    """Each finding counts once a session, of which at most so many can come together."""
    sessions = sum(run.assessment.ledger.sessions.values())
    if not sessions:
        return None
    found = sum(each.findings for each in run.course) or sum(bool(t.failed) for t in run.assessment.tallies.values())
    share = min(found / together / sessions, 1.0)
    low, high = wilson(share, sessions)
    return Estimate(together * low, together * share, together * high)
