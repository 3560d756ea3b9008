"""Sizes of chunks (CHUNK-8)."""

from collections.abc import Iterator

from harness.oracle.beliefs import Role
from harness.oracle.checks.base import Check
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, passed


class SizesMayVary(Check):
    """Chunks of another size than the one before are accepted; what their refusal breaks, see `blame`."""

    judges = ("CHUNK-8",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._size = 0

    def exchanged(self, exchange: Exchange) -> Iterator[Outcome]:
        if exchange.was.role is Role.RIGHT and exchange.is_sized_right and exchange.answer is Answer.ACCEPTED:
            before, self._size = self._size, exchange.sent.size
            if before not in {0, self._size}:
                yield passed("CHUNK-8")
