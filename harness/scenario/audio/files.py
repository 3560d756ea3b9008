"""The user's own audio: read once, checked, measured."""

import hashlib
import io
from functools import lru_cache
from pathlib import Path

import av

from harness.errors import UsageError
from harness.scenario.audio.recipe import Audio, Format

ACCEPTED = "accepted are 16-bit PCM WAV, MP3 and Ogg Opus files"

CONTAINERS: dict[str, tuple[Format, frozenset[str]]] = {
    "wav": ("wav", frozenset({"pcm_s16le"})),
    "mp3": ("mp3", frozenset({"mp3", "mp3float"})),
    "ogg": ("opus", frozenset({"opus", "libopus"})),
}
"""By FFmpeg's name of the container: the format, and FFmpeg's names of the codecs that it may hold."""


def load_file(path: Path) -> Audio:
    """Reads a file whole. Raises UsageError when it is missing, empty, or nothing that the API takes."""
    return _load(path, path.absolute())


@lru_cache(maxsize=32)  # every session of a run sends the same bytes, even if the file changes meanwhile
def _load(path: Path, absolute: Path) -> Audio:
    try:
        data = absolute.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: can't be read ({error.strerror}); {ACCEPTED}") from error
    if not data:
        raise UsageError(f"{path}: the file is empty; {ACCEPTED}")
    container = _container(data)
    if container is None:
        raise UsageError(f"{path}: begins with {data[:8]!r}, which is none of the known formats; {ACCEPTED}")
    try:
        return _measured(data, container, path)
    except av.error.FFmpegError as error:
        raise UsageError(f"{path}: begins like {container} but can't be read as such; {ACCEPTED}") from error


def _container(data: bytes) -> str | None:
    """Told by the first bytes, so that FFmpeg never guesses: it would open playlists, and what they name."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    if data[:4] == b"OggS":
        return "ogg"
    if data[:3] == b"ID3" or (data[0] == 0xFF and data[1:2] >= b"\xe0"):  # a tag, or the sync word of a frame
        return "mp3"
    return None


def _measured(data: bytes, container: str, path: Path) -> Audio:
    form, codecs = CONTAINERS[container]
    with av.open(io.BytesIO(data), "r", format=container) as file:
        # Duration and size are counted rather than believed: a file that was cut off still has its old header.
        packets = [packet for packet in file.demux(audio=0) if packet.size] if file.streams.audio else []
        if not packets:
            raise UsageError(f"{path}: holds no audio; {ACCEPTED}")
        stream = file.streams.audio[0]
        codec = stream.codec_context.name
        if codec not in codecs:
            raise UsageError(f"{path}: a {container} file that holds {codec}; {ACCEPTED}")
        duration = float(sum(packet.duration or 0 for packet in packets) * packets[0].time_base)
        rate = stream.codec_context.sample_rate
    lead = packets[0].pos or 0
    return Audio(
        data=data,
        duration=duration,
        format=form,
        rate=rate,
        name=path.name,
        digest=hashlib.sha256(data).hexdigest(),
        lead=lead,
        sound=sum(packet.size for packet in packets) if form == "wav" else len(data) - lead,
    )
