"""What the system tells of this process: its use of the CPU, its memory, its open files."""

import os
import resource
import time
from pathlib import Path
from typing import Final

import msgspec

_SCHEDULING: Final = Path("/proc/thread-self/schedstat")
"""Nanoseconds on a core, nanoseconds ready to run and waiting for one (Linux, Documentation/scheduler/sched-stats)."""
_MEMORY: Final = Path("/proc/self/statm")
_FILES: Final = Path("/proc/self/fd")
_PAGE: Final = resource.getpagesize()


class Vitals(msgspec.Struct, frozen=True, gc=False):
    """At a moment. What a system does not tell is 0."""

    at: float
    """Seconds, on the monotonic clock."""
    cpu: float
    """Seconds that the process has spent on cores."""
    waited: float
    """Seconds that this thread has spent ready to run, and waiting for a core."""
    files: int
    """Open descriptors."""
    memory: int
    """Resident bytes."""

    @classmethod
    def now(cls) -> "Vitals":
        """Of this process; to be asked by the thread that its loop runs in."""
        return cls(time.monotonic(), time.process_time(), _waited(), open_files(), _memory())


def open_files() -> int:
    """Descriptors that are open, as far as that can be told without looking at each of them."""
    try:
        count = _FILES.stat().st_size  # since Linux 6.2; 0 before that
    except OSError:
        count = 0
    return count or _lowest_free()


def _lowest_free() -> int:
    """The least that can be open: all below the descriptor that is given next."""
    try:
        descriptor = os.dup(0)
    except OSError:
        return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.close(descriptor)
    return descriptor


def _waited() -> float:
    try:
        return int(_SCHEDULING.read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def _memory() -> int:
    try:
        return int(_MEMORY.read_text().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0
