"""A deployment on which live capture is switched off (AVAIL-1)."""

from collections.abc import Iterator

from harness.oracle.checks.base import Check
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.verdicts import Outcome, failed, inconclusive, passed

_SWITCHED_OFF = frozenset({501, 503})
"""Statuses that say so of a feature, whatever they say of a server at large (RFC 9110 15.6.2 and 15.6.4)."""


class NoSessionStartsWhileDisabled(Check):
    """No start opens a session there, though its key and its body are right."""

    __slots__ = ()

    judges = ("AVAIL-1",)
    requests = ("start",)

    def exchanged(self, exchange: Exchange) -> Iterator[Outcome]:
        header, sent = self.known.header, exchange.sent
        if header is None or not header.disabled or sent.key != "right":
            return
        if exchange.answer is Answer.REFUSED or exchange.returned.status in _SWITCHED_OFF:
            yield passed("AVAIL-1")
        elif exchange.accepted and self._opens_a_session(exchange):
            yield failed(
                "AVAIL-1", "no session starts while live capture is disabled", f"{exchange.in_words}, with one"
            )
        else:
            yield inconclusive("AVAIL-1", f"the start was {exchange.in_words}, with no session and no refusal")

    def _opens_a_session(self, exchange: Exchange) -> bool:
        name = self.known.profile.fields.start.session_id
        return isinstance(exchange.body, dict) and bool(exchange.body.get(name))
