"""How replies travel: what HTTP leaves to a server, and no client may stumble over."""

import gzip
from dataclasses import dataclass

from harness.sandbox.exchange import Served

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Shell:
    """The sandbox's own choices by default; a variant makes others."""

    keeps_alive: bool = True
    """Whether a connection serves more than one request (RFC 9112 section 9.3)."""
    tells_length: bool = True
    """Whether a reply says how long it is; else it comes in the chunked coding (RFC 9112 section 7.1)."""
    compresses: bool = False
    """Whether a client that takes gzip gets it (RFC 9110 section 8.4.1.3), but for streams."""
    packet: int | None = None
    """The most bytes of a body or stream that are written at a time."""

    def dress(self, served: Served, accepts: str) -> tuple[Headers, bytes]:
        """Headers and body as they go out, to a client whose `Accept-Encoding` is `accepts`."""
        headers, body = served.headers, served.body
        if self.compresses and "gzip" in accepts and served.outlet is None and body:
            body = gzip.compress(body)
            headers = [field for field in headers if field[0] != "Content-Length"]
            headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"), ("Content-Length", str(len(body)))]
        if not self.tells_length:
            headers = [field for field in headers if field[0] != "Content-Length"]
        if not self.keeps_alive:
            headers = [*headers, ("Connection", "close")]
        return [(name.lower(), value) for name, value in headers], body

    def cut(self, data: bytes) -> list[bytes]:
        """The writes that carry `data`: one at least."""
        size = self.packet or len(data)
        return [data[begin : begin + size] for begin in range(0, len(data), size or 1)] or [data]
