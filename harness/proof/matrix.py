"""The kill matrix: which requirements each service of ours was found to break, against those that it does break."""

from typing import Final

import msgspec

from harness.contract.catalogue import load_catalogue
from harness.oracle.assessment import Assessment
from harness.oracle.checks import CHECKED
from harness.oracle.verdicts import Verdict
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.registry import Altered
from harness.sandbox.service import Service
from harness.sandbox.variants import VARIANTS

CONFORMANT: Final[dict[str, Altered]] = {"sandbox": Altered("sandbox", Service), **VARIANTS}
"""The sandbox itself and its variants: to be accused of nothing."""
SERVICES: Final[dict[str, Altered]] = {**MUTANTS, **CONFORMANT}


class Trip(msgspec.Struct, frozen=True):
    """A requirement that a service was found to break, and the first evidence."""

    probe: str
    expected: str
    happened: str


_LOST: Final = Trip("", "", "one of very many findings")


class Row(msgspec.Struct, frozen=True):
    """One service: what it breaks, and what was found."""

    name: str
    about: str
    trips: tuple[str, ...]
    """The requirements that it declares to break; none, where it is conformant."""
    tripped: dict[str, Trip]
    """Those that it was found to break."""
    undecided: dict[str, str]
    """Those with no honest verdict, and why."""
    crashes: tuple[str, ...]
    """Faults of ours."""
    seconds: float
    """What it took."""

    @property
    def killed(self) -> list[str]:
        """Declared, and found."""
        return [requirement for requirement in self.trips if requirement in self.tripped]

    @property
    def survivors(self) -> list[str]:
        """Declared, and not found."""
        return [requirement for requirement in self.trips if requirement not in self.tripped]

    @property
    def bystanders(self) -> list[str]:
        """Found, and not declared."""
        return [requirement for requirement in self.tripped if requirement not in self.trips]

    @property
    def unsure(self) -> list[str]:
        """Undecided where nothing should be: a mutant may well blur what it does not break."""
        return [] if self.trips else list(self.undecided)

    @property
    def is_right(self) -> bool:
        """Whether it was killed for exactly what it breaks, or left in peace."""
        return not (self.survivors or self.bystanders or self.unsure or self.crashes)


class Matrix(msgspec.Struct, frozen=True):
    """Rows are services, columns are requirements."""

    rows: list[Row]

    @property
    def mutants(self) -> list[Row]:
        """Those that break something."""
        return [row for row in self.rows if row.trips]

    @property
    def wrong(self) -> list[Row]:
        """Those that were judged otherwise than they should be."""
        return [row for row in self.rows if not row.is_right]

    def kills(self) -> dict[str, tuple[int, int]]:
        """By checked requirement: how many mutants of it were killed, and how many there are."""
        return {r.id: self._kills(r.id) for r in load_catalogue().requirements if r.id in CHECKED}

    def _kills(self, requirement: str) -> tuple[int, int]:
        aimed = [row for row in self.mutants if requirement in row.trips]
        return sum(requirement in row.tripped for row in aimed), len(aimed)


def row(altered: Altered, assessment: Assessment, seconds: float) -> Row:
    """The row of one service, from what its probes have shown."""
    tripped: dict[str, Trip] = {}
    for finding in assessment.findings:
        tripped.setdefault(finding.requirement, Trip(finding.session, finding.expected, finding.happened))
    return Row(
        name=altered.name,
        about=altered.about,
        trips=altered.trips,
        # Of a session with very many findings, only the first are kept.
        tripped={requirement: tripped.get(requirement, _LOST) for requirement in assessment.broken},
        undecided={
            requirement: "; ".join(tally.reasons)
            for requirement, tally in assessment.tallies.items()
            if tally.verdict is Verdict.INCONCLUSIVE
        },
        crashes=tuple(assessment.crashes),
        seconds=seconds,
    )


def headline(matrix: Matrix) -> str:
    """The matrix in a sentence."""
    conformant = len(matrix.rows) - len(matrix.mutants)
    told = {"mutants": len(matrix.mutants), "conformant services": conformant}
    judged = " and ".join(f"{count} {what}" for what, count in told.items() if count)
    wrong = ", ".join(row.name for row in matrix.wrong)
    return f"{judged}: {f'judged wrongly: {wrong}' if wrong else 'all judged rightly'}."
