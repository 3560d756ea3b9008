"""Python's cyclic collector, kept from stopping everything.

A full collection looks at every object of thousands of sessions, and takes a second for that, in which nothing is sent
or read. Sessions leave no cycles behind; what others leave is found while it is young.
"""

import gc
import time
from typing import Any, Final, Literal

_YOUNG: Final = 10_000
"""Objects, by which those that live have to outnumber those that are gone before the youngest are looked at."""
_OLDER: Final = 10
"""Collections of the youngest, for one of those that outlived one."""
_NEVER: Final = 1_000_000
"""Collections of these, for a full one."""


class Collector:
    """While it is `quiet`, only what is young is collected; tells of the longest halt."""

    def __init__(self) -> None:
        self.longest = 0.0
        """Seconds."""
        self._began = 0.0
        self._thresholds = gc.get_threshold()

    def quieten(self) -> None:
        """What is there now stays out of every collection, until `restore`."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(_YOUNG, _OLDER, _NEVER)
        gc.callbacks.append(self._timed)

    def restore(self) -> None:
        """As it was."""
        gc.callbacks.remove(self._timed)
        gc.set_threshold(*self._thresholds)
        gc.unfreeze()

    def _timed(self, phase: Literal["start", "stop"], _: dict[str, Any]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self.longest = max(self.longest, time.perf_counter() - self._began)
