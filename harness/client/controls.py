"""The control requests of a session. They know nothing of its driver, so that no circle holds the two together."""

from harness.client.clock import Clock
from harness.client.exchanges import Result
from harness.client.known_session import KnownSession
from harness.client.requests import Requests
from harness.client.retrying import Retrying
from harness.client.targets import Targets
from harness.history.observations import Sent
from harness.scenario.plan import Control


class Controls:
    """Sends them."""

    def __init__(
        self, requests: Requests, retrying: Retrying, session: KnownSession, targets: Targets, clock: Clock
    ) -> None:
        self._requests = requests
        self._retrying = retrying
        self._session = session
        self._targets = targets
        self._clock = clock

    def send(self, action: Control, tries: int | None = None) -> Result:
        """Send one, at most as often as the plan's policy says, or `tries` times; what came of it."""
        request, now = self._requests.control(self._targets.of("control"), action), self._clock.now()
        sent = Sent(0, "control", now, 0.0, key=action.key, action=action.action, reason=action.reason)
        result = self._retrying.send(sent, request, tries=tries if action.right else 1)
        if action.right and action.action == "keepalive":
            self._session.kept_alive(result)
        return result

    def keepalive(self) -> None:
        """Send a keepalive."""
        self.send(Control(action="keepalive"))
