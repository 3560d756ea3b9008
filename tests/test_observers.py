"""What the document leaves open: literal histories, and the answers that must be read out of them."""

from email.utils import formatdate

import msgspec
import pytest

from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.client.preflight import preflight
from harness.contract.catalogue import load_catalogue
from harness.contract.profile import Profile
from harness.contract.questions import load_questions
from harness.gate.runner import Gate
from harness.history.observations import Ended, Event, Header, Returned, Sent, StreamBytes, StreamClosed, Waited
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Judge
from harness.oracle.notes import MOST, OTHERS, take_note
from harness.oracle.observers import OBSERVERS
from harness.oracle.observers.base import fields
from harness.oracle.verdicts import Verdict
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.scenario.call import Probe
from harness.scenario.loader import shipped

WALL = 1_800_000_000.0
TTL = 60.0
QUESTIONS = load_questions()
OF_THE_RUN = {"second-session", "sessions-at-once", "same-audio-alone"}
"""Answered by no session alone."""


class History:
    def __init__(self):
        self.lines = [Header("s", "probe", 1, "", "", "", "http://sut", Profile(), WALL, 0.0)]
        self.now = 0.0
        self.n = 0

    def sent(self, **fields):
        self.n += 1
        self.lines.append(Sent(self.n, due=self.now, at=self.now, **fields))
        return self.n

    def returned(self, n, status, body=None, **more):
        self.now += 0.01
        date = formatdate(int(WALL + self.now), usegmt=True)
        known = {"is_json": not isinstance(body, str | None)} | more
        self.lines.append(Returned(n, self.now, status=status, body=body, date=date, **known))

    @property
    def stream(self):
        return next(o.n for o in reversed(self.lines) if isinstance(o, Sent) and o.kind == "attach")


def asked(status, reply=None, *, failure=None, content_type="", meanwhile=(), **sent):
    def happen(h):
        n = h.sent(**sent)
        for each in meanwhile:
            each(h)
        h.returned(n, status, reply, failure=failure, content_type=content_type)

    return happen


def start(status=200, *, key="right", given=None, **more):
    def happen(h):
        urls = {name: f"/a/{name}" for name in ("chunk_endpoint", "events_endpoint", "control_endpoint")}
        reply = urls | {"session_id": "a", "expires_at": WALL + h.now + TTL} | more
        sent = {"filename": "a.wav", "goal": "g"} if given is None else given
        asked(status, reply if status == 200 else {}, kind="start", key=key, body=sent)(h)

    return happen


def chunk(seq, total=None, *, status=200, body=None, size=100, **more):
    ack = {"received_bytes": total} if total is not None else body
    named = {"seq": None if seq is None else str(seq), "size": size, "audio": "x@0"} | more
    return asked(status, ack, kind="chunk", **named)


def control(action, status=200, body=None, **more):
    return asked(status, {"ok": True} if body is None else body, kind="control", action=action, **more)


def attach(status=200, *, body=None, key="right"):
    content_type = "text/event-stream" if status == 200 else ""
    return asked(status, body, kind="attach", key=key, content_type=content_type)


def event(name, payload=None, *, last_id=""):
    return lambda h: h.lines.append(Event(h.stream, h.now, name, str(payload), last_id, payload or {}))


def received(data):
    return lambda h: h.lines.append(StreamBytes(h.stream, h.now, data))


def over(how="ended"):
    return lambda h: h.lines.append(StreamClosed(h.stream, h.now, how))


def wait(seconds, what="silence", outcome="elapsed"):
    def happen(h):
        h.now += seconds
        h.lines.append(Waited(what, h.now - seconds, h.now, outcome))

    return happen


def two_at_once(h, *statuses):
    first = h.sent(kind="chunk", seq="1", size=100, audio="x@100", wellformed=False)
    second = h.sent(kind="chunk", seq="2", size=100, audio="x@200", wellformed=False)
    for n, status in zip((second, first), reversed(statuses), strict=True):
        h.returned(n, status, {})


def judged(*happenings, profile=None):
    history = History()
    for happen in happenings:
        happen(history)
    history.lines.append(Ended(history.now, "done"))
    judge = Judge(profile or Profile())
    for line in history.lines:
        judge.observe(line)
    assert not judge.crashes
    return judge


def answers(judge):
    told = {slug: given for questions in judge.notes.values() for slug, given in questions.items()}
    assert all(slug in judge.notes[QUESTIONS[slug].requirement] for slug in told)
    return told


STATUS, MORE = event("status", {"phase": "ingesting", "progress": 0.1}), event("moment", {"label": "x"})
NEWS = event("moment", {"label": "y"})
ONE = (start(), chunk(0, 100))
OTHER = {"audio": "x@77", "wellformed": False}
OPEN = (*ONE, attach(), STATUS, MORE)
DONE = event("done", {"conversation_id": "c"})
FINALIZED = (*OPEN, control("finalize"))
FINISHED = (*FINALIZED, DONE, over())
CANCELLED = (*OPEN, control("cancel"), event("error", {"code": "bye", "message": ""}), over())
EXPIRED = (*OPEN, wait(61), over())
JSON = {"error": "x"}

ANSWERS = {
    "keys": (
        (
            *(start(401, key="missing"), start(403, key="wrong"), start()),
            *(chunk(0, status=401, body=JSON, key="missing"), chunk(0, status=404, body="no", key="wrong")),
            *(control("keepalive", 401, key="missing"), control("keepalive", 403, key="wrong")),
            *(attach(401, key="missing"), attach(403, body=JSON, key="wrong")),
        ),
        {
            "start-without-key": "401 JSON",
            "start-with-wrong-key": "403 JSON",
            "chunk-without-key": "401 JSON",
            "chunk-with-wrong-key": "404 text",
            "control-without-key": "401 JSON",
            "control-with-wrong-key": "403 JSON",
            "attach-without-key": "401 empty",
            "attach-with-wrong-key": "403 JSON",
        },
    ),
    "a start": ((start(ttl=60, region="eu"),), {"start": "200 JSON", "start-fields": "region, ttl"}),
    "a start without more": ((start(),), {"start-fields": "none"}),
    "odd starts": (
        (
            start(422, given={"goal": "x"}),
            start(given={"filename": "x"}),
            start(400, given={"filename": "x", "goal": ""}),
        ),
        {"start-without-filename": "422 JSON", "start-without-goal": "200 JSON", "start-with-empty-goal": "400 JSON"},
    ),
    "wrong numbers": (
        (start(), chunk(3, status=422), chunk(0, 100), chunk(1, 200), chunk(4, status=409, body=JSON), chunk(0, 200)),
        {"first": "422 empty", "gap": "409 JSON", "older": "200 JSON"},
    ),
    "late": ((*FINALIZED, chunk(1, status=409)), {"late": "409 empty"}),
    "late after done": ((*FINISHED, wait(1), chunk(1, status=404)), {"late-after-done": "404 empty"}),
    "late after cancel": ((*CANCELLED, chunk(1, status=410)), {"late-after-cancel": "410 empty"}),
    "malformed chunks": (
        (
            *ONE,
            *(chunk(1, status=400, size=0, wellformed=False), chunk(1, status=401, size=0, audio="", wellformed=False)),
            *(chunk(None, status=402, wellformed=False), chunk("one", status=403, wellformed=False)),
            *(chunk(-1, status=404, wellformed=False), chunk(None, status=415, wellformed=False, form=False)),
            chunk(1, status=413, size=200_000),
        ),
        {
            "empty-chunk": "400 empty",
            "no-file": "401 empty",
            "no-seq": "402 empty",
            "text-seq": "403 empty",
            "negative-seq": "404 empty",
            "not-multipart": "415 empty",
            "huge-chunk": "413 empty",
        },
    ),
    "two at once": (
        (*ONE, lambda h: two_at_once(h, 200, 409)),
        {"two-at-once": "the first taken, the second 409 JSON"},
    ),
    "two at once, the later taken": (
        (*ONE, lambda h: two_at_once(h, 503, 200)),
        {"two-at-once": "the second taken, the first 503 JSON"},
    ),
    "two at once, both taken": ((*ONE, lambda h: two_at_once(h, 200, 200)), {"two-at-once": "both taken"}),
    "two at once, none taken": ((*ONE, lambda h: two_at_once(h, 409, 500)), {"two-at-once": "409 JSON, 500 JSON"}),
    "other bytes": ((*ONE, chunk(0, status=409, **OTHER)), {"other-bytes": "409 empty"}),
    "other bytes, taken": ((*ONE, chunk(0, 100, **OTHER)), {"other-bytes": "200 JSON, the same total"}),
    "other bytes, counted": ((*ONE, chunk(0, 200, **OTHER)), {"other-bytes": "200 JSON, another total"}),
    "a cancel": (CANCELLED, {"cancel-code": "bye", "cancel-fields": "ok"}),
    "an unknown action": ((*ONE, control("rewind", 400)), {"unknown-action": "400 JSON"}),
    "acks": (
        (*OPEN, control("keepalive", body={"expires_at": WALL + 90, "ok": 1}), control("finalize", body={})),
        {"keepalive-fields": "expires_at, ok", "finalize-fields": "none"},
    ),
    "control after finalize": (
        (*FINALIZED, control("finalize", 409), control("keepalive", 410), control("cancel", 404)),
        {
            "finalize-after-finalize": "409 JSON",
            "keepalive-after-finalize": "410 JSON",
            "cancel-after-finalize": "404 JSON",
        },
    ),
    "control after done": (
        (*FINISHED, wait(1), control("finalize"), control("keepalive", 409), control("cancel", 404)),
        {"finalize-after-done": "200 JSON", "keepalive-after-done": "409 JSON", "cancel-after-done": "404 JSON"},
    ),
    "control after cancel": (
        (*CANCELLED, control("finalize", 410), control("keepalive", 409), control("cancel")),
        {"finalize-after-cancel": "410 JSON", "keepalive-after-cancel": "409 JSON", "cancel-after-cancel": "200 JSON"},
    ),
    "a cancel after finalize": (
        (*FINALIZED, control("cancel"), event("error", {"code": "bye", "message": ""}), over()),
        {"end-after-cancel": "error bye, the end"},
    ),
    "a cancel after finalize whose ack comes last": (
        (*FINALIZED, control("cancel", meanwhile=[DONE, over()])),
        {"end-after-cancel": "done, the end"},
    ),
    "no audio": (
        (start(), attach(), control("finalize"), DONE, over()),
        {"finalize-without-audio": "200 JSON", "end-without-audio": "done, the end"},
    ),
    "no audio, and no end": (
        (start(), attach(), control("finalize"), wait(5, "end", "timeout")),
        {"end-without-audio": "it stays open"},
    ),
    "expired": ((start(), wait(140), chunk(0, status=410)), {"expired": "410 empty"}),
    "chunks extend": ((*ONE, wait(42), chunk(1, 200), wait(42), chunk(2, 300)), {"chunks-extend": "yes"}),
    "chunks don't": ((*ONE, wait(42), chunk(1, 200), wait(42), chunk(2, status=410)), {"chunks-extend": "no"}),
    "an expiry that is watched": (
        (*OPEN, wait(62), event("error", {"code": "ttl"}), over()),
        {"consumer-extends": "no", "end-at-expiry": "error ttl, the end"},
    ),
    "a consumer that keeps it alive": (
        (*OPEN, wait(80, "expiry"), chunk(1, 200)),
        {"consumer-extends": "yes", "end-at-expiry": "it stays open"},
    ),
    "a consumer of nothing": (
        (*OPEN, wait(80, "expiry"), chunk(1, status=410)),
        {"consumer-extends": "no, but its stream stays open"},
    ),
    "read after done": (
        (*FINISHED, attach(), STATUS, MORE, DONE, over()),
        {"attach-after-done": "200 event stream: everything from the beginning"},
    ),
    "forgotten after done": ((*FINISHED, attach(404, body=JSON)), {"attach-after-done": "404 JSON"}),
    "read after cancel": ((*CANCELLED, attach(), over()), {"attach-after-cancel": "200 event stream: nothing"}),
    "read after expiry": ((*EXPIRED, attach(410)), {"attach-after-expiry": "410 empty"}),
    "a second consumer": ((*OPEN, attach(409, body="no")), {"second-consumer": "409 text"}),
    "a replay of all": (
        (*OPEN, over("left"), wait(1), attach(), STATUS, MORE, wait(1)),
        {"replay": "everything from the beginning"},
    ),
    "a replay of nothing": ((*OPEN, over("left"), wait(1), attach(), wait(1), NEWS), {"replay": "nothing"}),
    "a replay of the last": (
        (*OPEN, over("left"), wait(1), attach(), MORE, wait(1)),
        {"replay": "the last event again"},
    ),
    "a replay of what was missed": (
        (*OPEN, over("left"), wait(1), attach(), NEWS, wait(1)),
        {"replay": "what it had missed"},
    ),
    "a status for who comes back": (
        (*OPEN, over("left"), wait(1), attach(), event("status", {"phase": "ingesting", "progress": 0.5}), wait(1)),
        {"replay": "a status"},
    ),
    "a late consumer": ((*ONE, wait(1), attach(), STATUS, MORE, wait(1)), {"late-consumer": "what came before"}),
    "a late consumer, told nothing": ((*ONE, wait(1), attach(), wait(1), MORE), {"late-consumer": "nothing"}),
    "shapes": (
        (
            *OPEN,
            *(event("final_transcript", {"text": "a"}), event("emotion", {"pad": 1}), event("cognitive", {"load": 1})),
            *(event("transition", {"to": 1, "from": 2}), event("summary_update", {"summary": "a b"})),
            *(event("error", {"code": 1, "message": ""}), DONE),
        ),
        {
            "status-fields": "phase, progress",
            "final_transcript-fields": "text",
            "emotion-fields": "pad",
            "cognitive-fields": "load",
            "transition-fields": "from, to",
            "moment-fields": "label",
            "summary_update-fields": "summary",
            "error-fields": "code, message",
            "done-fields": "conversation_id",
            "status-events": "1",
        },
    ),
    "ids": (
        (start(), attach(), *[event("moment", {}, last_id=str(n)) for n in (1, 2)], over()),
        {"event-ids": "numbers"},
    ),
    "no ids": ((*OPEN, over()), {"event-ids": "no", "retry-times": "no"}),
    "a stream with more than events": (
        (
            start(),
            attach(),
            received(b"\xef\xbb\xbf: hi\nret"),
            received(b"ry: 1\n\nretry: 2500\n"),
            STATUS,
            MORE,
            over(),
        ),
        {"comments": "yes", "retry-times": "yes, 2500 ms"},
    ),
    "artifacts": (
        (
            *FINISHED,
            asked(200, {}, kind="artifact", path="/a", content_type="Application/JSON; charset=utf-8"),
        ),
        {"artifacts": "200 application/json"},
    ),
    "artifacts that are not there": ((*FINISHED, asked(404, kind="artifact", path="/a")), {"artifacts": "404"}),
}

UNANSWERED = {
    "what crossed done on the way": (
        (*FINALIZED, chunk(1, status=404, meanwhile=[wait(0.1), DONE])),
        {"late", "late-after-done"},
    ),
    "what nobody watched": ((*ONE, control("finalize"), chunk(1, status=409)), {"late", "late-after-done"}),
    "a replay amid news": ((*OPEN, chunk(1, 200), over("left"), attach(), MORE, wait(1)), {"replay"}),
    "a stream that we leave": ((*OPEN, over("left"), wait(1), attach(), over("left")), {"replay"}),
    "a chunk after a keepalive": (
        (*ONE, wait(42), control("keepalive"), wait(42), chunk(1, 200)),
        {"chunks-extend", "consumer-extends"},
    ),
    "a stream that ends too soon": ((*OPEN, wait(20), over()), {"end-at-expiry", "consumer-extends"}),
    "data that looks like a comment": ((start(), attach(), received(b"data"), received(b": {}\n\n")), {"comments"}),
    "one odd chunk after another": (
        (*ONE, chunk(1, status=409, wellformed=False), wait(1), chunk(2, status=409, wellformed=False)),
        {"two-at-once", "other-bytes"},
    ),
}


@pytest.mark.parametrize(("history", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_the_answer_is_read_out_of_what_happened(history, expected):
    told = answers(judged(*history))
    assert {slug: told.get(slug) for slug in expected} == {slug: {answer: 1} for slug, answer in expected.items()}


@pytest.mark.parametrize(("history", "questions"), UNANSWERED.values(), ids=UNANSWERED)
def test_what_answers_nothing_is_not_taken_for_an_answer(history, questions):
    assert not questions & answers(judged(*history)).keys()


def test_every_question_is_answered_above_and_has_an_observer():
    assert {slug for _, expected in ANSWERS.values() for slug in expected} == QUESTIONS.keys() - OF_THE_RUN
    assert {slug for observer in OBSERVERS for slug in observer.asks} == QUESTIONS.keys() - OF_THE_RUN


@pytest.mark.parametrize(
    ("pin", "verdict"), [("413 empty", "PASS"), ("413", "PASS"), ("200 JSON", "FAIL"), ("41", "FAIL")]
)
def test_a_pinned_answer_to_an_open_question_is_held_against_the_server(pin, verdict):
    judge = judged(*ONE, chunk(1, status=413, size=200_000), profile=Profile(pins={"huge-chunk": pin}))
    assert judge.tallies["CHUNK-11"].verdict is Verdict[verdict]
    for finding in judge.findings:
        assert pin in finding.expected
        assert "pins.huge-chunk" in finding.expected
        assert finding.happened == "'413 empty'"
        assert finding.trail


def test_a_pinned_refusal_fails_the_requirement_it_belongs_to_and_does_not_prove_it():
    history = (*ONE, chunk(4, status=409))
    assert judged(*history, profile=Profile(pins={"gap": "422"})).tallies["CHUNK-3"].verdict is Verdict.FAIL
    assert not judged(*history, profile=Profile(pins={"gap": "409"})).tallies["CHUNK-3"].passed


def test_what_is_not_pinned_is_no_verdict():
    assert "CHUNK-11" not in judged(*ONE, chunk(1, status=500, size=200_000)).tallies


def test_an_answer_of_the_whole_run_is_held_against_the_profile():
    assessment = Assessment()
    assessment.observe(Profile(pins={"second-session": "200"}), "second-session", "409")
    assert assessment.verdict("CHUNK-12") is Verdict.FAIL
    assert assessment.notes == {"CHUNK-12": {"second-session": {"409": 1}}}
    assert [finding.requirement for finding in assessment.findings] == ["CHUNK-12"]


def test_notes_of_sessions_and_processes_are_merged():
    whole = Assessment()
    for _ in range(2):
        part = Assessment()
        part.observe(Profile(), "gap", "409 JSON")
        whole.merge(msgspec.json.decode(msgspec.json.encode(part), type=Assessment))
    assert whole.notes == {"CHUNK-3": {"gap": {"409 JSON": 2}}}


def test_notes_stay_few_however_many_answers_there_are():
    notes = {}
    for n in range(500):
        take_note(notes, "CHUNK-3", "gap", str(n))
    given = notes["CHUNK-3"]["gap"]
    assert len(given) == MOST + 1
    assert given[OTHERS] == 500 - MOST


def test_names_of_fields_are_hostile_text():
    told = fields({"\x1b[2J<b>": 1, "x" * 999: 2} | {f"f{n:03}": n for n in range(99)})
    assert told.isascii()
    assert "<" not in told
    assert "\x1b" not in told
    assert len(told) < 300
    assert told.endswith("and 85 more")


def test_the_probes_find_an_answer_to_every_question_about_the_sandbox():
    clock = VirtualClock(wall=WALL + 0.25)
    connect = MemoryTransports(Service(Settings(ttl=6.0)), clock).connect
    sut = Deployment("http://memory", "", DEFAULT_KEY)
    before = preflight(sut, connect, clock)
    gate = Gate(msgspec.structs.replace(sut, server_offset=before.server_offset), connect, clock, jobs=1)
    seen = gate.run([s for s in shipped() if isinstance(s, Probe)], seed=1)
    seen.observe(sut.profile, "second-session", before.second_start)
    assert not seen.broken
    assert not seen.problems
    told = {slug: given for questions in seen.notes.values() for slug, given in questions.items()}
    assert told.keys() == QUESTIONS.keys()
    varied = {slug for slug, given in told.items() if len(given) > 1}
    assert all(QUESTIONS[slug].chance for slug in varied), varied


def test_every_observed_requirement_has_a_question_and_a_probe():
    rows = {row.id for row in load_catalogue().requirements if row.judged == "observed"}
    aims = {requirement for s in shipped() if isinstance(s, Probe) for requirement in s.exercises}
    assert rows <= {question.requirement for question in QUESTIONS.values()}
    assert rows <= aims
