"""Chunks of which the document says nothing (CHUNK-11)."""

import msgspec

from harness.history.observations import Sent
from harness.oracle.beliefs import Role
from harness.oracle.exchange import Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.notes import Answers
from harness.oracle.observers.base import Observer, reply
from harness.oracle.verdicts import Outcomes


class OddChunks(Observer):
    """Without a number, without audio, far too large, two at once, and retries with other bytes."""

    __slots__ = ("_one",)

    requests = ("chunk",)
    asks = (
        "empty-chunk",
        "huge-chunk",
        "no-file",
        "no-seq",
        "text-seq",
        "negative-seq",
        "not-multipart",
        "two-at-once",
        "other-bytes",
    )

    def __init__(self, known: Knowledge, answers: Answers) -> None:
        super().__init__(known, answers)
        self._one: Exchange | None = None
        """The last odd one, beside which another may still be on its way."""

    def answered(self, exchange: Exchange) -> Outcomes:
        sent = exchange.sent
        if sent.key != "right" or exchange.returned.status is None:
            return ()
        if sent.wellformed:
            return self.note("huge-chunk", reply(exchange)) if sent.size and not exchange.is_sized_right else ()
        question = _malformed(sent)
        return self.note(question, reply(exchange)) if question else self._well_made(exchange)

    def _well_made(self, exchange: Exchange) -> Outcomes:
        """Its form is right, and what is odd about it is what else was sent."""
        one, self._one = self._one, None
        if one and exchange.sent.n == one.sent.n + 1 and exchange.sent.at <= one.returned.at:
            return self.note("two-at-once", _pair(one, exchange))
        if one and one.sent.n == exchange.sent.n + 1 and one.sent.at <= exchange.returned.at:
            return self.note("two-at-once", _pair(exchange, one))
        as_right = msgspec.structs.replace(exchange.sent, wellformed=True)
        if self.known.beliefs.role(as_right) is Role.ALTERED:
            return self.note("other-bytes", reply(exchange) + self._total(exchange, as_right))
        self._one = exchange
        return ()

    def _total(self, exchange: Exchange, as_right: Sent) -> str:
        total = self.known.reported_total(exchange)
        if not exchange.accepted or total is None:
            return ""
        return ", the same total" if total in self.known.beliefs.totals_with(as_right) else ", another total"


def _malformed(sent: Sent) -> str:
    if not sent.form:
        return "not-multipart"
    if sent.seq is None:
        return "no-seq"
    if not sent.seq.isdigit():
        return "negative-seq" if sent.seq.startswith("-") else "text-seq"
    if not sent.size:
        return "empty-chunk" if sent.audio else "no-file"
    return ""


def _pair(first: Exchange, second: Exchange) -> str:
    taken = [exchange.accepted for exchange in (first, second)]
    match taken:
        case [True, True]:
            return "both taken"
        case [True, False]:
            return f"the first taken, the second {reply(second)}"
        case [False, True]:
            return f"the second taken, the first {reply(first)}"
    return f"{reply(first)}, {reply(second)}"
