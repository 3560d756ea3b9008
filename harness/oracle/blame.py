"""Which requirement is broken when a right request is refused."""

import re
from typing import Final

from harness.oracle.beliefs import Role
from harness.oracle.exchange import Exchange
from harness.oracle.knowledge import NOT_THERE, Knowledge
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
    if past is not None and sent.at >= past.low > known.lifetime.served_at:
        return "CTRL-3"
    leads_nowhere = exchange.returned.status in NOT_THERE and sent.kind not in known.found
    if leads_nowhere and sent.kind != "start" and not quiet(known, sent.at):
        return "START-2"
    if sent.kind == "chunk" and not known.beliefs.has_taken_chunks():
        # No chunk was ever accepted: whatever came before it need not be the reason.
        return _for_what_it_is(exchange) or "CHUNK-1"
    return known.disturbance or _undisturbed(known, exchange)


def _undisturbed(known: Knowledge, exchange: Exchange) -> str:
    """The same where nothing that was refused before can be the reason."""
    sent = exchange.sent
    if sent.kind != "attach" and quiet(known, sent.at):
        return "TTL-1"
    if exchange.is_next:
        return "CHUNK-8" if known.pushed.is_new_size(sent.size) else _for_what_it_is(exchange) or "CHUNK-1"
    return own_requirement(exchange)


def quiet(known: Knowledge, at: float) -> bool:
    """Whether the client had been silent for a good part of the TTL, so that the session had only its lease to live."""
    ttl = known.lifetime.lease.ttl
    return ttl is not None and at - known.lifetime.alive_at >= ttl.high / 4


def _for_what_it_is(exchange: Exchange) -> str:
    """The requirement that a refused chunk breaks which is told, in words, that it is of the wrong size or format."""
    body = f"{exchange.returned.body}"
    if exchange.sent.size < _ADVISED and _SIZE.search(body):
        return "CHUNK-8"
    return "CHUNK-9" if exchange.returned.status == 415 or speaks_of_format(body) else ""


def speaks_of_format(text: str) -> bool:
    """Whether an error is about the audio's format."""
    return _FORMAT.search(text) is not None


_FORMAT: Final = re.compile(
    r"format|codec|mime|media.?type|decod|transcod|unsupported|\b(wav|mp3|mpeg|opus|ogg)\b", re.IGNORECASE
)
_SIZE: Final = re.compile(r"\b(size|too few|too small|too short|smaller|shorter|at least|minimum)", re.IGNORECASE)
_ADVISED: Final = 32_000
"""Bytes: "between 32-128 kB"; none of those sizes is small."""
