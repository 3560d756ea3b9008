"""What is only counted of the sessions, while they run."""

import msgspec


class Counting(msgspec.Struct):
    """What is counted as it happens, since it was last told."""

    chunks: int = 0
    """Accepted."""
    events: int = 0
    failed: int = 0
    """Requests that should have succeeded."""
    trouble: dict[str, int] = {}
    """Why they did not, such as `start: 503`."""

    def fail(self, trouble: str) -> None:
        """A request failed."""
        self.failed += 1
        self.trouble[trouble] = self.trouble.get(trouble, 0) + 1

    def take(self) -> "Counting":
        """What came; from now on all is counted anew."""
        counted = msgspec.structs.replace(self)
        self.chunks = self.events = self.failed = 0
        self.trouble = {}
        return counted
