"""Authentication (AUTH-1 to AUTH-4)."""

from collections.abc import Iterator
from typing import Final

from harness.history.observations import Ended, Kind
from harness.oracle.checks.base import Check, pinned
from harness.oracle.disturbance import AUTH
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, Outcomes, failed, inconclusive, passed

_WITH: Final = {
    "wrong": "with a wrong key",
    "longer": "with a key that begins with the right one and goes on",
    "missing": "with no key",
    "empty": "with an empty key",
}


class KeysAreRequired(Check):
    """Each endpoint refuses a request without a valid key.

    A refusal counts once the same endpoint accepts a request with the right key. (That a refused chunk adds no bytes,
    the counting of chunks sees.)
    """

    __slots__ = ("_unproven",)

    judges = tuple(AUTH.values())

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._unproven: dict[Kind, int] = {}

    def exchanged(self, exchange: Exchange) -> Outcomes:
        sent = exchange.sent
        if sent.key != "right":
            return self._keyless(exchange, AUTH[sent.kind])
        if not self._unproven or not exchange.accepted:
            return ()
        return (passed(AUTH[sent.kind]),) * self._unproven.pop(sent.kind, 0)

    def _keyless(self, exchange: Exchange, requirement: str) -> Iterator[Outcome]:
        sent = exchange.sent
        what = f"a {sent.kind} request {_WITH[sent.key]}"
        if exchange.accepted:
            yield failed(requirement, f"{what} is refused", exchange.in_words)
        elif exchange.answer in {Answer.UNKNOWN, Answer.UNTOUCHED}:
            yield inconclusive(requirement, f"{what} was {exchange.in_words}: neither an acceptance nor a refusal")
        elif differs := pinned(self.known, requirement, exchange, "auth"):
            yield differs
        else:
            self._unproven[sent.kind] = self._unproven.get(sent.kind, 0) + 1

    def ended(self, ended: Ended) -> Iterator[Outcome]:
        for kind in self._unproven:
            yield inconclusive(
                AUTH[kind], f"{kind} without a valid key was refused, but none with one was accepted after"
            )
        self._unproven.clear()
