"""How often requirements were kept and broken."""

import msgspec

from harness.oracle.verdicts import Verdict


class Tally(msgspec.Struct):
    """How often a requirement was kept, broken, or left open."""

    passed: int = 0
    failed: int = 0
    inconclusive: int = 0
    reasons: list[str] = []
    """Why nothing could be said; the first few different ones."""

    def merge(self, other: "Tally") -> None:
        """Add the counts of `other`."""
        self.passed += other.passed
        self.failed += other.failed
        self.inconclusive += other.inconclusive
        self.reasons = [*self.reasons, *(reason for reason in other.reasons if reason not in self.reasons)][:3]

    @property
    def verdict(self) -> Verdict:
        """The greatest of what was seen."""
        if self.failed:
            return Verdict.FAIL
        if self.inconclusive:
            return Verdict.INCONCLUSIVE
        return Verdict.PASS if self.passed else Verdict.NOT_EXERCISED

    @property
    def exercised(self) -> int:
        """How often it was tried."""
        return self.passed + self.failed + self.inconclusive


def merge_tallies(ours: dict[str, Tally], theirs: dict[str, Tally]) -> None:
    """Add the counts of `theirs` to `ours`."""
    for requirement, tally in theirs.items():
        ours.setdefault(requirement, Tally()).merge(tally)
