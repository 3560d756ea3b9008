"""What the same audio led to in all the sessions that sent it, and whether it was the same (STREAM-8, STREAM-7)."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from harness.oracle.account import COUNTED, Account, Spoken, Who
from harness.oracle.likeness import difference, same
from harness.oracle.verdicts import Outcome, failed, passed

_DIFFERENT: Final = 16
"""Ways of hearing the same audio that are told apart."""
_MANY: Final = 20
_MOST: Final = 0.75
"""Without sessions that were alone: so many sessions, and so much of them, must agree to be a measure for the rest."""


class Said(NamedTuple):
    """An outcome, the session that shows it, and how many sessions show the same."""

    outcome: Outcome
    who: Who
    sessions: int = 1


class Hearing(msgspec.Struct):
    """Sessions that were told the same."""

    spoken: tuple[Spoken, ...]
    counts: tuple[int, ...]
    first: Who
    """One of them; one that was not alone, if there is one."""
    label: str
    """Of the first that came."""
    alone: int = 0
    """Sessions that were alone."""
    together: int = 0
    """Those that were not."""

    def is_same(self, other: "Hearing") -> bool:
        """Whether they were told the very same."""
        return self.counts == other.counts and self.spoken == other.spoken

    def is_like(self, other: "Hearing") -> bool:
        """Whether they were told the same."""
        return self.counts == other.counts and not self.differs(other)

    def differs(self, other: "Hearing") -> bool:
        """Whether they were told of other utterances, or in another order."""
        return self.spoken != other.spoken and bool(difference(self.spoken, other.spoken))


class Hearings(msgspec.Struct):
    """All sessions with the same audio, cut in the same way."""

    all: list[Hearing] = []

    def add(self, account: Account) -> None:
        """Take in one session."""
        who, alone = account.who, account.alone
        self._add(Hearing(account.spoken, account.counts, who, who.label, int(alone), int(not alone)))

    def merge(self, other: "Hearings") -> None:
        """Take in those of another part of the run."""
        for hearing in other.all:
            self._add(hearing)

    def _add(self, new: Hearing) -> None:
        # What is exactly the same is soon seen, and mostly it is.
        known = next((hearing for hearing in self.all if hearing.is_same(new)), None)
        known = known or next((hearing for hearing in self.all if hearing.is_like(new)), None)
        if known is None:
            if len(self.all) < _DIFFERENT:
                self.all.append(new)
            return
        if new.together and not known.together:
            known.first = new.first  # whom a finding names was in company
        known.alone += new.alone
        known.together += new.together

    @property
    def _alone(self) -> list[Hearing]:
        return [hearing for hearing in self.all if hearing.alone]

    @property
    def agreed_alone(self) -> bool | None:
        """Whether sessions that were alone were told the same; None where there are not two of them."""
        alone = self._alone
        if sum(hearing.alone for hearing in alone) < 2:
            return None
        return not any(hearing.differs(alone[0]) for hearing in alone)

    @property
    def measure(self) -> Hearing | None:
        """What the others are held against: what was told to sessions alone, else to most."""
        if self.agreed_alone is not None:
            return self._alone[0] if self.agreed_alone else None
        most = max(self.all, key=lambda hearing: hearing.together)
        whole = sum(hearing.together for hearing in self.all)
        return most if whole >= _MANY and most.together >= _MOST * whole else None

    def judge(self, elsewhere: Sequence[tuple[Spoken, str]], *, certain: bool) -> Iterator[Said]:
        """What they show. `elsewhere` holds what other audio led to, and in which session.

        `certain`: the same audio, sent by one session after another, has never led to anything else.
        """
        measure = self.measure if certain else None
        company = [hearing for hearing in self.all if hearing.together]
        if measure is not None:
            foreign = [each for each in elsewhere if not any(same(each[0], own) for own in measure.spoken)]
            for hearing in company:
                yield self._held_against(measure, hearing, foreign)
            if not company and measure.spoken:
                yield Said(passed("STREAM-8"), measure.first, measure.alone - 1)
        elif self.agreed_alone is not None:
            for hearing in company or self._alone:
                yield self._roughly(hearing)
        elif len(self.all) == 1 and self.all[0].spoken:
            only = self.all[0]
            yield Said(passed("STREAM-8"), only.first, only.together + only.alone - 1)

    def _held_against(self, measure: Hearing, hearing: Hearing, foreign: Sequence[tuple[Spoken, str]]) -> Said:
        differs = difference(hearing.spoken, measure.spoken)
        strange = {each: label for each in differs.extra for other, label in foreign if same(each, other)}
        if strange:
            told, owners = ", ".join(map(str, [*strange][:3])), ", ".join(dict.fromkeys(strange.values()))
            outcome = failed(
                "STREAM-7",
                "only utterances of the session's own audio",
                f"its stream told of {told}, to which other audio led, as in {owners}",
            )
        elif differs and (self.agreed_alone or differs.is_plain):
            outcome = failed("STREAM-8", f"the utterances of {self._whose(measure)}", f"its stream was {differs}")
        elif (wrong := self._miscounted(hearing)) is not None:
            name, count = wrong
            expected = f"{len(hearing.spoken)} `{name}` events, one for each utterance, as in {self._whose(measure)}"
            outcome = failed("STREAM-8", expected, f"{count} came")
        elif differs or not measure.spoken:
            return Said(passed("STREAM-8"), hearing.first, 0)
        else:
            outcome = passed("STREAM-8")
        return Said(outcome, hearing.first, hearing.together)

    def _miscounted(self, hearing: Hearing) -> tuple[str, int] | None:
        """An event of which each utterance has its own in sessions that were alone, and how many this one had."""
        for n, name in enumerate(COUNTED):
            each_its_own = all(alone.counts[n] == len(alone.spoken) for alone in self._alone)
            if self.agreed_alone and each_its_own and hearing.counts[n] != len(hearing.spoken):
                return name, hearing.counts[n]
        return None

    def _roughly(self, hearing: Hearing) -> Said:
        """Where sessions alone are not told the same either, there is no more to ask for than that it was anything."""
        if not hearing.spoken and all(alone.spoken for alone in self._alone):
            expected = f"some utterances, as in {self._whose(self._alone[0])}"
            return Said(failed("STREAM-8", expected, "none came"), hearing.first, hearing.together)
        return Said(passed("STREAM-8"), hearing.first, hearing.together + hearing.alone)

    def _whose(self, measure: Hearing) -> str:
        sessions = measure.alone or measure.together
        how = "alone" if measure.alone else "most of all at once"
        told = ", ".join(map(str, measure.spoken[:4])) or "none"
        return f"{measure.label} and {sessions - 1} more with the same audio, {how}: {told}"
