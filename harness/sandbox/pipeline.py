"""The analysis agents, as a queue of known capacity."""

import heapq


class Pipeline:
    """`workers` agents, each busy `latency` seconds with an analysis; shared by all sessions, first come, first served.

    The capacity is workers / latency, in analyses a second.
    """

    def __init__(self, workers: int, latency: float) -> None:
        self._latency = latency
        self._free = [0.0] * workers  # a heap: when each worker will have nothing to do

    def enter(self, now: float) -> float:
        """Queue one analysis at `now`; the moment at which it is finished.

        Called with moments that never fall, it returns moments that never fall.
        """
        finished = max(now, self._free[0]) + self._latency
        heapq.heapreplace(self._free, finished)
        return finished
