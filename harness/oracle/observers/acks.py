"""What acks of control requests hold, and what becomes of a session without audio (CTRL-5)."""

from collections.abc import Iterator

from harness.contract.messages import ACTIONS
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.observers.base import NOTHING, Observer, fields, reply
from harness.oracle.verdicts import Outcome


class Acks(Observer):
    """Of sessions that take chunks."""

    asks = ("finalize-fields", "cancel-fields", "keepalive-fields", "finalize-without-audio")

    def answered(self, exchange: Exchange) -> Iterator[Outcome]:
        sent = exchange.sent
        if sent.kind != "control" or not exchange.is_right or not exchange.was.ingesting or sent.action not in ACTIONS:
            return NOTHING
        return self._acked(exchange, sent.action)

    def _acked(self, exchange: Exchange, action: str) -> Iterator[Outcome]:
        if action == "finalize" and not self.known.beliefs.has_taken_chunks():
            yield from self.note("finalize-without-audio", reply(exchange))
        elif exchange.answer is Answer.ACCEPTED:
            yield from self.note(f"{action}-fields", fields(exchange.body))
