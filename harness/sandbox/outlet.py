"""The way from a session to its consumer: bytes go in at the service's end and out at the transport's."""

from collections.abc import Callable


class Outlet:
    """An event stream that one consumer reads. Whoever carries the bytes takes them when `on_ready` calls, or polls."""

    def __init__(self, on_left: Callable[["Outlet"], None]) -> None:
        self.closed = False
        """Whether the service has ended the stream; what was not yet taken is still to be carried."""
        self.on_ready: Callable[[], None] | None = None
        self.on_left = on_left
        self._waiting: list[bytes] = []

    def put(self, data: bytes) -> None:
        """Queue bytes for the consumer."""
        self._waiting.append(data)
        self._wake()

    def close(self) -> None:
        """End the stream, after what is queued."""
        self.closed = True
        self._wake()

    def take(self) -> bytes:
        """What has come since the last call; empty when nothing has."""
        data = b"".join(self._waiting)
        self._waiting.clear()
        return data

    def hang_up(self) -> None:
        """The consumer has gone. Harmless when the stream is over."""
        self._waiting.clear()
        self.on_left(self)

    def _wake(self) -> None:
        if self.on_ready is not None:
            self.on_ready()
