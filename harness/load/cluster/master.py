"""A run on several processes: its master, and what it and the workers tell each other beside what Locust has them tell.

- A worker is `ready`, and from then on takes part. Whenever those who do change, each is told its `share`.
- Where a conductor leads the run, each is told every `step` of it.
- Every few seconds it tells the `part` that it has seen since the last time, so that little is lost with it.
- The master ends the run on all workers, and waits for the last of what they saw, before Locust quits: its own master
  would do so half a second after it told its workers to, while they are still leaving the SUT.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

import gevent
import msgspec
from locust.runners import HEARTBEAT_DEAD_INTERNAL, STATE_MISSING

from harness.load.arrivals.shape import Shape
from harness.load.cluster.gathering import Gathering, Piece
from harness.load.cluster.keys import Deal
from harness.load.conductor import Step
from harness.load.faults import FAULT, words
from harness.load.measures.times import Counts
from harness.load.part import Part

READY: Final = "live-ready"
SHARE: Final = "live-share"
STEP: Final = "live-step"
KEYS: Final = "live-keys"
PART: Final = "live-part"
PROGRESS: Final = "live-progress"
TROUBLE: Final = "live-trouble"
END: Final = "live-end"

_GRACE: Final = 15.0
"""Seconds beyond Locust's stop timeout that a worker has for its part of the run."""
_POLL: Final = 0.1
_SETTLING: Final = 1.0
"""Seconds from now after which a new share holds: all have heard of it by then."""

_log = logging.getLogger("harness.load")


class Share(msgspec.Struct, frozen=True):
    """Which of the run's workers this one is, from some moment on."""

    index: int
    count: int
    elapsed: float
    """Seconds since the run began, as this is told."""
    since: float
    """Seconds from the run's begin, at which this begins to hold."""


class Master:
    """Knows which workers take part in a run, and gathers what they see. Runs are told apart by their folders."""

    def __init__(self, runner: Any) -> None:
        """`runner` is Locust's `MasterRunner`, much of which has no types."""
        self.progress: Callable[[bytes], None] | None = None
        """Takes what workers tell of the run's time course."""
        self.started: Callable[[], None] | None = None
        """Is called when the workers begin, together."""
        self._runner = runner
        self._run = ""
        self._is_open = False
        self._expected: set[str] = set()
        self._ready: set[str] = set()
        self._crew: list[str] = []
        self._step: Step | None = None
        self._began: float | None = None
        self._deal = Deal(())
        self._gathering = Gathering()
        for message, listener in {
            READY: self._take_in,
            KEYS: self._keys_back,
            PART: self._received,
            PROGRESS: self._progressed,
            TROUBLE: self._in_trouble,
        }.items():
            runner.register_message(message, listener)

    def begin(self, run: str, keys: tuple[str, ...] = ()) -> None:
        """A run begins, with all workers that are there; `keys` are to be shared out over them."""
        self._run, self._is_open = run, True
        self._expected = set(self._runner.clients)
        self._ready, self._crew, self._began, self._step = set(), [], None, None
        self._deal = Deal(keys)
        self._gathering = Gathering()
        gevent.spawn(self._watch, run)

    def so_far(self) -> Part:
        """What all workers have told."""
        return self._gathering.whole()

    def count(self) -> int:
        """How many workers take part now."""
        return len(self._crew)

    def announce(self, step: Step) -> None:
        """Tell them a step; those that join later are told it as well."""
        self._step = step
        for worker in self._crew:
            self._send(STEP, worker, step=msgspec.to_builtins(step))

    def collect(self) -> tuple[Part, Counts, dict[str, str]]:
        """End the run on all workers: what they saw and measured together, and who did not see it through.

        Of each of these, by name, it says in words what became of it.
        """
        self._is_open = False
        workers = self._expected | self._ready
        early = workers & self._gathering.through
        self._send(END)
        until = time.monotonic() + self._runner.environment.stop_timeout + _GRACE
        while any(map(self._is_due, workers)) and time.monotonic() < until:
            gevent.sleep(_POLL)
        self._run = ""
        lost = sorted((workers - self._gathering.through) | early, key=self._runner.get_worker_index)
        became = {self._name(worker): self._gathering.became(worker) for worker in lost}
        return self._gathering.whole(), self._gathering.times, became

    def _is_due(self, worker: str) -> bool:
        """Whether more of its part may still come."""
        return worker not in self._gathering.through and self._is_there(worker)

    def _is_there(self, worker: str) -> bool:
        node = self._runner.clients.get(worker)
        return node is not None and node.state != STATE_MISSING

    def _name(self, worker: str) -> str:
        return f"worker {self._runner.get_worker_index(worker)} ({worker})"

    def _elapsed(self) -> float:
        return 0.0 if self._began is None else time.monotonic() - self._began

    def _watch(self, run: str) -> None:
        """Share the run out, and again whenever a worker came or went: of some losses Locust tells nobody."""
        while self._run == run and self._is_open:
            try:
                self._look_after_workers()
            except Exception as error:  # noqa: BLE001 -- gevent would print a traceback, and nobody would look again
                _log.error("%s: %s", FAULT, words(error))
                gevent.sleep(_SETTLING)
            gevent.sleep(_POLL)

    def _look_after_workers(self) -> None:
        waited_for = self._expected - self._ready
        if self._began is not None or not any(map(self._is_there, waited_for)):
            crew = sorted(filter(self._is_due, self._ready), key=self._runner.get_worker_index)
            if crew and crew != self._crew:
                self._share_out(crew)
        self._forget_the_dead()

    def _share_out(self, crew: list[str]) -> None:
        since = 0.0 if self._began is None else self._elapsed() + _SETTLING
        if self._began is None:
            self._began = time.monotonic()
            if isinstance(shape := self._runner.environment.shape_class, Shape):
                shape.begin()
            if self.started is not None:
                self.started()
        for index, worker in enumerate(crew):
            share = Share(index, len(crew), self._elapsed(), since)
            self._send(SHARE, worker, share=msgspec.to_builtins(share))
        self._crew = crew
        if self._step is not None:
            self.announce(self._step)
        self._deal_keys()

    def _deal_keys(self) -> None:
        for worker, (keys, most) in self._deal.out(self._crew).items():
            self._send(KEYS, worker, keys=keys, most=most)

    def _send(self, message: str, worker: str | None = None, **data: Any) -> None:
        self._runner.send_message(message, {"run": self._run, **data}, worker)

    def _forget_the_dead(self) -> None:
        """Before Locust does so: it would stop all users of the others then, and begin with none again."""
        for worker, node in list(self._runner.clients.items()):
            if node.state == STATE_MISSING and node.heartbeat < HEARTBEAT_DEAD_INTERNAL / 2:
                del self._runner.clients[worker]

    def _take_in(self, msg: Any, **_: Any) -> None:
        if msg.data["run"] == self._run:
            self._ready.add(msg.node_id)

    def _keys_back(self, msg: Any, **_: Any) -> None:
        if msg.data["run"] == self._run:
            self._deal.back(msg.node_id, msg.data["keys"])
            self._deal_keys()

    def _received(self, msg: Any, **_: Any) -> None:
        if msg.data["run"] == self._run:
            piece = msgspec.msgpack.decode(msg.data["piece"], type=Piece)
            self._gathering.add(msg.node_id, piece, self._elapsed())

    def _progressed(self, msg: Any, **_: Any) -> None:
        if msg.data["run"] == self._run and self.progress is not None:
            self.progress(msg.data["told"])

    def _in_trouble(self, msg: Any, **_: Any) -> None:
        if msg.data["run"] == self._run:
            self._gathering.trouble[msg.node_id] = why = msg.data["why"]
            _log.error("%s can't take part: %s", self._name(msg.node_id), why)
