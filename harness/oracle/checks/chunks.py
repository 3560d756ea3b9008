"""Chunks: numbering, totals, retries and refusals (CHUNK-2 to CHUNK-7, CHUNK-10)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.contract.profile import Refusal
from harness.history.observations import Ended, Sent
from harness.oracle.beliefs import ACCEPTABLE, Role
from harness.oracle.checks.base import Check, is_refusal, pinned, refused
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, Outcomes, failed, inconclusive, passed

_COUNTED: Final = (passed("CHUNK-2"),)


class _Unproven(NamedTuple):
    """A chunk that was turned down; it counts as refused only once the right one after it is accepted and counted."""

    requirement: str | None
    what: str
    size: int


class ChunksAreCounted(Check):
    """Acks report the total of accepted audio, retries count once, and refused chunks not at all."""

    __slots__ = ("_off_by", "_refused_bytes", "_unproven")

    requests = ("chunk",)
    judges = ("AUTH-2", "CHUNK-2", "CHUNK-3", "CHUNK-4", "CHUNK-5", "CHUNK-6", "CHUNK-7", "CHUNK-10")

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._unproven: tuple[_Unproven, ...] = ()
        self._refused_bytes = 0
        self._off_by = 0
        """Bytes that totals were too high by, each of which was found wrong."""

    def exchanged(self, exchange: Exchange) -> Outcomes:
        if self.known.lifetime.is_over(exchange):
            return ()
        if not exchange.is_right:
            self._turned_down(exchange, None)
            return ()
        if self.known.beliefs.are_lost:
            return ()  # perhaps only while the chunk was on its way
        if exchange.was.role not in ACCEPTABLE:
            return self._wrong(exchange, exchange.was.role)
        return self._counted(exchange, exchange.was.role) if exchange.accepted else ()

    def _wrong(self, exchange: Exchange, role: Role) -> Outcomes:
        if role is Role.LATE:
            what = f"chunk {exchange.sent.seq} after the end of ingestion"
            return (refused(self.known, "CHUNK-7", exchange, "late", what),)
        if role is Role.OLDER:
            return self._older(exchange)
        return self._ahead(exchange, role) if role in {Role.GAP, Role.FIRST} else ()

    def ended(self, ended: Ended) -> Iterator[Outcome]:
        for item in self._unproven:
            if item.requirement:
                why = "no right chunk was accepted after it to show that this was for its number"
                yield inconclusive(item.requirement, f"{item.what} was turned down, but {why}")
        self._unproven = ()

    def _counted(self, exchange: Exchange, role: Role) -> Outcomes:
        sent = exchange.sent
        total = self.known.reported_total(exchange)
        if total is None:
            field = self.known.profile.fields.received_bytes
            expected, happened = f"the ack reports the total as {field!r}", f"the ack is {exchange.body!r:.200}"
            return (failed("CHUNK-2", expected, happened),)
        possible = self.known.beliefs.totals_with(sent)
        if total not in possible:
            return self._off(sent, role, total, possible)
        if role is Role.RETRY:
            return passed("CHUNK-2"), passed("CHUNK-6")
        return (passed("CHUNK-2"), *self._proven()) if self._unproven else _COUNTED

    def _off(self, sent: Sent, role: Role, total: int, possible: set[int]) -> Iterator[Outcome]:
        if self._off_by and total + self._off_by in possible:
            self._off_by = 0  # right again: what was wrong was no more than what an ack said
            yield from _COUNTED
            return
        self._off_by += total - min(possible)
        expected = f"received_bytes {' or '.join(map(str, sorted(possible)))} for chunk {sent.seq} of {sent.size} bytes"
        happened = f"received_bytes {total} ({total - min(possible):+d})"
        if role is Role.RETRY and total == max(possible) + sent.size:
            yield failed("CHUNK-6", expected + ", since a retry counts once", happened)
        else:
            yield from self._miscounted(total - min(possible), expected, happened)

    def _miscounted(self, excess: int, expected: str, happened: str) -> Iterator[Outcome]:
        """Charge bytes too many to the chunk that was turned down and counted all the same, if that explains them."""
        guilty = [item for item in self._unproven if item.size == excess]
        if not guilty and self._refused_bytes == excess:
            guilty = list(self._unproven[-1:])
        requirement = "CHUNK-2"
        if guilty:
            item = guilty[-1]
            happened += f": {item.what} was turned down, and its {item.size} bytes counted"
            requirement = item.requirement if item.requirement == "AUTH-2" else "CHUNK-10"
            if item.requirement == "CHUNK-3":
                yield failed("CHUNK-4", expected, happened)
        self._forget()
        yield failed(requirement, expected, happened)

    def _proven(self) -> Iterator[Outcome]:
        for item in self._unproven:
            if item.requirement:
                yield passed(item.requirement)
            if item.requirement == "CHUNK-3":
                yield passed("CHUNK-4")
            yield passed("CHUNK-10")
        self._forget()

    def _forget(self) -> None:
        self._unproven = ()
        self._refused_bytes = 0

    def _ahead(self, exchange: Exchange, role: Role) -> Iterator[Outcome]:
        sent = exchange.sent
        pin: Refusal
        if role is Role.GAP:
            requirement, pin, what = "CHUNK-3", "gap", f"chunk {sent.seq}, which leaves a gap,"
        else:
            requirement, pin, what = "CHUNK-5", "first", f"chunk {sent.seq} as the first one"
        if exchange.accepted:
            yield failed(requirement, f"{what} is refused", exchange.in_words)
        else:
            yield from self._refused(exchange, requirement, pin, what)

    def _older(self, exchange: Exchange) -> Iterator[Outcome]:
        what = f"chunk {exchange.sent.seq}, older than the last,"
        if not exchange.accepted:
            yield from self._refused(exchange, "CHUNK-5", None, what)
            return
        total = self.known.reported_total(exchange)
        if total is None:
            self._turned_down(exchange, "CHUNK-5")
        elif total in self.known.beliefs.totals_with(exchange.sent):
            yield passed("CHUNK-5")
        else:
            expected = f"{what} adds nothing to {max(self.known.beliefs.totals_with(exchange.sent))}"
            yield failed("CHUNK-5", expected, f"answered {exchange.returned.status} with received_bytes {total}")

    def _refused(self, exchange: Exchange, requirement: str, pin: Refusal | None, what: str) -> Iterator[Outcome]:
        if not is_refusal(self.known, exchange, pin):
            yield inconclusive(requirement, f"{what} was {exchange.in_words}: neither an acceptance nor a refusal")
        elif differs := pinned(self.known, requirement, exchange, pin):
            yield differs
        else:
            self._turned_down(exchange, requirement)

    def _turned_down(self, exchange: Exchange, requirement: str | None) -> None:
        sent = exchange.sent
        if exchange.answer is Answer.UNTOUCHED or exchange.returned.status is None:
            return
        if sent.key != "right":
            requirement = "AUTH-2"
        what = f"chunk {sent.seq}" if sent.wellformed else "a malformed chunk"
        self._unproven = (*self._unproven[-7:], _Unproven(requirement, what, sent.size))
        self._refused_bytes += sent.size
