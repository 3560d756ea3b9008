"""What refusals look like (AUTH, CHUNK-3, CHUNK-5, CTRL-4, TTL-2, STREAM-2); whether they refuse is for checks."""

from typing import Final

from harness.contract.messages import ACTIONS
from harness.history.observations import Kind
from harness.oracle.beliefs import Role
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.lifetime import Life
from harness.oracle.observers.base import Observer, reply
from harness.oracle.verdicts import Outcomes

_KINDS: Final[tuple[Kind, ...]] = ("start", "chunk", "control", "attach")
_KEYS: Final = {
    "missing": "without-key",
    "empty": "without-key",
    "wrong": "with-wrong-key",
    "longer": "with-wrong-key",
}
_ROLES: Final = {Role.GAP: "gap", Role.FIRST: "first", Role.OLDER: "older"}


class Refusals(Observer):
    """Of requests that the document has refused, and of older numbers, which may be acked as well."""

    __slots__ = ()

    asks = (
        *(f"{kind}-{fault}" for kind in _KINDS for fault in dict.fromkeys(_KEYS.values())),
        *_ROLES.values(),
        "expired",
        "second-consumer",
        "unknown-action",
    )

    def answered(self, exchange: Exchange) -> Outcomes:
        if exchange.answer is Answer.UNTOUCHED or exchange.sent.kind not in _KINDS:
            return ()
        question = self._question(exchange)
        return self.note(question, reply(exchange)) if question else ()

    def _question(self, exchange: Exchange) -> str | None:
        sent, was = exchange.sent, exchange.was
        if sent.key != "right":
            return f"{sent.kind}-{_KEYS[sent.key]}"
        if sent.kind == "attach":
            goes_on = was.stream is not None and was.stream == self.known.consumers.stream
            return "second-consumer" if goes_on and was.ingesting else None
        if sent.kind == "control":
            return "unknown-action" if sent.action not in ACTIONS and was.ingesting else None
        return self._chunk(exchange) if sent.kind == "chunk" and sent.wellformed else None

    def _chunk(self, exchange: Exchange) -> str | None:
        life = self.known.lifetime.life(exchange)
        if exchange.is_next:
            return "expired" if life is Life.OVER else None
        return _ROLES.get(exchange.was.role) if life is Life.SURE else None
