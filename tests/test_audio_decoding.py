"""What the sandbox decodes: WAV, MP3 and Ogg Opus, in chunks cut anywhere, damaged or not."""

import io
import itertools
import struct

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.sandbox.audio import UnsupportedAudio
from harness.sandbox.audio.decode import StreamDecoder
from harness.sandbox.audio.ogg import OggPackets, checksum

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
SUBFORMAT_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def tone(rate, seconds=0.5, hertz=440):
    return np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate) * 8_000


def wav(pcm, rate=16_000, *, channels=1, bits=16, encoding=PCM, size=None, before=b"", tail=b""):
    width = channels * bits // 8
    form = struct.pack("<HHIIHH", encoding, channels, rate, rate * width, width, bits) + tail
    chunks = before + b"fmt " + struct.pack("<I", len(form)) + form + b"data"
    return b"RIFF\0\0\0\0WAVE" + chunks + struct.pack("<I", len(pcm) if size is None else size) + pcm


def encoded(container, codec, rate, seconds=0.5, channels=1, **options):
    file = io.BytesIO()
    layout = ["mono", "stereo"][channels - 1]
    with av.open(file, "w", format=container, options=options) as out:
        stream = out.add_stream(codec, rate=rate, layout=layout)
        pcm = np.repeat(tone(rate, seconds).astype(np.int16), channels)[None, :]
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout=layout)
        frame.sample_rate = rate
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def page(number, packets, flags=0, serial=1, unfinished=False):
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    if unfinished:
        lacing = lacing[:-1]
    body = b"".join(packets)
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, 0, serial, number, 0, len(lacing)) + lacing
    return head[:22] + checksum(head + body).to_bytes(4, "little") + head[26:] + body


def decode(*chunks):
    decoder = StreamDecoder()
    return np.concatenate([*map(decoder.feed, chunks), decoder.flush()])


def is_tone(samples, seconds):
    """A 440 Hz tone, of an amplitude near 8000 / 32768, whatever the delay."""
    middle = samples[2_000:-2_000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    hertz = spectrum.argmax() * 16_000 / len(middle)
    amplitude = np.sqrt(2 * np.mean(np.square(middle)))
    return (
        samples.dtype == np.float32
        and abs(len(samples) / 16_000 - seconds) < 0.1
        and abs(hertz - 440) < 3
        and abs(amplitude - 8_000 / 32_768) < 0.015  # LAME turns everything down by 5 %
    )


SOUND = tone(16_000).astype("<i2").tobytes()
LIST = b"LIST" + struct.pack("<I", 7) + b"INFOxyz\0"  # an odd size is padded
WAVS = {
    "plain": wav(SOUND),
    "size of zero": wav(SOUND, size=0),
    "size unknown": wav(SOUND, size=0xFFFFFFFF),
    "chunk in front": wav(SOUND, before=LIST),
    "chunk behind": wav(SOUND) + LIST,
    "long format chunk": wav(SOUND, tail=b"\0\0"),
    "extensible": wav(SOUND, encoding=EXTENSIBLE, tail=struct.pack("<HHIH", 22, 16, 4, PCM) + SUBFORMAT_TAIL),
    "stereo": wav(np.repeat(tone(16_000), 2).astype("<i2").tobytes(), channels=2),
    **{f"{rate} Hz": wav(tone(rate).astype("<i2").tobytes(), rate) for rate in (8_000, 11_025, 44_100, 48_000, 96_000)},
}
MP3S = {
    "16 kHz": encoded("mp3", "libmp3lame", 16_000),
    "44.1 kHz stereo": encoded("mp3", "libmp3lame", 44_100, channels=2),
    "no tag": encoded("mp3", "libmp3lame", 16_000, id3v2_version="0"),
    "big tag": b"ID3\4\0\0\0\0\x27\x08"
    + b"\xff\xfb\x90\0" * 1_250
    + encoded("mp3", "libmp3lame", 16_000, id3v2_version="0"),
    "tag behind": encoded("mp3", "libmp3lame", 16_000) + b"TAG" + bytes(125),
}
OPUSES = {
    "16 kHz": encoded("ogg", "libopus", 16_000),
    "48 kHz stereo": encoded("ogg", "libopus", 48_000, channels=2),
    "small pages": encoded("ogg", "libopus", 16_000, page_duration="20000"),
}
KINDS = {
    **{f"wav, {name}": data for name, data in WAVS.items()},
    **{f"mp3, {name}": data for name, data in MP3S.items()},
    **{f"opus, {name}": data for name, data in OPUSES.items()},
}


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_every_kind_is_heard_as_what_it_is(data):
    assert is_tone(decode(data), 0.5)


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_one_byte_at_a_time_gives_the_same_samples(data):
    assert np.array_equal(decode(*(data[at : at + 1] for at in range(len(data)))), decode(data))


CUTS = st.lists(st.integers(0, 100_000), max_size=8)
# Where FFmpeg's parser finds its way back into a damaged MP3 depends on where the pieces end.
CUT_BY_US = sorted(kind for kind in KINDS if not kind.startswith("mp3"))


def cut(data, cuts):
    borders = [0, *sorted(cut % len(data) for cut in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(borders)]


def damaged(kind, draw):
    data = bytearray(KINDS[kind])
    for at in draw.draw(st.lists(st.integers(200, len(data) - 1), max_size=5)):
        data[at] ^= 0xFF
    return bytes(data)


@given(st.sampled_from(sorted(KINDS)), CUTS)
@settings(deadline=None, max_examples=60)
def test_chunks_cut_anywhere_give_the_same_samples(kind, cuts):
    assert np.array_equal(decode(*cut(KINDS[kind], cuts)), decode(KINDS[kind]))


@given(st.sampled_from(CUT_BY_US), CUTS, st.data())
@settings(deadline=None, max_examples=60)
def test_so_they_do_when_the_stream_is_damaged(kind, cuts, draw):
    data = damaged(kind, draw)
    assert np.array_equal(decode(*cut(data, cuts)), decode(data))


@given(st.sampled_from(sorted(set(KINDS) - set(CUT_BY_US))), CUTS, st.data())
@settings(deadline=None, max_examples=60)
def test_a_damaged_mp3_is_heard_as_far_as_it_can_be(kind, cuts, draw):
    assert len(decode(*cut(damaged(kind, draw), cuts))) <= 2 * len(decode(KINDS[kind]))


def test_wav_samples_are_exact():
    assert decode(wav(struct.pack("<3h", -32_768, 0, 16_384))).tolist() == [-1.0, 0.0, 0.5]


def test_encoders_priming_is_left_out():
    for data in (MP3S["16 kHz"], OPUSES["16 kHz"]):
        heard, said = decode(data)[1_000:7_000], tone(16_000)[1_000:7_000] / 32_768
        assert np.corrcoef(heard, said)[0, 1] > 0.99  # in phase: a quarter of a period, 9 samples, would give 0


@pytest.mark.parametrize("name", ["mp3", "opus"])
def test_what_follows_damage_is_heard(name):
    data = {
        "mp3": encoded("mp3", "libmp3lame", 16_000, seconds=4),
        "opus": encoded("ogg", "libopus", 16_000, seconds=4, page_duration="200000"),
    }[name]
    middle = len(data) // 2
    heard = decode(data[:middle] + b"\xff" * 300 + data[middle + 300 :])
    assert 3.0 < len(heard) / 16_000 < 4.1
    assert is_tone(heard[-16_000:], 1.0)


UNSUPPORTED = {
    "text": (b"Dear diary, today I", "unknown_format"),
    "flac": (b"fLaC\0\0\0\x22" + bytes(34), "unknown_format"),
    "aac": (b"\xff\xf1\x50\x80" + bytes(20), "unknown_format"),
    "mp2": (b"\xff\xfd\x90\x00" + bytes(20), "unknown_format"),
    "avi": (b"RIFF\0\0\0\0AVI " + bytes(20), "unknown_format"),
    "24 bits": (wav(bytes(96), bits=24), "unsupported_wav"),
    "8 bits": (wav(bytes(96), bits=8), "unsupported_wav"),
    "float": (wav(bytes(96), bits=32, encoding=FLOAT), "unsupported_wav"),
    "extensible float": (
        wav(SOUND, encoding=EXTENSIBLE, tail=struct.pack("<HHIH", 22, 16, 4, FLOAT) + SUBFORMAT_TAIL),
        "unsupported_wav",
    ),
    "six channels": (wav(bytes(96), channels=6), "unsupported_wav"),
    "no channel": (wav(bytes(96), channels=0), "unsupported_wav"),
    "1 Hz": (wav(bytes(96), rate=1), "unsupported_wav"),
    "no format": (b"RIFF\0\0\0\0WAVEdata\4\0\0\0" + bytes(4), "malformed_wav"),
    "short format": (b"RIFF\0\0\0\0WAVEfmt \2\0\0\0" + bytes(8), "malformed_wav"),
    "endless format": (b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\x7f" + bytes(8), "malformed_wav"),
    "vorbis": (page(0, [b"\x01vorbis" + bytes(23)], flags=2), "unsupported_ogg"),
    "too short": (b"RIFF", "unknown_format"),
}


@pytest.mark.parametrize(("data", "code"), UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_anything_else_is_unsupported(data, code):
    for pieces in ([data], [data[at : at + 1] for at in range(len(data))]):
        with pytest.raises(UnsupportedAudio) as caught:
            decode(*pieces)
        assert caught.value.code == code
        assert caught.value.message == str(caught.value)


def test_a_broken_opus_header_is_malformed():
    with pytest.raises(UnsupportedAudio) as caught:
        decode(page(0, [b"OpusHead" + bytes(3)], flags=2))
    assert caught.value.code == "malformed_opus"


def test_nothing_is_no_audio_and_no_error():
    assert decode().size == decode(b"", b"").size == 0


def test_a_wav_without_sound_is_silence():
    assert decode(wav(b"", size=4)).size == 0


def packets(*chunks):
    demuxer = OggPackets()
    fed = [packet for chunk in chunks for packet in demuxer.feed(chunk)]
    return fed + list(demuxer.flush())


def test_the_checksum_is_that_of_the_standard():
    # CRC-32/MPEG-2's polynomial without its inversions; by the definition, 0x04c11db7 for the one-bit message.
    assert checksum(b"\x00\x00\x00\x00") == 0
    assert checksum(b"\x01") == 0x04C11DB7


OGG_TABLE = {
    "packets of one page": ([page(0, [b"a", b"bc"])], [b"a", b"bc"]),
    "a whole number of segments": ([page(0, [b"x" * 510, b"y"])], [b"x" * 510, b"y"]),
    "over two pages": (
        [page(0, [b"a", b"x" * 255], unfinished=True), page(1, [b"y" * 9], flags=1)],
        [b"a", b"x" * 255 + b"y" * 9],
    ),
    "its first half lost": ([page(0, [b"a"]), page(2, [b"y" * 9, b"b"], flags=1)], [b"a", b"b"]),
    "its second half lost": ([page(0, [b"x" * 255], unfinished=True), page(2, [b"b"])], [b"b"]),
    "another stream between": ([page(0, [b"a"]), page(0, [b"other"], serial=2), page(1, [b"b"])], [b"a", b"b"]),
    "rubbish between": ([page(0, [b"a"]), b"rubbish OggS rubbish", page(1, [b"b"])], [b"a", b"b"]),
    "a damaged page": ([page(0, [b"a"]), page(1, [b"bad"])[:-1] + b"!", page(2, [b"c"])], [b"a", b"c"]),
    "a length that lies": ([page(0, [b"a"])[:26] + b"\xff\xff\xff", page(1, [b"b"])], [b"b"]),
    "cut off": ([page(0, [b"a"]), page(1, [b"bcd"])[:-1]], [b"a"]),
}


@pytest.mark.parametrize(("pages", "expected"), OGG_TABLE.values(), ids=OGG_TABLE)
def test_ogg_pages_to_packets(pages, expected):
    data = b"".join(pages)
    assert packets(data) == expected
    assert packets(*(data[at : at + 1] for at in range(len(data)))) == expected
