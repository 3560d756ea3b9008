"""Ogg Opus (RFC 7845), decoded by FFmpeg."""

from collections.abc import Iterator

import av

from harness.sandbox.audio.frames import decode
from harness.sandbox.audio.ogg import OggPackets
from harness.sandbox.audio.samples import Block
from harness.sandbox.audio.unsupported import UnsupportedAudio


class OpusDecoder:
    """Bytes to mono samples at 48 kHz, the pre-skip (section 4.2) left out."""

    def __init__(self) -> None:
        self._packets = OggPackets()
        self._codec: av.AudioCodecContext | None = None

    def feed(self, data: bytes) -> Iterator[Block]:
        """Yields (rate, samples). Raises UnsupportedAudio."""
        yield from self._decode(self._packets.feed(data))

    def flush(self) -> Iterator[Block]:
        """What was held back behind a damaged page."""
        yield from self._decode(self._packets.flush())

    def _decode(self, packets: Iterator[bytes]) -> Iterator[Block]:
        for packet in packets:
            if self._codec is None:
                self._codec = _open(packet)
            elif not packet.startswith(b"OpusTags"):  # section 5.2
                yield from decode(self._codec, packet)


def _open(head: bytes) -> av.AudioCodecContext:
    """The identification header (section 5.1) is what FFmpeg's decoder wants to be told; it drops the pre-skip then."""
    if not head.startswith(b"OpusHead"):
        raise UnsupportedAudio("unsupported_ogg", f"an Ogg stream of {head[:8]!r}; accepted is Opus")
    codec = av.CodecContext.create("opus", "r")
    codec.extradata = head
    try:
        codec.open()
    except av.error.FFmpegError as error:
        raise UnsupportedAudio("malformed_opus", "the Opus header can't be read") from error
    return codec
