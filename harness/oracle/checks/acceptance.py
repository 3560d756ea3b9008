"""Right requests are accepted: what else a refusal breaks depends on what came before it."""

from collections.abc import Iterator

from harness.contract.lifecycle import State
from harness.contract.messages import ACTIONS
from harness.oracle.beliefs import ACCEPTABLE, Role
from harness.oracle.blame import blame, own_requirement, quiet
from harness.oracle.checks.base import Check
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.knowledge import AUTH, Life
from harness.oracle.verdicts import Outcome, failed, inconclusive, passed


class RightRequestsAreAccepted(Check):
    """Charges the refusal of a right request to the one requirement that explains it best."""

    judges = (
        *AUTH.values(),
        "START-1",
        "CHUNK-1",
        "CHUNK-4",
        "CHUNK-6",
        "CTRL-1",
        "CTRL-2",
        "CTRL-3",
        "CTRL-4",
        "TTL-1",
        "STREAM-1",
    )

    _unanswered = 0

    def exchanged(self, exchange: Exchange) -> Iterator[Outcome]:
        if not self._must_be_accepted(exchange):
            return
        sent, answer = exchange.sent, exchange.answer
        cut_before = self._unanswered
        self._unanswered = self._unanswered + 1 if exchange.returned.failure == "cut" else 0
        if answer is Answer.ACCEPTED:
            yield from self._accepted(exchange)
        elif answer in {Answer.REFUSED, Answer.UNAUTHORISED}:
            requirement = blame(self.known, exchange)
            if requirement is not None and requirement in self.judges:
                yield self._refusal(requirement, exchange)
        elif self.known.strict and exchange.returned.failure not in {"reply-dropped", "upload-aborted"}:
            new = sent.kind == "chunk" and self.known.beliefs.may_be_new(sent)
            requirement = "CHUNK-1" if new else own_requirement(self.known, sent)
            status, failure = exchange.returned.status, exchange.returned.failure
            # One broken connection may be anybody's, a second one in a row is the server's; "come again" is no failure.
            servers = (status is not None and status >= 500) or failure in {"timeout", "malformed"} or cut_before
            if servers and answer is not Answer.UNTOUCHED:
                yield failed(requirement, f"{_named(exchange)} is accepted", exchange.in_words)
            else:
                yield inconclusive(requirement, f"{_named(exchange)} was {exchange.in_words}")

    def _must_be_accepted(self, exchange: Exchange) -> bool:
        sent, known = exchange.sent, self.known
        if not exchange.is_right:
            return False
        if sent.kind == "start":
            return True
        if not known.beliefs.surely(State.INGESTING):
            return False
        if sent.kind == "chunk":
            return known.beliefs.role(sent) in ACCEPTABLE
        if sent.kind == "attach":
            return known.stream is None
        # Finalize of a session without audio: the document is silent (CTRL-5).
        return sent.action in ACTIONS and (sent.action != "finalize" or known.beliefs.surely_has_audio())

    def _accepted(self, exchange: Exchange) -> Iterator[Outcome]:
        if exchange.sent.kind == "chunk" and self.known.beliefs.role(exchange.sent) is Role.RIGHT:
            yield passed("CHUNK-1")
        in_time = exchange.sent.kind != "start" and self.known.life(exchange) is Life.SURE
        if in_time and quiet(self.known, exchange.sent):
            yield passed("TTL-1")

    def _refusal(self, requirement: str, exchange: Exchange) -> Outcome:
        what = _named(exchange)
        if exchange.sent.kind == "start":
            why = "perhaps for want of room: how many sessions a key may hold is open"
            return inconclusive(requirement, f"{what} was {exchange.in_words}, {why}")
        if exchange.sent.kind == "chunk" and self.known.unanswered:
            why = "while the server may still have been at the attempt before it, which got no reply"
            return inconclusive(requirement, f"{what} was {exchange.in_words} {why}")
        if exchange.sent.action == "keepalive" and requirement == "TTL-1":
            why = "after a long silence: either keepalive is refused, or the session had died early"
            return inconclusive("CTRL-3", f"{what} was {exchange.in_words} {why}")
        return failed(requirement, f"{what} is accepted{_SINCE.get(requirement, '')}", exchange.in_words)


_SINCE = {
    "CHUNK-4": ", since a refused gap leaves the session as it was",
    "CTRL-3": ", since a keepalive has extended the TTL",
    "CTRL-4": ", since a refused action changes nothing",
    "TTL-1": ", since `expires_at` has not come",
    **dict.fromkeys(AUTH.values(), ", since a request refused for its key changes nothing"),
}


def _named(exchange: Exchange) -> str:
    sent = exchange.sent
    if sent.kind == "chunk":
        return f"chunk {sent.seq}"
    return {"start": "the start", "attach": "the event stream"}.get(sent.kind, f"`{sent.action}`")
