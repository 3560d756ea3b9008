"""Before anything is judged: is there a Live Capture API at the host, and does it take our key?"""

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
from harness.history.observations import Sent
from harness.scenario.plan import Control, Start

_ROUNDS = 3


def preflight(deployment: Deployment, connect: Connect, clock: Clock) -> tuple[float, float] | None:
    """Start a session a few times, and cancel it again; return what the `Date` fields say of the server's clock.

    Raise `UnusableError` where no session can be had at all: that is no matter for the judge.
    """
    server_clock = ServerClock()
    transport = connect()
    exchanges = Exchanges(transport, clock, Log(()), deployment.profile.waits.request)
    requests = Requests(deployment.key, deployment.profile)
    try:
        for _ in range(_ROUNDS):
            request = requests.start(deployment.prefix + START_PATH, Start(filename="preflight.wav"))
            result = exchanges.send(Sent(0, "start", 0.0, 0.0), request)
            _insist(result, deployment)
            server_clock.learn(result.date, result.sent, result.at)
            try:
                url = read_start(result.body, deployment.profile.fields.start).control_url
                path = target(deployment.origin, deployment.prefix, url)
            except (MalformedReplyError, ForeignOriginError):
                continue  # a matter for the judge
            cancel = requests.control(path, Control(action="cancel", reason="preflight"))
            result = exchanges.send(Sent(0, "control", 0.0, 0.0), cancel)
            server_clock.learn(result.date, result.sent, result.at)
    finally:
        transport.close()
    return server_clock.offset


def _insist(result: Result, deployment: Deployment) -> None:
    if result.accepted:
        return
    host, status = deployment.origin + deployment.prefix, result.status
    if status is None:
        raise UnusableError(f"{host} can't be reached: {result.detail}. Is the server running, and the host right?")
    if status in {401, 403}:
        raise UnusableError(
            f"{host} refused the API key ({status}). Give a valid one in LIVE_API_KEY, or by --api-key."
        )
    if status == 404:
        raise UnusableError(f"{host} has no {START_PATH} (404). Is this a Live Capture API, and the path prefix right?")
    if status == 503:
        raise UnusableError(f"{host} starts no session (503). Is live capture enabled there?")
    raise UnusableError(f"{host} starts no session: it answered {status}. {_excerpt(result)}")


def _excerpt(result: Result) -> str:
    return f"The reply says: {result.body!r:.200}" if result.body else ""
