"""WAV, read as it comes: RIFF chunks (Microsoft and IBM, Multimedia Programming Interface 1.0) around 16-bit PCM."""

import struct
import sys
from collections.abc import Iterator

import numpy as np

from harness.sandbox.audio.samples import Block, Samples
from harness.sandbox.audio.unsupported import UnsupportedAudio

PCM, EXTENSIBLE = 0x0001, 0xFFFE
STREAMED = (0, 0xFFFFFFFF)  # sizes that writers leave when they can't go back to fill them in
LARGEST_FORMAT = 1024  # bytes; 40 are usual
RATES = range(4_000, 192_001)  # Hz; bounded so that a hostile header can't blow a chunk up to gigabytes


class WavDecoder:
    """Bytes to mono samples at the file's own rate."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._skip = 12  # RIFF, its size, WAVE: seen already
        self._rate = 0
        self._channels = 0
        self._left: int | None = None  # bytes of sound still to come; None in front of the sound

    def feed(self, data: bytes) -> Iterator[Block]:
        """Yields (rate, samples). Raises UnsupportedAudio."""
        self._pending += data
        if self._left is None:
            self._find_sound()
        if self._left is None:
            return
        width = 2 * self._channels
        size = min(self._left, len(self._pending)) // width * width
        pcm = np.frombuffer(bytes(self._pending[:size]), "<i2")
        samples: Samples = np.divide(pcm, 32_768, dtype=np.float32)
        self._left -= size
        del self._pending[: size if self._left >= width else None]  # chunks behind the sound are nothing to hear
        if size:
            yield self._rate, samples if self._channels == 1 else samples.reshape(-1, 2).mean(axis=1)

    def flush(self) -> Iterator[Block]:
        """Half a sample at the end is no sound."""
        return iter(())

    def _find_sound(self) -> None:
        """Walks from chunk to chunk, as far as the bytes reach."""
        while self._left is None:
            skipped = min(self._skip, len(self._pending))
            del self._pending[:skipped]
            self._skip -= skipped
            if self._skip or len(self._pending) < 8:
                return
            name, size = struct.unpack_from("<4sI", self._pending)
            if name == b"data":
                if not self._rate:
                    raise UnsupportedAudio("malformed_wav", "the WAV data begins before its format is told")
                self._left = sys.maxsize if size in STREAMED else size
                del self._pending[:8]
                return
            if name == b"fmt ":
                if size > LARGEST_FORMAT:
                    raise UnsupportedAudio("malformed_wav", f"the WAV format chunk claims {size} bytes")
                if len(self._pending) < 8 + size:
                    return
                self._read_format(bytes(self._pending[8 : 8 + size]))
            self._skip = 8 + size + size % 2

    def _read_format(self, chunk: bytes) -> None:
        if len(chunk) < 16:
            raise UnsupportedAudio("malformed_wav", f"the WAV format chunk has {len(chunk)} bytes, expected 16 or more")
        encoding, self._channels, self._rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
        if encoding == EXTENSIBLE and len(chunk) >= 26:
            (encoding,) = struct.unpack_from("<H", chunk, 24)  # the first two bytes of the sub-format's GUID
        if encoding != PCM or bits != 16:
            message = f"WAV encoding 0x{encoding:04x} with {bits} bits; accepted is PCM (0x0001) with 16 bits"
            raise UnsupportedAudio("unsupported_wav", message)
        if self._channels not in (1, 2) or self._rate not in RATES:
            message = f"WAV with {self._channels} channels at {self._rate} Hz; accepted are 1 or 2 at 4 to 192 kHz"
            raise UnsupportedAudio("unsupported_wav", message)
