"""A run held against an earlier one: what differs, what that proves, and how the command ends."""

from collections.abc import Iterator

import msgspec

from harness.errors import ExitCode
from harness.report.capacity.words import amount
from harness.report.comparison.capacity import of_certificates
from harness.report.comparison.difference import NO_EVIDENCE, Difference, change_in_words
from harness.report.comparison.likeness import unlike
from harness.report.comparison.objectives import of_findings, of_objectives
from harness.report.run import Run


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All that can be said."""

    old: str
    new: str
    """Names of the runs."""
    differences: list[Difference]
    unlike: list[str]
    """What the runs have not in common, so that figures may differ for other reasons than the API."""
    invalid: list[str]
    """Which of the runs is invalid, and why."""
    notes: list[str] = []
    tolerance: float = 0.0

    @property
    def exit_code(self) -> ExitCode:
        """Of the command."""
        # Findings alone would let any two runs pass that are too short for figures.
        if self.invalid or not any(each.is_bounded for each in self.differences if each.measure != "findings"):
            return ExitCode.NO_VERDICT
        return ExitCode.BROKEN if any(each.intolerable for each in self.differences) else ExitCode.OK

    @property
    def headline(self) -> str:
        """The verdict in a sentence."""
        if self.invalid:
            return f"No verdict: {self.invalid[0]}."
        if self.exit_code == ExitCode.NO_VERDICT:
            return "No verdict: no figure of both runs has an interval."
        parts = [part for part in (self._part("worse"), self._part("better")) if part]
        said = "; ".join(parts) or NO_EVIDENCE
        if parts and parts[0].startswith("worse") and self.exit_code == ExitCode.OK:
            said += f", within the tolerance of {100 * self.tolerance:g}%"
        return f"{said[0].upper()}{said[1:]}."

    def _part(self, verdict: str) -> str:
        told = [f"{each.measure} {change_in_words(each)}" for each in self.differences if each.verdict == verdict]
        return f"{verdict}: {', '.join(told)}" if told else ""


def has_figures(run: Run) -> bool:
    """Whether it measured anything that could be compared."""
    return bool(run.capacity) or any(slo.figure is not None for slo in run.slos)


def compared(old: Run, new: Run, names: tuple[str, str], tolerance: float = 0.0) -> Comparison:
    """The new run held against the old one; both have figures."""
    if old.capacity and new.capacity and old.capacity[0].unit == new.capacity[0].unit:
        differences = of_certificates(old.capacity[0], new.capacity[0], tolerance)
    else:
        differences = of_objectives(old.slos, new.slos, tolerance)
        differences.append(of_findings(old, new, tolerance))
    return Comparison(
        old=names[0],
        new=names[1],
        differences=differences,
        unlike=unlike(old, new),
        invalid=[
            f"{name} is invalid: {reasons[0]}"
            for name, run in zip(names, (old, new), strict=True)
            if (reasons := invalid(run))
        ],
        notes=list(_notes(old, new)),
        tolerance=tolerance,
    )


def invalid(run: Run) -> list[str]:
    """Why its figures may be none of the API's; empty where they are."""
    return [
        *run.invalid,
        *(why for each in run.capacity[:1] if not each.valid for why in each.reasons or ["its search"]),
    ]


def _notes(old: Run, new: Run) -> Iterator[str]:
    before, now = ({**dict.fromkeys(run.assessment.broken, 0.0), **_breaks(run)} for run in (old, new))
    for words, those, others in (("broken in the new run alone", now, before), ("no longer broken", before, now)):
        told = [
            f"{name} (from {amount(level)} on)" if level else name
            for name, level in those.items()
            if name not in others
        ]
        if told:
            yield f"{words}: {', '.join(told)}"


def _breaks(run: Run) -> dict[str, float]:
    return run.capacity[0].breaks if run.capacity else {}
