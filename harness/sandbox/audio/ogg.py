"""Ogg pages to packets (RFC 3533), skipping what is damaged."""

import struct
import zlib
from collections.abc import Iterator

HEADER = struct.Struct("<4sBBqIIIB")  # RFC 3533 section 6, up to the number of segments
CONTINUED = 0x01
LARGEST = 65_536  # bytes kept of a packet: more than any Opus packet; the rest of a longer one (tags) is dropped

MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def checksum(page: bytes) -> int:
    """CRC-32 as Ogg has it: the polynomial of zlib's, but with the bits in the other order and nothing inverted."""
    mirrored = zlib.crc32(page.translate(MIRROR), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


class OggPackets:
    """Bytes to the packets of the first logical stream. Constant memory: one page and one packet."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._serial: int | None = None
        self._page = -1  # number of the page before
        self._packet: bytearray | None = None  # the packet that goes on in the next page; None when its start was lost

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yields each packet that is complete and undamaged."""
        self._pending += data
        while (size := self._next_page()) is not None:
            page = bytes(self._pending[:size])
            if checksum(page[:22] + bytes(4) + page[26:]) == int.from_bytes(page[22:26], "little"):
                del self._pending[:size]
                yield from self._packets(page)
            else:
                del self._pending[:1]  # the next page may begin anywhere after this capture pattern

    def flush(self) -> Iterator[bytes]:
        """The pages that a damaged length had swallowed; the length is not waited for any longer."""
        while self._pending:
            del self._pending[:1]
            yield from self.feed(b"")

    def _next_page(self) -> int | None:
        """Moves to the next capture pattern; the size of the page there once all of it has come."""
        begin = self._pending.find(b"OggS")
        del self._pending[: begin if begin >= 0 else max(len(self._pending) - 3, 0)]
        if begin < 0 or len(self._pending) < HEADER.size:
            return None
        body = HEADER.size + self._pending[HEADER.size - 1]
        size = body + sum(self._pending[HEADER.size : body])
        return size if len(self._pending) >= max(body, size) else None

    def _packets(self, page: bytes) -> Iterator[bytes]:
        _, _, flags, _, serial, number, _, count = HEADER.unpack_from(page)
        if self._serial is None:
            self._serial = serial
        if serial != self._serial:
            return
        if not flags & CONTINUED:
            self._packet = bytearray()
        elif number != self._page + 1:
            self._packet = None
        self._page = number
        at = HEADER.size + count
        for lacing in page[HEADER.size : at]:
            if self._packet is not None:
                self._packet += page[at : min(at + lacing, at + LARGEST - len(self._packet))]
            at += lacing
            if lacing < 255:  # section 5: the segment that ends a packet
                if self._packet:
                    yield bytes(self._packet)
                self._packet = bytearray()
