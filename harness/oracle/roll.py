"""The roll of a run's sessions: whose each id is, in some 70 bytes a session, and so of all of them.

It is what a run's memory grows by, so that nothing in it is an object of its own. An id is kept as eight bytes of its
digest. A thirty-minute run of 9,000 sessions at a time may see 300,000 of them: two that differ have the same eight
bytes with a probability of one in 400 million.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2s
from struct import Struct
from typing import Final

import msgspec

from harness.oracle.account import Account, Who

_MOST: Final = 1_000_000
"""Sessions; the ids of later ones are held against nothing."""
_KEY: Final = 8
"""Bytes."""
_NONE: Final = bytes(_KEY)
_TENTHS: Final = Struct("=I")

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Who)


class Roll(msgspec.Struct):
    """In the order in which they ended. Mergeable."""

    sessions: bytearray = msgspec.field(default_factory=bytearray)
    """A line each, see `Who`."""
    ids: bytearray = msgspec.field(default_factory=bytearray)
    """The keys of their ids."""
    conversations: bytearray = msgspec.field(default_factory=bytearray)
    """The keys of the ids that their `done` names."""
    began: bytearray = msgspec.field(default_factory=bytearray)
    """When they did, in tenths of a second: of two with the same id, the elder is its rightful owner."""

    def add(self, account: Account) -> None:
        """Enter one session, if it was started or names a conversation."""
        if (account.session or account.conversation) and len(self.ids) < _MOST * _KEY:
            self.sessions += _encoder.encode(account.who) + b"\n"
            self.ids += _key(account.session)
            self.conversations += _key(account.conversation)
            self.began += _TENTHS.pack(int(10 * account.began) % 2**32)

    def merge(self, other: "Roll") -> None:
        """Enter those of another part of the run."""
        self.sessions += other.sessions
        self.ids += other.ids
        self.conversations += other.conversations
        self.began += other.began

    @property
    def first(self) -> Who:
        """The one that ended first; there must be one."""
        return _who(self.sessions.partition(b"\n")[0])

    @property
    def started(self) -> int:
        """How many different ids of sessions there are."""
        return len(set(_keys(self.ids)) - {0})

    def twice(self, keys: bytearray) -> Iterator[tuple[Who, Who]]:
        """Sessions that have the same key among `keys`: the eldest with it, and another one."""
        owners: dict[int, int] = {}
        lines, packed, began = self.sessions.split(b"\n"), _keys(keys), memoryview(self.began).cast("I")
        for n in sorted(range(len(packed)), key=began.__getitem__):
            key = packed[n]
            owner = owners.setdefault(key, n)
            if owner != n and key and lines[owner] != lines[n]:
                yield _who(lines[owner]), _who(lines[n])

    def owners(self, ids: Iterable[str]) -> dict[str, Who]:
        """Whose each of `ids` is; without those that are no session's."""
        asked = {_keys(_key(each))[0]: each for each in ids if each}
        found: dict[str, Who] = {}
        if asked:
            for key, line in zip(_keys(self.ids), self.sessions.split(b"\n"), strict=False):
                if key in asked:
                    found.setdefault(asked[key], _who(line))
        return found


def _who(line: bytes | bytearray) -> Who:
    return _decoder.decode(line)


def _key(name: str) -> bytes:
    return blake2s(name.encode("utf-8", "replace"), digest_size=_KEY).digest() if name else _NONE


def _keys(packed: bytes | bytearray) -> memoryview:
    return memoryview(packed).cast("Q")
