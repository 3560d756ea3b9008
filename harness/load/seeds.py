"""From the run's seed to everything that is drawn: run, worker, user, session. The same path gives the same seed."""

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def session_seed(run: int, worker: int, user: int, session: int) -> int:
    """The seed of one session: 48 bits, so that it survives any JSON reader and is easily typed."""
    return _seed(f"{run}/{worker}/{user}/{session}")


def arrival_seed(run: int, number: int) -> int:
    """The seed of one session of the open model: whichever worker performs it, it is the same one."""
    return _seed(f"{run}/a{number}")


def _seed(path: str) -> int:
    return int.from_bytes(hashlib.blake2s(path.encode(), digest_size=6).digest())


def pick(weighted: Sequence[tuple[T, float]], seed: int) -> T:
    """One of the things, as likely as its weight says."""
    draw = random.Random(f"pick {seed}")
    return draw.choices([thing for thing, _ in weighted], [weight for _, weight in weighted])[0]


def think_time(seed: int) -> float:
    """Seconds between this session and the next one of the same user, less than 1."""
    return random.Random(f"think {seed}").random()
