"""What the workers of a run have told their master so far."""

import msgspec

from harness.load.measures.times import Counts, Times
from harness.load.part import Part


class Piece(msgspec.Struct, frozen=True):
    """Of what a worker saw."""

    number: int
    """Of those of its that came before."""
    part: Part
    times: Counts
    last: bool


class Gathering:
    """Merges what comes, as it comes: what a worker told before it was lost is kept."""

    def __init__(self) -> None:
        self.trouble: dict[str, str] = {}
        """Why workers could not take part."""
        self._whole = Part()
        self._times = Times()
        self._unanswered: dict[str, int] = {}
        self._pieces: dict[str, int] = {}
        self._last: dict[str, int] = {}
        self._heard: dict[str, float] = {}

    def add(self, worker: str, piece: Piece, elapsed: float) -> None:
        """Take in a piece of what a worker saw, told `elapsed` seconds after the run began."""
        self._heard[worker] = elapsed
        self._pieces[worker] = self._pieces.get(worker, 0) + 1
        if piece.last:
            self._last[worker] = piece.number
        if piece.part.sent or worker in self._unanswered:
            self._unanswered[worker] = piece.part.unanswered  # a worker counts on, whatever it has told
        self._times.add(piece.times)
        self._whole.merge(piece.part)

    @property
    def through(self) -> set[str]:
        """Workers that have told the last of what they saw, and all before it."""
        return {worker for worker, number in self._last.items() if self._pieces[worker] == number + 1}

    def whole(self) -> Part:
        """What they saw together."""
        self._whole.unanswered = min(self._unanswered.values(), default=0)
        return self._whole

    @property
    def times(self) -> Counts:
        """What they measured together."""
        return self._times.counts

    def became(self, worker: str) -> str:
        """What became of a worker that did not see the run through, in words."""
        if worker in self.trouble:
            return f"could not take part: {self.trouble[worker]}"
        if worker in self.through:
            return f"left {self._heard[worker]:.0f} s into the run; what it saw until then is in this report"
        if worker not in self._heard:
            return "did not see the run through, and told nothing: look at its log; what it saw is missing here"
        told = f"what it told in its first {self._heard[worker]:.0f} s is in this report"
        return f"did not see the run through; {told}, and what it saw later is missing"
