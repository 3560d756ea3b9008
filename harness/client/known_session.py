"""What a client knows of its own session: where its requests go, and how long it lives."""

from harness.client.exchanges import Result
from harness.client.urls import target
from harness.contract.lease import Lease
from harness.contract.messages import StartReply, read_instant, read_start
from harness.contract.profile import Profile
from harness.contract.server_clock import ServerClock
from harness.history.observations import Kind


class KnownSession:
    """Learns from every reply."""

    __slots__ = ("_clock", "_profile", "_reply", "_targets", "lease", "slowest")

    def __init__(self, profile: Profile, server_offset: tuple[float, float] | None) -> None:
        self._profile = profile
        self._clock = ServerClock(server_offset)
        self._reply: StartReply | None = None
        self._targets: dict[str, str] = {}
        self.lease = Lease(self._clock)
        self.slowest = 0.0
        """Seconds that the slowest of its replies took."""

    @property
    def started(self) -> bool:
        """Whether the SUT has started it."""
        return self._reply is not None

    def start(self, result: Result) -> None:
        """Read the start reply; raise `MalformedReplyError` where it can't be used."""
        self._reply = read_start(result.body, self._profile.fields.start)
        self.lease.promise(self._reply.expires_at, result.sent, result.at)

    def url(self, kind: Kind) -> str:
        """The URL that the SUT gave for requests of that kind, as it stood."""
        if self._reply is None:
            return ""
        return {"attach": self._reply.events_url, "chunk": self._reply.chunk_url}.get(kind, self._reply.control_url)

    def target(self, kind: Kind, origin: str, prefix: str) -> str:
        """Where such a request goes; raise `ForeignOriginError` where it must not."""
        url = self.url(kind)
        if url not in self._targets:  # which are asked for before every request
            self._targets[url] = target(origin, prefix, url)
        return self._targets[url]

    def heard(self, result: Result) -> None:
        """The server has heard of the session, and has told its time."""
        self._clock.learn(result.date, result.sent, result.at)
        self.lease.touch(result.at)
        self.slowest = max(self.slowest, result.at - result.sent)

    def kept_alive(self, result: Result) -> None:
        """A keepalive was answered; its reply may name a new `expires_at`."""
        try:
            expires_at = read_instant(result.body[self._profile.fields.start.expires_at])
        except (KeyError, TypeError, ValueError):
            return
        self.lease.promise(expires_at, result.sent, result.at)
