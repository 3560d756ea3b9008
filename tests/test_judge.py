"""Literal histories, each a few lines, and the verdict that each must get."""

import pytest

from harness.contract.profile import Profile
from harness.history.observations import Event, Media, Withheld
from harness.oracle.checks import CHECKED
from harness.oracle.judge import Judge
from harness.oracle.verdicts import Verdict, passed
from tests.histories import (
    DONE,
    FINISHED,
    OPEN,
    TWO,
    UTTERANCE,
    WALL,
    asking_for_events,
    attach,
    chunk,
    control,
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

ELSEWHERE = set(
    # tests/test_event_checks.py
    "CHUNK-8 CHUNK-9 EVENT-4 EVENT-5 EVENT-6 EVENT-7 EVENT-9 EVENT-10 STREAM-4 STREAM-5".split()  # noqa: SIM905  shorter
    # tests/test_company.py, tests/test_operations.py
    + "START-4 STREAM-7 STREAM-8 AVAIL-1 OPS-1 OPS-2".split()  # noqa: SIM905  the same
)
"""Requirements that are seen kept and broken in other tables."""

KEPT = {
    "a whole call": (
        (*OPEN, *TWO, *FINISHED),
        "CHUNK-1 CHUNK-2 CTRL-1 EVENT-1 EVENT-2 EVENT-3 START-1 START-2 START-3 STREAM-1 STREAM-6",
    ),
    "a gap": ((start(), *TWO, chunk(4, status=409), chunk(2, 300)), "CHUNK-3 CHUNK-4 CHUNK-10"),
    "a gap answered 404": ((start(), *TWO, chunk(4, status=404), chunk(2, 300)), "CHUNK-3 CHUNK-4"),
    "a first number": ((start(), chunk(3, status=422), chunk(0, 100)), "CHUNK-5 CHUNK-10"),
    "an older number, refused": (
        (start(), *TWO, chunk(2, 300), chunk(0, status=409), chunk(3, 400)),
        "CHUNK-5 CHUNK-10",
    ),
    "an older number, acked": ((start(), *TWO, chunk(2, 300), chunk(0, 300), chunk(3, 400)), "CHUNK-5"),
    "a retry": ((start(), *TWO, chunk(1, 200), chunk(2, 300)), "CHUNK-6"),
    "a lost reply, counted": (
        (start(), chunk(0, 100), chunk(1, status=None, failure="reply-dropped"), chunk(1, 200)),
        "CHUNK-6",
    ),
    "an aborted upload": (
        (start(), chunk(0, 100), chunk(1, status=None, failure="upload-aborted"), chunk(1, 200)),
        "CHUNK-6",
    ),
    "late": ((start(), *TWO, control("finalize"), chunk(2, status=409)), "CHUNK-7"),
    "late after cancel": ((start(), *TWO, control("cancel"), chunk(2, status=404)), "CHUNK-7"),
    "a chunk without its key": ((start(), chunk(0, status=401, key="wrong"), chunk(0, 100)), "AUTH-2"),
    "a start without its key": ((start(key="missing", status=403), start()), "AUTH-1"),
    "control without its key": (
        (start(), *TWO, control("finalize", status=401, key="wrong"), control("keepalive")),
        "AUTH-3",
    ),
    "events without their key": ((start(), attach(status=404, key="missing"), attach()), "AUTH-4"),
    "an unknown action": ((start(), *TWO, control("explode", status=400), chunk(2, 300)), "CTRL-4"),
    "a cancel": (
        (*OPEN, *TWO, control("cancel", reason="bye"), event("error", {"code": "x", "message": "bye now"}), over()),
        "CTRL-2 EVENT-8",
    ),
    "a cancel whose ack comes last": (
        (*OPEN, slowly(control("cancel", reason="bye"), event("error", {"code": "x", "message": "bye"}), over())),
        "CTRL-2",
    ),
    "a finalize whose ack comes last": (
        (*OPEN, *TWO, slowly(control("finalize"), status("completed", 1), event("done", DONE), over())),
        "CTRL-1 EVENT-3 STREAM-6",
    ),
    "a keepalive": (
        (start(), *[wait(28), control("keepalive")] * 4, wait(28), chunk(0, 100)),
        "CTRL-3 TTL-1",
    ),
    "a keepalive that names its time": (
        (start(), wait(40), control("keepalive", expires_at=WALL + 160), wait(70), chunk(0, 100)),
        "CTRL-3 TTL-1",
    ),
    "a quiet life": ((start(), *TWO, wait(50), chunk(2, 300)), "TTL-1"),
    "an expiry": ((start(), wait(140), chunk(0, status=410)), "TTL-2"),
    "a second consumer who is one too many": (
        (
            *OPEN,
            *TWO,
            attach(status=429),
            control("finalize"),
            event("status", {"phase": "completed", "progress": 1}, n=2),
        ),
        "STREAM-2",
    ),
    "a consumer that comes back": ((*OPEN, *TWO, over("left"), attach(status=409), wait(5), attach()), "STREAM-3"),
    "a second consumer": (
        (
            *OPEN,
            *TWO,
            attach(status=409),
            control("finalize"),
            event("status", {"phase": "completed", "progress": 1}, n=2),
        ),
        "STREAM-2",
    ),
}

BROKEN = {
    "a start reply without events_endpoint": ((start(events_endpoint=None),), "START-1"),
    "a start reply with no expiry": ((start(expires_at="soon"),), "START-1"),
    "born dead": ((start(expires_in=-5), *TWO, wait(9), chunk(2, 300)), "START-3"),
    "another origin": ((start(), lambda h: h.lines.append(Withheld("chunk", h.now, "http://evil/"))), "START-2"),
    "start without a key": ((start(key="missing"),), "AUTH-1"),
    "chunk with a wrong key": ((start(), chunk(0, 100, key="wrong")), "AUTH-2"),
    "chunk with a wrong key refused but counted": (
        (start(), chunk(0, size=30, status=401, key="wrong"), chunk(0, 130)),
        "AUTH-2",
    ),
    "chunk with a wrong key kills the session": (
        (start(), *TWO, chunk(2, status=401, key="wrong"), chunk(2, status=404)),
        "AUTH-2",
    ),
    "control with a wrong key": ((start(), *TWO, control("finalize", key="wrong")), "AUTH-3"),
    "control with more than the key": ((start(), *TWO, control("finalize", key="longer")), "AUTH-3"),
    "events without a key": ((start(), attach(key="missing")), "AUTH-4"),
    "events with an empty key": ((start(), attach(key="empty")), "AUTH-4"),
    "a chunk without a key ends the stream": (
        (*OPEN, *TWO, chunk(2, status=401, key="missing"), over()),
        "AUTH-2",
    ),
    "a URL that leads nowhere": ((start(), chunk(0, status=404)), "START-2"),
    "a URL that takes no POST": ((start(), *TWO, control("finalize", status=405)), "START-2"),
    "a right chunk refused": ((start(), chunk(0, status=400)), "CHUNK-1"),
    "a right chunk fails": ((start(), chunk(0, status=500), chunk(0, 100)), "CHUNK-1"),
    "a right chunk not answered": ((start(), chunk(0, status=None, failure="timeout"), chunk(0, 100)), "CHUNK-1"),
    "a start that fails": ((start(status=500),), "START-1"),
    "two broken connections": ((start(), *[chunk(0, status=None, failure="cut")] * 2, chunk(0, 100)), "CHUNK-1"),
    "an ack without a total": ((start(), lambda h: h.exchange(200, {}, kind="chunk", seq="0", size=1)), "CHUNK-2"),
    "an ack that counts the form": ((start(), chunk(0, 250)), "CHUNK-2"),
    "an ack a byte short": ((start(), chunk(0, 99)), "CHUNK-2"),
    "a gap accepted": ((start(), *TWO, chunk(4, 300), chunk(2, 400)), "CHUNK-3"),
    "a gap that kills": ((start(), *TWO, chunk(4, status=409), chunk(2, status=404)), "CHUNK-4"),
    "a gap that counts": ((start(), *TWO, chunk(4, size=30, status=409), chunk(2, 330)), "CHUNK-4 CHUNK-10"),
    "a gap that ends the stream": ((*OPEN, *TWO, chunk(4, status=409), over()), "CHUNK-4"),
    "an old number that turns the count back": (
        (start(), *TWO, chunk(2, 300), chunk(0, status=409), chunk(3, status=409)),
        "CHUNK-10",
    ),
    "first numbers, refused, that add": (
        (start(), *[chunk(3, size=7, status=409)] * 12, chunk(0, 100 + 12 * 7)),
        "CHUNK-10",
    ),
    "a first number other than 0": ((start(), chunk(1, 100)), "CHUNK-5"),
    "an older number that adds": ((start(), *TWO, chunk(0, 300)), "CHUNK-5"),
    "an older number, refused, that adds": ((start(), *TWO, chunk(0, size=7, status=409), chunk(2, 307)), "CHUNK-10"),
    "a retry counted twice": ((start(), *TWO, chunk(1, 300)), "CHUNK-6"),
    "a retry refused": ((start(), *TWO, chunk(1, status=409)), "CHUNK-6"),
    "a lost reply counted twice": ((start(), chunk(0, status=None, failure="reply-dropped"), chunk(0, 200)), "CHUNK-6"),
    "late": ((start(), *TWO, control("finalize"), chunk(2, 300)), "CHUNK-7"),
    "late after cancel": ((start(), *TWO, control("cancel"), chunk(2, 300)), "CHUNK-7"),
    "finalize refused": ((start(), *TWO, control("finalize", status=409)), "CTRL-1"),
    "no done": ((*OPEN, *TWO, control("finalize"), over()), "CTRL-1"),
    "done never comes": ((*OPEN, *TWO, control("finalize"), waited("done", 61)), "CTRL-1"),
    "cancel refused": ((start(), *TWO, control("cancel", status=400)), "CTRL-2"),
    "no error on cancel": ((*OPEN, *TWO, control("cancel", reason="bye"), over()), "CTRL-2"),
    "no error on cancel, whose ack comes last": ((*OPEN, slowly(control("cancel", reason="bye"), over())), "CTRL-2"),
    "another reason": (
        (*OPEN, *TWO, control("cancel", reason="bye"), event("error", {"code": 1, "message": "x"}), over()),
        "CTRL-2",
    ),
    "done after cancel": ((*OPEN, *TWO, control("cancel"), event("done", DONE), over()), "CTRL-2"),
    "done after the error of a cancel whose ack comes last": (
        (
            *(*OPEN, *TWO),
            slowly(
                control("cancel", reason="x"), event("error", {"code": 1, "message": "x"}), event("done", DONE), over()
            ),
        ),
        "CTRL-2",
    ),
    "cancel leaves the stream open": (
        (*OPEN, *TWO, control("cancel"), event("error", {"code": "x", "message": ""}), waited("end", 11)),
        "CTRL-2",
    ),
    "a keepalive that does nothing": (
        (start(), *TWO, wait(36), control("keepalive"), wait(26), chunk(2, status=410)),
        "CTRL-3",
    ),
    "a keepalive that does nothing, before any chunk": (
        (start(), wait(36), control("keepalive"), wait(26), chunk(0, status=410)),
        "CTRL-3",
    ),
    "a keepalive that names the same time again and again": (
        (start(), *[wait(9), control("keepalive", expires_at=WALL + 60)] * 3),
        "CTRL-3",
    ),
    "a keepalive that shortens": ((start(), control("keepalive", expires_at=WALL + 5)), "CTRL-3"),
    "a keepalive that names what a chunk had moved": (
        (start(), wait(1), *TWO, wait(40), control("keepalive", expires_at=WALL + 61)),
        "CTRL-3",
    ),
    "a second keepalive refused": (
        (start(), *TWO, wait(36), control("keepalive"), wait(26), control("keepalive", status=410)),
        "CTRL-3",
    ),
    "a keepalive refused at once": ((start(), *TWO, control("keepalive", status=400)), "CTRL-3"),
    "an unknown action accepted": ((start(), *TWO, control("explode")), "CTRL-4"),
    "an unknown action that kills": ((start(), *TWO, control("explode", status=400), chunk(2, status=404)), "CTRL-4"),
    "an unknown action that ends the stream": ((*OPEN, *TWO, control("explode", status=400), over()), "CTRL-4"),
    "half a life": ((start(), *TWO, wait(40), chunk(2, status=410)), "TTL-1"),
    "half a stream": ((*OPEN, *TWO, wait(30), over()), "TTL-1"),
    "eternal life": ((start(), wait(140), chunk(0, 100)), "TTL-2"),
    "events as JSON": ((start(), attach(content_type="application/json")), "STREAM-1"),
    "an error without a code": ((*OPEN, event("error", {"message": "x"})), "EVENT-8"),
    "an error without a message": ((*OPEN, event("error", {"code": "x"})), "EVENT-8"),
    "no number taken": ((start(), chunk(1, status=409), chunk(0, status=409)), "CHUNK-1"),
    "a second consumer refused, the first put out later": (
        (*OPEN, *TWO, attach(status=409), chunk(2, 300), control("finalize"), over(n=2)),
        "STREAM-2",
    ),
    "a second consumer refused, the first starved": (
        (*OPEN, *TWO, attach(status=409), control("finalize"), waited("done", 61)),
        "STREAM-2",
    ),
    "a second consumer let in": ((*OPEN, attach()), "STREAM-2"),
    "a second consumer refused, the first put out": ((*OPEN, attach(status=409), over(n=2)), "STREAM-2"),
    "a second consumer, and the first put out before it is answered": (
        (*OPEN, asking_for_events, over(n=2)),
        "STREAM-2",
    ),
    "a finalize that works, but is answered 500": (
        (*OPEN, *TWO, slowly(control("finalize", status=500), status("completed", 1), event("done", DONE), over())),
        "CTRL-1",
    ),
    "a finalize that works, but is refused": (
        (*OPEN, *TWO, slowly(control("finalize", status=409), status("completed", 1), event("done", DONE), over())),
        "CTRL-1",
    ),
    "done before finalize": ((start(), attach(), *TWO, status("completed", 1), event("done", DONE), over()), "EVENT-3"),
    "done before finalize, without a status": ((start(), attach(), *TWO, event("done", DONE), over()), "EVENT-3"),
    "a right chunk refused by a server that has a pin for gaps": ((start(), chunk(0, status=409)), "CHUNK-1"),
    "nobody can come back": (
        (*OPEN, *TWO, over("left"), attach(status=409), wait(31), attach(status=409), chunk(2, 300)),
        "STREAM-3",
    ),
    "nobody can come back, who ask in vain": (
        (*OPEN, *TWO, over("cut"), wait(31), attach(status=503), control("finalize")),
        "STREAM-3",
    ),
    "done twice": ((*OPEN, *TWO, *FINISHED[:-1], event("done", DONE), over()), "STREAM-6"),
    "an event after done": ((*OPEN, *TWO, *FINISHED[:-1], UTTERANCE, over()), "STREAM-6"),
    "no end after done": ((*OPEN, *TWO, *FINISHED[:-1], waited("end", 11)), "STREAM-6"),
    "an unknown event": ((*OPEN, event("gossip", {})), "EVENT-1"),
    "not JSON": ((*OPEN, event("moment", flaw="not JSON")), "EVENT-1"),
    "a list": ((*OPEN, event("moment", [])), "EVENT-1"),
    "an unknown phase": ((*OPEN, status("resting", 0.5)), "EVENT-2"),
    "no progress": ((*OPEN, event("status", {"phase": "ingesting"})), "EVENT-2"),
    "progress as a word": ((*OPEN, status("ingesting", "0.5")), "EVENT-2"),
    "progress beyond 1": ((*OPEN, status("ingesting", 1.01)), "EVENT-2"),
    "progress below 0": ((*OPEN, status("ingesting", -0.01)), "EVENT-2"),
    "a phase goes back": ((*OPEN, status("processing", 0.5), status("ingesting", 0.6)), "EVENT-3"),
    "progress falls": ((*OPEN, status("ingesting", 0.5), status("ingesting", 0.4)), "EVENT-3"),
    "completed before finalize": ((*OPEN, *TWO, status("completed", 1.0)), "EVENT-3"),
    "done without completed": ((*OPEN, *TWO, control("finalize"), event("done", DONE), over()), "EVENT-3"),
}

OPEN_QUESTIONS = {
    "a gap answered 500": ((start(), *TWO, chunk(4, status=500), chunk(2, 300)), "CHUNK-3"),
    "a gap answered 401": ((start(), *TWO, chunk(4, status=401), chunk(2, 300)), "CHUNK-3"),
    "a gap refused, and nothing after it": ((start(), *TWO, chunk(4, status=409)), "CHUNK-3"),
    "late, answered 503": ((start(), *TWO, control("finalize"), chunk(2, status=503)), "CHUNK-7"),
    "a retry refused while the first may be under way": (
        (start(), chunk(0, 100), chunk(1, status=None, failure="upload-aborted"), chunk(1, status=409)),
        "CHUNK-6",
    ),
    "a start refused for its key": ((start(), start(status=503)), "START-1"),
    "a second consumer let in after an error event": (
        (*OPEN, *TWO, event("error", {"code": "x", "message": "hiccup"}), attach()),
        "STREAM-2",
    ),
    "one who comes back is turned away too soon to tell": (
        (*OPEN, *TWO, over("left"), attach(status=409), wait(29), attach(status=409), chunk(2, 300)),
        "STREAM-3",
    ),
    "one who comes back is turned away, and nothing after it": (
        (*OPEN, *TWO, over("left"), wait(31), attach(status=409)),
        "STREAM-3",
    ),
    "a stream cut after done": ((*OPEN, *TWO, *FINISHED[:-1], over("cut")), "STREAM-6"),
    "a stream cut after a cancel": (
        (*OPEN, *TWO, control("cancel", reason="x"), event("error", {"code": 1, "message": "x"}), over("cut")),
        "CTRL-2",
    ),
    "a stream cut before done": ((*OPEN, *TWO, control("finalize"), over("cut")), "CTRL-1"),
    "too little patience": ((*OPEN, *TWO, control("finalize"), waited("done", 5)), "CTRL-1"),
    "a keepalive refused after a silence": ((start(), *TWO, wait(40), control("keepalive", status=404)), "CTRL-3"),
    "a keepalive that does nothing, or a chunk 0 that is never taken": (
        (start(), wait(36), control("keepalive"), wait(26), chunk(0, status=409)),
        "CTRL-3",
    ),
    "a second consumer, and nothing after it": ((*OPEN, attach(status=409)), "STREAM-2"),
    "a second consumer, and what may have been under way": (
        (*OPEN, attach(status=409), event("status", {"phase": "ingesting", "progress": 0}, n=2)),
        "STREAM-2",
    ),
    "a right chunk told to come again": ((start(), chunk(0, status=429), chunk(0, 100)), "CHUNK-1"),
    "a start refused": ((start(status=409),), "START-1"),
    "one broken connection": ((start(), chunk(0, status=None, failure="cut"), chunk(0, 100)), "CHUNK-1"),
}

UNTOUCHED = {
    "a refusal after the time may have run out": (start(), *TWO, wait(60), chunk(2, status=410)),
    "a chunk accepted after the time may have run out": (start(), *TWO, wait(62), chunk(2, 300)),
    "a session that ends by itself at its end": (
        *OPEN,
        *TWO,
        wait(61),
        event("error", {"code": 410, "message": "expired"}),
        over(),
    ),
    "completed by expiry": (*OPEN, *TWO, wait(61), status("completed", 1.0), event("done", DONE), over()),
    "a chunk that gives more time than a keepalive": (
        start(),
        lambda h: h.exchange(200, {"received_bytes": 9, "expires_at": WALL + 500}, kind="chunk", seq="0", size=9),
        *(wait(9), control("keepalive", expires_at=WALL + 500), control("keepalive", expires_at=WALL + 501)),
    ),
    "a keepalive that finds more time than it gives": (
        *(start(), wait(1), control("keepalive", expires_at=WALL + 200), wait(40)),
        *(control("keepalive", expires_at=WALL + 200), control("keepalive", expires_at=WALL + 200)),
    ),
    "keepalives up to the most that a session is given": (
        start(),
        *(each for n in (90, 120, 120, 120) for each in (wait(30), control("keepalive", expires_at=WALL + n))),
    ),
    "a retry with other bytes, of another size": (start(), *TWO, chunk(1, status=409, size=99), chunk(2, 300)),
    "a retry with other bytes": (start(), chunk(0, 100, audio="a@0"), chunk(0, status=409, audio="a@9"), chunk(1, 200)),
    "a keepalive in whole seconds": (start(expires_in=59.2), wait(1), control("keepalive", expires_at=WALL + 60)),
    "a keepalive that a chunk may have done for": (
        *(start(), *TWO, wait(40), control("keepalive"), chunk(2, 300), wait(40), chunk(3, 400)),
    ),
    "a consumer that comes back too soon": (*OPEN, *TWO, wait(40), over("left"), attach(status=409), attach()),
    "one that comes back too soon after a gap": (
        *(*OPEN, *TWO, chunk(4, status=409), over("left"), attach(status=409), chunk(2, 300), attach()),
    ),
    "one that comes back after a cut": (*OPEN, *TWO, over("cut"), attach(status=409), attach()),
    "one who comes back when the time may have run out": (*OPEN, *TWO, over("left"), wait(70), attach(status=404)),
    "one who comes back after a lost reply": (
        *(*OPEN, *TWO, over("left"), wait(31), attach(status=504), attach(status=409), chunk(2, 300), attach()),
    ),
    "a failing reattach": (*OPEN, *TWO, over("left"), attach(status=503), attach()),
    "a cancel while the pipeline drains": (
        *(*OPEN, *TWO, control("finalize"), control("cancel"), status("completed", 1), event("done", DONE), over()),
    ),
    "an error of an agent before that of the cancel": (
        *(*OPEN, *TWO, control("cancel", reason="bye")),
        *(
            event("error", {"code": "agent", "message": "lost"}),
            event("error", {"code": "x", "message": "bye"}),
            over(),
        ),
    ),
    "a consumer that comes after the cancel": (start(), *TWO, control("cancel"), attach(), over()),
    "a consumer that comes after finalize": (start(), *TWO, control("finalize"), attach(), over()),
    "a consumer that comes back after finalize": (*OPEN, *TWO, control("finalize"), over("left"), attach(), over()),
    "no content for one who comes too late": (start(), *TWO, control("finalize"), attach(status=204, content_type="")),
    "a new stream after done": (*OPEN, *TWO, *FINISHED, attach(), waited("end", 30)),
    "a quiet end at expiry, after a second consumer": (*OPEN, *TWO, wait(65), over(n=2)),
    "a second consumer at the very end": (*OPEN, *TWO, control("finalize"), attach(), status("completed", 1)),
    "eternal life after a keepalive that named no time": (
        *(start(), *TWO, wait(40), control("keepalive"), wait(140), chunk(2, 300)),
    ),
    "a chunk that extends the TTL by far": (start(), *TWO, wait(140), chunk(2, 300)),
    "a cancel that comes too late": (
        *(
            *OPEN,
            *TWO,
            wait(61),
            slowly(control("cancel", reason="x", status=410), event("error", {"code": 1, "message": ""})),
        ),
    ),
    "a keepalive of fifty seconds": (start(), *TWO, wait(40), control("keepalive"), wait(55), chunk(2, status=410)),
    "a chunk that is larger than advised": (start(), chunk(0, status=413, size=1 << 20)),
    "an empty chunk": (start(), chunk(0, status=400, size=0)),
    "room for a session only at the second try": (start(status=409), start(status=503), start(), *TWO),
    "leaving": (*OPEN, *TWO, over("left")),
    "nothing to finalize": (start(), control("finalize", status=409)),
    "a backlog for one who comes back": (
        *OPEN,
        *TWO,
        status("ingesting", 0.5),
        over("left"),
        attach(),
        status("ingesting", 0.0),
        status("ingesting", 0.5),
    ),
    "a late consumer of a finished session": (
        start(),
        *TWO,
        control("finalize"),
        attach(),
        event("done", DONE),
        over(),
    ),
}


@pytest.mark.parametrize(("history", "requirements"), KEPT.values(), ids=KEPT)
def test_a_kept_contract_passes(history, requirements):
    judge = judged(*history)
    assert set(requirements.split()) <= verdicts(judge, Verdict.PASS)
    assert not verdicts(judge, Verdict.FAIL) | verdicts(judge, Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(("history", "requirements"), BROKEN.values(), ids=BROKEN)
def test_a_broken_contract_fails_by_that_requirement_alone(history, requirements):
    judge = judged(*history)
    assert verdicts(judge, Verdict.FAIL) == set(requirements.split())
    assert {finding.requirement for finding in judge.findings} == set(requirements.split())
    assert all(finding.expected and finding.happened and finding.trail for finding in judge.findings)


@pytest.mark.parametrize(("history", "requirement"), OPEN_QUESTIONS.values(), ids=OPEN_QUESTIONS)
def test_what_decides_nothing_is_inconclusive(history, requirement):
    judge = judged(*history)
    assert verdicts(judge, Verdict.INCONCLUSIVE) == {requirement}
    assert not verdicts(judge, Verdict.FAIL)
    assert judge.tallies[requirement].reasons


@pytest.mark.parametrize("history", UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_the_document_leaves_open_accuses_nobody(history):
    judge = judged(*history)
    assert not verdicts(judge, Verdict.FAIL) | verdicts(judge, Verdict.INCONCLUSIVE)


def test_results_are_due_only_after_a_pause_in_which_an_utterance_is_over():
    media = Media("wav", duration=60.0, lead=0, sound=6000)
    speech, silence = chunk(0, 170, size=170), chunk(1, 1170, size=1000)
    results = (UTTERANCE, event("summary_update", {"summary": "They spoke."}))
    finished = (control("finalize"), *results, status("completed", 1.0), event("done", DONE), over())
    told = verdicts(judged(*OPEN, speech, wait(12), silence, *finished, media=media), Verdict.FAIL)
    assert "STREAM-5" not in told
    told = verdicts(judged(*OPEN, speech, silence, wait(12), *finished, media=media), Verdict.FAIL)
    assert told == {"STREAM-5"}


def test_every_checked_requirement_is_seen_kept_and_broken_above():
    kept = {name for _, names in KEPT.values() for name in names.split()}
    broken = {name for _, names in BROKEN.values() for name in names.split()}
    assert kept | ELSEWHERE == CHECKED
    assert broken | ELSEWHERE == CHECKED


def test_after_a_lost_reply_both_servers_are_honest_until_an_ack_decides():
    lost = chunk(1, status=None, failure="reply-dropped")
    # 2 would be a gap to a server that never saw 1, and right to one that did.
    for answer in (chunk(2, status=409), chunk(2, 300)):
        assert not judged(start(), chunk(0, 100), lost, answer).findings
    # The retry's ack decides, and what follows is held against it.
    assert not judged(start(), chunk(0, 100), lost, chunk(1, 200), chunk(2, 300)).findings
    assert judged(start(), chunk(0, 100), lost, chunk(1, 200), chunk(2, 400)).findings


def test_under_load_a_failed_request_is_an_error_for_the_slos_and_no_finding():
    judge = judged(start(), chunk(0, status=503), chunk(0, 100), strict=False)
    assert not judge.findings


def test_under_load_nobody_has_seen_yet_that_the_key_is_right():
    assert judged(start(status=401)).tallies["START-1"].failed
    tally = judged(start(status=401), strict=False).tallies["START-1"]
    assert (tally.failed, tally.inconclusive) == (0, 1)
    assert "is the API key right" in tally.reasons[0]


IN_DOUBT = {
    "a retry refused over and over": (
        *(start(), chunk(0, 100), chunk(1, status=None, failure="timeout")),
        *(chunk(1, status=409), chunk(1, status=409), chunk(1, 200), chunk(2, 300)),
    ),
    "a retry refused after a gateway's 504": (start(), chunk(0, 100), chunk(1, status=504), chunk(1, status=409)),
    "nobody let in for want of room": (
        *(*OPEN, *TWO, over("left"), wait(31), attach(status=503), attach(status=429), chunk(2, 300), attach()),
    ),
    "finalize twice, the first in doubt": (
        *(*OPEN, *TWO, control("finalize", status=504), control("finalize", status=409)),
        *(status("completed", 1), event("done", DONE), over()),
    ),
    "an attach in doubt": (start(), attach(status=504), attach(status=409), attach()),
    "a finalize in doubt, and expiry": (*OPEN, *TWO, control("finalize", status=503), wait(90), over()),
    "a cancel in doubt, and expiry": (
        *(*OPEN, *TWO, control("cancel", status=503, reason="no longer needed"), wait(90)),
        *(event("error", {"code": "expired", "message": "too late"}), over()),
    ),
}


@pytest.mark.parametrize("history", IN_DOUBT.values(), ids=IN_DOUBT)
def test_under_load_a_request_in_doubt_may_have_been_heard(history):
    assert not judged(*history, strict=False).findings


def test_a_pinned_status_is_held_against_the_server():
    history = (start(), *TWO, chunk(4, status=409), chunk(2, 300))
    assert not judged(*history, profile=Profile(refusals={"gap": 409})).findings
    findings = judged(*history, profile=Profile(refusals={"gap": 422})).findings
    assert [finding.requirement for finding in findings] == ["CHUNK-3"]


def test_a_pinned_status_is_a_refusal_whatever_it_says_of_itself():
    history = (start(), *TWO, chunk(4, status=503), chunk(2, 300))
    assert "CHUNK-3" in verdicts(judged(*history, profile=Profile(refusals={"gap": 503})), Verdict.PASS)


def test_a_check_that_speaks_of_what_is_not_its_own_is_a_crash(monkeypatch):
    monkeypatch.setattr("harness.oracle.checks.events._NAMED", (passed("CHUNK-1"),))
    judge = Judge(Profile())
    judge.observe(Event(1, 0.0, "moment", "{}", payload={}))
    assert judge.crashes
    assert "CHUNK-1" not in judge.tallies
    assert judge.tallies["EVENT-1"].verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("seq", ["x", "-1", "", "\u0661"])
def test_a_number_that_is_none_is_no_matter_for_the_numbering(seq):
    assert not judged(start(), chunk(seq, 100), chunk(0, 100)).findings


def test_findings_stay_few_but_are_all_counted():
    judge = judged(*OPEN, *[status("resting", 0.1)] * 500)
    assert judge.tallies["EVENT-2"].failed == 500
    assert len(judge.findings) < 50
