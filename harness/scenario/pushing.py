"""The pushes of a plan: right ones in order, and those with a fault beside them."""

import random
from collections.abc import Callable
from typing import Any, Final, get_args

import msgspec

from harness.scenario import steps
from harness.scenario.cutting import Chunk
from harness.scenario.plan import Key, Malformation, Push

KEYS: Final[dict[str | None, Key]] = {None: "right", "wrong-key": "wrong", "no-key": "missing"}


class Pusher:
    """Hands the chunks out, and remembers which number comes next and how long the caller was silent."""

    def __init__(self, chunks: tuple[Chunk, ...], certain: int, draw: random.Random) -> None:
        self._chunks = chunks
        self._certain = certain
        self._draw = draw
        self._next = 0
        self._clock_runs = False
        self._silent = 0.0

    def silence(self, seconds: float) -> None:
        """All that is due later is due later by so much, unless the clock of media time has yet to start."""
        if self._clock_runs:
            self._silent += seconds

    def push(self, step: steps.Push) -> list[Push]:
        """The pushes of one step. Raise ValueError where there is too little audio, for this seed or for another."""
        left = len(self._chunks) - self._next
        count = left if step.chunks == "rest" else step.chunks
        if step.takes_audio and step.chunks != "rest" and self._next + count > self._certain:
            raise ValueError(
                f"chunk {self._next + count} of the audio, which is sure to have {self._certain}; "
                "expected fewer pushes, longer audio or smaller chunks"
            )
        return [push for _ in range(count) for push in self._once(step)]

    def _once(self, step: steps.Push) -> list[Push]:
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
            "malformed": lambda: {"malformed": step.how or self._draw.choice(get_args(Malformation))},
            "wrong-key": lambda: {"key": KEYS["wrong-key"]},
            "no-key": lambda: {"key": KEYS["no-key"]},
        }

    def _earlier(self, seq: int) -> dict[str, Any]:
        return {"seq": seq, "begin": self._chunks[seq].begin, "end": self._chunks[seq].end}
