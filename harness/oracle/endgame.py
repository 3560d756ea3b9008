"""How the session is brought to its end: finalize and cancel, asked for and acked."""

from harness.history.observations import Sent


class Endgame:
    """Of one session."""

    __slots__ = ("cancel_reason", "cancel_sent", "cancelled", "finalize_sent", "finalized", "stream")

    def __init__(self) -> None:
        self.finalize_sent: float | None = None
        self.finalized = False
        """A finalize was acked."""
        self.cancel_sent: float | None = None
        self.cancel_reason: str | None = None
        self.cancelled = False
        """A cancel was acked."""
        self.stream: int | None = None
        """The event stream that was open when finalize or cancel was first asked for: it is to be told how it ends."""

    @property
    def has_begun(self) -> bool:
        """Whether the end of the session has been asked for."""
        return self.finalize_sent is not None or self.cancel_sent is not None

    def asking(self, sent: Sent, stream: int | None) -> None:
        """A request is about to leave, and may act at any moment from now on."""
        if sent.action is None or sent.action not in {"finalize", "cancel"} or sent.key != "right":
            return
        if not self.has_begun:
            self.stream = stream
        if sent.action == "finalize":
            self.finalize_sent = sent.at
        else:
            self.cancel_sent, self.cancel_reason = sent.at, sent.reason

    def acked(self, action: str) -> None:
        """The server has heard it."""
        if action == "finalize":
            self.finalized = True
        elif action == "cancel":
            self.cancelled = True

    def turned_down(self, action: str) -> None:
        """By a session that takes chunks: nothing was asked."""
        if action == "finalize":
            self.finalize_sent = None
        elif action == "cancel":
            self.cancel_sent = None
