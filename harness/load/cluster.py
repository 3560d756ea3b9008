"""A run on several processes: the master ends it on all workers, and waits for what they saw, before Locust quits.

Locust's master quits half a second after it told its workers to, while they are still leaving the SUT; so the end is
agreed on by two messages of our own, before Locust's.
"""

import time
from typing import Any, Final

import msgspec
from locust.runners import STATE_MISSING

from harness.load.part import Part

_END: Final = "live-end"
_PART: Final = "live-part"
_GRACE: Final = 15.0
"""Seconds beyond Locust's stop timeout that a worker has for its part of the run."""
_POLL: Final = 0.1


class Master:
    """Knows which workers take part in a run, and gathers their parts. Runs are told apart by their folders."""

    def __init__(self, runner: Any) -> None:
        """`runner` is Locust's `MasterRunner`, much of which has no types."""
        self._runner = runner
        self._run = ""
        self._workers: set[str] = set()
        self._parts: dict[str, Part] = {}
        runner.register_message(_PART, self._received)
        self._runner.environment.events.worker_connect.add_listener(self._connected)

    def begin(self, run: str) -> None:
        """A run begins, with all workers that are there."""
        self._run = run
        self._workers = set(self._runner.clients)
        self._parts = {}

    def collect(self) -> tuple[Part, list[str]]:
        """End the run on all workers; what they saw together, and the names of those that did not see it through."""
        early = set(self._parts)
        self._runner.send_message(_END, {"run": self._run})
        until = time.monotonic() + self._runner.environment.stop_timeout + _GRACE
        while any(map(self._is_due, self._workers)) and time.monotonic() < until:
            time.sleep(_POLL)
        whole = Part()
        for part in self._parts.values():
            whole.merge(part)
        lost = {worker for worker in self._workers if worker not in self._parts} | early
        return whole, sorted(f"worker {self._runner.get_worker_index(worker)} ({worker})" for worker in lost)

    def _is_due(self, worker: str) -> bool:
        """Whether its part may still come."""
        node = self._runner.clients.get(worker)
        return worker not in self._parts and node is not None and node.state != STATE_MISSING

    def _connected(self, client_id: str, **_: Any) -> None:
        self._workers.add(client_id)

    def _received(self, msg: Any, **_: Any) -> None:
        if msg.data["run"] == self._run:
            self._parts[msg.node_id] = msgspec.json.decode(msg.data["part"], type=Part)


class Worker:
    """Ends the run when the master says so, and sends what this process saw."""

    def __init__(self, runner: Any) -> None:
        """`runner` is Locust's `WorkerRunner`."""
        self._runner = runner
        self._told = ""
        # Concurrent: the listener must not keep further messages waiting while users leave.
        runner.register_message(_END, self._end, concurrent=True)

    def tell(self, run: str, part: Part) -> None:
        """Send the part of a run that this process had."""
        self._told = run
        self._runner.send_message(_PART, {"run": run, "part": msgspec.json.encode(part)})

    def _end(self, msg: Any, **_: Any) -> None:
        self._runner.stop()
        if self._told != msg.data["run"]:  # it was given no part in it
            self.tell(msg.data["run"], Part())
