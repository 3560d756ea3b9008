"""Wrong requests that were refused, and by which requirement such a refusal changes nothing."""

from typing import Final

from harness.contract.messages import ACTIONS
from harness.history.observations import Kind, Sent
from harness.oracle.beliefs import Role
from harness.oracle.exchange import Exchange

AUTH: Final[dict[Kind, str]] = {"start": "AUTH-1", "chunk": "AUTH-2", "control": "AUTH-3", "attach": "AUTH-4"}
"""The requirement by which each endpoint refuses a request without a valid key."""

_UNDISTURBING: Final = {Role.GAP: "CHUNK-4", Role.OLDER: "CHUNK-10", Role.FIRST: "CHUNK-10"}
"""The requirement by which the refusal of such a chunk changes nothing."""

DISTURBED: Final = (*AUTH.values(), "CTRL-4", "CHUNK-4", "CHUNK-10")
"""What a disturbance may be."""


def disturbed(before: str | None, exchange: Exchange) -> str | None:
    """What disturbs the session after this exchange, where it was `before` until then; None for nothing."""
    sent = exchange.sent
    if exchange.accepted and exchange.is_right:
        return before and _still(before, sent)
    if not exchange.turned_down:
        return before
    if sent.key != "right":
        return AUTH[sent.kind]
    if sent.kind == "control" and sent.action not in ACTIONS:
        return "CTRL-4"
    return _UNDISTURBING.get(exchange.was.role, before) if sent.kind == "chunk" else before


def _still(before: str, accepted: Sent) -> str | None:
    if accepted.action == "keepalive":
        return before  # a server may ack those without a look at the session
    # A consumer may be let in to a session that is over: that shows nothing of what else was disturbed.
    return before if accepted.kind == "attach" and before != AUTH["attach"] else None
