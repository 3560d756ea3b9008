"""What acks of control requests hold, and what becomes of a session without audio (CTRL-5)."""

from harness.contract.messages import ACTIONS
from harness.oracle.exchange import Exchange
from harness.oracle.observers.base import Observer, fields, reply
from harness.oracle.verdicts import Outcomes


class Acks(Observer):
    """Of sessions that take chunks."""

    __slots__ = ()

    requests = ("control",)
    asks = ("finalize-fields", "cancel-fields", "keepalive-fields", "finalize-without-audio")

    def answered(self, exchange: Exchange) -> Outcomes:
        sent = exchange.sent
        if not exchange.is_right or not exchange.was.ingesting or sent.action not in ACTIONS:
            return ()
        return self._acked(exchange, sent.action)

    def _acked(self, exchange: Exchange, action: str) -> Outcomes:
        if action == "finalize" and not self.known.beliefs.has_taken_chunks():
            return self.note("finalize-without-audio", reply(exchange))
        return self.note(f"{action}-fields", fields(exchange.body)) if exchange.accepted else ()
