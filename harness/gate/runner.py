"""Runs probes side by side, each in its own session, and judges every one."""

import threading
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from harness.client.clock import Clock
from harness.client.deployment import Deployment
from harness.client.transport import Connect
from harness.gate.judged_session import JudgedSession
from harness.oracle.assessment import Assessment
from harness.scenario.call import Call
from harness.scenario.plan import Expire, Outlive, Plan, Silence
from harness.scenario.planner import plan

Progress = Callable[[str, int, int], None]
"""Told of each probe that is over: its name, how many are over, how many there are."""


def probe_seed(seed: int, name: str) -> int:
    """The seed of one probe within a run; the same wherever it stands in the list."""
    return zlib.crc32(f"{seed}/{name}".encode())


class Gate:
    """The probes of one run against one deployment."""

    def __init__(
        self, deployment: Deployment, connect: Connect, clock: Clock, *, histories: Path | None = None, jobs: int = 8
    ) -> None:
        self._deployment = deployment
        self._connect = connect
        self._clock = clock
        self._histories = histories
        self._jobs = jobs
        self._sessions: set[JudgedSession] = set()
        self._lock = threading.Lock()
        self._stopped = False
        self.assessment = Assessment()
        self.interrupted = False

    def run(self, probes: Sequence[Call], seed: int, progress: Progress = lambda *_: None) -> Assessment:
        """Run all probes, `jobs` at a time. On Ctrl-C the sessions are left properly, and what was seen is returned."""
        plans = [plan(probe, probe_seed(seed, probe.name)) for probe in probes]
        # Those that wait longest go first, so that the whole takes little longer than the longest.
        plans.sort(key=_waiting, reverse=True)
        total, pending = len(plans), dict[Future[None], str]()
        with ThreadPoolExecutor(self._jobs, thread_name_prefix="probe") as pool:
            try:
                for each in plans:
                    pending[pool.submit(self._run_one, each)] = each.scenario
                while pending:
                    self._collect(pending, total, progress)
            except KeyboardInterrupt:
                self.interrupted = True
                self._stop(pending)
                while pending:
                    self._collect(pending, total, lambda *_: None)
        return self.assessment

    def _collect(self, pending: dict[Future[None], str], total: int, progress: Progress) -> None:
        over, _ = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
        for future in over:
            name = pending.pop(future)
            if not future.cancelled() and (error := future.exception()):
                with self._lock:
                    self.assessment.merge(Assessment(crashes=[f"{name}: {error!r}"]))
            progress(name, total - len(pending), total)

    def _stop(self, pending: dict[Future[None], str]) -> None:
        for future in pending:
            future.cancel()
        with self._lock:
            self._stopped = True
            for session in self._sessions:
                session.stop()

    def _run_one(self, planned: Plan) -> None:
        label = planned.scenario
        history = self._histories / f"{label}.jsonl" if self._histories else None
        session = JudgedSession(planned, self._deployment, self._connect(), self._clock, label=label, history=history)
        with self._lock:
            self._sessions.add(session)
            if self._stopped:
                session.stop()
        try:
            session.perform()
        finally:
            with self._lock:
                self._sessions.remove(session)
                self.assessment.merge(session.assessment)


def _waiting(planned: Plan) -> float:
    """Roughly how long the plan waits, in TTLs."""
    silences = sum(action.ttl or 0.0 for action in planned.actions if isinstance(action, Silence))
    return silences + 2 * any(isinstance(action, Expire | Outlive) for action in planned.actions)
