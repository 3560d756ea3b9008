"""Which requests of a session are right: what a scenario's fault provokes is no failure of the SUT's."""

from harness.contract.messages import ACTIONS
from harness.history.observations import Returned, Sent


class Course:
    """Follows a session as its client sees it. Constant memory."""

    def __init__(self) -> None:
        self._next = 0
        self._attached = False
        self._over = False

    def is_right(self, sent: Sent) -> bool:
        """Whether a refusal of this request would be a failure; to be asked before `follow`."""
        if sent.key != "right" or not sent.wellformed:
            return False
        match sent.kind:
            case "chunk":
                return not self._over and int(sent.seq or 0) in {self._next, self._next - 1}
            case "attach":
                # A second consumer is refused; and one that comes back may be, until the SUT has noticed the leaving.
                return not self._attached
            case "control":
                return sent.action in ACTIONS and not self._over
        return True

    def follow(self, sent: Sent, returned: Returned) -> None:
        """Take in a request with its reply."""
        if sent.key != "right" or not returned.accepted:
            return
        if sent.kind == "chunk" and sent.seq == str(self._next):
            self._next += 1
        elif sent.kind == "attach":
            self._attached = True
        elif sent.action in {"finalize", "cancel"}:
            self.end()

    def end(self) -> None:
        """From now on every chunk comes too late, and the document says nothing of any control."""
        self._over = True
