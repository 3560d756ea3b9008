"""A run on several processes: a worker's side. `cluster` has the master's, and says what they tell each other."""

import itertools
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import gevent
import msgspec
from locust.exception import RPCError

from harness.load.cluster.gathering import Piece
from harness.load.cluster.master import END, KEYS, PART, PROGRESS, READY, SHARE, STEP, TROUBLE, Share
from harness.load.conductor import Step
from harness.load.faults import FAULT, words
from harness.load.measures.times import Counts
from harness.load.part import Part

_TELLING: Final = 5.0
"""Seconds between what is told of what was seen."""

_log = logging.getLogger("harness.load")


class Worker:
    """Takes part in the master's runs, one after another, and tells it what this process sees."""

    def __init__(
        self,
        runner: Any,
        share: Callable[[Share], None],
        step: Callable[[Step], None],
        keys: Callable[[list[str], int], None],
    ) -> None:
        """`runner` is Locust's `WorkerRunner`; `share`, `step` and `keys` take what the master says of them."""
        self._runner = runner
        self._share = share
        self._step = step
        self._keys = keys
        self.has_heard_the_end = False
        """Whether the master has ended the run."""
        self._run = ""
        self._told = ""
        self._numbers = itertools.count()
        runner.register_message(SHARE, self._shared)
        runner.register_message(STEP, self._stepped)
        runner.register_message(KEYS, self._dealt)
        # Concurrent: the listener must not keep further messages waiting while users leave.
        runner.register_message(END, self._end, concurrent=True)

    def begin(self, run: str) -> None:
        """A run begins; this process is not ready yet."""
        self._run, self._numbers, self.has_heard_the_end = run, itertools.count(), False
        self._runner.last_heartbeat_timestamp = None  # until it is ready it reads none: that is no loss

    def ready(self, shed: Callable[[], tuple[Part, Counts]]) -> None:
        """It is now: what `shed` gives is told from now on, again and again."""
        self._runner.last_heartbeat_timestamp = time.time()
        self._send(READY)
        gevent.spawn(self._tell_on, self._run, shed)

    def tell(self, part: Part, times: Counts) -> None:
        """Send the last of what this process saw, and of the times that it took."""
        with suppress(RPCError):
            self._tell(part, times, last=True)
        self._told, self._run = self._run, ""

    def tell_progress(self, told: bytes) -> None:
        """Send a stretch of the time course."""
        self._send(PROGRESS, told=told)

    def tell_trouble(self, why: str) -> None:
        """Say why this process can't take part."""
        with suppress(RPCError):
            self._send(TROUBLE, why=why)

    def give_back(self, keys: list[str]) -> None:
        """Let other workers have these keys."""
        with suppress(RPCError):
            self._send(KEYS, keys=keys)

    def _tell_on(self, run: str, shed: Callable[[], tuple[Part, Counts]]) -> None:
        while True:
            gevent.sleep(_TELLING)
            if self._run != run:
                return
            try:
                self._tell(*shed(), last=False)
            except RPCError:  # the master will miss it, and say so
                _log.warning("the master can't be reached; what this worker saw in the last seconds is lost")
            except Exception as error:  # noqa: BLE001 -- gevent would print a traceback, and nothing more be told
                _log.error("%s: %s", FAULT, words(error))

    def _tell(self, part: Part, times: Counts, *, last: bool) -> None:
        piece = msgspec.msgpack.encode(Piece(next(self._numbers), part, times, last))
        self._send(PART, piece=piece)

    def _send(self, message: str, **data: Any) -> None:
        self._runner.send_message(message, {"run": self._run, **data})

    def _shared(self, msg: Any, **_: Any) -> None:
        if msg.data["run"] == self._run:
            self._share(msgspec.convert(msg.data["share"], Share))

    def _stepped(self, msg: Any, **_: Any) -> None:
        if msg.data["run"] == self._run:
            self._step(msgspec.convert(msg.data["step"], Step))

    def _dealt(self, msg: Any, **_: Any) -> None:
        if msg.data["run"] == self._run:
            self._keys(msg.data["keys"], msg.data["most"])

    def _end(self, msg: Any, **_: Any) -> None:
        try:
            self.has_heard_the_end = True
            self._runner.stop()
            if self._told != msg.data["run"]:  # it was given no part in it
                self._run, self._numbers = msg.data["run"], itertools.count()
                self.tell(Part(), {})
        except Exception as error:  # noqa: BLE001 -- as above
            _log.error("%s: %s", FAULT, words(error))
