"""Whether two sessions heard the same: utterances side by side, with room for a recogniser's own uncertainty."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, NamedTuple

from harness.oracle.account import Spoken

TOLERANCE: Final = 0.2
"""Seconds by which the times of the same utterance may differ: a few frames of any detector of speech."""
_ALIKE: Final = 0.75
"""Of the words; a recogniser that computes many sessions at once may round otherwise, and hear a word otherwise."""


class Difference(NamedTuple):
    """Between what was heard and what it is held against."""

    missing: list[Spoken]
    """Held against, and not heard."""
    extra: list[Spoken]
    """Heard, and in nothing that it is held against."""
    repeated: list[Spoken]
    """Heard more often."""
    out_of_order: list[Spoken]
    """Heard after one that came later, and does not overlap with it."""

    @property
    def is_plain(self) -> bool:
        """Whether utterances were lost, or came again, and all else is the same: no recogniser is that uncertain."""
        return bool(self.missing) != bool(self.repeated) and not self.extra and not self.out_of_order

    def __bool__(self) -> bool:
        return any(self)

    def __str__(self) -> str:
        told = {
            "not told of": self.missing,
            "told of, as no other was,": self.extra,
            "told more than once of": self.repeated,
            "told out of order of": self.out_of_order,
        }
        return "; ".join(f"{how} {', '.join(map(str, each[:3]))}" for how, each in told.items() if each)


def same(one: Spoken, other: Spoken) -> bool:
    """Whether it may be the same utterance."""
    return _close(one.start, other.start) and _close(one.end, other.end) and alike(one.text, other.text)


@lru_cache(maxsize=1024)
def alike(one: str, other: str) -> bool:
    """Whether two texts may be what was understood of the same words."""
    if one == other:
        return True
    words, others = one.casefold().split(), other.casefold().split()
    return SequenceMatcher(None, words, others, autojunk=False).ratio() >= _ALIKE


def difference(heard: Sequence[Spoken], against: Sequence[Spoken]) -> Difference:
    """What differs. Utterances that overlap may come in any order."""
    left = list(against)
    extra: list[Spoken] = []
    repeated: list[Spoken] = []
    for each in heard:
        known = next((other for other in left if same(each, other)), None)
        if known is not None:
            left.remove(known)
        elif any(same(each, other) for other in against):
            repeated.append(each)
        else:
            extra.append(each)
    found = Difference(left, extra, repeated, [])
    return found or found._replace(out_of_order=_disorder(heard, against))


def _disorder(heard: Sequence[Spoken], against: Sequence[Spoken]) -> list[Spoken]:
    """Those of `heard` that come after one which they precede in `against`."""
    places = [next(n for n, other in enumerate(against) if same(each, other)) for each in heard]
    return [
        each
        for n, each in enumerate(heard)
        if any(places[m] > places[n] and not _overlap(each, heard[m]) for m in range(n))
    ]


def _overlap(one: Spoken, other: Spoken) -> bool:
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return False
    return one.start < other.end - TOLERANCE and other.start < one.end - TOLERANCE


def _close(one: float | None, other: float | None) -> bool:
    return one == other if one is None or other is None else abs(one - other) <= TOLERANCE
