"""Requests that are sent until something comes of them, as the plan's retry policy has it."""

from typing import Final

from harness.client.exchanges import Exchanges, Result
from harness.client.known_session import KnownSession
from harness.client.passing_time import OverError, PassingTime
from harness.client.transport import Request
from harness.history.observations import Kind, Sent
from harness.scenario.plan import Retry

_SHORTEST: Final = 0.1
"""Seconds that a pause counts for, at least, where the tries are to last for a while."""


class Retrying:
    """Sends the requests of one session; a retry is the same request again, with the same number."""

    def __init__(self, exchanges: Exchanges, session: KnownSession, time: PassingTime, policy: Retry) -> None:
        self._exchanges = exchanges
        self._session = session
        self._time = time
        self._policy = policy
        self._in_doubt: set[Kind] = set()
        self._usual = self._pauses(policy.tries)

    def in_doubt(self, kind: Kind) -> bool:
        """Whether the last request of that kind got no answer, so that the SUT may have heard it all the same."""
        return kind in self._in_doubt

    def send(self, sent: Sent, request: Request, *, drop_reply: bool = False, tries: int | None = None) -> Result:
        """Send it, at most as often as the policy says, or `tries` times; the last result."""
        kind = sent.kind
        for pause in self.pauses(tries):
            in_doubt = self.in_doubt(kind)
            result = self._exchanges.send(sent, request, drop_reply=drop_reply)
            self._session.heard(result)
            if result.lost:
                self._in_doubt.add(kind)
            elif result.status != 409:
                self._in_doubt.discard(kind)
            # A server still at the attempt before this one, or without room for another session, refuses for now.
            for_now = result.status == 409 and (in_doubt or kind == "start")
            again = result.trouble in self._policy.on or for_now
            if pause is None or not again:
                break
            self._time.rest(pause)
        return result

    def pauses(self, tries: int | None = None, *, lasting: float = 0.0) -> list[float | None]:
        """After each try but the last, the seconds until the next one; more tries, if they are to last so long."""
        return self._pauses(tries or self._policy.tries, lasting) if tries or lasting else self._usual

    def _pauses(self, tries: int, lasting: float = 0.0) -> list[float | None]:
        pauses: list[float | None] = []
        while len(pauses) < tries - 1 or lasting > 0:
            pauses.append(pause := min(self._policy.first * 2 ** len(pauses), self._policy.most))
            lasting -= max(pause, _SHORTEST)
        return [*pauses, None]


def insist(result: Result, what: str) -> None:
    """Go no further unless it was accepted."""
    if not result.accepted:
        raise OverError("failed", f"{what} {result.in_words}")
