"""Requests beside the session: metrics, artifacts, and the end of sessions that the scenario does not go on with."""

from typing import Final

from harness.client.clock import Clock
from harness.client.deployment import Deployment
from harness.client.exchanges import Exchanges, Result
from harness.client.requests import Requests
from harness.client.transport import Request
from harness.client.urls import ForeignOriginError, target
from harness.contract.messages import MalformedReplyError, read_start
from harness.contract.references import references
from harness.history.log import Log
from harness.history.observations import Kind, Sent, Withheld
from harness.scenario.plan import Control, Metrics

_REASON: Final = "this session is not used"


class Asides:
    """Sends them once, and writes down what comes of them; nothing goes to another origin."""

    def __init__(
        self, deployment: Deployment, requests: Requests, exchanges: Exchanges, clock: Clock, log: Log
    ) -> None:
        self._sut = deployment
        self._requests = requests
        self._exchanges = exchanges
        self._clock = clock
        self._log = log
        # Beside the API, or at the top: the document has it as a path like all others, a gateway need not.
        self._metrics = list(dict.fromkeys([deployment.prefix, ""]))

    def metrics(self, _: Metrics) -> None:
        """Look at the metrics, where they are found."""
        for prefix in list(self._metrics):
            path = self._path("metrics", self._sut.profile.metrics, prefix)
            if path is None:
                return
            if self._get("metrics", path).accepted:
                self._metrics = [prefix]
                return

    def artifacts(self, done: object) -> None:
        """Fetch what the payload of a `done` refers to."""
        for reference in references(done):
            if (path := self._path("artifact", reference, self._sut.prefix)) is not None:
                self._get("artifact", path)

    def discard(self, started: Result) -> None:
        """Cancel the session that a start has opened, if it did."""
        try:
            url = read_start(started.body, self._sut.profile.fields.start).control_url
        except MalformedReplyError:
            return
        if (path := self._path("discard", url, self._sut.prefix)) is not None:
            self._ask("discard", self._requests.control(path, Control(action="cancel", reason=_REASON)))

    def _get(self, kind: Kind, path: str) -> Result:
        return self._ask(kind, self._requests.get(path), self._log.blot.out_of_json(path))

    def _ask(self, kind: Kind, request: Request, path: str = "") -> Result:
        return self._exchanges.send(Sent(0, kind, self._clock.now(), 0.0, path=path), request)

    def _path(self, kind: Kind, url: str, prefix: str) -> str | None:
        """What to ask for at the user's origin; None where the URL leads elsewhere."""
        try:
            return target(self._sut.origin, prefix, url)
        except ForeignOriginError:
            self._log.add(Withheld(kind, self._clock.now(), url))
            return None
