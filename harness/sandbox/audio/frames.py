"""FFmpeg's decoders, made safe against damaged packets."""

from collections.abc import Iterator

import av
import numpy as np

from harness.sandbox.audio.samples import Block


def decode(codec: av.AudioCodecContext, packet: bytes) -> Iterator[Block]:
    """Yields (rate, mono samples); nothing for a packet that can't be decoded."""
    if not packet:
        return  # FFmpeg would take it for the end of the stream
    try:
        for frame in codec.decode(av.Packet(packet)):
            yield frame.sample_rate, frame.to_ndarray().mean(axis=0, dtype=np.float32)
    except av.error.FFmpegError:
        return
