"""The roll of a run's sessions: whose each id is, in some 170 bytes a session, and so of all of them.

An id is kept as eight bytes of its digest. A thirty-minute run of 9,000 sessions at a time may see 300,000 of them: two
that differ have the same eight bytes with a probability of one in 400 million.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2s
from typing import Final

import msgspec

from harness.oracle.account import Account, Who

_MOST: Final = 1_000_000
"""Sessions; the ids of later ones are held against nothing."""
_KEY: Final = 8
"""Bytes."""
_NONE: Final = bytes(_KEY)


class Roll(msgspec.Struct):
    """In the order in which they ended. Mergeable."""

    sessions: list[Who] = []
    ids: bytearray = msgspec.field(default_factory=bytearray)
    """The keys of their ids."""
    conversations: bytearray = msgspec.field(default_factory=bytearray)
    """The keys of the ids that their `done` names."""

    def add(self, account: Account) -> None:
        """Enter one session, if it was started or names a conversation."""
        if (account.session or account.conversation) and len(self.sessions) < _MOST:
            self.sessions.append(account.who)
            self.ids += _key(account.session)
            self.conversations += _key(account.conversation)

    def merge(self, other: "Roll") -> None:
        """Enter those of another part of the run."""
        self.sessions += other.sessions
        self.ids += other.ids
        self.conversations += other.conversations

    @property
    def started(self) -> int:
        """How many different ids of sessions there are."""
        return len(set(_keys(self.ids)) - {0})

    def twice(self, keys: bytearray) -> Iterator[tuple[Who, Who]]:
        """Sessions that have the same key among `keys`: the first with it, and another one."""
        owners: dict[int, int] = {}
        for n, key in enumerate(_keys(keys)):
            owner = owners.setdefault(key, n)
            if owner != n and key and self.sessions[owner] != self.sessions[n]:
                yield self.sessions[owner], self.sessions[n]

    def owners(self, ids: Iterable[str]) -> dict[str, Who]:
        """Whose each of `ids` is; without those that are no session's."""
        asked = {_keys(_key(each))[0]: each for each in ids if each}
        found: dict[str, Who] = {}
        for n, key in enumerate(_keys(self.ids) if asked else ()):
            if key in asked:
                found.setdefault(asked[key], self.sessions[n])
        return found


def _key(name: str) -> bytes:
    return blake2s(name.encode("utf-8", "replace"), digest_size=_KEY).digest() if name else _NONE


def _keys(packed: bytes | bytearray) -> memoryview:
    return memoryview(packed).cast("Q")
