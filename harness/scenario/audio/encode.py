"""From PCM to the bytes of a file, in process: WAV by the standard library, MP3 and Ogg Opus by PyAV."""

import io
import wave
from typing import Literal, NamedTuple

import av
import numpy as np

from harness.scenario.audio.recipe import Format


class _Target(NamedTuple):
    container: str
    codec: Literal["libmp3lame", "libopus"]
    bit_rate: int
    options: dict[str, str]


COMPRESSED: dict[Format, _Target] = {
    "mp3": _Target("mp3", "libmp3lame", 64_000, {}),
    # 32 kbit/s: at 24 the encoder now and then leaves a hole in a tone of a mark.
    # Pages of 0.2 s instead of a second: what live capture would send, so that little speech waits for its page.
    "opus": _Target("ogg", "libopus", 32_000, {"page_duration": "200000"}),
}
# Without it the muxers put a random stream number and library versions into the file.
REPRODUCIBLE = {"fflags": "+bitexact"}


def encode(pcm: bytes, form: Format, rate: int) -> bytes:
    """Encodes mono 16-bit little-endian PCM at `rate` Hz."""
    return _wav(pcm, rate) if form == "wav" else _compressed(pcm, form, rate)


def _wav(pcm: bytes, rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", "not compressed"))
        out.writeframes(pcm)
    return file.getvalue()


def _compressed(pcm: bytes, form: Format, rate: int) -> bytes:
    target = COMPRESSED[form]
    file = io.BytesIO()
    with av.open(file, "w", format=target.container, options=REPRODUCIBLE | target.options) as out:
        stream = out.add_stream(target.codec, rate=rate, layout="mono", options={"flags": "+bitexact"})
        stream.bit_rate = target.bit_rate
        frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm, np.int16)[None, :], format="s16", layout="mono")
        frame.sample_rate = rate
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()
