"""What the sandbox hears: utterances, speakers, marks and measures, in what the harness says and in made-up sounds."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.sandbox.audio import Listener
from harness.sandbox.audio.diarize import Speakers
from harness.sandbox.audio.dtmf import digits
from harness.sandbox.audio.features import measure
from harness.sandbox.audio.utterances import UtteranceDetector
from harness.scenario.audio import Recipe, render
from harness.scenario.audio.recipe import RATES

RATE = 16_000
SPEAKERS = {"A": "speaker_1", "B": "speaker_2"}
EVERY_KIND = [(form, rate) for form, rates in RATES.items() for rate in rates]
KINDS = [("wav", 16_000), ("mp3", 44_100), ("opus", 24_000)]


def hear(data, *cuts):
    listener = Listener()
    borders = [0, *sorted(cuts), len(data)]
    heard = [one for begin, end in itertools.pairwise(borders) for one in listener.feed(data[begin:end])]
    return heard + listener.finish()


def check_round_trip(audio):
    heard = hear(audio.data)
    assert [one.text for one in heard] == [" ".join(("digits", *said.mark)) for said in audio.utterances]
    assert [one.speaker for one in heard] == [SPEAKERS[said.speaker] for said in audio.utterances]
    for one, said in zip(heard, audio.utterances, strict=True):
        assert one.start == pytest.approx(said.start, abs=0.05)
        assert one.end == pytest.approx(said.end, abs=0.15)
        assert 0.5 < one.confidence <= 1


@pytest.mark.parametrize(("form", "rate"), EVERY_KIND)
def test_what_is_said_is_heard(form, rate):
    check_round_trip(render(Recipe(length=12, format=form, rate=rate, mark=73)))


@pytest.mark.parametrize(("form", "rate"), KINDS)
@pytest.mark.parametrize("level", [-35, -10])
@pytest.mark.parametrize("distance", [25, None])
def test_quiet_and_loud_with_noise_and_without(form, rate, level, distance):
    noise = None if distance is None else level - distance
    check_round_trip(render(Recipe(length=12, format=form, rate=rate, level=level, noise=noise, mark=8)))


@pytest.mark.parametrize("mark", [11, 26, 59, 84])
def test_every_digit_is_heard(mark):
    check_round_trip(render(Recipe(length=60, mark=mark)))


@pytest.mark.parametrize("speech", ["one-speaker", "monologue"])
def test_one_speaker_is_one_speaker(speech):
    check_round_trip(render(Recipe(speech=speech, length=40)))


@pytest.mark.parametrize(("form", "rate"), EVERY_KIND)
def test_nothing_is_heard_in_steady_noise(form, rate):
    assert hear(render(Recipe("noise", 6, form, rate)).data) == []


@pytest.mark.parametrize(("form", "rate"), KINDS)
@pytest.mark.parametrize("noise", [None, -60, -45, -30, -10])
def test_nothing_is_heard_in_silence(form, rate, noise):
    assert hear(render(Recipe("silence", 6, form, rate, noise=noise)).data) == []


@given(st.sampled_from(KINDS), st.lists(st.integers(0, 100_000), max_size=6))
@settings(deadline=None, max_examples=30)
def test_chunks_cut_anywhere_are_heard_alike(kind, cuts):
    form, rate = kind
    data = render(Recipe(length=7, format=form, rate=rate)).data
    whole = hear(data)
    assert len(whole) == 2
    assert hear(data, *(cut % len(data) for cut in cuts)) == whole


@pytest.mark.parametrize(("form", "rate"), KINDS)
def test_utterances_are_heard_while_the_call_goes_on(form, rate):
    audio = render(Recipe(length=20, format=form, rate=rate))
    listener = Listener()
    step = len(audio.data) // 200
    for begin in range(0, len(audio.data), step):
        for one in listener.feed(audio.data[begin : begin + step]):
            assert one.end <= listener.duration < one.end + 1.0
    assert listener.duration == pytest.approx(20, abs=0.1)


def test_a_lost_chunk_shows_in_the_marks():
    audio = render(Recipe(length=20))
    lost = [audio.lead + round(seconds * 32_000) for seconds in (audio.utterances[1].start, audio.utterances[2].start)]
    heard = hear(audio.data[: lost[0]] + audio.data[lost[1] :])
    assert [one.text for one in heard][:2] == ["digits 0 0 0 0", "digits 0 0 0 2"]


# The parts, on sounds whose properties are known by construction.


def sine(hertz, seconds, level=0.1):
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def silence(seconds):
    return np.zeros(int(seconds * RATE), np.float32)


def detect(*sounds):
    detector = UtteranceDetector()
    found = [utterance for sound in sounds for utterance in detector.feed(sound)]
    return [(utterance.start, utterance.end) for utterance in found + detector.flush()]


@pytest.mark.parametrize(
    ("sounds", "expected"),
    [
        ([silence(1), sine(200, 1), silence(1)], [(1, 2)]),
        ([silence(1), sine(200, 1)], [(1, 2)]),
        ([silence(1), sine(200, 0.24), silence(1)], []),
        ([silence(1), sine(200, 0.26), silence(1)], [(1, 1.26)]),
        ([silence(1), sine(200, 1), silence(0.32), sine(200, 1), silence(1)], [(1, 3.32)]),
        ([silence(1), sine(200, 1), silence(0.36), sine(200, 1), silence(1)], [(1, 2), (2.36, 3.36)]),
        ([silence(1), *[sine(200, 0.9), silence(0.1)] * 20, silence(1)], [(1, 15.9), (16, 20.9)]),
        ([], []),
        ([sine(200, 0.01)], []),
    ],
    ids=["one", "at the end", "too short", "just enough", "a gap within", "a pause between", "split", "none", "crumb"],
)
def test_utterances_begin_and_end_with_the_sound(sounds, expected):
    assert detect(*sounds) == expected
    assert detect(*(piece for sound in sounds for piece in np.array_split(sound, 7))) == expected


def noise(seconds):
    return np.random.default_rng(1).normal(scale=0.1, size=int(seconds * RATE)).astype(np.float32)


def test_noise_behind_a_codecs_first_silence_is_no_utterance():
    assert detect(silence(0.05), noise(8)) == []


def test_noise_that_begins_later_is_soon_taken_for_the_room():
    assert detect(silence(1), noise(20)) == [(1, pytest.approx(6, abs=0.1))]


def test_an_utterance_holds_its_own_samples():
    sound = sine(200, 1)
    (utterance,) = UtteranceDetector().feed(np.concatenate((silence(1), sound, silence(1))))
    assert np.array_equal(utterance.samples, sound)


def test_a_detector_keeps_no_more_than_the_utterance_under_way():
    detector = UtteranceDetector()
    for _ in range(60):
        detector.feed(np.concatenate((sine(200, 0.9), silence(0.1))))
        assert sum(map(len, detector._speech)) + len(detector._rest) <= 15 * RATE


def key(low, high, seconds=0.06, level=0.1):
    return np.concatenate((sine(low, seconds, level) + sine(high, seconds, level), silence(0.04)))


ONE, TWO, NINE = key(697, 1209), key(697, 1336), key(852, 1477)


@pytest.mark.parametrize(
    ("sound", "expected"),
    [
        ([ONE, TWO, NINE], "129"),
        ([ONE, ONE, ONE], "111"),
        ([NINE * 0.05, NINE * 0.05], "99"),
        ([ONE, TWO, sine(150, 1)], "12"),
        ([sine(150, 1), ONE], ""),
        ([ONE, silence(0.2), TWO], "1"),
        ([key(697, 1209, 0.015), sine(150, 1)], ""),
        ([sine(697, 0.5)], ""),
        ([sine(697, 0.06) + 0.1 * sine(1209, 0.06)], ""),
        ([noise(1)], ""),
        ([silence(1)], ""),
        ([silence(0.01)], ""),
        ([], ""),
    ],
    ids=[
        *(
            "three",
            "one again",
            "quiet",
            "then a voice",
            "after a voice",
            "after a gap",
            "too short",
            "one tone",
            "twist",
        ),
        *("noise", "silence", "crumb", "none"),
    ],
)
def test_digits_at_the_beginning(sound, expected):
    assert digits(np.concatenate([silence(0), *sound])) == expected


def voice(hertz, seconds=1.0):
    return sum(sine(hertz * n, seconds, 0.1 / n) for n in range(1, 8))


@pytest.mark.parametrize("hertz", [80, 120, 150.5, 210, 300, 390])
def test_pitch_of_a_voice(hertz):
    measures = measure(voice(hertz))
    assert measures.pitch == pytest.approx(hertz, rel=0.01)
    assert measures.pitch_variation < 0.2
    assert measures.clarity > 0.9


def test_noise_and_silence_have_no_pitch():
    assert measure(noise(1)).pitch is measure(silence(1)).pitch is None
    assert measure(noise(1)).clarity < 0.4
    assert measure(silence(1)).clarity == measure(silence(1)).brightness == measure(silence(1)).syllable_rate == 0


def test_measures_tell_one_way_of_speaking_from_another():
    plain = measure(voice(120))
    swelling = voice(120, 4) * np.tile(np.hanning(RATE // 4).astype(np.float32), 16)
    assert measure(swelling).syllable_rate == pytest.approx(4, abs=0.3)
    assert measure(swelling).pauses > 0.1 > plain.pauses
    assert measure(voice(120) / 10).loudness == pytest.approx(plain.loudness - 20, abs=0.01)
    assert measure(voice(120) + sine(2_000, 1)).brightness > 0.3 > plain.brightness
    moving = np.concatenate((voice(110), voice(130)))
    assert measure(moving).pitch_variation == pytest.approx(12 * np.log2(130 / 110) / 2, abs=0.2)


@pytest.mark.parametrize(
    ("pitches", "expected"),
    [
        ([120, 125, 210, 118, 205], [1, 1, 2, 1, 2]),
        ([210, 120, 200], [1, 2, 1]),
        ([120, None, 210, None], [1, 1, 2, 2]),
        ([None, 120], [1, 1]),
        ([120, 210, 400, 60], [1, 2, 2, 1]),
        ([100, 110, 121, 133], [1, 1, 1, 1]),
    ],
)
def test_speakers_by_pitch(pitches, expected):
    speakers = Speakers()
    assert [speakers.of(pitch) for pitch in pitches] == [f"speaker_{number}" for number in expected]
