"""Right requests are accepted: what else a refusal breaks depends on what came before it."""

from collections.abc import Iterator

from harness.contract.messages import ACTIONS
from harness.history.observations import ON_PURPOSE, Ended
from harness.oracle.beliefs import ACCEPTABLE
from harness.oracle.blame import blame, own_requirement, quiet
from harness.oracle.checks.base import Check
from harness.oracle.disturbance import AUTH
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.lifetime import Life
from harness.oracle.verdicts import Outcome, Outcomes, failed, inconclusive, passed


class RightRequestsAreAccepted(Check):
    """Charges the refusal of a right request to the one requirement that explains it best."""

    __slots__ = ("_cut_in_a_row", "_no_room")

    judges = (
        *AUTH.values(),
        "START-1",
        "START-2",
        "CHUNK-1",
        "CHUNK-4",
        "CHUNK-6",
        "CHUNK-8",
        "CHUNK-9",
        "CHUNK-10",
        "CTRL-1",
        "CTRL-2",
        "CTRL-3",
        "CTRL-4",
        "TTL-1",
        "STREAM-1",
    )

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._cut_in_a_row = 0
        self._no_room: Outcome | None = None

    def exchanged(self, exchange: Exchange) -> Outcomes:
        if not self._must_be_accepted(exchange):
            return ()
        cut_before = self._cut_in_a_row
        self._cut_in_a_row = cut_before + 1 if exchange.returned.failure == "cut" else 0
        if exchange.sent.kind == "start":
            self._no_room = self._turned_away(exchange)
        if exchange.accepted:
            return self._accepted(exchange)
        if self._no_room:
            return ()
        if exchange.turned_down:
            return self._refused(exchange)
        if self.known.strict and exchange.returned.failure not in ON_PURPOSE:
            return (self._unanswered(exchange, again=cut_before > 0),)
        return ()

    def _must_be_accepted(self, exchange: Exchange) -> bool:
        sent, was = exchange.sent, exchange.was
        if not exchange.is_right:
            return False
        if sent.kind == "start":
            return True
        if not was.ingesting:
            return False
        if sent.kind == "chunk":
            return was.role in ACCEPTABLE and exchange.is_sized_right
        if sent.kind == "attach":
            # A server may take a moment to notice that an earlier consumer has left.
            return not self.known.consumers.opened and "attach" not in self.known.unanswered
        # Finalize of a session without audio: the document is silent (CTRL-5).
        return sent.action in ACTIONS and (sent.action != "finalize" or self.known.beliefs.surely_has_audio())

    def _accepted(self, exchange: Exchange) -> Outcomes:
        taken = (passed("CHUNK-1"),) if exchange.is_next else ()
        if exchange.sent.kind == "start" or not quiet(self.known, exchange.sent.at):
            return taken
        return (*taken, passed("TTL-1")) if self.known.lifetime.life(exchange) is Life.SURE else taken

    def _refused(self, exchange: Exchange) -> Iterator[Outcome]:
        sent, what = exchange.sent, _named(exchange)
        requirement = blame(self.known, exchange)
        if requirement is None:
            return
        if sent.kind == "chunk" and "chunk" in self.known.unanswered:
            why = "while the server may still have been at the attempt before it, which got no reply"
            yield inconclusive(requirement, f"{what} was {exchange.in_words} {why}")
        elif requirement == "CTRL-3" and sent.kind == "chunk" and self._may_be_for_its_number(exchange):
            why = "past the first `expires_at`: either the keepalives did nothing, or no chunk is ever accepted"
            yield inconclusive(requirement, f"{what} was {exchange.in_words} {why}")
        elif sent.action == "keepalive" and requirement == "TTL-1":
            why = "after a long silence: either keepalive is refused, or the session had died early"
            yield inconclusive("CTRL-3", f"{what} was {exchange.in_words} {why}")
        else:
            expected = f"{what} is accepted{_SINCE.get(requirement, '')}"
            yield failed(requirement, expected, exchange.in_words)

    def _may_be_for_its_number(self, exchange: Exchange) -> bool:
        return exchange.returned.status not in _GONE and not self.known.beliefs.has_taken_chunks()

    def ended(self, ended: Ended) -> Outcomes:
        return (self._no_room,) if self._no_room else ()

    def _turned_away(self, exchange: Exchange) -> Outcome | None:
        """What is to be said of a refused start if none is accepted after it: there may just have been no room."""
        if exchange.answer is Answer.UNAUTHORISED and not self.known.strict:  # the gate has seen that its key is right
            return inconclusive("START-1", f"the start was {exchange.in_words}: is the API key right?")
        if exchange.answer is not Answer.REFUSED and exchange.returned.status not in {429, 503}:
            return None
        why = "perhaps for want of room: how many sessions there may be is open"
        return inconclusive("START-1", f"the start was {exchange.in_words}, {why}")

    def _unanswered(self, exchange: Exchange, *, again: bool) -> Outcome:
        sent, status, failure = exchange.sent, exchange.returned.status, exchange.returned.failure
        new = sent.kind == "chunk" and self.known.beliefs.may_be_new(sent)
        requirement = "CHUNK-1" if new else own_requirement(exchange)
        # One broken connection may be anybody's, a second one in a row is the server's; "come again" is no failure.
        servers = (status is not None and status >= 500) or failure in {"timeout", "malformed"} or again
        if servers and exchange.answer is not Answer.UNTOUCHED:
            return failed(requirement, f"{_named(exchange)} is accepted", exchange.in_words)
        return inconclusive(requirement, f"{_named(exchange)} was {exchange.in_words}")


_GONE = frozenset({404, 410})
"""Status codes that say that the session is no more."""
_SINCE = {
    "CHUNK-4": ", since a refused gap leaves the session as it was",
    "CHUNK-8": ", since sizes may vary",
    "CHUNK-9": ", since WAV, MP3 and Opus are each taken",
    "CTRL-3": ", since a keepalive has extended the TTL",
    "CTRL-4": ", since a refused action changes nothing",
    "CHUNK-10": ", since a refused chunk changes nothing",
    "START-2": ": the URL is the one of the start reply",
    "TTL-1": ", since `expires_at` has not come",
    **dict.fromkeys(AUTH.values(), ", since a request refused for its key changes nothing"),
}


def _named(exchange: Exchange) -> str:
    sent = exchange.sent
    if sent.kind == "chunk":
        return f"chunk {sent.seq}"
    return {"start": "the start", "attach": "the event stream"}.get(sent.kind, f"`{sent.action}`")
