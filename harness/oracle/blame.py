"""Which requirement is broken when a right request is refused."""

from harness.history.observations import Sent
from harness.oracle.beliefs import Role
from harness.oracle.exchange import Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.lifetime import Life


def own_requirement(exchange: Exchange) -> str:
    """The requirement by which a right request is accepted, whatever came before it."""
    sent = exchange.sent
    if sent.kind == "chunk":
        return "CHUNK-6" if exchange.was.role is Role.RETRY else "CHUNK-1"
    if sent.kind == "control":
        return {"finalize": "CTRL-1", "cancel": "CTRL-2"}.get(sent.action or "", "CTRL-3")
    return "STREAM-1" if sent.kind == "attach" else "START-1"


def blame(known: Knowledge, exchange: Exchange) -> str | None:
    """The requirement that the refusal of this right request breaks; None where it may be expired."""
    sent = exchange.sent
    if sent.kind != "start" and known.lifetime.life(exchange) is not Life.SURE:
        return None
    past = known.lifetime.extended_past
    if past is not None and sent.at >= past.low > known.lifetime.alive_at:
        return "CTRL-3"
    if sent.kind == "chunk" and not known.beliefs.has_taken_chunks():
        return "CHUNK-1"  # no chunk was ever accepted: whatever came before it need not be the reason
    if known.disturbance:
        return known.disturbance
    return "TTL-1" if sent.kind != "attach" and quiet(known, sent) else own_requirement(exchange)


def quiet(known: Knowledge, sent: Sent) -> bool:
    """Whether the client had been silent for a good part of the TTL, so that the session had only its lease to live."""
    ttl = known.lifetime.lease.ttl
    return ttl is not None and sent.at - known.lifetime.alive_at >= ttl.high / 4
