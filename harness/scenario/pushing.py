"""The pushes of a plan: right ones in order, and those with a fault beside them."""

import random
from collections.abc import Callable
from typing import Any, Final, get_args

import msgspec

from harness.scenario import steps
from harness.scenario.cutting import Chunk
from harness.scenario.plan import Key, Malformation, Push, Together

_HUGE: Final = 1024 * 1024
"""Bytes: eight times the most that the document advises."""

KEYS: Final[dict[str | None, Key]] = {
    None: "right",
    "wrong-key": "wrong",
    "longer-key": "longer",
    "no-key": "missing",
    "empty-key": "empty",
}


class Pusher:
    """Hands the chunks out, and remembers which number comes next and how long the caller was silent."""

    def __init__(self, chunks: tuple[Chunk, ...], certain: int, draw: random.Random) -> None:
        """`certain` is the number of chunks that there are whatever is drawn."""
        self._chunks = chunks
        self._bytes = chunks[-1].end
        self._certain = certain
        self._draw = draw
        self._next = 0
        self._clock_runs = False
        self._silent = 0.0

    def silence(self, seconds: float) -> None:
        """All that is due later is due later by so much, unless the clock of media time has yet to start."""
        if self._clock_runs:
            self._silent += seconds

    def push(self, step: steps.Push) -> list[Push | Together]:
        """The pushes of one step. Raise ValueError where there is too little audio, for this seed or for another."""
        left = len(self._chunks) - self._next
        count = left if step.chunks == "rest" else step.chunks
        taken = count * step.at_once
        if step.takes_audio and step.chunks != "rest" and self._next + taken > self._certain:
            raise ValueError(
                f"chunk {self._next + taken} of the audio, which is sure to have {self._certain}; "
                "expected fewer pushes, longer audio or smaller chunks"
            )
        if step.fault == "huge" and self._bytes < _HUGE:
            raise ValueError(f"a huge push has {_HUGE:,} bytes, the audio {self._bytes:,}; expected longer audio")
        return [push for _ in range(count) for push in self._once(step)]

    def _once(self, step: steps.Push) -> list[Push | Together]:
        right = self._right()
        self._clock_runs = self._clock_runs or right.at is not None
        if step.takes_audio:
            self._next += 1
        again = msgspec.structs.replace(right, at=None)
        match step.fault:
            case None:
                return [right]
            case "lost-reply":
                return [msgspec.structs.replace(right, drop_reply=True), again]
            case "abort-upload":
                return [msgspec.structs.replace(right, abort=round(self._draw.uniform(0.1, 0.9), 3)), again]
            case "slow-upload":
                return [msgspec.structs.replace(right, spread=step.over)]
            case "two-at-once":
                pair = (right, self._right())
                self._next += 1
                return [Together(right.at, tuple(msgspec.structs.replace(push, open=True) for push in pair))]
            case fault:
                return [msgspec.structs.replace(right, **{"right": False} | self._slips(step)[fault]())]

    def _right(self) -> Push:
        """The push that the document asks for now; of the last chunk's bytes where the audio is used up."""
        if self._next == len(self._chunks):
            return Push(seq=self._next, begin=self._chunks[-1].begin, end=self._chunks[-1].end)
        chunk = self._chunks[self._next]
        return Push(None if chunk.at is None else round(chunk.at + self._silent, 6), *chunk[:3])

    def _slips(self, step: steps.Push) -> dict[str, Callable[[], dict[str, Any]]]:
        """By fault: what is different from the push that would be right."""
        return {
            "gap": lambda: {"seq": self._next + self._draw.randint(1, 3)},
            "first-not-zero": lambda: {"seq": self._draw.randint(1, 5)},
            # "Retries should resend the same chunk_seq", so this one is right.
            "duplicate": lambda: self._earlier(self._next - 1) | {"right": True},
            "backwards": lambda: self._earlier(self._draw.randrange(self._next - 1)),
            "late": lambda: {"at": None},
            "empty": lambda: {"end": self._right().begin, "open": True, "extra": True},
            "huge": lambda: self._huge(self._right().begin) | {"extra": True},
            "other-bytes": lambda: self._other(self._chunks[self._next - 1]) | {"open": True},
            "malformed": lambda: {"malformed": step.how or self._draw.choice(get_args(Malformation))},
            "wrong-key": lambda: {"key": "wrong"},
            "longer-key": lambda: {"key": "longer"},
            "no-key": lambda: {"key": "missing"},
            "empty-key": lambda: {"key": "empty"},
        }

    def _earlier(self, seq: int) -> dict[str, Any]:
        return {"seq": seq, "begin": self._chunks[seq].begin, "end": self._chunks[seq].end}

    def _huge(self, begin: int) -> dict[str, Any]:
        begin = min(begin, self._bytes - _HUGE)
        return {"begin": begin, "end": begin + _HUGE}

    @staticmethod
    def _other(last: Chunk) -> dict[str, Any]:
        """As many bytes from the beginning of the audio, whose head comes nowhere else."""
        return {"seq": last.seq, "begin": 0, "end": last.end - last.begin}
