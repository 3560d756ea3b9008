"""Sizes of chunks (CHUNK-8)."""

from harness.oracle.checks.base import Check
from harness.oracle.exchange import Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcomes, passed


class SizesMayVary(Check):
    """Chunks of another size than the one before are accepted; what their refusal breaks, see `blame`."""

    __slots__ = ("_size",)

    judges = ("CHUNK-8",)
    requests = ("chunk",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._size = 0

    def exchanged(self, exchange: Exchange) -> Outcomes:
        size = exchange.sent.size
        if size == self._size or not exchange.is_next or not exchange.accepted:
            return ()
        if not exchange.is_sized_right:
            return ()
        before, self._size = self._size, size
        return (passed("CHUNK-8"),) if before else ()
