"""The assessment of a run: the verdicts of all its sessions, merged."""

from collections.abc import Iterable
from typing import Final

import msgspec

from harness.contract.catalogue import Catalogue, Requirement
from harness.contract.profile import Profile
from harness.contract.questions import load_questions
from harness.oracle.account import Who
from harness.oracle.checks import CHECKED
from harness.oracle.company import Company
from harness.oracle.judge import Finding, Judge
from harness.oracle.ledger import Bookkeeper, Ledger
from harness.oracle.notes import Notes, merge_notes, take_note
from harness.oracle.pins import against_pin
from harness.oracle.tallies import Tally, merge_tallies
from harness.oracle.verdicts import Outcome, Verdict

_FINDINGS: Final = 5
_PROBLEMS: Final = 20


class Part(msgspec.Struct):
    """What the sessions of one scenario show."""

    tallies: dict[str, Tally] = {}
    sessions: int = 0
    seconds: float = 0.0
    """Of the longest session."""

    def add(self, judge: Judge, books: Bookkeeper) -> None:
        """Take in one session of the scenario."""
        judge.tell(self.tallies)
        self.sessions += 1
        self.seconds = max(self.seconds, books.seconds)

    def merge(self, other: "Part") -> None:
        """Take in what other sessions of the scenario show."""
        merge_tallies(self.tallies, other.tallies)
        self.sessions += other.sessions
        self.seconds = max(self.seconds, other.seconds)


class Assessment(msgspec.Struct):
    """What a run shows. Mergeable: over sessions, and over processes."""

    tallies: dict[str, Tally] = {}
    findings: list[Finding] = []
    """The first few of each requirement; the tallies count them all."""
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    notes: Notes = {}
    """What was observed where the document is silent."""
    problems: list[str] = []
    """Sessions that did not go as planned, in words; the first few."""
    too_long: dict[str, float] = {}
    """Waits that would have taken longer than allowed, by session, and how many seconds."""
    crashes: list[str] = []
    """Checks of ours that crashed."""
    scenarios: dict[str, Part] = {}
    """The tallies again, scenario by scenario."""
    company: Company = msgspec.field(default_factory=Company)
    """What is needed to hold the sessions against each other."""

    def add(self, label: str, judge: Judge, books: Bookkeeper) -> None:
        """Take in one session."""
        self.company.add(judge.account)
        judge.tell(self.tallies)
        judge.tell_notes(self.notes)
        if books.header:
            self._part(books.header.scenario).add(judge, books)
        self._take(judge.findings)
        self.ledger.merge(books.ledger)
        if books.ended is not None and books.ended.ending == "failed" and len(self.problems) < _PROBLEMS:
            self.problems.append(f"{label}: {books.ended.why}")
        for what, needed in books.too_long.items():
            self.too_long[f"{label}: {what}"] = needed
        self.crashes += judge.crashes[: _PROBLEMS - len(self.crashes)]

    def merge(self, other: "Assessment") -> None:
        """Take in what another part of the run shows."""
        merge_tallies(self.tallies, other.tallies)
        for scenario, part in other.scenarios.items():
            self._part(scenario).merge(part)
        self._take(other.findings)
        self.ledger.merge(other.ledger)
        self.company.merge(other.company)
        merge_notes(self.notes, other.notes)
        self.problems = [*self.problems, *other.problems][:_PROBLEMS]
        self.too_long.update(other.too_long)
        self.crashes = [*self.crashes, *other.crashes][:_PROBLEMS]

    def observe(self, profile: Profile, question: str, answer: str) -> None:
        """Take note of an answer that no session gives by itself, and hold it against the profile."""
        take_note(self.notes, load_questions()[question].requirement, question, answer)
        if outcome := against_pin(profile, question, answer):
            self._say(outcome, Who("", "", 0))

    def compare_sessions(self) -> None:
        """Hold the sessions against each other: once, when all are in."""
        for said, who, sessions in self.company.judge():
            if sessions:  # one alone shows nothing of the others
                self._say(said, who, sessions)
        for agreed in self.company.agreed_alone:
            told = "the same utterances" if agreed else "other utterances"
            take_note(self.notes, "STREAM-8", "same-audio-alone", told)

    def _part(self, scenario: str) -> Part:
        if scenario not in self.scenarios:
            self.scenarios[scenario] = Part()
        return self.scenarios[scenario]

    def _take(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            if sum(known.requirement == finding.requirement for known in self.findings) < _FINDINGS:
                self.findings.append(finding)

    def _say(self, said: Outcome, who: Who, sessions: int = 1) -> None:
        is_failure = said.verdict is Verdict.FAIL
        tallies = {said.requirement: Tally(failed=sessions) if is_failure else Tally(passed=sessions)}
        shown = Assessment(tallies=tallies, scenarios={who.scenario: Part(tallies)} if who.scenario else {})
        if is_failure:
            found = said.requirement, who.label, who.scenario, who.seed, 0.0, said.expected, said.happened
            shown.findings.append(Finding(*found))
        self.merge(shown)

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
