"""What one process of a run saw: mergeable, and small enough to be sent."""

from typing import Final

import msgspec

from harness.load.health.pulse import Health
from harness.oracle.assessment import Assessment

AGAINST: Final = "against-"
"""What the labels of a further deployment's sessions begin with."""
_SILENCE: Final = 3
"""So many requests without any answer, the last ones of a run, and the SUT counts as gone."""


class Part(msgspec.Struct):
    """A process's part of a run; that of the whole run is all of them merged."""

    assessment: Assessment = msgspec.field(default_factory=Assessment)
    against: Assessment = msgspec.field(default_factory=Assessment)
    """The same of a further deployment, where there is one: two are not held against each other."""
    faults: dict[str, int] = {}
    """Faults of the harness, in words, and how often each occurred."""
    remarks: list[str] = []
    """Notes for the report."""
    sampled: list[str] = []
    """History files that were kept, relative to the report's folder."""
    arrivals: int = 0
    """Sessions of the open model that were due."""
    turned_away: int = 0
    """Those of them that did not begin: there were as many in flight as may be at once."""
    health: dict[str, Health] = {}
    """By the names of the processes; each of the whole run so far."""
    unanswered: int = 0
    """The last requests that got no answer, with none in between that did."""

    @property
    def sent(self) -> int:
        """Requests."""
        return sum(sum(each.ledger.requests.values()) for each in (self.assessment, self.against))

    @property
    def judged(self) -> bool:
        """Whether any requirement was exercised so that something could be said of it."""
        return any(tally.passed or tally.failed for tally in self.assessment.tallies.values())

    @property
    def gone(self) -> bool:
        """Whether the SUT could not be reached any more when the run ended."""
        return self.unanswered >= _SILENCE

    def merge(self, other: "Part") -> None:
        """Take in what another process saw."""
        if other.sent:
            # It is gone when nobody reached it at the end.
            self.unanswered = min(self.unanswered, other.unanswered) if self.sent else other.unanswered
        self.assessment.merge(other.assessment)
        self.against.merge(other.against)
        for fault, count in other.faults.items():
            self.faults[fault] = self.faults.get(fault, 0) + count
        self.remarks += other.remarks
        self.sampled += other.sampled
        self.health |= other.health
        self.arrivals += other.arrivals
        self.turned_away += other.turned_away
