"""Content codings of a reply's body (RFC 9110 8.4). We ask for none; some servers compress all the same."""

import zlib
from typing import Final

from harness.client.transport import TransportError

BODY_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of a whole reply's body, or of what one read of a stream may unfold to."""

_EITHER: Final = 32 + zlib.MAX_WBITS  # zlib tells the two formats apart by their first bytes


class ContentDecoder:
    """Unfolds the gzip or deflate coding of one body, as it comes."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(_EITHER)
        self._fed = False

    def decode(self, data: bytes) -> bytes:
        """What `data` lets be known of the body; raise `TransportError`."""
        unfolded = b""
        while data:
            if self._zlib.eof:  # RFC 1952 2.2: "a gzip file consists of a series of members"
                self._zlib = zlib.decompressobj(_EITHER)
            self._fed = True
            try:
                unfolded += self._zlib.decompress(data, BODY_LIMIT - len(unfolded) + 1)
            except zlib.error:
                raise TransportError(
                    "malformed", "the body is not in the content coding that the reply names"
                ) from None
            if len(unfolded) > BODY_LIMIT:
                raise TransportError("malformed", f"the compressed body unfolds to more than {BODY_LIMIT:,} bytes")
            data = self._zlib.unused_data
        return unfolded

    def finish(self) -> None:
        """The body is over; raise `TransportError` where the coding is not."""
        if self._fed and not self._zlib.eof:
            raise TransportError("malformed", "the compressed body stops before its end")


def content_decoder(coding: str) -> ContentDecoder | None:
    """What the value of `Content-Encoding` calls for; raise `TransportError` for a coding that can't be read."""
    match coding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip" | "deflate":
            return ContentDecoder()
    raise TransportError(
        "malformed", "the reply has a content coding that was not asked for, and is not gzip or deflate"
    )
