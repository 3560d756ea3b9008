"""The sessions of a run held against each other: what none can show alone.

(START-4, CHUNK-8, CHUNK-9, STREAM-7, STREAM-8, EVENT-9.)

It is mergeable, over sessions and over processes, and bounded, however many sessions there are.
"""

from collections.abc import Iterator
from hashlib import blake2s
from typing import Final

import msgspec

from harness.oracle.account import SMALL, Account, Who
from harness.oracle.hearings import Hearings, Said
from harness.oracle.verdicts import failed, passed

_IDS: Final = 50_000
"""Sessions whose ids are remembered."""
_SOUNDS: Final = 32
_KEPT: Final = 50
_TELLING: Final = 12
"""Characters that a reason must have, so that nobody else says the same by chance."""


class Twice(msgspec.Struct, frozen=True):
    """An id that two sessions have."""

    requirement: str
    first: Who
    second: Who


class Stray(msgspec.Struct, frozen=True):
    """Something that a session's stream says, and that may be of another one."""

    who: Who
    says: str


class Company(msgspec.Struct):
    """All sessions of a run."""

    sessions: dict[int, Who] = {}
    """By a hash of their ids; of the first ones only."""
    conversations: dict[int, Who] = {}
    """By a hash of the ids that their `done` names."""
    twice: list[Twice] = []
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
        if account.session:
            self._enter("START-4", self.sessions, _key(account.session), who)
        if account.conversation:
            self._enter("EVENT-9", self.conversations, _key(account.conversation), who)
        if account.format:
            (self.formats if account.heard else self.unheard).setdefault(account.format, who)
        if len(account.reason) >= _TELLING and len(self.reasons) < _KEPT:
            self.reasons.setdefault(account.reason, who)
        self.names = [*self.names, *(Stray(who, name) for name in account.names)][:_KEPT]
        if not account.reason:
            self.errors = [*self.errors, *(Stray(who, error) for error in account.errors)][:_KEPT]
        self.told += bool(account.spoken or account.errors)
        if account.audio and (hearings := self._hearings(account.audio)) is not None:
            hearings.add(account)

    def merge(self, other: "Company") -> None:
        """Take in another part of the run."""
        for key, who in other.sessions.items():
            self._enter("START-4", self.sessions, key, who)
        for key, who in other.conversations.items():
            self._enter("EVENT-9", self.conversations, key, who)
        self.twice = [*self.twice, *other.twice][:_KEPT]
        self.told += other.told
        for audio, theirs in other.hearings.items():
            if (hearings := self._hearings(audio)) is not None:
                hearings.merge(theirs)
        self.formats = {**other.formats, **self.formats}
        self.unheard = {**other.unheard, **self.unheard}
        self.reasons = {**other.reasons, **self.reasons}
        self.names = [*self.names, *other.names][:_KEPT]
        self.errors = [*self.errors, *other.errors][:_KEPT]

    def judge(self) -> Iterator[Said]:
        """What they show together."""
        for twice in self.twice:
            yield _repeated(twice)
        if len(self.sessions) > 1:
            yield Said(passed("START-4"), next(iter(self.sessions.values())), len(self.sessions))
        yield from self._strays()
        yield from self._unheard()
        certain = all(self.agreed_alone)
        measures = {audio: each.measure for audio, each in self.hearings.items()}
        for audio, hearings in self.hearings.items():
            others = [measure for other, measure in measures.items() if measure is not None and other != audio]
            elsewhere = [(each, measure.label) for measure in others for each in measure.spoken]
            yield from hearings.judge(elsewhere, certain=certain)
        if self.told > 1:
            yield Said(passed("STREAM-7"), next(iter(self.sessions.values())), self.told)

    @property
    def agreed_alone(self) -> list[bool]:
        """For each audio that several sessions sent alone, whether it led to the same."""
        return [agreed for each in self.hearings.values() if (agreed := each.agreed_alone) is not None]

    def _strays(self) -> Iterator[Said]:
        expected = "events that belong to the session on whose stream they come"
        for stray in self.names:
            owner = self.sessions.get(_key(stray.says))
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

    def _enter(self, requirement: str, owners: dict[int, Who], key: int, who: Who) -> None:
        owner = owners.get(key)
        if owner is not None:
            if owner != who and len(self.twice) < _KEPT:
                self.twice.append(Twice(requirement, owner, who))
        elif len(owners) < _IDS:
            owners[key] = who


def _key(name: str) -> int:
    return int.from_bytes(blake2s(name.encode("utf-8", "replace"), digest_size=7).digest())


def _repeated(twice: Twice) -> Said:
    what = {"START-4": "session id", "EVENT-9": "`conversation_id`"}[twice.requirement]
    expected = f"a {what} that no other session has"
    happened = f"{twice.second.label} got the same as {twice.first.label}"
    return Said(failed(twice.requirement, expected, happened), twice.second)
