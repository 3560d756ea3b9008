"""MP3 (ISO/IEC 11172-3 and 13818-3 layer III), cut into frames and decoded by FFmpeg."""

from collections.abc import Iterator
from typing import cast

import av

from harness.sandbox.audio.frames import decode
from harness.sandbox.audio.samples import Block

DECODER_DELAY = 529  # samples by which every MP3 decoder lags


def _encoder_delay(frame: bytes) -> int | None:
    """Samples of priming named by a Xing/Info frame; None when the frame is sound.

    Such a frame stands first, looks like silence, and holds, counted from its name: 4 bytes of flags, frames (4), bytes
    (4), a table (100) and a quality (4) as the flags say, the encoder's name (9), 12 bytes, and the delay in 12 bits.
    """
    begin = max(frame.find(name, 4, 44) for name in (b"Xing", b"Info"))
    if begin < 0:
        return None
    flags = frame[begin + 7]
    encoder = begin + 8 + sum(size for bit, size in enumerate((4, 4, 100, 4)) if flags >> bit & 1)
    return int.from_bytes(frame[encoder + 21 : encoder + 23]) >> 4


def _tag_size(head: bytes) -> int:
    """Bytes of an ID3v2 tag in front (id3v2.4.0-structure section 3.1), whose size has 7 bits in each byte."""
    if head[:3] != b"ID3":
        return 0
    size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    return 10 + size + (10 if head[5] & 0x10 else 0)


class Mp3Decoder:
    """Bytes to mono samples at the stream's own rate. The first feed must hold the first ten bytes."""

    def __init__(self) -> None:
        self._codec = cast("av.AudioCodecContext", av.CodecContext.create("mp3float", "r"))
        self._skip: int | None = None  # bytes of the tag still to come
        self._priming: int | None = None  # samples of priming still to come; None in front of the first frame

    def feed(self, data: bytes) -> Iterator[Block]:
        """Yields (rate, samples)."""
        if self._skip is None:
            self._skip = _tag_size(data)
        sound = data[self._skip :]
        self._skip -= len(data) - len(sound)
        if sound:  # no bytes would tell the parser that the end has come
            yield from self._decode(map(bytes, self._codec.parse(sound)))

    def flush(self) -> Iterator[Block]:
        """The last frame, which only the end of the stream completes."""
        yield from self._decode(map(bytes, self._codec.parse(None)))

    def _decode(self, packets: Iterator[bytes]) -> Iterator[Block]:
        for packet in packets:
            if self._priming is None:
                delay = _encoder_delay(packet)
                self._priming = 0 if delay is None else delay + DECODER_DELAY
                if delay is not None:
                    continue
            for rate, samples in decode(self._codec, packet):
                dropped = min(self._priming, len(samples))
                self._priming -= dropped
                yield rate, samples[dropped:]
