"""Reading payloads whose fields nobody has named: many shapes, one meaning; and nothing that comes can hurt."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.event_fields import (
    BARE_IDS,
    NAMED_IDS,
    REFERENCES,
    SPANS,
    USUAL,
    WRAPPINGS,
    is_about,
    plain,
)
from harness.contract.profile import Fields as Pins
from harness.contract.profile import Profile
from harness.contract.profile_file import load_profile
from harness.errors import UsageError
from harness.history.observations import Event, Header, Media, Sent
from harness.oracle.fields import Fields, Payload, level, name, words
from harness.oracle.identities import Reference
from harness.oracle.judge import Judge
from harness.oracle.payload import Reader
from harness.oracle.shares import add_up, read_shares

HEARD = 20.0


def read(payload, heard=HEARD, **pins):
    reader = Reader(Profile(fields=Pins(**pins)))
    return reader.utterance(Event(1, 0.0, "final_transcript", "", payload=payload), heard)


UTTERANCES = {
    "plain": {"utterance_id": "u", "speaker": "A", "text": "hi", "start": 1.2, "end": 3.4, "confidence": 0.8},
    "milliseconds by name": {
        "utteranceId": "u",
        "speakerLabel": "A",
        "transcript": "hi",
        "startMs": 1200,
        "end-ms": 3400,
        "conf": 0.8,
    },
    "milliseconds": {"id": "u", "role": "A", "content": "hi", "begin": 1200, "finish": 3400, "score": 0.8},
    "nested": {
        "data": {
            "utterance": {"id": "u", "speaker": {"id": "A", "label": "x"}, "timing": {"start": 1.2, "duration": 2.2}},
            "alternatives": [{"transcript": "hi", "confidence": 0.8}, {"transcript": "ho", "confidence": 0.1}],
        }
    },
    "a pair": {"turn_id": "u", "channel": "A", "utterance": "hi", "timestamps": [1.2, 3.4], "probability": 0.8},
    "a clock": {"uid": "u", "spk": "A", "text": "hi", "start": "00:01.2", "end": "0:00:03,400", "confidence": 0.8},
    "seconds in words": {"id": "u", "who": "A", "text": "hi", "from": "1.2s", "to": "PT3.4S", "confidence": 0.8},
    "a duration in milliseconds": {
        "id": "u",
        "speaker": "A",
        "text": "hi",
        "offset": 1200,
        "duration_ms": 2200,
        "confidence": {"value": 0.8},
    },
    "words": {
        "segment_id": "u",
        "speaker": "A",
        "text": "hi",
        "words": [{"word": "h", "start": 1.2, "end": 1.5}, {"word": "i", "start": 3.0, "end": 3.4}],
        "confidence": 0.8,
    },
    "ticks": {
        "Id": "u",
        "SpeakerId": "A",
        "Display": "hi",
        "Offset": 12_000_000,
        "Duration": 22_000_000,
        "Confidence": 0.8,
    },
    "protocol buffers": {
        "utterance_id": "u",
        "speaker_tag": "A",
        "transcript": "hi",
        "start_time": {"seconds": 1, "nanos": 200_000_000},
        "end_time": {"seconds": 3, "nanos": 400_000_000},
        "confidence": 0.8,
    },
    "parts of names": {
        "utterance_id": "u",
        "detectedSpeaker": "A",
        "raw_text": "hi",
        "context": "no",
        "speech_start_ms": 1200,
        "speechEndMs": 3400,
        "restart": 9,
        "overall_confidence": 0.8,
    },
    "ticks by name": {
        "id": "u",
        "speakers": ["A"],
        "text": {"raw": "hi", "formatted": "hi"},
        "offsetInTicks": 12_000_000,
        "durationInTicks": 22_000_000,
        "confidence": {"overall": "0.8"},
    },
    "in and out, and the rest of words": {
        "id": "u",
        "in": 1.2,
        "out": 3.4,
        "words": [{"word": "hi", "speaker": "A", "confidence": 0.8}, {"word": "", "speaker": "B"}],
    },
    "one in a list": {
        "segments": [{"id": "u", "speaker": "A", "text": "hi", "start": 1.2, "end": 3.4, "confidence": 0.8}]
    },
}


@pytest.mark.parametrize("payload", UTTERANCES.values(), ids=UTTERANCES)
def test_an_utterance_is_read_in_any_shape(payload):
    told = read(payload)
    assert (told.speaker, told.text, told.confidence) == ("A", "hi", 0.8)
    assert (told.start, told.end) == pytest.approx((1.2, 3.4))
    assert told.excess == 0
    assert "u" in {each.id for each in told.ids} or "segments" in payload


NO_TIMES = {
    "none": {},
    "one": {"start": 1.0},
    "true": {"start": True, "end": True},
    "words": {"start": "soon", "end": "later"},
    "a list of three": {"span": [1, 2, 3]},
}


@pytest.mark.parametrize("payload", NO_TIMES.values(), ids=NO_TIMES)
def test_times_that_are_none(payload):
    told = read(payload)
    assert told.span is None
    assert told.start is None


def test_times_by_a_clock_on_the_wall_have_an_order_and_no_place():
    for start, end in (("2027-01-15T08:00:00Z", "2027-01-15T08:00:02Z"), (1.8e9, 1.8e9 + 2), (1.8e12, 1.8e12 + 2000)):
        told = read({"start": start, "end": end})
        assert told.start is None
        assert told.span.start < told.span.end


def test_what_is_known_of_the_unit_holds_for_the_session():
    reader = Reader(Profile())

    def told(start, end):
        return reader.utterance(Event(1, 0.0, "final_transcript", "", payload={"start": start, "end": end}), HEARD)

    assert told(0, 1500).end == 1.5
    assert told(10, 19).end == 0.019
    assert reader.utterance(Event(1, 0.0, "final_transcript", "", payload={"start": 2, "end": 3}), HEARD).is_mixed


def test_ids_of_speakers_are_no_ids_of_utterances():
    told = read({"speaker": {"id": 1}, "channel": {"index": 0}, "text": "hi", "utterance": "hi"})
    assert told.ids == ()
    assert told.speaker == "1"


REFERENCES_TOLD = {
    "by name": ({"utterance_id": "u"}, Reference("utteranceid", "u")),
    "by number": ({"utteranceIndex": 0}, Reference("utteranceindex", "0")),
    "within": ({"utterance": {"id": 7, "text": "hi"}}, Reference("id", "7")),
    "of the event itself": ({"id": "e-1", "seq": 4}, None),
    "of a speaker": ({"speaker": {"id": 1}}, None),
    "a text": ({"utterance": "so they said"}, None),
    "nothing": ([], None),
}


@pytest.mark.parametrize(("payload", "expected"), REFERENCES_TOLD.values(), ids=REFERENCES_TOLD)
def test_what_an_event_is_about(payload, expected):
    assert Reader(Profile()).reference(Payload(payload)) == expected


SEVEN = [0.1, 0.1, 0.1, 0.3, 0.2, 0.1, 0.1]
LABELS = ["anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise"]
MAP = dict(zip(LABELS, SEVEN, strict=True))
DISTRIBUTIONS = {
    "a map": {"distribution": MAP},
    "a list": {"probs": SEVEN},
    "objects": {"scores": [{"label": label, "score": share} for label, share in MAP.items()]},
    "objects under other names": {"emotions": [{"emotion": label, "amount": share} for label, share in MAP.items()]},
    "pairs": {"classes": [[label, share] for label, share in MAP.items()]},
    "two lists": {"emotion": {"labels": LABELS, "values": SEVEN}},
    "fields of their own": {"pleasure": 0.4, "arousal": 1, "dominance": 0, "confidence": 0.7, "start": 1, **MAP},
    "beside longer names": {"pad_pleasure": 1, "padArousal": 2, "pad_dominance": 0.1, "emotion_confidence": 1, **MAP},
    "beside a list of pad": {
        "pad": [{"dimension": "pleasure", "value": 1}, {"dimension": "arousal", "value": 0}],
        **MAP,
    },
    "beside times with a unit": {"start_s": 0.5, "end_s": 2.5, "vad": [1, 2, 3], **MAP},
    "beside pad": {"emotion": {"pleasure": 1, "arousal": 2, "dominance": 3, "distribution": MAP}},
    "an unknown name": {"pad": [1, 2, 3], "seven": SEVEN},
    "a word among them": {"distribution": MAP | {"top": "joy"}},
}


@pytest.mark.parametrize("payload", DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
def test_a_distribution_is_read_in_any_shape(payload):
    assert sorted(read_shares(Fields({}), Payload(payload))) == sorted(SEVEN)


def test_a_distribution_that_is_not_of_seven_is_shown_as_it_is():
    assert read_shares(Fields({}), Payload({"distribution": [0.5, 0.5]})) == [0.5, 0.5]
    assert read_shares(Fields({}), Payload({"label": "joy"})) is None
    assert read_shares(Fields({"distribution": "d"}), Payload({"distribution": SEVEN})) is None


SUMS = {
    "exact": (SEVEN, True),
    "thirds": ([1 / 7] * 7, True),
    "two digits": ([0.14] * 7, True),
    "three digits": ([0.143] * 7, True),
    "one of them all": ([0, 0, 0, 1, 0, 0, 0], True),
    "nothing": ([0] * 7, False),
    "two ones": ([1, 1, 0, 0, 0, 0, 0], False),
    "a little too much in two digits": ([0.17] + [0.14] * 6, True),
    "far too much": ([0.2147] * 7, False),
    "far too much in two digits": ([0.25] * 4 + [0.13] * 3, False),
    "too little in six": ([0.140001] * 7, False),
}


@pytest.mark.parametrize(("shares", "expected"), SUMS.values(), ids=SUMS)
def test_shares_add_up_as_exactly_as_they_are_told(shares, expected):
    assert add_up(shares) is expected


CONFIDENCES = {
    "a numeral": ({"confidence": "0.857"}, 0.857),
    "two": ({"confidence": {"text": 0.86, "speaker": 0.7}}, 0.86),
    "the one that is a share": ({"confidence": {"logit": -3, "overall": 0.86}}, 0.86),
    "names alike": ({"text_confidence": 0.86, "speaker_confidence": 0.7}, 0.86),
    "an exact name before one alike": ({"data": {"confidence": 0.7}, "text_confidence": 0.86}, 0.7),
    "the outer one": ({"data": {"my_confidence": 0.7}, "text_confidence": 0.86}, 0.86),
    "too much": ({"confidence": {"overall": 93}}, 93),
    "a word": ({"confidence": "high"}, None),
    "words": ({"confidence": {"overall": "high"}}, None),
    "no numeral of ours": ({"confidence": "٣"}, None),
    "of something else": ({"confidence_threshold": 0.5}, None),
}


@pytest.mark.parametrize(("payload", "expected"), CONFIDENCES.values(), ids=CONFIDENCES)
def test_a_confidence_is_read_in_any_shape(payload, expected):
    assert read(payload).confidence == expected


ALIKE = {
    "textual_rationale rationale": True,
    "llmReasoning rationale": True,
    "reason-for-score rationale": True,
    "reason_code rationale": False,
    "PADPleasure pleasure": True,
    "emotion_valence pleasure": True,
    "ambivalence pleasure": False,
    "cognitive_load_index load": True,
    "payload load": False,
    "upload_size load": False,
    "text_raw text": True,
    "context text": False,
    "transcript_id text": False,
    "restart_at start": False,
    "call_start start": False,
    "trend end": False,
    "speaker_role speaker": True,
    "speaker_count speaker": False,
    "end_x distribution": False,
}


@pytest.mark.parametrize(("given", "expected"), ALIKE.items())
def test_a_word_for_a_thing_may_be_a_whole_part_of_a_name(given, expected):
    field, thing = given.split()
    assert is_about(field, thing) is expected


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_nobody_is_a_speaker_too(value):
    assert read({"speaker": value}).speaker == ""
    assert read({"speaker": value, "speaker_id": "A"}).speaker == "A"


def test_measures_may_be_a_list_of_objects_with_labels():
    payload = Payload({"dimensions": [{"name": "engagement", "score": 0.2}, {"name": "focus", "score": None}, 3]})
    assert Fields({}).find(payload, "engagement", level) == 0.2
    assert Fields({}).find(payload, "focus", level) is None


def test_levels_words_and_names():
    assert level({"score": 0.4, "reason": "x"}) == 0.4
    assert level("high") == "high"
    assert level(None) is None
    assert words([" ", {"a": "so"}]) == "so"
    assert words({"a": [[]]}) is None
    assert name({"role": "agent"}) == "agent"
    assert name(0) == "0"
    assert name(True) is None


def test_names_of_fields_are_compared_by_letters_and_digits():
    assert plain("start_ms") == plain("Start-MS") == plain("startMs") == "startms"
    assert plain("x" * 1000) == ""


def test_a_profile_file_pins_fields(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text(
        "profile: p\nfields: {events: {start: span.0, load: x.y}, event-times: ms}\nwaits: {results: 30s}\n"
    )
    profile = load_profile(file)
    assert profile.fields.events == {"start": "span.0", "load": "x.y"}
    assert profile.waits.results == 30
    file.write_text("profile: p\nfields: {events: {begin: span.0}}\n")
    with pytest.raises(UsageError, match="begin"):
        load_profile(file)


def test_pinned_fields_are_looked_for_there_alone():
    payload = {"start": 1, "end": 2, "span": [5, 6], "speaker": "A", "meta": {"who": "B"}}
    told = read(payload, events={"start": "span.0", "end": "span.1", "speaker": "meta.who"})
    assert (told.start, told.end, told.speaker) == (5, 6, "B")
    nobody = read(payload, events={"speaker": "meta.whom", "start": "span.9", "end": "start.x"})
    assert (nobody.speaker, nobody.span) == (None, None)


KNOWN = [*NAMED_IDS.split(), *BARE_IDS.split(), *SPANS.split(), *WRAPPINGS.split(), *REFERENCES.split()]
KNOWN += [each for written in USUAL.values() for each in written.split()]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
TEXTS = st.sampled_from(
    ["00:01.2", "1.2s", "2027-01-15", "9" * 400, "0001-01-01T00:00:00+23:59", "PT5S", "²", "٣", "/x"]
)
JSON = st.recursive(
    LEAVES | TEXTS,
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=5), inner),
    max_leaves=25,
)
MEDIA = Media("wav", duration=60.0, lead=44, sound=6000, speech=40.0)


@given(
    st.lists(st.tuples(st.sampled_from(["final_transcript", "emotion", "cognitive", "summary_update", "done"]), JSON))
)
def test_whatever_events_hold_no_check_crashes(told):
    judge = Judge(Profile())
    judge.observe(Header("s", "probe", 1, "", "", "", "http://sut", Profile(), 0.0, 0.0, media=MEDIA))
    judge.observe(Sent(1, "attach", 0.0, 0.0))
    for event_name, payload in told:
        data = msgspec.json.encode(payload).decode()
        judge.observe(Event(1, 0.1, event_name, data, payload=msgspec.json.decode(data)))
    assert not judge.crashes


@pytest.mark.parametrize("inner", [[], {}, {"a": 1}])
def test_what_is_nested_deeply_is_not_followed(inner):
    value = inner
    for _ in range(900):
        value = {"data": value} if isinstance(inner, dict) else [value]
    judge = Judge(Profile())
    for each in ("final_transcript", "emotion", "cognitive", "summary_update", "done"):
        payload = {"conversation_id": "c", "distribution": value, "text": value, "rationale": value, "artifacts": value}
        judge.observe(Event(1, 0.1, each, "", payload=payload))
    assert not judge.crashes


def test_no_number_is_too_large():
    for number in (math.inf, -math.inf, 10**400, 1e308):
        told = read({"start": 0, "end": number, "confidence": number})
        assert told.span is None or told.excess > 0
