"""Runs probes, each session of theirs judged by itself, and all of them held against each other."""

import math
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from harness.client.clock import Clock
from harness.client.deployment import Deployment
from harness.client.transport import Connect
from harness.gate.bouts import CROWD, Bout, bouts, probe_seed
from harness.gate.judged_session import JudgedSession
from harness.oracle.assessment import Assessment
from harness.scenario.call import Probe
from harness.scenario.plan import Plan

__all__ = ["Gate", "Progress", "probe_seed"]

Progress = Callable[[str, int, int], None]
"""Told of each probe that is over: its name, how many are over, how many there are."""

_LOOK: Final = 0.2
"""Seconds between two looks at the time."""


class Gate:
    """The probes of one run against one deployment."""

    def __init__(
        self,
        deployment: Deployment,
        connect: Connect,
        clock: Clock,
        *,
        histories: Path | None = None,
        jobs: int = 8,
        crowd: int = CROWD,
        time_limit: float | None = None,
        disabled: tuple[Deployment, Connect] | None = None,
    ) -> None:
        """`crowd`: how many sessions at once the probes with several have together; with less than 2 they are left out.

        So they must be where a key holds one session at a time. `time_limit`: seconds, for the whole run. `disabled`:
        the deployment on which live capture is switched off; without it, probes that need one are left out.
        """
        self._usual = deployment, connect
        self._disabled = disabled
        self._clock = clock
        self._histories = histories
        self._jobs = jobs
        self._crowd = crowd
        self._time_limit = math.inf if time_limit is None else time_limit
        self._deadline = math.inf
        self._sessions: set[JudgedSession] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.assessment = Assessment()
        self.interrupted = False
        self.ran_out = False
        """The time limit ended the run."""

    def run(self, probes: Sequence[Probe], seed: int, progress: Progress = lambda *_: None) -> Assessment:
        """Run all probes: those that want to be alone, then the crowd, then the others, `jobs` at a time.

        On Ctrl-C, and when the time is over, the sessions are left properly, and what was seen is returned. A second
        Ctrl-C is raised at once.
        """
        possible = [p for p in probes if p.deployment == "enabled" or self._disabled is not None]
        phases = bouts(possible, seed, self._crowd)
        over = _Over(progress, sum(len(bout.probes) for phase in phases for bout in phase))
        self._deadline = self._clock.now() + self._time_limit
        for phase, workers in zip(phases, (1, 1, self._jobs), strict=True):
            self._work(phase, workers, over)
        self.assessment.compare_sessions()
        return self.assessment

    def _work(self, phase: Sequence[Bout], workers: int, over: "_Over") -> None:
        waiting = SimpleQueue[Bout]()
        for bout in phase:
            waiting.put(bout)
        # Daemons: whoever presses Ctrl-C twice waits for none of them.
        threads = [
            threading.Thread(target=self._worker, args=(waiting, workers == 1, over), name="probe", daemon=True)
            for _ in range(min(workers, len(phase)))
        ]
        try:
            for thread in threads:
                thread.start()
            self._see_through(threads)
        except KeyboardInterrupt:
            self.interrupted = True
            self._stop()
            self._see_through(threads)

    def _see_through(self, threads: Sequence[threading.Thread]) -> None:
        for thread in threads:
            while thread.is_alive():
                self._is_over()
                thread.join(_LOOK)

    def _is_over(self) -> bool:
        """Whether nothing more is to be started."""
        if self._clock.now() >= self._deadline and not self._stopped.is_set():
            self.ran_out = True
            self._stop()
        return self._stopped.is_set()

    def _stop(self) -> None:
        with self._lock:
            self._stopped.set()
            for session in self._sessions:
                session.stop()

    def _worker(self, waiting: SimpleQueue[Bout], alone: bool, over: "_Over") -> None:
        while not waiting.empty() and not self._is_over():
            try:
                bout = waiting.get_nowait()
            except Empty:
                return
            try:
                self._perform(bout, alone=alone and not bout.at_once)
            except Exception as error:  # noqa: BLE001 -- one probe's fault leaves the others their verdicts
                with self._lock:
                    self.assessment.merge(Assessment(crashes=[f"{', '.join(bout.probes)}: {error!r}"]))
            over.tell(bout.probes)

    def _perform(self, bout: Bout, *, alone: bool) -> None:
        performed: list[JudgedSession] = []
        there = self._disabled if bout.disabled and self._disabled is not None else self._usual
        tasks = [partial(self._session, *each, there, alone, performed) for each in bout.sessions.items()]
        try:
            if bout.at_once:
                self._clock.side_by_side(tasks)
            else:
                for task in tasks:
                    task()
        finally:
            # How many sessions there may be at once is open (CHUNK-12).
            room = sum(session.found_room for session in performed)
            with self._lock:
                if bout.at_once and not self._stopped.is_set():
                    held = "all of a crowd" if room == len(tasks) else f"{room} of a crowd of {len(tasks)}"
                    self.assessment.observe(self._usual[0].profile, "sessions-at-once", held)
                for session in performed:
                    turned_away = room and not session.found_room
                    seen = Assessment(ledger=session.books.ledger) if turned_away else session.assessment
                    self.assessment.merge(seen)

    def _session(
        self, label: str, planned: Plan, there: tuple[Deployment, Connect], alone: bool, performed: list[JudgedSession]
    ) -> None:
        if self._is_over():
            return
        (sut, connect), history = there, self._histories / f"{label}.jsonl" if self._histories else None
        session = JudgedSession(planned, sut, connect(), self._clock, label=label, history=history, alone=alone)
        with self._lock:
            if self._stopped.is_set():
                session.stop()
            self._sessions.add(session)
        try:
            session.perform()
        finally:
            with self._lock:
                self._sessions.remove(session)
                performed.append(session)


class _Over:
    """Counts the probes that are over."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._count = 0
        self._lock = threading.Lock()

    def tell(self, names: Sequence[str]) -> None:
        """Of probes that have just ended."""
        with self._lock:
            for name in names:
                self._count += 1
                self._progress(name, self._count, self._total)
