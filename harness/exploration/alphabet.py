"""Which moves a session may make, by how long it may wait."""

import math
from typing import Final, NamedTuple

from harness.exploration.moves import Move, kinds_of
from harness.exploration.sections import MOST_CHUNKS
from harness.scenario.steps import STEPS, Expire, Outlive, Push, Silence

_UNTRIED: Final = {
    "abandon",  # leaves the session open at the SUT
    "await",  # where nothing is to come it takes a minute; what is to come at the end is awaited there
}


class Waits(NamedTuple):
    """How long sessions may wait."""

    longest: float = math.inf
    """Seconds at one point, in a session that may wait at all."""
    moment: float = math.inf
    """The same, in any other."""
    seldom: int = 2
    """One session in so many may wait."""
    ttl: float = math.inf
    """How long the SUT lets a session live, in seconds."""
    grace: float = 0.0
    """How much longer an expiry takes, in seconds."""

    def needed(self, move: Move) -> float:
        """How long the move takes, in seconds."""
        match move.do:
            case Silence(lasting=pause):
                return pause.seconds if pause.ttl is None else pause.ttl * self.ttl
            case Expire() | Outlive():
                return self.ttl + self.grace
            case Push(fault="slow-upload", chunks=chunks, over=over):
                return over * (MOST_CHUNKS if chunks == "rest" else chunks)
        return 0.0


class Alphabet:
    """The moves that wait at most `longest` seconds."""

    def __init__(self, waits: Waits, longest: float) -> None:
        self.longest: Final = min(longest, waits.longest)
        kinds = [
            tuple(move for move in kind if waits.needed(move) <= self.longest)
            for word in STEPS
            if word not in _UNTRIED
            for kind in kinds_of(word)
        ]
        self.endings: Final = [kind for kind in kinds if kind and kind[0].do.ends_ingestion]
        self.others: Final = [kind for kind in kinds if kind and not kind[0].do.ends_ingestion]


def alphabets(waits: Waits) -> tuple[Alphabet, Alphabet]:
    """Of most sessions, and of those that may wait."""
    return Alphabet(waits, waits.moment), Alphabet(waits, waits.longest)
