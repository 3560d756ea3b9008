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
_AGAIN: Final = 1.0
"""Seconds until what found no room is tried again."""


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
        self._had_room = 0.0
        """When a session of ours was last known to be live."""
        self.assessment = Assessment()
        self.room: int | None = None
        """The fewest sessions of ours that were live when a start was turned away; None where that never happened."""
        self.interrupted = False
        self.ran_out = False
        """The time limit ended the run."""

    def run(self, probes: Sequence[Probe], seed: int, progress: Progress = lambda *_: None) -> Assessment:
        """Run all probes, at most `jobs` at a time; `harness.gate.bouts` says in which order.

        What finds no room at the SUT beside others of the run is tried again, until it does, or until nothing has found
        any for a while. On Ctrl-C, and when the time is over, the sessions are left properly, and what was seen is
        returned. A second Ctrl-C is raised at once.
        """
        possible = [p for p in probes if p.deployment == "enabled" or self._disabled is not None]
        all_bouts = bouts(possible, seed, self._crowd)
        over = _Over(progress, sum(len(bout.probes) for each in all_bouts for bout in each))
        self._had_room = self._clock.now()
        self._deadline = self._had_room + self._time_limit
        alone, line, beside, others = map(_queue, all_bouts)
        line_begins, line_over = threading.Event(), threading.Event()

        def in_line() -> None:
            try:
                self._take(alone, over)
                line_begins.set()
                self._take(line, over)
            finally:  # whatever happens, nobody waits for it in vain
                line_begins.set()
                line_over.set()
            self._take(beside, over)
            self._take(others, over)

        def meanwhile() -> None:
            self._wait(line_begins)
            self._take(beside, over)
            self._wait(line_over)
            self._take(others, over)

        helpers = min(self._jobs - 1, len(all_bouts.beside) + len(all_bouts.others))
        self._work([in_line, *[meanwhile] * helpers])
        self.assessment.compare_sessions()
        return self.assessment

    def _work(self, workers: Sequence[Callable[[], None]]) -> None:
        # Daemons: whoever presses Ctrl-C twice waits for none of them.
        threads = [threading.Thread(target=worker, name="probe", daemon=True) for worker in workers]
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

    def _wait(self, moment: threading.Event) -> None:
        while not moment.wait(_LOOK) and not self._is_over():
            pass

    def _take(self, waiting: SimpleQueue[Bout], over: "_Over") -> None:
        while not self._is_over():
            try:
                bout = waiting.get_nowait()
            except Empty:
                return
            try:
                self._perform(bout)
            except Exception as error:  # noqa: BLE001 -- one probe's fault leaves the others their verdicts
                with self._lock:
                    self.assessment.merge(Assessment(crashes=[f"{', '.join(bout.probes)}: {error!r}"]))
            over.tell(bout.probes)

    def _perform(self, bout: Bout) -> None:
        there = self._disabled if bout.disabled and self._disabled is not None else self._usual
        alone = (bout.alone or self._jobs == 1) and not bout.at_once
        tasks = [partial(self._session, *each, there, alone) for each in bout.sessions.items()]
        for together in [tasks] if bout.at_once else [[task] for task in tasks]:
            while self._attempt(together):
                self._clock.sleep(_AGAIN)

    def _attempt(self, tasks: Sequence[Callable[[list[JudgedSession]], None]]) -> bool:
        """Perform them at once; whether it is worth another try, since none found room."""
        performed: list[JudgedSession] = []
        try:
            self._clock.side_by_side([partial(task, performed) for task in tasks])
        finally:
            with self._lock:
                again = self._is_turned_away(performed)
                # How many sessions there may be at once is open (CHUNK-12).
                room = sum(session.found_room for session in performed)
                if len(tasks) > 1 and not again and not self._stopped.is_set():
                    held = "all of a crowd" if room == len(tasks) else f"{room} of a crowd of {len(tasks)}"
                    self.assessment.observe(self._usual[0].profile, "sessions-at-once", held)
                for session in performed:
                    seen = session.assessment
                    if again or (room and not session.found_room):  # others had it: nothing to be said of the server
                        seen = Assessment(ledger=seen.ledger, crashes=seen.crashes)
                    self.assessment.merge(seen)
        return again

    def _is_turned_away(self, performed: Sequence[JudgedSession]) -> bool:
        """Whether none of them found room, and some may be found soon."""
        now, live = self._clock.now(), sum(session.found_room for session in self._sessions)
        if live or any(session.found_room for session in performed):
            self._had_room = now
        if self._stopped.is_set() or not performed or not all(session.turned_away for session in performed):
            return False
        if live:
            self.room = min(self.room or live, live)
        sut = self._usual[0]
        return now < self._had_room + min(sut.profile.waits.drain, sut.max_wait)

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


def _queue(each: Sequence[Bout]) -> SimpleQueue[Bout]:
    queue = SimpleQueue[Bout]()
    for bout in each:
        queue.put(bout)
    return queue


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
