"""API keys for servers that allow one session a key: each is with one worker, and in one session at a time.

The key of a session that the SUT may still hold open rests until its TTL must be over. That of a worker that was lost
is dealt to nobody else, since its sessions live on at the SUT.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import gevent
import gevent.event

from harness.contract.messages import MalformedReplyError, read_start
from harness.contract.profile import Profile
from harness.contract.server_clock import read_date
from harness.errors import UsageError
from harness.history.observations import UNSENT, Ended, Event, Observation, Returned, Sent

_COMMENT: Final = "#"
_LONG_TTL: Final = 900.0
"""Seconds; servers may let sessions live for 15 minutes. For sessions of which the TTL was never told."""


def read_keys(path: Path) -> tuple[str, ...]:
    """The keys in a file, one a line; blank lines and those that begin with # are ignored. Raise `UsageError`."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: can't be read: {getattr(error, 'strerror', None) or 'it is no text'}") from error
    numbers: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line or line.startswith(_COMMENT):
            continue
        if line in numbers:
            raise UsageError(f"{path}, line {number}: the same key as in line {numbers[line]}; expected each once")
        if not line.isascii() or not line.isprintable():
            raise UsageError(f"{path}, line {number}: a key with characters that no HTTP header can carry")
        numbers[line] = number
    if not numbers:
        raise UsageError(f"{path}: holds no keys; expected one a line")
    return tuple(numbers)


class Deal:
    """The master's: which worker has which keys, as evenly as can be."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._left = list(keys)
        self._held: dict[str, set[str]] = {}

    def out(self, crew: Sequence[str]) -> Mapping[str, tuple[list[str], int]]:
        """For each of the crew: keys that are its own from now on, and how many it may have at most.

        What it has beyond that it gives back when it is free.
        """
        if not self._left and not self._held:
            return {}
        total = len(self._left) + sum(len(self._held.get(worker, ())) for worker in crew)
        dealt = {}
        for place, worker in enumerate(crew):
            held = self._held.setdefault(worker, set())
            most = total // len(crew) + (place < total % len(crew))
            count = max(most - len(held), 0)
            new, self._left = self._left[:count], self._left[count:]
            held.update(new)
            dealt[worker] = (new, most)
        return dealt

    def back(self, worker: str, keys: Sequence[str]) -> None:
        """A worker gave keys back."""
        self._held[worker].difference_update(keys)
        self._left += keys


class Tenure:
    """Whether, and for how long, the SUT may hold a session open, as its client sees it; a taker of its log."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._asked: dict[int, str] = {}
        self._is_held = False
        self._ttl = _LONG_TTL
        self._touched = 0.0

    def __call__(self, observation: Observation) -> None:
        """Take in an observation."""
        match observation:
            case Sent(kind="start" | "control"):
                self._asked[observation.n] = observation.action or "start"
            case Returned():
                self._touched = observation.at  # every request may have extended the TTL
                self._answered(self._asked.pop(observation.n, ""), observation)
            case Event(name="done") | Ended(ending="expired"):
                self._is_held = False

    def rest(self, now: float) -> float:
        """Seconds from now after which the session must be gone."""
        return self._touched + self._ttl + self._profile.grace(self._ttl) - now if self._is_held else 0.0

    def _answered(self, asked: str, returned: Returned) -> None:
        if asked == "cancel" and returned.accepted:
            self._is_held = False
        elif asked == "start":
            refused = returned.status is not None and returned.status < 500
            self._is_held = self._is_held or returned.accepted or not (refused or returned.failure in UNSENT)
            told = read_date(returned.date)
            if returned.accepted and told is not None:
                with contextlib.suppress(MalformedReplyError):
                    self._ttl = read_start(returned.body, self._profile.fields.start).expires_at - told


class Keys:
    """A process's: those that no session of its own uses now."""

    def __init__(self, surplus: Callable[[list[str]], None] | None = None) -> None:
        """`surplus` takes keys that are to be somebody else's."""
        self._free: deque[str] = deque()
        self._count = 0
        self._most = 0
        self._lodged: dict[str, tuple[str, Tenure]] = {}
        self._surplus = surplus
        self._some = gevent.event.Event()

    def deal(self, keys: Sequence[str], most: int) -> None:
        """Have these as well, and in all no more than `most`."""
        self._count += len(keys)
        self._most = most
        for key in keys:
            self._put(key)
        self._settle()

    def take(self) -> str | None:
        """The key that has been free for longest; None where none is."""
        return self._free.popleft() if self._free else None

    def wait(self) -> str:
        """The key that has been free for longest, or the next one that will be."""
        while not self._free:
            self._some.clear()
            self._some.wait()
        return self._free.popleft()

    def lodge(self, session: str, key: str, profile: Profile) -> Tenure:
        """A session has this key until it is over; what is to watch it until then."""
        self._lodged[session] = key, (tenure := Tenure(profile))
        return tenure

    def leave(self, session: str, now: float) -> None:
        """A session is over; its key is free as soon as the SUT must have let go of it."""
        key, tenure = self._lodged.pop(session)
        rest = tenure.rest(now)
        if rest > 0:
            gevent.spawn_later(rest, self.free, key)
        else:
            self.free(key)

    def free(self, key: str) -> None:
        """No session uses this key any more."""
        self._put(key)
        self._settle()

    def _put(self, key: str) -> None:
        self._free.append(key)
        self._some.set()

    def _settle(self) -> None:
        over = min(self._count - self._most, len(self._free))
        if over > 0 and self._surplus is not None:
            self._count -= over
            self._surplus([self._free.popleft() for _ in range(over)])
