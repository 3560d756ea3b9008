"""What `done` refers to (OPS-3)."""

from collections.abc import Iterator

from harness.oracle.exchange import Answer, Exchange
from harness.oracle.observers.base import NOTHING, Observer, word
from harness.oracle.verdicts import Outcome


class Artifacts(Observer):
    """Whether it can be fetched, and as what."""

    asks = ("artifacts",)

    def aside(self, exchange: Exchange) -> Iterator[Outcome]:
        returned = exchange.returned
        if exchange.sent.kind != "artifact" or returned.status is None:
            return NOTHING
        media = word(returned.content_type.partition(";")[0].strip().lower())
        fetched = exchange.answer is Answer.ACCEPTED
        return self.note("artifacts", f"{returned.status} {media}" if fetched else str(returned.status))
