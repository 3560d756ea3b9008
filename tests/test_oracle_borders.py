"""Where one verdict ends and the next begins: literal histories that a mutation of the oracle would judge otherwise."""

import msgspec
import pytest

from harness.contract.profile import Profile
from harness.history.observations import Event, Media, Returned, Withheld
from harness.oracle.account import Spoken
from harness.oracle.judge import Judge, Tally
from harness.oracle.likeness import same
from harness.oracle.verdicts import Verdict, passed
from tests.histories import (
    DONE,
    FINISHED,
    OPEN,
    TOLD,
    TWO,
    WALL,
    History,
    attach,
    chunk,
    control,
    end,
    event,
    judged,
    over,
    slowly,
    start,
    status,
    verdicts,
    wait,
    waited,
)

MINUTE = Media("wav", duration=60.0, lead=0, sound=6000, speech=50.0)
"""A hundred bytes a second, so that a chunk of 1,000 is ten seconds."""
LED = Media("wav", duration=60.0, lead=400, sound=6000, speech=50.0)
AUDIO, LATER = chunk(0, 1000, size=1000), chunk(1, 2000, size=1000)
ERROR = event("error", {"code": "x", "message": "hiccup"})
RECAP = event("summary_update", {"summary": "They spoke."})
COMPLETED = status("completed", 1.0)
FINALIZE, KEEPALIVE = control("finalize"), control("keepalive")
GAP = chunk(4, status=409)
REFUSED = attach(status=409)  # a second consumer
LOST = chunk(1, status=None, failure="reply-dropped")


def transcript(n=0, **fields):
    times = {"start": 2.0 * n, "end": 2.0 * n + 1.5}
    return event("final_transcript", {"utterance_id": f"u{n}"} | TOLD | times | fields)


def emotion(n=0, **fields):
    shares = [0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
    return event("emotion", {"utterance_id": f"u{n}", "pad": [0.1, 0.2, 0.3], "distribution": shares} | fields)


def cognitive(n=0):
    told = {"engagement": 0.7, "focus": 0.6, "load": 0.3, "rationale": "Calm and quick."}
    return event("cognitive", {"utterance_id": f"u{n}"} | told)


def told_of(n):
    return transcript(n), emotion(n), cognitive(n)


CLOSING = (FINALIZE, RECAP, COMPLETED, event("done", DONE), over())


def unreachable(h):
    h.exchange(None, None, kind="attach", failure="unreachable")


def says(status, text, *, seq="0", size=100):
    return lambda h: h.exchange(status, {"error": text}, kind="chunk", seq=seq, size=size)


def first(name, **payload):
    """An event on the first consumer's stream, when a second one was the last to ask."""
    return event(name, payload, n=2)


def lands(history, **expected):
    """Every requirement that fails, once, and every one that is left open; `passed` are kept, `untried` never tried."""
    told = {name: set(names.split()) for name, names in expected.items()}
    judge = judged(*history) if isinstance(history, tuple) else history
    assert verdicts(judge, Verdict.FAIL) == told.get("failed", set())
    assert verdicts(judge, Verdict.INCONCLUSIVE) == told.get("left_open", set())
    assert told.get("passed", set()) <= verdicts(judge, Verdict.PASS)
    assert not told.get("untried", set()) & judge.tallies.keys()
    assert {judge.tallies[name].failed for name in told.get("failed", ())} <= {1}


CHUNKS = {
    "a retry that fails": ((start(), *TWO, chunk(1, status=500), chunk(1, 200)), {"failed": "CHUNK-6"}),
    "a chunk that may be new fails": (
        (start(), chunk(0, 100), LOST, chunk(1, status=500), chunk(1, 200)),
        {"failed": "CHUNK-1"},
    ),
    "after a lost reply, right or a gap": ((start(), chunk(0, 100), LOST, chunk(2, status=409)), {}),
    "after a lost reply, right or a gap, taken": ((start(), chunk(0, 100), LOST, chunk(2, 300)), {}),
    "the reply came in the end, and the next chunk is refused": (
        (start(), chunk(0, 100), LOST, chunk(1, 200), chunk(2, status=400)),
        {"failed": "CHUNK-1"},
    ),
    "a wrong total, and right ones from there": (
        (start(), chunk(0, 99), chunk(1, 199), chunk(2, 299)),
        {"failed": "CHUNK-2"},
    ),
    "a wrong total after a lost reply": (
        (start(), chunk(0, 100), LOST, chunk(1, 150), chunk(2, 250)),
        {"failed": "CHUNK-2"},
    ),
    "a retry with a wrong total": ((start(), *TWO, chunk(1, 250)), {"failed": "CHUNK-2"}),
    "a retry that counts twice": ((start(), *TWO, chunk(1, 300)), {"failed": "CHUNK-6"}),
    "an older number, and then a wrong total": (
        (start(), *TWO, chunk(2, 300), chunk(0, 300), chunk(3, 999)),
        {"failed": "CHUNK-2"},
    ),
    "an older number that adds, and what follows": (
        (start(), *TWO, chunk(0, 300), chunk(2, 400)),
        {"failed": "CHUNK-5"},
    ),
    "an older number acked without a total, and the next": (
        (start(), *TWO, chunk(2, 300), chunk(0), chunk(3, 400)),
        {"passed": "CHUNK-5"},
    ),
    "an older number acked without a total, and nothing": (
        (start(), *TWO, chunk(2, 300), chunk(0)),
        {"left_open": "CHUNK-5"},
    ),
    "status 299": ((start(), chunk(0, 100, status=299)), {"passed": "CHUNK-1 CHUNK-2"}),
    "status 300": ((start(), chunk(0, status=300)), {"left_open": "CHUNK-1"}),
    "status 399": ((start(), chunk(0, status=399)), {"left_open": "CHUNK-1"}),
    "status 499": ((start(), chunk(0, status=499)), {"failed": "CHUNK-1"}),
    "no HTTP": ((start(), chunk(0, status=None, failure="malformed"), chunk(0, 100)), {"failed": "CHUNK-1"}),
    "a right chunk refused, and what follows": ((start(), chunk(0, status=400), chunk(1, 100)), {"failed": "CHUNK-1"}),
    "one among chunks of the same size refused": ((start(), *TWO, chunk(2, status=400)), {"failed": "CHUNK-1"}),
    "a smaller one refused": ((start(), *TWO, chunk(2, status=400, size=99)), {"failed": "CHUNK-8"}),
    "a larger one refused": ((start(), *TWO, chunk(2, status=400, size=101)), {"failed": "CHUNK-8"}),
    "a format refused late": ((start(), *TWO, chunk(2, status=415)), {"failed": "CHUNK-9"}),
    "too small, and small": ((start(), says(400, "too small", size=31_999)), {"failed": "CHUNK-8"}),
    "too small, and of an advised size": ((start(), says(400, "too small", size=32_000)), {"failed": "CHUNK-1"}),
    "the largest advised size refused": ((start(), chunk(0, status=413, size=128_000)), {"failed": "CHUNK-1"}),
    "a byte more refused": ((start(), chunk(0, status=413, size=128_001)), {}),
    "a size, and the same size after a keepalive": (
        (start(), chunk(0, 100), KEEPALIVE, chunk(1, 200)),
        {"untried": "CHUNK-8 TTL-1 AUTH-2 AUTH-3 START-2"},
    ),
    "one of two that were refused counts": (
        (start(), *TWO, chunk(4, status=409, size=30), chunk(0, status=409, size=40), chunk(2, 330)),
        {"failed": "CHUNK-4 CHUNK-10"},
    ),
    "both that were refused count": (
        (
            *(start(), chunk(0, 100), chunk(3, status=409, size=5), chunk(1, 200)),
            *(chunk(4, status=409, size=30), chunk(5, status=409, size=40), chunk(2, 370)),
        ),
        {"failed": "CHUNK-4 CHUNK-10"},
    ),
    "a total of nothing that was refused": ((start(), *TWO, GAP, chunk(2, 333)), {"failed": "CHUNK-2"}),
}

STANDING = {
    "a refused gap, and a keepalive": (
        (start(), *TWO, GAP, KEEPALIVE, chunk(2, status=404)),
        {"failed": "CHUNK-4", "left_open": "CHUNK-3"},
    ),
    "a refused gap, and a consumer": (
        (start(), *TWO, GAP, attach(), chunk(2, status=404)),
        {"failed": "CHUNK-4", "left_open": "CHUNK-3"},
    ),
    "a refused gap, and nonsense": (
        (start(), *TWO, GAP, chunk("x", status=400), chunk(2, status=404)),
        {"failed": "CHUNK-4", "left_open": "CHUNK-3"},
    ),
    "a refused gap, and the right one": (
        (start(), *TWO, GAP, chunk(2, 300), chunk(3, status=400)),
        {"failed": "CHUNK-1", "passed": "CHUNK-3 CHUNK-4 CHUNK-10"},
    ),
    "a stranger turned away, and the consumer let in": (
        (start(), *TWO, attach(status=401, key="wrong"), attach(), chunk(2, status=400)),
        {"failed": "CHUNK-1", "passed": "AUTH-4"},
    ),
    "a stranger's chunk taken, and what follows": (
        (start(), chunk(0, 100, key="wrong"), chunk(1, 200)),
        {"failed": "AUTH-2"},
    ),
    "a stranger's finalize taken, and what follows": (
        (start(), control("finalize", key="wrong"), chunk(0, status=409)),
        {"failed": "AUTH-3"},
    ),
    "a stranger's chunk that fails": (
        (start(), chunk(0, status=500, key="wrong"), chunk(0, 100)),
        {"left_open": "AUTH-2"},
    ),
    "a stranger's unknown action": (
        (start(), *TWO, control("explode", status=401, key="wrong"), KEEPALIVE),
        {"passed": "AUTH-3", "untried": "CTRL-4"},
    ),
    "the right consumer refused": ((start(), *TWO, attach(status=409)), {"failed": "STREAM-1"}),
    "the right consumer refused after a silence": (
        (start(), *TWO, wait(20), attach(status=409)),
        {"failed": "STREAM-1"},
    ),
    "a start without authority": ((wait(5), start(status=401)), {"failed": "START-1"}),
    "a start that may come again": ((start(status=429), start()), {"passed": "START-1"}),
    "all but a consumer": (
        (start(), *TWO, KEEPALIVE, attach(status=401, key="wrong")),
        {"left_open": "AUTH-4", "untried": "START-2"},
    ),
    "a keepalive that fails before any chunk": ((start(), control("keepalive", status=500)), {"failed": "CTRL-3"}),
    "a keepalive alone": ((start(), KEEPALIVE), {"untried": "CHUNK-1"}),
    "an unknown action that fails": (
        (start(), *TWO, control("explode", status=500), chunk(2, 300)),
        {"left_open": "CTRL-4"},
    ),
    "an unknown action refused, and another refusal": (
        (start(), *TWO, control("explode", status=400), GAP),
        {"left_open": "CTRL-4 CHUNK-3"},
    ),
    "an unknown action refused, and another session": (
        (start(), *TWO, control("explode", status=400), start()),
        {"left_open": "CTRL-4"},
    ),
}

LIVES = {
    "less than a quarter of a life in silence": (
        (start(), *TWO, wait(14), chunk(2, status=410)),
        {"failed": "CHUNK-1"},
    ),
    "more than a quarter of a life in silence": ((start(), *TWO, wait(17), chunk(2, status=410)), {"failed": "TTL-1"}),
    "no silence, late in its life": (
        (start(), *TWO, wait(14), chunk(2, 300), wait(14), chunk(3, 400), wait(1), chunk(4, status=410)),
        {"failed": "CHUNK-1"},
    ),
    "no silence": ((start(), *TWO), {"untried": "TTL-1 CHUNK-8 CTRL-1 STREAM-1"}),
    "a chunk taken when the time may have run out": ((start(), *TWO, wait(62), chunk(2, 300)), {"untried": "TTL-1"}),
    "within a quarter of the TTL after its end": ((start(), wait(74), chunk(0, 100)), {"untried": "TTL-2 TTL-1"}),
    "beyond a quarter of the TTL after its end": ((start(), wait(79), chunk(0, 100)), {"failed": "TTL-2"}),
    "a consumer may keep it alive": ((*OPEN, wait(140), chunk(0, 100)), {"untried": "TTL-2"}),
    "a consumer who has left does not": ((*OPEN, over("left"), wait(140), chunk(0, 100)), {"failed": "TTL-2"}),
    "nor does a second one who has left": (
        (*OPEN, attach(), over("left", n=3), wait(140), chunk(0, 100)),
        {"failed": "STREAM-2"},
    ),
    "born dead, and nothing is known of its life": (
        (start(expires_in=-5), wait(40), chunk(0, 100)),
        {"failed": "START-3"},
    ),
    "born in the very second of its end": ((start(expires_at=WALL), wait(40), chunk(0, 100)), {"failed": "START-3"}),
    "too near to tell": ((start(expires_in=1.5),), {"left_open": "START-3"}),
    "a keepalive that takes time away does so in words alone": (
        (start(), *TWO, control("keepalive", expires_at=WALL + 5), wait(20), chunk(2, status=410)),
        {"failed": "CTRL-3 TTL-1"},
    ),
    "a second keepalive acked after the end that none has moved": (
        (start(), *TWO, wait(36), KEEPALIVE, wait(26), KEEPALIVE, chunk(2, status=410)),
        {"failed": "CTRL-3"},
    ),
    "an error, and the end of the stream": ((*OPEN, *TWO, ERROR, over()), {"untried": "TTL-1"}),
    "the consumer leaves": ((*OPEN, *TWO, over("left")), {"untried": "TTL-1"}),
}

ENDS = {
    "finalize alone": ((*OPEN, *TWO, FINALIZE), {"untried": "CTRL-1"}),
    "an error in place of done": ((*OPEN, *TWO, FINALIZE, ERROR, over()), {"left_open": "CTRL-1"}),
    "nothing to wait for": ((*OPEN, FINALIZE, waited("done", 61)), {}),
    "a wait for something else": ((*OPEN, *TWO, FINALIZE, waited("status", 61)), {}),
    "a wait that was not in vain": ((*OPEN, *TWO, FINALIZE, waited("done", 61, "over-budget")), {}),
    "too little patience, late": (
        (*OPEN, *TWO, wait(20), FINALIZE, waited("done", 50)),
        {"left_open": "CTRL-1"},
    ),
    "patience in two parts": ((*OPEN, *TWO, FINALIZE, wait(30), waited("done", 31)), {"failed": "CTRL-1"}),
    "patience but for rounding": ((*OPEN, *TWO, FINALIZE, waited("done", 59.9895)), {"failed": "CTRL-1"}),
    "patience but for more than that": ((*OPEN, *TWO, FINALIZE, waited("done", 59.98)), {"left_open": "CTRL-1"}),
    "finalize refused where there is no audio": (
        (*OPEN, control("finalize", status=409), chunk(0, 100), COMPLETED),
        {"failed": "EVENT-3"},
    ),
    "cancel refused": ((*OPEN, *TWO, control("cancel", status=409), COMPLETED), {"failed": "CTRL-2 EVENT-3"}),
    "done after a cancel, and the end": (
        (*OPEN, *TWO, control("cancel"), event("done", DONE), over()),
        {"failed": "CTRL-2"},
    ),
    "a cancel, and the consumer leaves": (
        (*OPEN, *TWO, control("cancel", reason="bye"), over("left")),
        {"untried": "CTRL-2"},
    ),
    "a cancel, and little patience": ((*OPEN, *TWO, wait(20), control("cancel"), waited("end", 5)), {}),
    "a cancel, and patience in two parts": (
        (*OPEN, *TWO, control("cancel"), wait(6), waited("end", 5)),
        {"failed": "CTRL-2"},
    ),
    "a cancel, and patience but for rounding": (
        (*OPEN, *TWO, control("cancel"), waited("end", 9.9895)),
        {"failed": "CTRL-2"},
    ),
    "a cancel, and patience twice": (
        (*OPEN, *TWO, control("cancel"), waited("end", 11), waited("end", 11)),
        {"failed": "CTRL-2"},
    ),
    "a reason in a list": (
        (
            *(*OPEN, *TWO, control("cancel", reason="bye")),
            *(event("error", {"code": "x", "message": "", "details": [{"said": "bye"}]}), over()),
        ),
        {"passed": "CTRL-2"},
    ),
    "a reason in no string of a list": (
        (
            *(*OPEN, *TWO, control("cancel", reason="bye")),
            *(event("error", {"code": "x", "message": "", "details": [7, "good night"]}), over()),
        ),
        {"failed": "CTRL-2"},
    ),
    "two events after done": ((*OPEN, *TWO, *FINISHED[:-1], ERROR, ERROR, over()), {"failed": "STREAM-6"}),
    "done, and the consumer leaves": (
        (*OPEN, *TWO, *FINISHED[:-1], over("left"), waited("end", 11)),
        {"untried": "STREAM-6"},
    ),
    "done, and a wait for something else": ((*OPEN, *TWO, *FINISHED[:-1], waited("status", 11)), {}),
    "done, and a wait that was not in vain": ((*OPEN, *TWO, *FINISHED[:-1], waited("end", 11, "came")), {}),
    "done, and little patience": ((*OPEN, *TWO, wait(20), *FINISHED[:-1], waited("end", 5)), {}),
    "done, and patience but for rounding": (
        (*OPEN, *TWO, *FINISHED[:-1], waited("end", 9.9995)),
        {"failed": "STREAM-6"},
    ),
    "done, and patience twice": (
        (*OPEN, *TWO, *FINISHED[:-1], waited("end", 11), waited("end", 11)),
        {"failed": "STREAM-6"},
    ),
}

CONSUMERS = {
    "processing shows that the first goes on": (
        (*OPEN, *TWO, REFUSED, FINALIZE, first("status", phase="processing", progress=0.9)),
        {"passed": "STREAM-2"},
    ),
    "ingesting may have been under way": (
        (*OPEN, *TWO, REFUSED, FINALIZE, first("status", phase="ingesting", progress=0.9)),
        {"left_open": "STREAM-2"},
    ),
    "processing before finalize may have been under way": (
        (*OPEN, *TWO, REFUSED, first("status", phase="processing", progress=0.9)),
        {"left_open": "STREAM-2"},
    ),
    "a moment may have been under way": ((*OPEN, *TWO, REFUSED, first("moment")), {"left_open": "STREAM-2"}),
    "an error shows that the first goes on": (
        (*OPEN, *TWO, REFUSED, first("error", code="x", message="y")),
        {"passed": "STREAM-2"},
    ),
    "done shows that the first goes on": (
        (start(), attach(), *TWO, REFUSED, FINALIZE, first("done", **DONE)),
        {"passed": "STREAM-2"},
    ),
    "an event, and the first put out, before the second is answered": (
        (*OPEN, *TWO, slowly(REFUSED, first("moment"), over(n=2))),
        {"failed": "STREAM-2"},
    ),
    "an error, and the end, before the second is answered": (
        (*OPEN, *TWO, slowly(REFUSED, first("error", code="x", message="y"), over(n=2))),
        {"untried": "STREAM-2 TTL-1"},
    ),
    "a second one let in once the first had left": (
        (*OPEN, *TWO, slowly(attach(), over("left", n=2))),
        {"untried": "STREAM-2"},
    ),
    "a second one let in when all was over": (
        (
            *(*OPEN, *TWO),
            slowly(attach(), FINALIZE, first("status", phase="completed", progress=1), first("done", **DONE)),
        ),
        {"untried": "STREAM-2"},
    ),
    "a second one let in, and an error, and the end": (
        (*OPEN, *TWO, attach(), first("error", code="x", message="y"), FINALIZE, over(n=2)),
        {"failed": "STREAM-2"},
    ),
    "a second one let in, after an earlier stream's error": (
        (*OPEN, *TWO, ERROR, over("left"), attach(), attach()),
        {"failed": "STREAM-2", "passed": "STREAM-3"},
    ),
    "a second one that fails": ((*OPEN, *TWO, attach(status=500), chunk(2, 300)), {"left_open": "STREAM-2"}),
    "a second one refused, and the first leaves": (
        (*OPEN, *TWO, REFUSED, over("left", n=2)),
        {"left_open": "STREAM-2"},
    ),
    "a second one refused, and the first put out": ((*OPEN, *TWO, REFUSED, over(n=2)), {"failed": "STREAM-2"}),
    "a second one refused, and a cancel": (
        (*OPEN, *TWO, REFUSED, control("cancel"), over(n=2)),
        {"failed": "CTRL-2", "left_open": "STREAM-2"},
    ),
    "a second one refused, and the first starved": (
        (*OPEN, *TWO, REFUSED, FINALIZE, waited("done", 59.9995)),
        {"failed": "STREAM-2"},
    ),
    "a second one refused, and the first never told of anything": (
        (start(), attach(), *TWO, REFUSED, FINALIZE, waited("done", 61)),
        {"left_open": "STREAM-2"},
    ),
    "a second one refused, and the first told of something": (
        (*OPEN, *TWO, REFUSED, first("moment"), FINALIZE, waited("done", 61)),
        {"left_open": "STREAM-2"},
    ),
    "a second one refused, and little patience": (
        (*OPEN, *TWO, wait(20), REFUSED, FINALIZE, waited("done", 50)),
        {"left_open": "STREAM-2"},
    ),
    "an event stream, and its character set": (
        (start(), attach(content_type="Text/Event-Stream; charset=utf-8")),
        {"passed": "STREAM-1"},
    ),
    "one who comes back and is let in beside another": (
        (*OPEN, *TWO, attach(), over("left", n=2), wait(31), attach(status=409), chunk(2, 300)),
        {"failed": "STREAM-2"},
    ),
    "no more than half a minute": (
        (*OPEN, *TWO, over("left"), wait(29.9), attach(status=409), chunk(2, 300), attach()),
        {"passed": "STREAM-3"},
    ),
}

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

BACK = {
    "one for whom there is no connection": (
        (*OPEN, *TWO, over("left"), wait(31), unreachable, chunk(2, 300)),
        {"untried": "STREAM-3"},
    ),
    "one who may have been let in, and then nobody": (
        (
            *(*OPEN, *TWO, over("left"), wait(31), attach(status=504), attach(status=409)),
            *(wait(31), attach(status=409), chunk(2, 300)),
        ),
        {"failed": "STREAM-3"},
    ),
    "one who asks in vain": (
        (*OPEN, *TWO, over("left"), wait(31), attach(status=500), chunk(2, 300)),
        {"failed": "STREAM-3"},
    ),
}


def named(seconds):
    """A keepalive whose reply names an `expires_at` so long after the start."""
    return control("keepalive", expires_at=WALL + seconds)


EXTENDED = {
    "the same time, which leaves enough": ((start(), wait(10), named(60)), {}),
    "the same time, which leaves less": ((start(), wait(20), named(60)), {"failed": "CTRL-3"}),
    "less than a tenth later": ((start(), wait(20), named(61.9)), {"failed": "CTRL-3"}),
    "more than a tenth later": ((start(), wait(20), named(62.1)), {}),
    "hardly later, and at once": ((start(), wait(20), named(62.1), wait(1.9), named(62.15)), {}),
    "hardly later, and not at once": (
        (start(), wait(20), named(62.1), wait(2.1), named(62.15)),
        {"failed": "CTRL-3"},
    ),
    "moved by a keepalive, and then no more": ((start(), wait(20), named(70), wait(20), named(70)), {}),
    "moved by a chunk perhaps, and then no more": (
        (start(), chunk(0, 100), wait(20), named(70), wait(20), named(70)),
        {"failed": "CTRL-3"},
    ),
    "moved by a chunk perhaps, by a keepalive, and then no more": (
        (start(), chunk(0, 100), wait(20), named(70), wait(5), named(80), wait(25), named(80)),
        {},
    ),
    "a chunk within the grace": ((start(), wait(40), named(160), wait(30), chunk(0, 100)), {"untried": "CTRL-3"}),
    "a chunk beyond it, as was promised": (
        (start(), chunk(0, 100), wait(40), named(160), wait(70), chunk(1, 200)),
        {"passed": "CTRL-3"},
    ),
    "a chunk beyond it, as was not": (
        (start(), chunk(0, 100), wait(40), KEEPALIVE, wait(40), chunk(1, 200)),
        {"untried": "CTRL-3"},
    ),
    "a refused gap, and the stream's end within a second": (
        (*OPEN, *TWO, GAP, wait(0.9), over()),
        {"failed": "CHUNK-4", "left_open": "CHUNK-3"},
    ),
    "a refused gap, and the stream's end later": ((*OPEN, *TWO, GAP, wait(1.1), over()), {"left_open": "CHUNK-3"}),
    "an ack without a total, and a right one": ((start(), chunk(0), chunk(1, 200)), {"failed": "CHUNK-2"}),
    "two of three dimensions": (
        (*OPEN, event("emotion", {"pad": [0.1, 0.2], "distribution": [1, 0, 0, 0, 0, 0, 0]})),
        {"failed": "EVENT-5"},
    ),
    "three dimensions, one in words": (
        (*OPEN, event("emotion", {"pad": [0.1, "much", 0.2], "distribution": [1, 0, 0, 0, 0, 0, 0]})),
        {"failed": "EVENT-5"},
    ),
}


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param(*case, id=name)
        for cases in (CHUNKS, STANDING, LIVES, ENDS, CONSUMERS, EVENTS, BACK, EXTENDED)
        for name, case in cases.items()
    ],
)
def test_each_side_of_a_border_has_its_verdict(history, expected):
    lands(history, **expected)


@pytest.mark.parametrize(("media", "history", "expected"), HEARD.values(), ids=HEARD)
def test_each_side_of_what_can_be_heard_has_its_verdict(media, history, expected):
    lands(judged(*history, media=media), **expected)


@pytest.mark.parametrize(("history", "expected"), LATE.values(), ids=LATE)
def test_late_results_are_told_from_late_speech(history, expected):
    lands(judged(*OPEN, *history, media=MINUTE), **expected)


UNANSWERED = {
    "a finalize in doubt, and a chunk taken": (
        (start(), *TWO, control("finalize", status=504), chunk(2, 300)),
        {"untried": "CHUNK-7"},
    ),
    "a finalize in doubt, and a chunk refused": (
        (start(), *TWO, control("finalize", status=504), chunk(2, status=409)),
        {},
    ),
    "a finalize in doubt, done, and a keepalive": (
        (*OPEN, *TWO, slowly(control("finalize", status=504), COMPLETED, event("done", DONE)), KEEPALIVE),
        {"untried": "CTRL-1"},
    ),
    "no connection, and the number after it": (
        (start(), *TWO, chunk(2, status=None, failure="unreachable"), chunk(3, 400)),
        {"failed": "CHUNK-3"},
    ),
    "an attach that failed is no consumer": (
        (start(), attach(status=503), wait(140), chunk(0, 100)),
        {"failed": "TTL-2"},
    ),
    "a smaller chunk that fails": ((start(), chunk(0, 100), chunk(1, status=503, size=50)), {"untried": "CHUNK-8"}),
    "a retry refused while the first may be under way, and then taken": (
        (
            *(start(), chunk(0, 100), chunk(1, status=None, failure="timeout")),
            *(chunk(1, status=409), chunk(1, 200), chunk(2, 999)),
        ),
        {"failed": "CHUNK-2", "left_open": "CHUNK-6"},
    ),
}


@pytest.mark.parametrize(("history", "expected"), UNANSWERED.values(), ids=UNANSWERED)
def test_under_load_what_gets_no_answer_leaves_both_sides_open(history, expected):
    lands(judged(*history, strict=False), **expected)


PINNED = {
    "late": ((start(), *TWO, FINALIZE), lambda code: chunk(2, status=code), (), "CHUNK-7"),
    "expired": ((start(), wait(140)), lambda code: chunk(0, status=code), (), "TTL-2"),
    "first": ((start(),), lambda code: chunk(1, status=code), (chunk(0, 100),), "CHUNK-5"),
    "gap": ((start(), *TWO), lambda code: chunk(4, status=code), (chunk(2, 300),), "CHUNK-3"),
    "auth": ((start(),), lambda code: chunk(0, status=code, key="wrong"), (chunk(0, 100),), "AUTH-2"),
    "second-consumer": (
        OPEN,
        lambda code: attach(status=code),
        (chunk(0, 100), FINALIZE, first("status", phase="completed", progress=1)),
        "STREAM-2",
    ),
}


@pytest.mark.parametrize(("pin", "told"), PINNED.items(), ids=PINNED)
def test_a_pinned_refusal_is_that_one_and_no_other(pin, told):
    before, asking, after, requirement = told
    pinned = Profile(refusals={pin: 418})
    assert requirement in verdicts(judged(*before, asking(418), *after, profile=pinned), Verdict.PASS)
    for code in (403, 422):
        assert verdicts(judged(*before, asking(code), *after, profile=pinned), Verdict.FAIL) == {requirement}
    other = Profile(refusals={"late" if pin == "gap" else "gap": 418})
    assert not judged(*before, asking(403), *after, profile=other).findings


@pytest.mark.parametrize("pin", sorted(PINNED.keys() - {"auth", "second-consumer"}))
def test_a_pin_makes_a_refusal_of_what_is_none_by_its_nature(pin):
    before, asking, after, requirement = PINNED[pin]
    history = (*before, asking(503), *after)
    assert requirement in verdicts(judged(*history, profile=Profile(refusals={pin: 503})), Verdict.PASS)
    assert requirement in verdicts(judged(*history), Verdict.INCONCLUSIVE)


def test_each_application_counts_once():
    judge = judged(
        *(*OPEN, *[chunk(3, status=409)] * 3, chunk(0, 100), *[chunk(1, status=401, key="wrong")] * 2, chunk(1, 200)),
        *([control("explode", status=400)] * 2),
        *([chunk(9, status=409)] * 3),
        *(chunk(2, 250, size=50), chunk(2, 250, size=50), REFUSED, REFUSED, FINALIZE),
        *(first("status", phase="processing", progress=0.9), first("status", phase="completed", progress=1)),
        *(first("done", **DONE), over(n=2)),
    )
    assert not judge.findings
    passed = {name: tally.passed for name, tally in judge.tallies.items()}
    once = {
        "START-1",
        "START-3",
        "START-2",
        "CHUNK-6",
        "CHUNK-8",
        "CTRL-1",
        "STREAM-1",
        "STREAM-4",
        "STREAM-6",
        "EVENT-9",
    }
    assert {name for name, times in passed.items() if times == 1} == once
    assert {name: times for name, times in passed.items() if times > 1} == {
        "AUTH-2": 4,  # the endpoint asks for a key, and what was sent without one does not count
        "CHUNK-1": 3,
        "CHUNK-2": 4,
        "CHUNK-3": 3,
        "CHUNK-4": 3,
        "CHUNK-5": 3,
        "CHUNK-10": 8,
        "CTRL-4": 2,
        "EVENT-1": 4,
        "EVENT-2": 3,
        "EVENT-3": 3,
        "STREAM-2": 2,
    }


def test_what_may_or_may_not_have_arrived_proves_nothing():
    judge = judged(start(), chunk(0, status=None, failure="timeout", key="wrong"), chunk(0, 100))
    assert (judge.tallies["AUTH-2"].passed, judge.tallies["AUTH-2"].inconclusive) == (0, 1)


def told(*happenings, date=None, **header):
    """A history whose replies have that `Date`, or none, and whose header knows more."""
    history = History()
    for happen in (*happenings, end):
        happen(history)
    judge = Judge(Profile())
    judge.observe(msgspec.structs.replace(history.lines[0], **header))
    for line in history.lines[1:]:
        judge.observe(msgspec.structs.replace(line, date=date or "") if hasattr(line, "date") else line)
    assert not judge.crashes
    return judge


def test_without_a_date_the_run_may_know_the_clock_all_the_same():
    known = (WALL - 0.1, WALL + 0.1)
    eternal = (start(), wait(140), chunk(0, 100))
    assert verdicts(told(*eternal, server_offset=known), Verdict.FAIL) == {"TTL-2"}
    assert not told(*eternal).findings


def test_a_clock_that_is_known_tells_what_a_date_does_not():
    assert "START-3" in verdicts(judged(start(expires_in=1.5)), Verdict.INCONCLUSIVE)
    history = History()
    start(expires_in=1.5)(history)
    judge = Judge(Profile())
    judge.observe(msgspec.structs.replace(history.lines[0], server_offset=(WALL, WALL + 0.1)))
    for line in history.lines[1:]:
        judge.observe(line)
    assert verdicts(judge, Verdict.PASS) == {"START-1", "START-3"}


def test_a_session_of_which_no_time_is_known_lives_two_seconds():
    assert verdicts(told(start(), *TWO, wait(1.9), chunk(2, status=400)), Verdict.FAIL) == {"CHUNK-1"}
    assert not told(start(), *TWO, wait(2.1), chunk(2, status=400)).findings


def test_a_chunk_that_was_under_way_when_track_was_lost_is_not_judged():
    done = slowly(chunk(2, 300), event("done", DONE))
    assert verdicts(judged(*OPEN, *TWO, done), Verdict.FAIL) == {"EVENT-3"}
    for seq, total in (("1", 200), ("0", 200), ("9", None)):
        crossing = slowly(chunk(seq, total), chunk(7, 300))
        assert verdicts(judged(start(), *TWO, crossing), Verdict.FAIL) == {"CHUNK-3"}


def test_a_finding_says_where_and_when_and_shows_what_came_before():
    [finding] = judged(*OPEN, *TWO, wait(3), status("resting", 0.5)).findings
    assert (finding.requirement, finding.session, finding.scenario, finding.seed) == ("EVENT-2", "s", "probe", 1)
    assert finding.at == pytest.approx(3.04)
    assert len(finding.trail) == 10
    assert finding.trail[-1].payload == {"phase": "resting", "progress": 0.5}
    [later] = judged(wait(5), *OPEN, wait(3), *[status("ingesting", 0.1)] * 40, status("resting", 0.5)).findings
    assert later.at == pytest.approx(3.02)
    assert len(later.trail) == 24
    assert len(judged(*OPEN, *[status("resting", 0.1)] * 40).findings) == 20


def test_what_is_left_open_is_counted_and_some_of_the_reasons_kept():
    judge = judged(start(), *TWO, *[chunk(n, status=500) for n in (4, 4, 5, 6, 7)])
    tally = judge.tallies["CHUNK-3"]
    assert (tally.passed, tally.failed, tally.inconclusive) == (0, 0, 5)
    assert [reason.split(",")[0] for reason in tally.reasons] == ["chunk 4", "chunk 5", "chunk 6"]


def test_tallies_add_up():
    tally = Tally(1, 2, 3, ["a", "b"])
    tally.merge(Tally(10, 20, 30, ["b", "c", "d"]))
    assert tally == Tally(11, 22, 33, ["a", "b", "c"])


def test_a_crash_says_which_check_it_was(monkeypatch):
    monkeypatch.setattr("harness.oracle.checks.events._NAMED", (passed("CHUNK-1"),))
    judge = Judge(Profile())
    judge.observe(Event(1, 0.0, "moment", "{}", payload={}))
    assert judge.crashes == ["EventsAreKnown.event: LookupError('CHUNK-1 is none of its requirements')"]
    assert judge.tallies["EVENT-1"].reasons == ["the check EventsAreKnown crashed: a fault of the harness"]


def test_a_reply_to_nothing_is_no_matter():
    judge = Judge(Profile())
    judge.observe(Returned(7, 0.0, status=200))
    assert not judge.tallies


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


def look(moments):
    """At metrics that have counted so many."""
    shown = f'live_events_total{{event="moment"}} {moments}\nagent_latency_seconds_avg 0\n'
    return lambda h: h.exchange(200, shown, kind="metrics", path="/metrics")


MOMENT = event("moment", {})
TO_ITS_END = (MOMENT, FINALIZE, COMPLETED, event("done", DONE), over())
COUNTED = {
    "one stream": ((start(), attach(), *TO_ITS_END), {"passed": "OPS-1 OPS-2"}),
    "one stream, and audio": ((start(), attach(), chunk(0, 100), *TO_ITS_END), {"passed": "OPS-1 OPS-2"}),
    "audio before the stream": ((start(), chunk(0, 100), attach(), *TO_ITS_END), {"untried": "OPS-2"}),
    "two streams": ((start(), attach(), *TO_ITS_END, attach(), over()), {"untried": "OPS-2"}),
}


@pytest.mark.parametrize(("history", "expected"), COUNTED.values(), ids=COUNTED)
def test_counters_are_held_against_one_stream_that_was_told_everything(history, expected):
    lands((look(0), look(0), *history, look(1), look(1)), **expected)


def test_metrics_at_another_origin_are_left_open_and_other_urls_are_not():
    for kind, left_open in (("metrics", {"OPS-1"}), ("artifact", set())):
        judge = judged(start(), lambda h, kind=kind: h.lines.append(Withheld(kind, h.now, "http://evil/")))
        assert verdicts(judge, Verdict.INCONCLUSIVE) == left_open
        assert not judge.findings


def test_results_in_time_count_once():
    judge = judged(*OPEN, AUDIO, transcript(), transcript(1), media=MINUTE)
    assert judge.tallies["STREAM-5"].passed == 1
