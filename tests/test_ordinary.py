"""The short way of ordinary chunks, and of payloads that are as most are, leads where the long way leads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.profile import Profile
from harness.history.observations import Event, Media
from harness.oracle import judge as judging
from harness.oracle.checks.sizes import SizesMayVary
from harness.oracle.judge import Judge
from harness.oracle.likeliest import Likeliest
from harness.oracle.ordinary import is_ordinary_chunk
from harness.oracle.payload import Reader
from tests.histories import (
    DONE,
    OPEN,
    TOLD,
    TTL,
    UTTERANCE,
    WALL,
    History,
    attach,
    chunk,
    control,
    end,
    event,
    over,
    slowly,
    start,
    wait,
)

MEDIA = Media("wav", 1.0, 0, 400)


class Caller:
    """Pushes chunks in turn, most of them as large as the one before, to a server that counts them right."""

    def __init__(self):
        self.seq = self.total = 0

    def right(self, h, size=100, **more):
        self.total += size
        self.seq += 1
        chunk(self.seq - 1, self.total, size=size, audio=f"d@{self.total - size}", **more)(h)

    def uncounted(self, h, **more):
        chunk(self.seq, **{"audio": f"d@{self.total}", **more})(h)

    def miscounted(self, h):
        self.total += 7
        self.right(h)

    def odd(self, h, seq=None, **body):
        """One that is counted right, with a number or an ack that are not as usual."""
        self.total += 100
        body = {"received_bytes": self.total, **body}
        h.exchange(200, body, kind="chunk", seq=seq or str(self.seq), size=100, audio=f"d@{self.total - 100}")
        self.seq += 1


OTHERS = {
    "another size": lambda caller, h: caller.right(h, 70),
    "a wrong total": Caller.miscounted,
    "no total": Caller.uncounted,
    "again": lambda caller, h: chunk(caller.seq - 1, caller.total)(h),
    "a gap": lambda caller, h: chunk(caller.seq + 3, status=409)(h),
    "a gap, taken": lambda caller, h: chunk(caller.seq + 3, caller.total)(h),
    "another way to write it": lambda caller, h: caller.odd(h, f"0{caller.seq}"),
    "an ack with its expiry": lambda caller, h: caller.odd(h, expires_at=WALL + h.now + TTL),
    "two at once": lambda caller, h: slowly(caller.right, caller.right)(h),
    "done meanwhile": lambda caller, h: slowly(caller.right, event("done", DONE))(h),
    "no reply": lambda caller, h: caller.uncounted(h, status=None, failure="timeout"),
    "a failure": lambda caller, h: caller.uncounted(h, status=503),
    "no key": lambda caller, h: caller.uncounted(h, status=401, key="missing"),
    "a pause": lambda _, h: wait(17)(h),
    "a long pause": lambda _, h: wait(70)(h),
    "keepalive": lambda _, h: control("keepalive")(h),
    "finalize": lambda _, h: control("finalize")(h),
    "finalize, refused": lambda _, h: control("finalize", status=409)(h),
    "explode": lambda _, h: control("explode", status=400)(h),
    "attach": lambda _, h: attach()(h),
    "a second one": lambda _, h: attach(status=409)(h),
    "left": lambda _, h: over("left")(h),
    "an utterance": lambda _, h: UTTERANCE(h),
    "an emotion of another": lambda _, h: event("emotion", {"session_id": "b"})(h),
    "an error": lambda _, h: event("error", {"code": "x", "message": "y"})(h),
    "done": lambda _, h: event("done", DONE)(h),
}


def said(lines):
    judge = Judge(Profile())
    for line in lines:
        judge.observe(line)
    return judge.tallies, judge.findings, judge.notes, judge.account, judge.crashes


def both_ways(lines):
    quick = said(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "is_ordinary_chunk", lambda *_: False)
        return quick, said(lines)


@given(st.booleans(), st.lists(st.tuples(st.sampled_from(sorted(OTHERS)), st.integers(0, 4)), max_size=8))
def test_what_is_said_of_a_session_is_the_same_without_the_short_way(strict, happenings):
    caller, h = Caller(), History(strict=strict, media=MEDIA)
    for happen in (*OPEN, caller.right, UTTERANCE, caller.right):
        happen(h)
    for what, chunks in happenings:
        OTHERS[what](caller, h)
        for _ in range(chunks):
            caller.right(h)
    end(h)
    quick, long = both_ways(h.lines)
    assert quick == long
    assert not quick[-1]


def both_at_once(caller):
    """Two chunks that leave together, and are answered in their order."""

    def happen(h):
        caller.right(h)
        caller.right(h)
        first, answered, second, last = h.lines[-4:]
        h.lines[-4:] = first, second, answered, last

    return happen


def pushing(caller, *between, times):
    return (*between, caller.right) * times


IN_STEP = {
    "a keepalive that proves itself": lambda caller: (
        control("keepalive", expires_at=WALL + 300),
        *pushing(caller, wait(10), times=14),
    ),
    "no pause is long enough to show anything": lambda caller: pushing(caller, wait(10), times=12),
    "one is": lambda caller: (*pushing(caller, wait(10), times=2), wait(20), caller.right),
    "an ack names an expiry": lambda caller: (
        *pushing(caller, wait(10), times=3),
        lambda h: caller.odd(h, expires_at=WALL + h.now + TTL),
        wait(40),
        caller.right,
    ),
    "two at once": lambda caller: (both_at_once(caller), caller.right),
    "what is told was pushed": lambda caller: (
        *pushing(caller, times=6),
        event("final_transcript", {**TOLD, "start": 6.0, "end": 7.5}),
    ),
    "a number comes from before": lambda caller: (
        lambda h: caller.uncounted(h, status=503),
        *pushing(caller, times=3),
        event("final_transcript", {**TOLD, "start": 4.0, "end": 6.5}),
    ),
}


@pytest.mark.parametrize("happenings", IN_STEP.values(), ids=IN_STEP)
def test_a_call_in_step_is_judged_as_by_the_long_way(happenings):
    caller, h = Caller(), History(media=Media("wav", 10.0, 0, 1000))
    for happen in (*OPEN, caller.right, UTTERANCE, caller.right, *happenings(caller), end):
        happen(h)
    quick, long = both_ways(h.lines)
    assert quick == long


def test_a_check_that_crashes_at_each_chunk_is_asked_of_each():
    caller, h = Caller(), History()
    for happen in (*OPEN, caller.right, UTTERANCE, *[caller.right] * 5, end):
        happen(h)
    judge = Judge(Profile())
    for check in judge._checks:
        if isinstance(check, SizesMayVary):
            del check._size
    for line in h.lines:
        judge.observe(line)
    assert judge.tallies["CHUNK-8"].inconclusive == 6


def test_nearly_every_chunk_of_a_call_goes_the_short_way(monkeypatch):
    taken = []
    monkeypatch.setattr(judging, "is_ordinary_chunk", lambda *seen: taken.append(is_ordinary_chunk(*seen)) or taken[-1])
    caller, h = Caller(), History()
    for happen in (*OPEN, caller.right, UTTERANCE, *[caller.right] * 50, end):
        happen(h)
    tallies, findings, *_ = said(h.lines)
    assert (tallies["CHUNK-1"].passed, tallies["CHUNK-2"].passed) == (51, 51)
    assert taken == [True] * 49
    assert not findings


def test_a_chunk_after_a_wrong_one_goes_the_long_way(monkeypatch):
    taken = []
    monkeypatch.setattr(judging, "is_ordinary_chunk", lambda *seen: taken.append(1) or is_ordinary_chunk(*seen))
    caller, h = Caller(), History()
    for happen in (start(), attach(), caller.right, UTTERANCE, caller.right, chunk(9, status=409), caller.right, end):
        happen(h)
    tallies, *_ = said(h.lines)
    assert tallies["CHUNK-3"].passed == tallies["CHUNK-4"].passed == 1
    assert taken == [1]  # the wrong one: after it, nobody takes anything for granted


NUMBERS = st.one_of(
    st.integers(-3, 9), st.floats(-2, 9, allow_nan=False), st.sampled_from([True, None, 1e9, 2e200, "3", "0:07", 1500])
)
TEXTS = st.one_of(
    st.sampled_from(["", " ", "A", " B ", "u1", "two words"]), st.integers(0, 3), st.none(), st.just(["x"])
)


@given(
    st.fixed_dictionaries(
        {"text": TEXTS, "start": NUMBERS, "end": NUMBERS},
        optional={
            "speaker": TEXTS, "speaker_id": TEXTS, "confidence": NUMBERS, "score": NUMBERS, "utterance_id": TEXTS,
            "id": TEXTS, "start_ms": NUMBERS, "words": st.just([{"start": 0.5, "id": "w"}]), "utterance": TEXTS,
        },
    ),
    st.sampled_from([0.0, 5.0, 1e6]),
)  # fmt: skip
def test_what_is_read_at_a_glance_is_what_a_closer_look_finds(payload, heard):
    event = Event(1, 0.0, "final_transcript", "", payload=payload)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reader, "_read_plainly", lambda *_: None)
        close = Reader(Profile()).utterance(event, heard)
    assert Reader(Profile()).utterance(event, heard) == close


def test_a_plain_transcript_is_read_at_a_glance(monkeypatch):
    monkeypatch.delattr(Reader, "_read_closely")
    told = Reader(Profile()).utterance(Event(1, 0.0, "final_transcript", "", payload=TOLD), 10.0)
    assert (told.text, told.speaker, told.start, told.end) == (
        TOLD["text"],
        TOLD["speaker"],
        TOLD["start"],
        TOLD["end"],
    )


SHARES = st.lists(st.sampled_from([0.1, 0.2, 0.25, 0, 1, -0.1, "0.1", None, True, 1e300]), min_size=6, max_size=8)
FELT = st.fixed_dictionaries(
    {
        "pleasure": NUMBERS,
        "arousal": NUMBERS,
        "distribution": SHARES | SHARES.map(lambda them: {f"way{n}": each for n, each in enumerate(them)}),
    },
    optional={"dominance": NUMBERS, "valence": NUMBERS, "pad": st.just([0.1, 0.2, 0.3])},
)
THOUGHT = st.fixed_dictionaries(
    {"engagement": NUMBERS, "focus": NUMBERS | TEXTS, "load": NUMBERS},
    optional={"rationale": TEXTS, "reason": TEXTS},
)


@given(FELT.map(lambda told: event("emotion", told)) | THOUGHT.map(lambda told: event("cognitive", told)))
def test_results_are_judged_at_a_glance_as_by_a_closer_look(result):
    h = History()
    for happen in (*OPEN, result, end):
        happen(h)
    quick = said(h.lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Likeliest, "values", lambda *_: None)
        assert said(h.lines) == quick
