"""The thread beside a session's own that reads a stream into its sink."""

import threading
from collections.abc import Callable, Generator
from typing import Literal

from harness.client.clock import Clock
from harness.client.transport import Sink, TransportError


class Reading:
    """A stream that is being read: `blocks` yields the body as it comes, and raises `TransportError` where it breaks.

    Under Locust's monkey-patching the thread is a greenlet.
    """

    def __init__(
        self, name: str, blocks: Generator[bytes], hang_up: Callable[[], None], clock: Clock, sink: Sink
    ) -> None:
        self._blocks = blocks
        self._hang_up = hang_up
        self._clock = clock
        self._sink = sink
        self._left = False
        self._thread = threading.Thread(target=self._read, name=name, daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether the sink has heard the last of it."""
        return not self._thread.is_alive()

    def close(self) -> None:
        """Leave; when it returns, the sink has heard `closed`, unless it is the sink itself that leaves."""
        self._left = True
        self._hang_up()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _read(self) -> None:
        how: Literal["ended", "cut", "left"] = "ended"
        detail = ""
        try:
            for block in self._blocks:
                if self._left:
                    break
                self._sink.received(block, self._clock.now())
        except TransportError as error:
            how, detail = "cut", str(error)
        finally:
            self._blocks.close()
        if self._left:
            how, detail = "left", ""
        self._sink.closed(how, self._clock.now(), detail)
