"""The assessment of a run: the verdicts of all its sessions, merged."""

from collections.abc import Iterable
from typing import Final

import msgspec

from harness.contract.catalogue import Catalogue, Requirement
from harness.oracle.checks import CHECKED
from harness.oracle.judge import Finding, Judge, Tally
from harness.oracle.ledger import Bookkeeper, Ledger
from harness.oracle.verdicts import Verdict

_FINDINGS: Final = 5
_PROBLEMS: Final = 20


class Assessment(msgspec.Struct):
    """What a run shows. Mergeable: over sessions, and over processes."""

    tallies: dict[str, Tally] = {}
    findings: list[Finding] = []
    """The first few of each requirement; the tallies count them all."""
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    problems: list[str] = []
    """Sessions that did not go as planned, in words; the first few."""
    too_long: dict[str, float] = {}
    """Waits that would have taken longer than allowed, by session, and how many seconds."""
    crashes: list[str] = []
    """Checks of ours that crashed."""

    def add(self, label: str, judge: Judge, books: Bookkeeper) -> None:
        """Take in one session."""
        ended = books.ended
        self.merge(
            Assessment(
                tallies=judge.tallies,
                findings=judge.findings,
                ledger=books.ledger,
                problems=[f"{label}: {ended.why}"] if ended is not None and ended.ending == "failed" else [],
                too_long={f"{label}: {what}": needed for what, needed in books.too_long.items()},
                crashes=judge.crashes,
            )
        )

    def merge(self, other: "Assessment") -> None:
        """Take in what another part of the run shows."""
        for requirement, theirs in other.tallies.items():
            ours = self.tallies.setdefault(requirement, Tally())
            ours.passed += theirs.passed
            ours.failed += theirs.failed
            ours.inconclusive += theirs.inconclusive
            ours.reasons = [*ours.reasons, *(r for r in theirs.reasons if r not in ours.reasons)][:3]
        for finding in other.findings:
            if sum(known.requirement == finding.requirement for known in self.findings) < _FINDINGS:
                self.findings.append(finding)
        self.ledger.merge(other.ledger)
        self.problems = [*self.problems, *other.problems][:_PROBLEMS]
        self.too_long.update(other.too_long)
        self.crashes = [*self.crashes, *other.crashes][:_PROBLEMS]

    def verdict(self, requirement: str) -> Verdict:
        """Of one requirement."""
        tally = self.tallies.get(requirement)
        return tally.verdict if tally else Verdict.NOT_EXERCISED

    @property
    def broken(self) -> list[str]:
        """Ids of the requirements that were broken, in order."""
        return sorted((r for r in self.tallies if self.verdict(r) is Verdict.FAIL), key=_chapter)

    def undecided(self, catalogue: Catalogue, waived: Iterable[str] = ()) -> list[Requirement]:
        """The checked requirements on which the run has no honest verdict, less those that the user waives."""
        waived = frozenset(waived)
        return [
            requirement
            for requirement in catalogue.requirements
            if requirement.id in CHECKED
            and requirement.id not in waived
            and self.verdict(requirement.id) in {Verdict.NOT_EXERCISED, Verdict.INCONCLUSIVE}
        ]


def _chapter(requirement: str) -> tuple[str, int]:
    name, _, number = requirement.rpartition("-")
    return name, int(number)
