"""How much audio the server may have heard: of what was pushed, and of what it turned down."""

import math
from typing import Final

from harness.history.observations import Media, Sent
from harness.oracle.beliefs import Role
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.times import SLACK

_IN_TURN: Final = (Role.RIGHT, Role.RETRY, Role.OLDER)
_FOR: Final = {
    "AUTH-2": "pushed without a valid key",
    "CHUNK-5": "pushed under an older number",
    "CHUNK-6": "repeated",
    "CHUNK-10": "refused",
}


class Pushed:
    """Of one session. What is on its way counts as heard; what was turned down does not."""

    __slots__ = ("_flying", "_is_lost", "_last", "_sizes", "_taken", "_vain", "began", "media")

    def __init__(self, media: Media | None = None) -> None:
        self.media = media
        self.began: float | None = None
        """When the first chunk left."""
        self._taken = 0
        self._sizes = (0, 0)
        """Of chunks that were taken: the smallest and the largest."""
        self._flying = 0
        """Bytes that are on their way."""
        self._last = -1
        self._is_lost = False
        """It took something that it should not have: what it has heard is anybody's guess."""
        self._vain: dict[str, int] = {}
        """Bytes that are not to be heard, or not again, by the requirement which says so."""

    @property
    def seconds(self) -> float:
        """Of audio, at most; without end where nothing is known of it."""
        return math.inf if self._is_lost else self._seconds(self._taken + self._flying)

    @property
    def least(self) -> float:
        """The same, at least: where bytes do not tell the time, nothing before all of them were pushed."""
        media = self.media
        if self._is_lost or media is None or media.sound <= 0:
            return 0.0
        if media.format == "wav":
            return self.seconds
        return media.duration if self._taken + self._flying >= media.lead + media.sound else 0.0

    def _seconds(self, size: int) -> float:
        media = self.media
        if media is None or media.sound <= 0:
            return math.inf
        if media.format == "wav":
            return media.duration * max(size - media.lead, 0) / media.sound
        # A stretch of audio may take many bytes or few: no more is sure than that nothing lies beyond its end.
        return media.duration * max(size / (media.lead + media.sound), 1.0)

    def leaving(self, sent: Sent) -> None:
        """A chunk leaves."""
        self.began = sent.at if self.began is None else self.began
        self._flying += sent.size

    def answered(self, exchange: Exchange) -> None:
        """The chunk has its answer, or will have none."""
        sent = exchange.sent
        self._flying -= sent.size
        if exchange.turned_down:
            self._in_vain("CHUNK-10" if sent.key == "right" else "AUTH-2", sent.size)
        elif exchange.accepted and not (exchange.is_right and exchange.was.role in _IN_TURN):
            self._is_lost = True
        elif exchange.accepted or exchange.answer is not Answer.UNTOUCHED:
            self._add(sent, int(sent.seq) if sent.seq and sent.seq.isdecimal() else self._last + 1)

    def taken(self, sent: Sent, seq: int) -> None:
        """The chunk was accepted, in its turn."""
        self._flying -= sent.size
        self._add(sent, seq)

    def _add(self, sent: Sent, seq: int) -> None:
        if seq > self._last:
            self._last = seq
            self._taken += sent.size
            least, most = self._sizes
            if not (least and least <= sent.size <= most):
                self._sizes = min(least or sent.size, sent.size), max(most, sent.size)
        else:
            self._in_vain("CHUNK-6" if seq == self._last else "CHUNK-5", sent.size)

    def is_new_size(self, size: int) -> bool:
        """Whether chunks were taken, and all of them were larger, or all of them smaller."""
        least, most = self._sizes
        return most > 0 and not least <= size <= most

    def _in_vain(self, requirement: str, size: int) -> None:
        self._vain[requirement] = self._vain.get(requirement, 0) + size

    def explanation(self, excess: float) -> tuple[str, str] | None:
        """The requirement by which so many seconds should not have been heard, and the bytes in words."""
        for requirement, size in sorted(self._vain.items()):
            if self._seconds(size + (self.media.lead if self.media else 0)) + SLACK >= excess:
                return requirement, f"the {size} bytes of chunks that were {_FOR[requirement]}"
        return None
