"""What `done` refers to (OPS-3)."""

from harness.oracle.exchange import Exchange
from harness.oracle.observers.base import Observer, word
from harness.oracle.verdicts import Outcomes


class Artifacts(Observer):
    """Whether it can be fetched, and as what."""

    __slots__ = ()

    asks = ("artifacts",)

    def aside(self, exchange: Exchange) -> Outcomes:
        returned = exchange.returned
        if exchange.sent.kind != "artifact" or returned.status is None:
            return ()
        media = word(returned.content_type.partition(";")[0].strip().lower())
        fetched = exchange.accepted
        return self.note("artifacts", f"{returned.status} {media}" if fetched else str(returned.status))
