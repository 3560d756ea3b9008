"""The sessions of a run held against each other: what none can show alone.

(START-4, CHUNK-8, CHUNK-9, STREAM-7, STREAM-8, EVENT-9.)

It is mergeable, over sessions and over processes, and bounded, however many sessions there are.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

from harness.oracle.account import SMALL, Account, Who
from harness.oracle.hearings import Hearings, Said
from harness.oracle.roll import Roll
from harness.oracle.verdicts import failed, passed

_SOUNDS: Final = 32
_KEPT: Final = 2_000
"""Of each thing that may show sessions to mix: one among thousands is found, since the others say nothing."""
_FINDINGS: Final = 50
_TELLING: Final = 12
"""Characters that a reason must have, so that nobody else says the same by chance."""


class Stray(msgspec.Struct, frozen=True):
    """Something that a session's stream says, and that may be of another one."""

    who: Who
    says: str


class Company(msgspec.Struct):
    """All sessions of a run."""

    roll: Roll = msgspec.field(default_factory=Roll)
    told: int = 0
    """Sessions that were told of something that another one might have been told."""
    hearings: dict[str, Hearings] = {}
    """By the digest of what was pushed."""
    formats: dict[str, Who] = {}
    """Of audio in which something was heard."""
    unheard: dict[str, Who] = {}
    """Formats of audio in which something was said, and nothing was heard."""
    reasons: dict[str, Who] = {}
    """Of cancels."""
    names: list[Stray] = []
    errors: list[Stray] = []

    def add(self, account: Account) -> None:
        """Take in one session."""
        who = account.who
        self.roll.add(account)
        if account.format:
            (self.formats if account.heard else self.unheard).setdefault(account.format, who)
        if len(account.reason) >= _TELLING and len(self.reasons) < _KEPT:
            self.reasons.setdefault(account.reason, who)
        _keep(self.names, (Stray(who, name) for name in account.names))
        if not account.reason:
            _keep(self.errors, (Stray(who, error) for error in account.errors))
        self.told += bool(account.spoken or account.errors)
        if account.audio and (hearings := self._hearings(account.audio)) is not None:
            hearings.add(account)

    def merge(self, other: "Company") -> None:
        """Take in another part of the run."""
        self.roll.merge(other.roll)
        self.told += other.told
        for audio, theirs in other.hearings.items():
            if (hearings := self._hearings(audio)) is not None:
                hearings.merge(theirs)
        self.formats = {**other.formats, **self.formats}
        self.unheard = {**other.unheard, **self.unheard}
        self.reasons = {**other.reasons, **self.reasons}
        _keep(self.names, other.names)
        _keep(self.errors, other.errors)

    def judge(self) -> Iterator[Said]:
        """What they show together."""
        roll = self.roll
        for requirement, keys in (("START-4", roll.ids), ("EVENT-9", roll.conversations)):
            yield from (_repeated(requirement, *each) for each in islice(roll.twice(keys), _FINDINGS))
        if roll.started > 1:
            yield Said(passed("START-4"), roll.first, roll.started)
        yield from self._strays()
        yield from self._unheard()
        certain = all(self.agreed_alone)
        measures = {audio: each.measure for audio, each in self.hearings.items()}
        for audio, hearings in self.hearings.items():
            others = [measure for other, measure in measures.items() if measure is not None and other != audio]
            elsewhere = [(each, measure.label) for measure in others for each in measure.spoken]
            yield from hearings.judge(elsewhere, certain=certain)
        if self.told > 1:
            yield Said(passed("STREAM-7"), roll.first, self.told)

    @property
    def agreed_alone(self) -> list[bool]:
        """For each audio that several sessions sent alone, whether it led to the same."""
        return [agreed for each in self.hearings.values() if (agreed := each.agreed_alone) is not None]

    def _strays(self) -> Iterator[Said]:
        expected = "events that belong to the session on whose stream they come"
        owners = self.roll.owners(stray.says for stray in self.names)
        for stray in self.names:
            owner = owners.get(stray.says)
            if owner is not None and owner != stray.who:
                happened = f"one names the session {stray.says!r:.80}, which is {owner.label}"
                yield Said(failed("STREAM-7", expected, happened), stray.who)
        for stray in self.errors:
            for reason, owner in self.reasons.items():
                if reason in stray.says and owner != stray.who:
                    happened = f"an `error` gave the reason with which {owner.label} was cancelled: {reason!r:.80}"
                    yield Said(failed("STREAM-7", expected, happened), stray.who)

    def _unheard(self) -> Iterator[Said]:
        """That a server takes none of our speech for speech is nobody's fault; that it does in one format only, is."""
        for form, who in self.unheard.items():
            # Of a format that is not heard at all, the size of its chunks is no matter.
            small = form.endswith(SMALL)
            comparable = form.removesuffix(SMALL) in self.formats if small else bool(self.formats)
            if comparable and form not in self.formats:
                expected = f"speech in {form} leads to events about it, as it does in {', '.join(self.formats)}"
                yield Said(failed("CHUNK-8" if small else "CHUNK-9", expected, "there were none"), who)

    def _hearings(self, audio: str) -> Hearings | None:
        if audio not in self.hearings and len(self.hearings) < _SOUNDS:
            self.hearings[audio] = Hearings()
        return self.hearings.get(audio)


def _keep(kept: list[Stray], more: Iterable[Stray]) -> None:
    kept += islice(more, _KEPT - len(kept))


def _repeated(requirement: str, first: Who, second: Who) -> Said:
    what = {"START-4": "session id", "EVENT-9": "`conversation_id`"}[requirement]
    expected = f"a {what} that no other session has"
    return Said(failed(requirement, expected, f"{second.label} got the same as {first.label}"), second)
