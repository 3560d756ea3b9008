"""Before anything is judged: is there a Live Capture API, does it take our key, and for how many sessions?"""

from typing import Any, NamedTuple

from harness.client.clock import Clock
from harness.client.deployment import Deployment
from harness.client.exchanges import Exchanges, Result
from harness.client.requests import Requests
from harness.client.transport import Connect
from harness.client.urls import ForeignOriginError, target
from harness.contract.messages import START_PATH, MalformedReplyError, read_start
from harness.contract.server_clock import ServerClock
from harness.errors import UnusableError
from harness.history.log import Log
from harness.history.observations import Observation, Returned, Sent
from harness.scenario.plan import Control, Start

_ROUNDS = 4
_APART = 0.27
"""Seconds between rounds: spread over a second, whole-second `Date` fields tell most of the server's clock."""


class Preflight(NamedTuple):
    """What is worth knowing before the first session."""

    server_offset: tuple[float, float] | None
    """Bounds on (the SUT's clock - our monotonic clock), from `Date` fields."""
    one_at_a_time: bool
    """A second session under the same key was refused while the first one lived (CHUNK-12 is open)."""
    second_start: str
    """What answered it: a status code, or that no reply came."""


def preflight(deployment: Deployment, connect: Connect, clock: Clock) -> Preflight:
    """Start a few sessions, two of them side by side, and cancel them again.

    Raise `UnusableError` where no session can be had at all: that is no matter for the judge.
    """
    visit = _Visit(deployment, connect, clock)
    one_at_a_time, second_start = False, ""
    try:
        for n in range(_ROUNDS):
            first = visit.start()
            if n == 0:
                visit.insist(first)
            second = visit.start() if first.accepted else first
            visit.cancel_all()
            one_at_a_time = one_at_a_time or (second.status is not None and 400 <= second.status < 500)
            if not first.accepted:
                break  # a key that is freed late, or a limit on starts: enough is known
            second_start = f"{second.status or 'no reply'}"
            clock.sleep(_APART)
        return Preflight(visit.server_clock.offset, one_at_a_time, second_start)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("before the first session; nothing has been judged") from None
    finally:
        visit.leave()


class _Visit:
    def __init__(self, deployment: Deployment, connect: Connect, clock: Clock) -> None:
        self._deployment = deployment
        self._transport = connect()
        self._log = Log([self._hear], deployment.key)
        self._said: Any = None
        self._exchanges = Exchanges(self._transport, clock, self._log, deployment.profile.waits.request)
        self._requests = Requests(deployment.key, deployment.profile)
        self._live: list[Result] = []
        self.server_clock = ServerClock()

    def start(self) -> Result:
        request = self._requests.start(self._deployment.prefix + START_PATH, Start(filename="preflight.wav"))
        result = self._learnt(self._exchanges.send(Sent(0, "start", 0.0, 0.0), request))
        if result.accepted:
            self._live.append(result)
        return result

    def cancel_all(self) -> None:
        while self._live:
            self._cancel(self._live.pop())

    def leave(self) -> None:
        try:
            self.cancel_all()
        finally:
            self._transport.close()

    def _cancel(self, started: Result) -> None:
        try:
            url = read_start(started.body, self._deployment.profile.fields.start).control_url
            path = target(self._deployment.origin, self._deployment.prefix, url)
        except (MalformedReplyError, ForeignOriginError):
            return  # a matter for the judge
        cancel = self._requests.control(path, Control(action="cancel", reason="preflight"))
        self._learnt(self._exchanges.send(Sent(0, "control", 0.0, 0.0), cancel))

    def insist(self, result: Result) -> None:
        if not result.accepted:
            raise UnusableError(_why(result, self._said, self._deployment.origin + self._deployment.prefix))

    def _hear(self, observation: Observation) -> None:
        if isinstance(observation, Returned):
            self._said = observation.body  # as it may be shown: without the key

    def _learnt(self, result: Result) -> Result:
        self.server_clock.learn(result.date, result.sent, result.at)
        return result


def _why(result: Result, said: Any, host: str) -> str:
    match result.status:
        case None if result.failure == "malformed":
            why = f"was reached, but does not speak HTTP: {result.detail}. Are the host and the port right?"
        case None:
            why = f"can't be reached: {result.detail}. Is the server running, and the host right?"
        case 401 | 403:
            why = f"refused the API key ({result.status}). Give a valid one in LIVE_API_KEY, or by --api-key."
        case 404:
            why = f"has no {START_PATH} (404). Is this a Live Capture API, and the path prefix right?"
        case 301 | 302 | 303 | 307 | 308:
            why = f"redirects {START_PATH} elsewhere ({result.status}). Give the host that it leads to."
        case 429:
            why = "starts no session now: too many requests (429). Come again later, or use another key."
        case 503:
            why = "starts no session (503). Is live capture enabled there?"
        case _:
            reply = f" The reply says: {said!r:.200}" if said else ""
            why = f"starts no session: it answered {result.status}.{reply}"
    return f"{host} {why}"
