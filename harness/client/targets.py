"""Where the requests of a session go."""

from harness.client.clock import Clock
from harness.client.deployment import Deployment
from harness.client.known_session import KnownSession
from harness.client.passing_time import OverError
from harness.client.urls import ForeignOriginError
from harness.history.log import Log
from harness.history.observations import Kind, Withheld


class Targets:
    """Those of one session, from the URLs of its start reply: never at an origin that the user did not name."""

    def __init__(self, deployment: Deployment, session: KnownSession, clock: Clock, log: Log) -> None:
        self._sut = deployment
        self._session = session
        self._clock = clock
        self._log = log

    def of(self, kind: Kind) -> str:
        """Where requests of that kind go; end the session where there is no such place."""
        if not self._session.started:
            raise OverError("failed", "there is no session")
        try:
            return self._session.target(kind, self._sut.origin, self._sut.prefix)
        except ForeignOriginError:
            self._log.add(Withheld(kind, self._clock.now(), self._session.url(kind)))
            raise OverError("failed", f"the {kind} URL leads to another origin") from None
