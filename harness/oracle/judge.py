"""The judge of one session: checks, fed with its observations one after another, live or from a file.

It touches nothing but its arguments, what it keeps does not grow with the session, and nothing in it refers back to it,
so that it is gone as soon as nobody has it any more: under load nobody waits for a collector of garbage.
"""

from typing import Final

from harness.contract.profile import Profile
from harness.history.observations import (
    BESIDE,
    Ended,
    Event,
    Header,
    Observation,
    Returned,
    Sent,
    StreamBytes,
    StreamClosed,
    Waited,
    Withheld,
)
from harness.oracle.account import Account, Accountant
from harness.oracle.dispatch import Asked, asked, asked_of_events, new_checks
from harness.oracle.exchange import Exchange, Standing
from harness.oracle.finding import Finding
from harness.oracle.knowledge import Knowledge
from harness.oracle.notes import Answers, Notes, take_answers
from harness.oracle.observers import is_ordinary
from harness.oracle.ordinary import SAID, is_ordinary_chunk
from harness.oracle.payload import Reader
from harness.oracle.tallies import Tally, merge_tallies
from harness.oracle.trail import Trail
from harness.oracle.verdicts import Outcome, Verdict, inconclusive

__all__ = ["Finding", "Judge", "Tally"]

_HOOKS: Final = {StreamClosed: "closed", Waited: "waited", Withheld: "withheld", Ended: "ended"}
_RECEIVING: Final = asked("received")
_NAMING: Final = asked("named")
_FINDINGS: Final = 20
_CRASHES: Final = 20
_PASS: Final = Verdict.PASS  # reading it off its class takes longer than counting it


class Judge:
    """Judges one session. Feed it with `observe`; then read `tallies` and `findings`."""

    __slots__ = (
        "_accountant",
        "_answers",
        "_began",
        "_checks",
        "_chunk",
        "_hearing",
        "_known",
        "_last",
        "_pending",
        "_trail",
        "crashes",
        "findings",
        "kept",
        "unkept",
    )

    def __init__(self, profile: Profile) -> None:
        self.findings: list[Finding] = []
        self.crashes: list[str] = []
        """Checks of ours that raised an exception: what they would have said is inconclusive."""
        self.kept: dict[str, int] = {}
        """How often each requirement was kept: hardly anything else is ever said."""
        self.unkept: dict[str, Tally] = {}
        """What else was said."""
        self._known = Knowledge(profile)
        self._accountant = Accountant(self._known)
        self._answers: Answers = {}
        self._checks = new_checks(self._known, self._answers)
        self._pending: dict[int, tuple[Sent, Standing]] = {}
        self._trail = Trail()
        self._began = self._last = -1.0
        self._hearing = asked_of_events(self._checks)
        self._chunk = 0  # bytes of the chunk after which another one as large may be taken for granted; 0 for none

    def observe(self, observation: Observation) -> None:
        """Take in the next observation."""
        if isinstance(observation, StreamBytes):
            self._last = observation.at
            self._ask(_RECEIVING, observation)
            return
        if isinstance(observation, Header):
            self._known.begin(observation)
            self._trail = Trail(narrow=not observation.strict)
            return
        self._last = observation.at
        if self._began < 0:
            self._began = observation.at
        self._trail.add(observation)
        if isinstance(observation, Event):
            self._event(observation)
        elif isinstance(observation, Sent):
            self._sent(observation)
        elif isinstance(observation, Returned):
            self._returned(observation)
        else:
            self._ask(asked(_HOOKS[type(observation)]), observation)
            if isinstance(observation, StreamClosed):
                self._known.stream_closed(observation)

    @property
    def tallies(self) -> dict[str, Tally]:
        """By requirement, what was said of it."""
        tallies: dict[str, Tally] = {}
        self.tell(tallies)
        return tallies

    def tell(self, tallies: dict[str, Tally]) -> None:
        """Add what was said to `tallies`."""
        for requirement, count in self.kept.items():
            if (known := tallies.get(requirement)) is None:
                known = tallies[requirement] = Tally()
            known.passed += count
        merge_tallies(tallies, self.unkept)

    @property
    def notes(self) -> Notes:
        """What was observed where the document is silent."""
        notes: Notes = {}
        self.tell_notes(notes)
        return notes

    def tell_notes(self, notes: Notes) -> None:
        """Add what was observed to `notes`."""
        take_answers(notes, self._answers)

    @property
    def reader(self) -> Reader:
        """Reads the payloads of this session, for others who have a use for what it has read already."""
        return self._known.reader

    @property
    def account(self) -> Account:
        """What the session has to say when sessions are held against each other."""
        return self._accountant.account

    def _event(self, event: Event) -> None:
        if event.illegal:
            self._ask(asked("illegal"), event)
            return
        known, accountant, hearing = self._known, self._accountant, self._hearing
        known.reader.payload(event)
        self._ask(hearing[event.name if event.name in hearing else ""], event)
        if known.reader.session is not None:
            self._ask(_NAMING, event)
            accountant.named()
        known.told(event)
        accountant.event(event)
        if event.name == "done":
            self._hearing = asked_of_events(self._checks)

    def _sent(self, sent: Sent) -> None:
        self._known.reader.leave()  # not sooner: others may want to know what was read of the last event
        self._pending[sent.n] = sent, Standing() if sent.kind in BESIDE else self._known.sending(sent)
        self._accountant.sent(sent)

    def _returned(self, returned: Returned) -> None:
        if (pending := self._pending.pop(returned.n, None)) is None:
            return
        sent, was = pending
        kept = self.kept
        if sent.size == self._chunk > 0 and is_ordinary_chunk(self._known, sent, was, returned):
            for requirement in SAID:
                kept[requirement] += 1
            self._accountant.taken(sent)
            return
        exchange = Exchange.of(sent, returned, was)
        if sent.kind in BESIDE:
            self._ask(asked("aside"), exchange)
            self._hearing = asked_of_events(self._checks)
            return
        before = [kept.get(requirement, 0) + 1 for requirement in SAID]
        said = self._ask(asked("exchanged", sent.kind), exchange)
        if not is_ordinary(exchange):
            said += self._ask(asked("answered", sent.kind), exchange)
        self._known.update(exchange)
        self._accountant.exchanged(exchange)
        is_usual = said == len(SAID) and [kept.get(requirement, 0) for requirement in SAID] == before
        self._chunk = sent.size if is_usual and not self._is_awaited(exchange) else 0
        self._hearing = asked_of_events(self._checks)

    def _is_awaited(self, exchange: Exchange) -> bool:
        return any(ask(self._checks[place], exchange) for place, ask, _ in asked("awaits_chunks"))

    def _ask(self, those: Asked, seen: object) -> int:
        """Ask them; how much they had to say."""
        checks, kept, said = self._checks, self.kept, 0
        for place, ask, requirements in those:
            try:
                for outcome in ask(checks[place], seen):
                    said += 1
                    requirement = outcome.requirement
                    if requirement not in requirements:
                        raise LookupError(f"{requirement} is none of its requirements")  # noqa: TRY301 -- it has crashed
                    if outcome.verdict is _PASS:
                        kept[requirement] = kept.get(requirement, 0) + 1
                    else:
                        self._record(outcome)
            except Exception as error:  # noqa: BLE001 -- a crashed check must neither pass nor stop the others
                name = type(checks[place]).__name__
                self.crashes = [*self.crashes, f"{name}.{ask.__name__}: {error!r}"][:_CRASHES]
                for requirement in requirements:
                    said += 1
                    self._record(inconclusive(requirement, f"the check {name} crashed: a fault of the harness"))
        return said

    def _record(self, outcome: Outcome) -> None:
        tally = self.unkept.setdefault(outcome.requirement, Tally())
        if outcome.verdict is Verdict.INCONCLUSIVE:
            tally.inconclusive += 1
            if outcome.happened not in tally.reasons and len(tally.reasons) < 3:
                tally.reasons.append(outcome.happened)
        else:
            tally.failed += 1
            if len(self.findings) < _FINDINGS:
                self.findings.append(self._finding(outcome))

    def _finding(self, outcome: Outcome) -> Finding:
        header = self._known.header
        return Finding(
            requirement=outcome.requirement,
            session=header.session if header else "",
            scenario=header.scenario if header else "",
            seed=header.seed if header else 0,
            at=self._last - self._began,
            expected=outcome.expected,
            happened=outcome.happened,
            trail=self._trail.whole,
        )
