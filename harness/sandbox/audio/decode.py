"""Audio of any accepted kind, in chunks cut anywhere, to one stream of samples."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from harness.sandbox.audio.mp3 import Mp3Decoder
from harness.sandbox.audio.opus import OpusDecoder
from harness.sandbox.audio.resample import Resampler
from harness.sandbox.audio.samples import EMPTY, Block, Samples
from harness.sandbox.audio.unsupported import UnsupportedAudio
from harness.sandbox.audio.wav import WavDecoder

SNIFFED = 12  # bytes: the longest signature, RIFF....WAVE


class Decoder(Protocol):
    """One kind of audio."""

    def feed(self, data: bytes) -> Iterator[Block]: ...
    def flush(self) -> Iterator[Block]: ...


def sniff(head: bytes) -> Decoder:
    """The decoder for a stream that begins so. Raises UnsupportedAudio."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return WavDecoder()
    if head[:4] == b"OggS":
        return OpusDecoder()
    if head[:3] == b"ID3" or _is_mp3(head):
        return Mp3Decoder()
    message = f"the audio begins with {head[:4]!r}; accepted are 16-bit PCM WAV, MP3 and Ogg Opus"
    raise UnsupportedAudio("unknown_format", message)


def _is_mp3(head: bytes) -> bool:
    """A frame header: eleven bits of sync, layer III, and neither bit rate, sampling rate nor version reserved."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer, bit_rate, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bit_rate != 15 and rate != 3


class StreamDecoder:
    """Bytes in, mono float32 samples at 16 kHz out. Where the chunks are cut makes no difference to the samples.

    Damaged MP3 frames and Opus packets are left out. Both methods raise UnsupportedAudio, once enough was seen to know.
    """

    def __init__(self) -> None:
        self._head = b""
        self._decoder: Decoder | None = None
        self._resampler = Resampler(0)

    def feed(self, data: bytes) -> Samples:
        """The samples that these bytes complete."""
        if self._decoder is None:
            self._head += data
            if len(self._head) < SNIFFED:
                return EMPTY
            self._decoder = sniff(self._head)
            data, self._head = self._head, b""
        return self._join(self._decoder.feed(data))

    def flush(self) -> Samples:
        """The samples that the end of the stream completes."""
        if self._decoder is not None:
            return self._join(self._decoder.flush())
        if self._head:
            raise UnsupportedAudio("unknown_format", f"{len(self._head)} bytes are too few to tell what audio it is")
        return EMPTY

    def _join(self, blocks: Iterable[Block]) -> Samples:
        resampled = [EMPTY]
        for rate, samples in blocks:
            if rate != self._resampler.rate:  # at the start, or where an MP3 stream changes its rate
                self._resampler = Resampler(rate)
            resampled.append(self._resampler.feed(samples))
        return np.concatenate(resampled)
