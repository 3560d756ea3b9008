"""What a simulated caller says: laid out, rendered, encoded; and the user's own files."""

import io
import itertools
import math
import struct
import wave
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.scenario.audio import Recipe, lay_out, load_file, render
from harness.scenario.audio.recipe import RATES, SHAPES

EVERY_KIND = [(form, rate) for form, rates in RATES.items() for rate in rates]
SHORT = Recipe(length=3)


def wav(pcm=bytes(32_000), rate=16_000, channels=1, width=2):
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((channels, width, rate, 0, "NONE", ""))
        out.writeframes(pcm)
    return file.getvalue()


def dbfs(pcm):
    return 20 * math.log10(np.sqrt(np.mean(np.square(pcm.astype(float)))) / 32_768)


def samples(audio):
    return np.frombuffer(audio.data, "<i2", offset=audio.lead)


def tones(piece, rate):
    """The two strongest of the DTMF frequencies, at their exact values."""
    table = (697, 770, 852, 941, 1209, 1336, 1477)
    times = np.arange(len(piece)) / rate
    power = {hertz: abs(np.dot(piece, np.exp(-2j * np.pi * hertz * times))) for hertz in table}
    return set(sorted(power, key=power.get)[-2:])


recipes = st.builds(
    Recipe,
    speech=st.sampled_from(sorted(SHAPES)),
    length=st.floats(0.5, 600),
    mark=st.integers(0, 99),
)


@given(recipes)
def test_utterances_lie_apart_in_order_and_within_the_length(recipe):
    spoken = lay_out(recipe)
    assert [utterance.number for utterance in spoken] == list(range(len(spoken)))
    longest, pause = SHAPES[recipe.speech].utterance[1], SHAPES[recipe.speech].pause
    for utterance in spoken:
        assert 1.498 <= utterance.end - utterance.start <= longest + 0.002
        assert utterance.end <= recipe.length
    for before, after in itertools.pairwise(spoken):
        assert pause[0] - 0.002 <= after.start - before.end <= pause[1] + 0.002


@given(recipes)
def test_everything_but_the_mark_is_said_alike_in_every_session(recipe):
    strip = [msgspec.structs.replace(utterance, mark="") for utterance in lay_out(recipe)]
    other = msgspec.structs.replace(recipe, mark=(recipe.mark + 1) % 100, format="opus", rate=48_000)
    assert strip == [msgspec.structs.replace(utterance, mark="") for utterance in lay_out(other)]


@pytest.mark.parametrize("speech", ["two-speakers", "one-speaker", "monologue", "hesitant"])
def test_a_short_call_already_speaks(speech):
    (only,) = lay_out(Recipe(speech=speech, length=2, mark=7))
    assert only.start <= 0.4
    assert only.mark == "0700"


def test_speakers_take_turns_only_where_there_are_two():
    assert {utterance.speaker for utterance in lay_out(Recipe())} == {"A", "B"}
    assert {utterance.speaker for utterance in lay_out(Recipe(speech="one-speaker"))} == {"A"}
    assert lay_out(Recipe(speech="silence")) == lay_out(Recipe(speech="noise")) == ()


def test_marks_start_again_after_a_hundred_utterances():
    spoken = lay_out(Recipe(length=600, mark=42))
    assert [spoken[number].mark for number in (0, 99, 100)] == ["4200", "4299", "4200"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"speech": "song"}, "speech is 'song'; expected one of two-speakers"),
        ({"length": 0}, "length is 0 s"),
        ({"format": "opus", "rate": 44_100}, "rate is 44100 Hz; opus is rendered at one of 8000, 12000"),
        ({"level": 3}, "level is 3 dBFS"),
        ({"noise": -120}, "noise is -120 dBFS"),
        ({"mark": 100}, "mark is 100"),
    ],
)
def test_a_recipe_says_what_is_wrong_with_it(wrong, message):
    with pytest.raises(ValueError, match=message):
        Recipe(**wrong)


@pytest.mark.parametrize(("form", "rate"), EVERY_KIND)
def test_every_kind_is_a_file_of_that_kind_rate_and_length(form, rate):
    audio = render(Recipe(length=2, format=form, rate=rate))
    with av.open(io.BytesIO(audio.data), "r") as file:
        codec = file.streams.audio[0].codec_context
        length = sum(frame.samples for frame in file.decode(audio=0)) / codec.sample_rate
    assert {"wav": "pcm_s16le", "mp3": "mp3", "opus": "opus"}[form] in codec.name
    assert codec.sample_rate == (48_000 if form == "opus" else rate)
    assert length == pytest.approx(2, abs=0.05)
    assert audio.duration == 2
    assert audio.name == f"two-speakers.{form}"


def test_rendering_again_gives_the_same_bytes():
    for recipe in (SHORT, Recipe(length=3, format="mp3", noise=-50), Recipe(length=3, format="opus")):
        assert render.__wrapped__(recipe) == render.__wrapped__(recipe)
    assert render(SHORT) is render(Recipe(length=3))


def test_sound_lies_where_the_utterances_are_said_to_lie():
    audio = render(Recipe(length=10))
    sound = samples(audio)
    rest = np.ones(len(sound), bool)
    for utterance in audio.utterances:
        spoken = slice(round(utterance.start * 16_000), round(utterance.end * 16_000))
        assert dbfs(sound[spoken]) == pytest.approx(-20, abs=3)
        rest[spoken] = False
    assert not sound[rest].any()


@pytest.mark.parametrize("level", [-35, -10])
def test_speech_and_noise_are_as_loud_as_asked(level):
    speech = samples(render(Recipe(length=30, level=level)))
    assert dbfs(speech[speech != 0]) == pytest.approx(level, abs=2.5)
    noise = samples(render(Recipe(speech="silence", length=7, noise=level)))
    assert dbfs(noise) == pytest.approx(level, abs=0.2)
    assert dbfs(samples(render(Recipe(speech="noise", length=7, level=level)))) == pytest.approx(level, abs=0.2)
    assert not samples(render(Recipe(speech="silence", length=7, level=level))).any()


def test_an_utterance_begins_with_its_digits():
    audio = render(Recipe(length=3, mark=59))
    start = round(audio.utterances[0].start * 16_000)
    digits = [tones(samples(audio)[start + at : start + at + 960], 16_000) for at in range(0, 6_400, 1_600)]
    assert digits == [{770, 1336}, {852, 1477}, {941, 1336}, {941, 1336}]  # Q.23: 5, 9, 0, 0


def test_media_time_of_wav_is_exact():
    audio = render(SHORT)
    assert [audio.time_of(offset) for offset in (0, 44, 44 + 32_000, len(audio.data), 10**9)] == [0, 0, 1, 3, 3]


@pytest.mark.parametrize("form", ["mp3", "opus"])
def test_media_time_of_compressed_audio_is_proportional(form):
    audio = render(Recipe(length=3, format=form))
    half = len(audio.data) / 2
    assert audio.time_of(0) == 0
    assert audio.time_of(int(half)) == pytest.approx(1.5, abs=0.01)
    assert audio.time_of(len(audio.data)) == 3


@pytest.mark.parametrize(("form", "rate"), [("wav", 44_100), ("mp3", 16_000), ("opus", 48_000)])
def test_a_file_of_the_users_own(tmp_path, form, rate):
    rendered = render(Recipe(length=3, format=form, rate=rate))
    path = tmp_path / f"call.{form}"
    path.write_bytes(rendered.data)
    audio = load_file(path)
    assert (audio.data, audio.digest, audio.format, audio.rate) == (rendered.data, rendered.digest, form, rate)
    assert audio.name == f"call.{form}"
    assert audio.duration == pytest.approx(3, abs=0.1)
    assert audio.time_of(len(audio.data)) == pytest.approx(audio.duration)
    assert audio.utterances == ()


def test_chunks_around_the_sound_of_a_wav_cost_no_time(tmp_path):
    plain = wav(bytes(64_000))
    extra = b"LIST" + struct.pack("<I", 5_000) + bytes(5_000)
    path = tmp_path / "tagged.wav"
    path.write_bytes(plain[:12] + extra + plain[12:] + extra)
    audio = load_file(path)
    assert audio.duration == 2
    assert [audio.time_of(offset) for offset in (5_052, 5_052 + 32_000, 5_052 + 64_000, 80_000)] == [0, 1, 2, 2]


@given(cut=st.integers(60, 32_000))
@settings(deadline=None, max_examples=20)
def test_a_wav_that_was_cut_off_lasts_as_long_as_what_is_left(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("cut") / "cut.wav"
    path.write_bytes(wav()[:cut])
    assert load_file(path).duration == pytest.approx((cut - 44) / 32_000, abs=1 / 16_000)


def flac():
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as out:
        stream = out.add_stream("flac", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16_000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 16_000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"Dear diary, today I", "begins with b'Dear dia', which is none of the known formats"),
        (b"x", "begins with b'x'"),
        (b"\xff", r"begins with b'\\xff'"),
        (flac(), "begins with b'fLaC"),
        (wav(bytes(48_000), width=3), "a wav file that holds pcm_s24le"),
        (wav(bytes(16_000), width=1), "a wav file that holds pcm_u8"),
        (wav(b""), "holds no audio"),
        (b"RIFF\x10\0\0\0WAVEhello world", "begins like wav but can't be read"),
        (b"OggS and then nothing of the kind" * 40, "begins like ogg but can't be read"),
        (b"ID3 and then nothing of the kind" * 40, "begins like mp3 but can't be read"),
    ],
)
def test_other_files_are_refused_with_what_is_accepted(tmp_path, data, message):
    path = tmp_path / "call.wav"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=f"call.wav: .*{message}.*accepted are 16-bit PCM WAV, MP3 and Ogg Opus"):
        load_file(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere.mp3: can't be read \(No such file or directory\)"):
        load_file(tmp_path / "nowhere.mp3")


def test_a_file_of_the_same_name_elsewhere_is_another_file(tmp_path, monkeypatch):
    for seconds in (1.0, 2.0):
        folder = tmp_path / str(seconds)
        folder.mkdir()
        monkeypatch.chdir(folder)
        Path("call.wav").write_bytes(render(Recipe(length=seconds)).data)
        assert load_file(Path("call.wav")).duration == pytest.approx(seconds, abs=0.01)
