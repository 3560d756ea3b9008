"""Starts in all forms that a client may give them (START-5)."""

from collections.abc import Iterator

import msgspec

from harness.contract.messages import StartFields
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.observers.base import Observer, fields, reply
from harness.oracle.verdicts import Outcome, Outcomes


class Starts(Observer):
    """The success status, further fields of the reply, and bodies that lack something."""

    __slots__ = ()

    requests = ("start",)
    asks = ("start", "start-fields", "start-without-goal", "start-with-empty-goal", "start-without-filename")

    def answered(self, exchange: Exchange) -> Outcomes:
        sent = exchange.sent
        if sent.key != "right" or exchange.answer is Answer.UNTOUCHED:
            return ()
        if not isinstance(sent.body, dict):
            return ()
        if "filename" not in sent.body:
            return self.note("start-without-filename", reply(exchange))
        if "goal" not in sent.body:
            return self.note("start-without-goal", reply(exchange))
        if not sent.body["goal"]:
            return self.note("start-with-empty-goal", reply(exchange))
        return self._right(exchange) if exchange.accepted else ()

    def _right(self, exchange: Exchange) -> Iterator[Outcome]:
        named: StartFields = self.known.profile.fields.start
        yield from self.note("start", reply(exchange))
        yield from self.note("start-fields", fields(exchange.body, msgspec.structs.astuple(named)))
