"""Where one verdict ends and the next begins, of events and of what is heard: literal histories."""

import pytest

from harness.history.observations import Media
from harness.oracle.account import Spoken
from harness.oracle.likeness import same
from harness.oracle.verdicts import Verdict
from tests.borders import (
    AUDIO,
    CLOSING,
    COMPLETED,
    FINALIZE,
    LATER,
    LED,
    MINUTE,
    RECAP,
    REFUSED,
    cognitive,
    emotion,
    first,
    lands,
    told_of,
    transcript,
)
from tests.histories import (
    DONE,
    FINISHED,
    OPEN,
    TOLD,
    TWO,
    attach,
    chunk,
    control,
    event,
    judged,
    over,
    start,
    status,
    verdicts,
    wait,
)

HEARD = {
    "a head that is no sound": (LED, (*OPEN, AUDIO, transcript(end=7.5)), {"failed": "EVENT-4"}),
    "twice what is known of, in a format whose bytes do not tell the time": (
        Media("opus", duration=10.0, lead=0, sound=1000),
        (*OPEN, AUDIO, LATER, transcript(start=15, end=19)),
        {"passed": "EVENT-4"},
    ),
    "nonsense that got no answer may have been heard": (
        MINUTE,
        (*OPEN, AUDIO, chunk("x", status=None, failure="timeout", size=1000), transcript(6)),
        {},
    ),
    "two refused chunks that are heard": (
        MINUTE,
        (*OPEN, AUDIO, *[chunk(4, status=409, size=1000)] * 2, transcript(14)),
        {"failed": "CHUNK-10", "left_open": "CHUNK-3"},
    ),
    "a refused chunk that is heard to its end": (
        MINUTE,
        (*OPEN, AUDIO, chunk(4, status=409, size=1000), transcript(10, end=22.0)),
        {"failed": "CHUNK-10", "left_open": "CHUNK-3"},
    ),
    "more than a refused chunk": (
        MINUTE,
        (*OPEN, AUDIO, chunk(4, status=409, size=1000), transcript(10, end=22.1)),
        {"failed": "EVENT-4", "left_open": "CHUNK-3"},
    ),
    "a refused chunk, which has no head": (
        LED,
        (*OPEN, AUDIO, chunk(4, status=409, size=1000), transcript(6, end=16)),
        {"failed": "CHUNK-10", "left_open": "CHUNK-3"},
    ),
    "no confidence": (MINUTE, (*OPEN, AUDIO, transcript(confidence=0)), {"passed": "EVENT-4"}),
    "all confidence": (MINUTE, (*OPEN, AUDIO, transcript(confidence=1)), {"passed": "EVENT-4"}),
    "more confidence than there is": (MINUTE, (*OPEN, AUDIO, transcript(confidence=1.5)), {"failed": "EVENT-4"}),
    "no time at all": (MINUTE, (*OPEN, AUDIO, transcript(start=2, end=2)), {"passed": "EVENT-4"}),
    "two units, in order": (MINUTE, (*OPEN, AUDIO, transcript(start=1, end=None, end_ms=1500)), {"passed": "EVENT-4"}),
    "two units, out of order": (
        MINUTE,
        (*OPEN, AUDIO, transcript(start=2, end=None, end_ms=1500)),
        {"failed": "EVENT-4"},
    ),
    "nothing heard": (MINUTE, (*OPEN, AUDIO, FINALIZE, COMPLETED, event("done", DONE), over()), {"untried": "CHUNK-9"}),
    "something heard, and no done": (MINUTE, (*OPEN, AUDIO, transcript()), {"untried": "CHUNK-9"}),
    "two errors of the format": (
        MINUTE,
        (*OPEN, AUDIO, *[event("error", {"code": "x", "message": ""}, data="unsupported format")] * 2),
        {"failed": "CHUNK-9"},
    ),
    "an error of the format, of audio of which nothing is known": (
        None,
        (*OPEN, AUDIO, event("error", {"code": "x", "message": ""}, data="unsupported format")),
        {"untried": "CHUNK-9"},
    ),
    "a cancel for its format": (
        MINUTE,
        (
            *(*OPEN, AUDIO, control("cancel", reason="format")),
            *(event("error", {"code": "x", "message": "format"}, data="format"), over()),
        ),
        {"passed": "CTRL-2", "untried": "CHUNK-9"},
    ),
    "something unknown, and no recap": (
        MINUTE,
        (*OPEN, AUDIO, transcript(), event("gossip", {}), FINALIZE, COMPLETED, event("done", DONE), over()),
        {"failed": "EVENT-1"},
    ),
    "no recap at all": (
        MINUTE,
        (*OPEN, AUDIO, transcript(), FINALIZE, COMPLETED, event("done", DONE), over()),
        {"failed": "EVENT-7"},
    ),
    "a recap before two transcripts": (
        MINUTE,
        (*OPEN, AUDIO, RECAP, transcript(), transcript(1)),
        {"failed": "EVENT-7"},
    ),
    "a consumer turned away before there was audio": (
        MINUTE,
        (*OPEN, REFUSED, AUDIO, event("final_transcript", TOLD, n=2), FINALIZE, first("done", **DONE)),
        {"failed": "EVENT-3 EVENT-7", "passed": "STREAM-2"},
    ),
}

LATE = {
    "an emotion first": ((AUDIO, wait(5), LATER, wait(9), FINALIZE, emotion(), transcript()), {"failed": "STREAM-5"}),
    "two at the end": ((AUDIO, wait(5), LATER, wait(9), FINALIZE, transcript(), transcript(1)), {"failed": "STREAM-5"}),
    "the audio came late, too": ((wait(20), AUDIO, LATER, FINALIZE, transcript()), {"untried": "STREAM-5"}),
    "less speech than would decide": (
        (chunk(0, 500, size=500), wait(20), FINALIZE, transcript()),
        {"untried": "STREAM-5"},
    ),
    "one utterance until the end": (
        (AUDIO, LATER, wait(9), FINALIZE, transcript(end=19)),
        {"left_open": "STREAM-5"},
    ),
    "one utterance until a little after it": (
        (AUDIO, LATER, wait(9), FINALIZE, transcript(end=20.5)),
        {"left_open": "STREAM-5"},
    ),
    "no times": (
        (AUDIO, LATER, wait(9), FINALIZE, transcript(start=None, end=None)),
        {"failed": "EVENT-4", "untried": "STREAM-5"},
    ),
    "in time": ((AUDIO, transcript(), transcript(1), FINALIZE, transcript(2)), {"passed": "STREAM-5"}),
}

EVENTS = {
    "two of three dimensions": (
        (*OPEN, event("emotion", {"pad": [0.1, 0.2], "distribution": [1, 0, 0, 0, 0, 0, 0]})),
        {"failed": "EVENT-5"},
    ),
    "three dimensions, one in words": (
        (*OPEN, event("emotion", {"pad": [0.1, "much", 0.2], "distribution": [1, 0, 0, 0, 0, 0, 0]})),
        {"failed": "EVENT-5"},
    ),
    "an event of a consumer who came late": (
        (start(), AUDIO, attach(), emotion(8), FINALIZE, COMPLETED, event("done", DONE)),
        {"untried": "EVENT-10"},
    ),
    "a cognitive event about nobody": (
        (*OPEN, AUDIO, *told_of(0), cognitive(8), *CLOSING),
        {"failed": "EVENT-10"},
    ),
    "an emotion about nobody, and a cancel": (
        (*OPEN, AUDIO, *told_of(0), emotion(8), FINALIZE, control("cancel"), event("done", DONE), over()),
        {},
    ),
    "an emotion before its transcript, and something between them": (
        (*OPEN, AUDIO, emotion(), event("moment", {}), transcript()),
        {"passed": "EVENT-10"},
    ),
    "a transcript that comes again without its emotion": (
        (*OPEN, AUDIO, *told_of(0), transcript(0, utterance_id="x"), *CLOSING),
        {"failed": "EVENT-4"},
    ),
    "a transcript without times or emotion": (
        (*OPEN, AUDIO, *told_of(0), transcript(1, start=None, end=None), *CLOSING),
        {"failed": "EVENT-4"},
    ),
    "the first transcript without an emotion": (
        (*OPEN, AUDIO, transcript(), *told_of(1), *CLOSING),
        {"failed": "EVENT-5"},
    ),
    "a second of speech without an emotion": (
        (*OPEN, AUDIO, *told_of(0), transcript(1, start=5, end=6), *CLOSING),
        {"failed": "EVENT-5"},
    ),
    "an unknown phase between two": (
        (*OPEN, status("processing", 0.2), status("resting", 0.3), status("ingesting", 0.4)),
        {"failed": "EVENT-2 EVENT-3"},
    ),
    "no progress between two": (
        (*OPEN, status("ingesting", 0.5), status("ingesting", "much"), status("ingesting", 0.4)),
        {"failed": "EVENT-2 EVENT-3"},
    ),
    "a status after done": ((*OPEN, *TWO, *FINISHED[:-1], status("ingesting", 0.1), over()), {"failed": "STREAM-6"}),
    "an empty code": ((*OPEN, event("error", {"code": "", "message": "x"})), {"failed": "EVENT-8"}),
    "the code 0": ((*OPEN, event("error", {"code": 0, "message": ""})), {"passed": "EVENT-8"}),
    "a bundle, and one part by itself": (
        (*OPEN, *TWO, *FINISHED[:2], event("done", {"conversation_id": "c", "artifacts": "/a", "summary_url": "/s"})),
        {"passed": "EVENT-9", "failed": "EVENT-3"},
    ),
    "the parts in a list": (
        (
            *(*OPEN, *TWO, *FINISHED[:3]),
            event("done", {"conversation_id": "c", "files": ["/timeline", "/summary", "/segmentation"]}),
        ),
        {"passed": "EVENT-9"},
    ),
    "two of the parts in a list": (
        (*OPEN, *TWO, *FINISHED[:3], event("done", {"conversation_id": "c", "files": ["/timeline", "/summary"]})),
        {"failed": "EVENT-9"},
    ),
    "another session named, and then this one": (
        (*OPEN, event("moment", {"session_id": "b"}), event("moment", {"session_id": "a"})),
        {"failed": "STREAM-7"},
    ),
    "no session named, and then this one": (
        (*OPEN, event("moment", {"session_id": True}), event("moment", {"session_id": "a"})),
        {"untried": "STREAM-7"},
    ),
    "all of one feeling": (
        (*OPEN, event("emotion", {"pad": [0, 0, 0], "distribution": [1, 0, 0, 0, 0, 0, 0]})),
        {"passed": "EVENT-5"},
    ),
}

CASES = EVENTS


@pytest.mark.parametrize(("history", "expected"), CASES.values(), ids=CASES)
def test_each_side_of_a_border_has_its_verdict(history, expected):
    lands(history, **expected)


@pytest.mark.parametrize(("media", "history", "expected"), HEARD.values(), ids=HEARD)
def test_each_side_of_what_can_be_heard_has_its_verdict(media, history, expected):
    lands(judged(*history, media=media), **expected)


@pytest.mark.parametrize(("history", "expected"), LATE.values(), ids=LATE)
def test_late_results_are_told_from_late_speech(history, expected):
    lands(judged(*OPEN, *history, media=MINUTE), **expected)


NEAR = {(2.5, 2.6): True, (4.0, 4.5): True, (4.1, 4.5): False, (0.5, 1.0): True, (0.5, 0.9): False}


@pytest.mark.parametrize(("span", "belongs"), NEAR.items())
def test_a_stretch_belongs_to_an_utterance_that_it_misses_by_a_second_at_most(span, belongs):
    said = transcript(utterance_id=None, start=2.0, end=3.0)
    felt = emotion(utterance_id=None, start=span[0], end=span[1])
    judge = judged(*OPEN, AUDIO, said, felt, *CLOSING, media=MINUTE)
    assert verdicts(judge, Verdict.FAIL) == (set() if belongs else {"EVENT-10"})


def test_an_utterance_may_be_called_by_the_one_word_that_was_said():
    for text, belongs in (("so", True), ("so it is", False)):
        judge = judged(*OPEN, AUDIO, transcript(text=text), emotion(utterance_id="so"), *CLOSING, media=MINUTE)
        assert ("EVENT-10" not in verdicts(judge, Verdict.FAIL)) is belongs


def test_more_utterances_than_are_remembered_accuse_nobody_and_fewer_do():
    minute = chunk(0, 6000, size=6000)
    named = [transcript(n, start=0.2 * n, end=0.2 * n + 0.1) for n in range(200)]
    judge = judged(*OPEN, minute, *named, emotion(900), *CLOSING, media=MINUTE)
    assert verdicts(judge, Verdict.FAIL) == {"EVENT-10"}
    unnamed = [transcript(utterance_id=None, start=0.2 * n, end=0.2 * n + 0.1) for n in range(200)]
    stranger = emotion(utterance_id=None, start=55.0, end=56.0)
    assert not judged(*OPEN, minute, *unnamed, stranger, *CLOSING, media=MINUTE).findings
    assert verdicts(judged(*OPEN, minute, *unnamed[:99], stranger, *CLOSING, media=MINUTE), Verdict.FAIL) == {
        "EVENT-10"
    }


def test_two_utterances_are_the_same_within_a_recognisers_uncertainty():
    said = Spoken(1.0, 2.0, "one two three four")
    assert same(said, Spoken(1.2, 1.8, "one two three four"))
    assert not same(said, Spoken(1.3, 2.0, "one two three four"))
    assert not same(said, Spoken(1.0, 2.3, "one two three four"))
    assert same(said, Spoken(1.0, 2.0, "One two three FIVE"))
    assert not same(said, Spoken(1.0, 2.0, "one two six ten"))


def test_results_in_time_count_once():
    judge = judged(*OPEN, AUDIO, transcript(), transcript(1), media=MINUTE)
    assert judge.tallies["STREAM-5"].passed == 1
