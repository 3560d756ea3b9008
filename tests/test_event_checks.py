"""What events say: literal histories, and the verdict that each must get."""

import pytest

from harness.contract.profile import Fields, Profile, Waits
from harness.history.events import Events
from harness.history.observations import Event, Header, Media, StreamBytes, StreamClosed
from harness.oracle.judge import Judge
from harness.oracle.verdicts import Verdict
from tests.histories import OPEN, TOLD, attach, chunk, control, event, judged, over, start, status, verdicts, wait

SECOND = 100
"""Bytes, so that a chunk of 1,000 is ten seconds."""
MINUTE = Media("wav", duration=60.0, lead=0, sound=60 * SECOND, speech=50.0)
SHARES = {"anger": 0.1, "disgust": 0.1, "fear": 0.1, "joy": 0.3, "neutral": 0.2, "sadness": 0.1, "surprise": 0.1}
EMOTION = {"pleasure": 0.4, "arousal": -3, "dominance": 0, "distribution": SHARES}
COGNITIVE = {"engagement": 0.7, "focus": "high", "load": {"level": 3}, "rationale": "Calm and quick."}
NOBODY = {"text": "hi", "start": 0.5, "end": 1.5, "confidence": 0.9}
DONE = {"conversation_id": "c", "artifacts": {"timeline": "/t", "summary": "/s", "segmentation": "/g"}}
AUDIO = chunk(0, 1000, size=1000)
LATER = chunk(1, 2000, size=1000)
FINALIZE = control("finalize")
RECAP = event("summary_update", {"summary": "They spoke."})


def transcript(n=0, **fields):
    times = {"start": 2.0 * n, "end": 2.0 * n + 1.5}
    return event("final_transcript", {"utterance_id": f"u{n}"} | TOLD | times | fields)


def emotion(n=0, **fields):
    return event("emotion", {"utterance_id": f"u{n}"} | EMOTION | fields)


def cognitive(n=0, **fields):
    return event("cognitive", {"utterance_id": f"u{n}"} | COGNITIVE | fields)


def done(**fields):
    return event("done", DONE | fields)


def of(n):
    return transcript(n), emotion(n), cognitive(n)


def illegal(what="no UTF-8"):
    return lambda h: h.lines.append(Event(2, h.now, "", "", illegal=what))


def refused(seq, **more):
    return chunk(seq, status=409, size=1000, **more)


ENDING = (status("processing", 0.9), RECAP, status("completed", 1.0))
WHOLE = (*OPEN, AUDIO, LATER, *of(0), FINALIZE, *of(1), *ENDING, done(), over())

KEPT = {
    "a whole call": (WHOLE, "CHUNK-9 EVENT-4 EVENT-5 EVENT-6 EVENT-7 EVENT-9 EVENT-10 STREAM-4 STREAM-5"),
    "emotions before their transcript": (
        (*OPEN, AUDIO, emotion(), cognitive(1), transcript(), FINALIZE, *of(1), *ENDING, done(), over()),
        "EVENT-10",
    ),
    "another size": ((start(), AUDIO, chunk(1, 1001, size=1)), "CHUNK-8"),
    "two who speak at once": (
        (*OPEN, AUDIO, transcript(), transcript(1, start=0.5, end=1.5, speaker="B")),
        "EVENT-4",
    ),
    "a bundle as one thing": (
        (*OPEN, AUDIO, FINALIZE, *ENDING, event("done", {"conversation_id": 7, "bundle": "b-7"})),
        "EVENT-9",
    ),
}

BROKEN = {
    "ends before it starts": ((*OPEN, AUDIO, transcript(start=3)), "EVENT-4"),
    "starts below 0": ((*OPEN, AUDIO, transcript(start=-0.5)), "EVENT-4"),
    "ends far beyond the audio": ((*OPEN, AUDIO, transcript(), transcript(1, end=14)), "EVENT-4"),
    "ends beyond the audio so far": ((*OPEN, AUDIO, transcript(6), LATER), "EVENT-4"),
    "too confident": ((*OPEN, AUDIO, transcript(confidence=93)), "EVENT-4"),
    "confident in words": ((*OPEN, AUDIO, transcript(confidence="high")), "EVENT-4"),
    "nobody": ((*OPEN, AUDIO, event("final_transcript", NOBODY)), "EVENT-4"),
    "no text": ((*OPEN, AUDIO, transcript(text=None)), "EVENT-4"),
    "no times": ((*OPEN, AUDIO, transcript(start=None, end=None)), "EVENT-4"),
    "twice by its id": ((*OPEN, AUDIO, transcript(), transcript(0, start=3, end=4)), "EVENT-4"),
    "twice by what it says": ((*OPEN, AUDIO, transcript(), transcript(0, utterance_id="x")), "EVENT-4"),
    "seconds, and then not": (
        (*OPEN, AUDIO, transcript(start=0, end=1500), transcript(1, start=2, end=3)),
        "EVENT-4",
    ),
    "a refused gap that is heard": ((*OPEN, AUDIO, refused(4), transcript(6)), "CHUNK-10"),
    "a stranger who is heard": ((*OPEN, AUDIO, refused(1, key="wrong"), transcript(6)), "AUTH-2"),
    "a chunk that is heard twice": ((*OPEN, AUDIO, chunk(0, 1000, size=1000), transcript(6)), "CHUNK-6"),
    "an old chunk that is heard": (
        (*OPEN, AUDIO, LATER, chunk(0, 2000, size=1000), transcript(11)),
        "CHUNK-5",
    ),
    "no pleasure": ((*OPEN, emotion(pleasure=None)), "EVENT-5"),
    "pleasure in words": ((*OPEN, emotion(pleasure="much")), "EVENT-5"),
    "no distribution": ((*OPEN, emotion(distribution=None)), "EVENT-5"),
    "six ways": ((*OPEN, emotion(distribution=[0.25, 0.25, 0.1, 0.1, 0.1, 0.2])), "EVENT-5"),
    "eight ways": ((*OPEN, emotion(distribution=[0.25, 0.25, 0.1, 0.1, 0.1, 0.1, 0.1, 0])), "EVENT-5"),
    "more than one": ((*OPEN, emotion(distribution=SHARES | {"joy": 0.7})), "EVENT-5"),
    "in percent": ((*OPEN, emotion(distribution=[10, 20, 10, 20, 10, 20, 10])), "EVENT-5"),
    "less than nothing": ((*OPEN, emotion(distribution=SHARES | {"joy": 0.5, "fear": -0.1})), "EVENT-5"),
    "an emotion left out": (
        (*OPEN, AUDIO, *of(0), transcript(1), cognitive(1), FINALIZE, *ENDING, done(), over()),
        "EVENT-5",
    ),
    "no focus": ((*OPEN, cognitive(focus=None)), "EVENT-6"),
    "no reason": ((*OPEN, cognitive(rationale="")), "EVENT-6"),
    "a recap of nothing": ((*OPEN, AUDIO, RECAP, transcript()), "EVENT-7"),
    "no recap": ((*OPEN, AUDIO, *of(0), RECAP, FINALIZE, status("completed", 1), done(), over()), "EVENT-7"),
    "a recap without words": ((*OPEN, AUDIO, transcript(), event("summary_update", {"count": 3})), "EVENT-7"),
    "no conversation": ((*OPEN, AUDIO, FINALIZE, *ENDING, done(conversation_id=None)), "EVENT-9"),
    "no artifacts": ((*OPEN, AUDIO, FINALIZE, *ENDING, done(artifacts=None, took=3)), "EVENT-9"),
    "an empty bundle": ((*OPEN, AUDIO, FINALIZE, *ENDING, done(artifacts=[], bundle={})), "EVENT-9"),
    "half the artifacts": (
        (
            *OPEN,
            AUDIO,
            FINALIZE,
            *ENDING,
            done(artifacts=[{"type": "timeline", "id": 1}, {"type": "summary", "id": 2}]),
        ),
        "EVENT-9",
    ),
    "an emotion about nobody": (
        (*OPEN, AUDIO, *of(0), emotion(8), FINALIZE, *ENDING, done(), over()),
        "EVENT-10",
    ),
    "emotions and no transcript": ((*OPEN, AUDIO, emotion(), FINALIZE, *ENDING, done(), over()), "EVENT-10"),
    "an emotion about a silence": (
        *(
            (
                *(*OPEN, AUDIO, transcript(utterance_id=None)),
                emotion(utterance_id=None, start=7, end=9),
                *(FINALIZE, *ENDING, done(), over()),
            ),
            "EVENT-10",
        ),
    ),
    "no UTF-8": ((*OPEN, illegal()), "STREAM-4"),
    "everything at the end": (
        (*OPEN, AUDIO, wait(5), LATER, wait(9), FINALIZE, *of(0), *ENDING, done(), over()),
        "STREAM-5",
    ),
    "a short chunk refused": ((start(), AUDIO, chunk(1, status=400, size=99)), "CHUNK-8"),
    "a small chunk refused for its size": (
        (start(), lambda h: h.exchange(400, {"error": "chunk too small"}, kind="chunk", seq="0", size=99)),
        "CHUNK-8",
    ),
    "a format refused": ((start(), chunk(0, status=415)), "CHUNK-9"),
    "a format refused in words": (
        (start(), lambda h: h.exchange(400, {"error": "unknown codec"}, kind="chunk", seq="0", size=99)),
        "CHUNK-9",
    ),
    "a format that fails": (
        (*OPEN, AUDIO, FINALIZE, event("error", {"code": "x", "message": ""}, data="unsupported format")),
        "CHUNK-9",
    ),
}

UNTOUCHED = {
    "nothing heard": (*OPEN, AUDIO, LATER, FINALIZE, *ENDING, done(), over()),
    "in milliseconds": (*OPEN, AUDIO, transcript(start=0, end=1500), transcript(1, start=2000, end=9800)),
    "in milliseconds, which could be seconds": (
        *(*OPEN, *[chunk(n, 1000 + n * 1000, size=1000) for n in range(6)]),
        *(transcript(start=10, end=60), transcript(1, start=2000, end=9800)),
    ),
    "by the clock on the wall": (
        *(*OPEN, AUDIO, transcript(start="2027-01-15T08:00:00Z", end="2027-01-15T08:00:02Z")),
        transcript(1, start=1_800_000_000, end=1_800_000_900),
    ),
    "a speaker whom nobody knows": (*OPEN, AUDIO, transcript(speaker=None)),
    "a little beyond the audio": (*OPEN, AUDIO, transcript(end=10.9)),
    "told again to one who comes back": (*OPEN, AUDIO, transcript(), over("left"), attach(), transcript()),
    "told again to one who comes back, with a recap first": (*OPEN, AUDIO, over("left"), attach(), RECAP, transcript()),
    "the same words again": (*OPEN, AUDIO, transcript(), transcript(1)),
    "a short utterance without an emotion": (
        *(*OPEN, AUDIO, *of(0), transcript(1, start=5.0, end=5.9), FINALIZE, *ENDING, done(), over()),
    ),
    "an agent that failed": (
        *(*OPEN, AUDIO, *of(0), transcript(1), event("error", {"code": "agent", "message": "x"})),
        *(FINALIZE, *ENDING, done(), over()),
    ),
    "no emotion at all": (*OPEN, AUDIO, transcript(), FINALIZE, *ENDING, done(), over()),
    "one utterance until the end": (*OPEN, AUDIO, FINALIZE, transcript(end=9.9), *ENDING, done(), over()),
    "all at once, and so the results": (*OPEN, AUDIO, LATER, FINALIZE, *of(0), *ENDING, done(), over()),
    "a lost reply": (
        *(*OPEN, AUDIO, chunk(1, status=None, failure="reply-dropped", size=1000)),
        *(transcript(9), chunk(1, 2000, size=1000), transcript(9, utterance_id="u", start=18.1)),
    ),
    "a done after a cancel": (
        *(*OPEN, AUDIO, FINALIZE, control("cancel"), transcript(), status("completed", 1)),
        *(event("done", {"conversation_id": "c"}), over()),
    ),
    "late, and a recap though nothing was said": (*OPEN, AUDIO, RECAP, FINALIZE, *ENDING, done(), over()),
    "artifacts inline, one of them empty": (
        *(*OPEN, AUDIO, FINALIZE, *ENDING),
        done(artifacts={"timeline": [{"t": 0}], "summary": {"text": "a b"}, "segmentation": []}),
    ),
    "nothing made of a session without audio": (*OPEN, FINALIZE, event("done", {"conversation_id": "c"}), over()),
}

OPEN_QUESTIONS = {
    "ids that nothing bears": (
        (*OPEN, AUDIO, transcript(utterance_id=None), emotion(), FINALIZE, *ENDING, done(), over()),
        "EVENT-10",
    ),
    "one long utterance": (
        (*OPEN, AUDIO, wait(9), LATER, wait(2), FINALIZE, transcript(0, end=19), *ENDING, done(), over()),
        "STREAM-5",
    ),
}


@pytest.mark.parametrize(("history", "requirements"), KEPT.values(), ids=KEPT)
def test_a_kept_contract_passes(history, requirements):
    judge = judged(*history, media=MINUTE)
    assert set(requirements.split()) <= verdicts(judge, Verdict.PASS)
    assert not verdicts(judge, Verdict.FAIL) | verdicts(judge, Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(("history", "requirement"), BROKEN.values(), ids=BROKEN)
def test_a_broken_contract_fails_by_that_requirement_alone(history, requirement):
    judge = judged(*history, media=MINUTE)
    assert verdicts(judge, Verdict.FAIL) == {requirement}
    assert all(finding.expected and finding.happened for finding in judge.findings)


@pytest.mark.parametrize("history", UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_the_document_leaves_open_accuses_nobody(history):
    judge = judged(*history, media=MINUTE)
    assert not verdicts(judge, Verdict.FAIL) | verdicts(judge, Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(("history", "requirement"), OPEN_QUESTIONS.values(), ids=OPEN_QUESTIONS)
def test_what_decides_nothing_is_inconclusive(history, requirement):
    judge = judged(*history, media=MINUTE)
    assert verdicts(judge, Verdict.INCONCLUSIVE) == {requirement}
    assert not verdicts(judge, Verdict.FAIL)


def test_every_requirement_of_events_is_seen_kept_and_broken_above():
    kept = {name for _, names in KEPT.values() for name in names.split()}
    assert kept <= {name for _, name in BROKEN.values()}


def test_nothing_lies_beyond_audio_of_which_nothing_is_known():
    assert not judged(*OPEN, AUDIO, transcript(900)).findings
    opus = Media("opus", duration=60.0, lead=0, sound=6000)
    assert not judged(*OPEN, AUDIO, transcript(29), media=opus).findings  # bytes do not tell the time
    assert judged(*OPEN, AUDIO, transcript(39), media=opus).findings


def test_of_encoded_audio_nothing_has_surely_arrived_before_all_of_it():
    opus = Media("opus", duration=20.0, lead=0, sound=2000)
    burst = (*OPEN, AUDIO, wait(15), LATER, FINALIZE, transcript(1), *ENDING, done(), over())
    assert verdicts(judged(*burst, media=opus), Verdict.INCONCLUSIVE) == {"STREAM-5"}
    assert not judged(*burst, media=opus).findings
    kept = (*OPEN, AUDIO, LATER, wait(9), FINALIZE, transcript(1), *ENDING, done(), over())
    assert verdicts(judged(*kept, media=opus), Verdict.FAIL) == {"STREAM-5"}


def test_once_the_server_took_what_is_wrong_nobody_knows_what_it_heard():
    judge = judged(*OPEN, AUDIO, chunk(4, 2000, size=1000), transcript(25), media=MINUTE)
    assert verdicts(judge, Verdict.FAIL) == {"CHUNK-3"}


def test_missing_things_say_where_they_were_looked_for():
    [finding] = judged(*OPEN, AUDIO, event("final_transcript", NOBODY), media=MINUTE).findings
    assert "looked for as speaker, speaker_id" in finding.expected
    assert "pin it in the profile as fields.events.speaker" in finding.expected
    assert finding.happened.startswith("no speaker in final_transcript")
    pinned = Profile(fields=Fields(events={"speaker": "who.name"}))
    [finding] = judged(*OPEN, AUDIO, transcript(), media=MINUTE, profile=pinned).findings
    assert "'who.name', as the profile pins it" in finding.expected


@pytest.mark.parametrize(("lacks", "keeps"), [("start", "end"), ("end", "start")])
def test_of_two_times_the_one_is_told_that_is_missing(lacks, keeps):
    [finding] = judged(*OPEN, AUDIO, transcript(**{lacks: None}), media=MINUTE).findings
    assert f"{lacks} (looked for as {lacks}" in finding.expected
    assert f"{keeps} (looked" not in finding.expected


def test_a_profile_pins_fields_in_objects_and_with_prefixes():
    pins = {"pleasure": "scores.pleasure", "arousal": "pad_arousal", "dominance": "dims.2", "speaker": "who.name"}
    pinned = Profile(fields=Fields(events=pins))
    told = emotion(pleasure="x", scores={"pleasure": 0.1}, arousal="x", pad_arousal=0.2, dominance="x", dims=[0, 0, 1])
    history = (*OPEN, AUDIO, transcript(who={"name": None}, speaker="x"), told)
    assert not judged(*history, media=MINUTE, profile=pinned).findings


def test_a_profile_pins_fields_units_and_patience():
    pins = Fields(events={"start": "t.0", "end": "t.1", "artifacts": "files"}, event_times="ms")
    pinned = Profile(fields=pins, waits=Waits(results=60.0))
    told = transcript(start=None, end=None, t=[1, 2000])
    late = (*OPEN, AUDIO, wait(5), LATER, wait(9), FINALIZE, told, *ENDING)
    assert not judged(
        *late, event("done", {"conversation_id": "c", "files": "/x"}), media=MINUTE, profile=pinned
    ).findings
    assert verdicts(judged(*late, done(), media=MINUTE, profile=pinned), Verdict.FAIL) == {"EVENT-9"}


def test_memory_of_utterances_is_short_and_accuses_nobody():
    many = [each for n in range(700) for each in (transcript(n, start=0, end=1, text=str(n)), emotion(n))]
    history = (*OPEN, AUDIO, *many, emotion(0), FINALIZE, *ENDING, done(), over())
    assert not judged(*history, media=MINUTE).findings


STREAMS = {
    "no UTF-8 in data": ([b'event: moment\ndata: {"a": "caf\xe9"}\n\n'], "ended", True),
    "no UTF-8 in a comment": ([b": caf\xe9\n\nevent: moment\ndata: {}\n\n"], "left", True),
    "a character in two reads": ([b'event: moment\ndata: {"a": "caf\xc3', b'\xa9"}\n\n'], "ended", False),
    "no blank line at the end": ([b"event: moment\ndata: {}\n\nevent: done\ndata: {}\n"], "ended", True),
    "half a line at the end": ([b"event: moment\ndata: {}\n\ndata: {}"], "ended", True),
    "a comment at the end": ([b"event: moment\ndata: {}\n\n: bye"], "ended", False),
    "a cut in an event": ([b"event: moment\ndata: {}\n\nevent: do"], "cut", False),
    "left in an event": ([b"event: moment\ndata: {}\n\nevent: do"], "left", False),
    "a byte order mark, and CR": ([b"\xef\xbb\xbfevent: moment\rdata: {}\r\r"], "ended", False),
}


@pytest.mark.parametrize(("reads", "how", "flawed"), STREAMS.values(), ids=STREAMS)
def test_bytes_of_a_stream_are_legal_or_not(reads, how, flawed):
    events, judge = Events(), Judge(Profile())
    judge.observe(Header("s", "probe", 1, "", "", "", "http://sut", Profile(), 0.0, 0.0))
    for seen in (*(StreamBytes(1, 0.1, data) for data in reads), StreamClosed(1, 0.2, how)):
        for each in (seen, *events.of(seen)):
            judge.observe(each)
    assert not judge.crashes
    expected = {"STREAM-4"} if flawed else set()
    assert verdicts(judge, Verdict.FAIL) == expected
    assert flawed or "STREAM-4" in verdicts(judge, Verdict.PASS)
