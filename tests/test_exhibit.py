"""What a report shows of the traffic behind a finding."""

import pytest

from harness.history.observations import Ended, Event, Returned, Sent, StreamClosed, Waited, Withheld
from harness.oracle.judge import Finding
from harness.report.exhibit import excerpt, exhibit

START = (Sent(1, "start", 0, 10.0, body={"filename": "a.wav"}), Returned(1, 10.1, 201, body={"a": 1}, is_json=True))
ACK = (
    Sent(2, "chunk", 0, 10.2, seq="0", size=32768),
    Returned(2, 10.3, 200, body={"received_bytes": 32768}, is_json=True),
)
ATTACHED = (Sent(3, "attach", 0, 10.4), Returned(3, 10.5, 200, content_type="text/event-stream"))
CANCEL = (Sent(4, "control", 0, 10.6, action="cancel", reason="bye"), Returned(4, 10.7, 204))
STATUS = Event(3, 10.8, "status", '{"progress": 0.5}')


def shown(*trail):
    return exhibit(Finding("CHUNK-3", "s", "c", 1, trail[-1].at - 10.0, "", "", trail))


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (Sent(9, "start", 0, 11.0, body={"filename": "é"}), '> POST /analyze/live/start {"filename": "é"}'),
        (Sent(9, "start", 0, 11.0, key="missing"), "> POST /analyze/live/start without X-API-Key"),
        (Sent(9, "chunk", 0, 11.0, seq="4", size=32768), "> POST …/chunk chunk_seq=4, chunk of 32,768 bytes"),
        (
            Sent(9, "chunk", 0, 11.0, size=9, wellformed=False),
            "> POST …/chunk without chunk_seq, chunk of 9 bytes (malformed on purpose)",
        ),
        (
            Sent(9, "control", 0, 11.0, action="cancel", reason="bye", key="wrong"),
            '> POST …/control with a wrong X-API-Key {"action": "cancel", "reason": "bye"}',
        ),
        (Sent(9, "attach", 0, 11.0), "> GET …/events"),
        (Sent(9, "metrics", 0, 11.0, path="/metrics"), "> GET /metrics"),
    ],
)
def test_a_request_reads_like_one(request_, line):
    assert shown(request_, Returned(9, 11.5, 418)) == ["* +1.500 s, which shows it:", line, "< 418"]


def test_the_request_before_leads_to_the_one_that_shows_it():
    taken = Returned(9, 11.5, 200, content_type="text/plain", body="ok")
    assert shown(*START, *ACK, Sent(9, "chunk", 0, 11.0, seq="4", size=9), taken) == [
        "* +0.200 s",
        "> POST …/chunk chunk_seq=0, chunk of 32,768 bytes",
        '< 200 {"received_bytes": 32768}',
        "* +1.500 s, which shows it:",
        "> POST …/chunk chunk_seq=4, chunk of 9 bytes",
        "< 200 text/plain ok",
    ]


def test_the_last_request_of_the_same_kind_is_told_as_well():
    lines = shown(*ATTACHED, *START, *ACK, Sent(9, "attach", 0, 11.0), Returned(9, 11.5, 200))
    assert [line for line in lines if line.startswith(">")] == [
        "> POST …/chunk chunk_seq=0, chunk of 32,768 bytes",
        "> GET …/events",
        "> GET …/events",
    ]


def test_a_request_without_a_reply_says_why():
    lines = shown(Sent(9, "chunk", 0, 11.0, seq="0", size=9), Returned(9, 21.0, failure="timeout", detail="10 s"))
    assert lines[-1] == "* timeout: 10 s"


def test_an_event_is_shown_after_the_last_of_its_name():
    lines = shown(STATUS, *ACK, Event(3, 12.0, "status", '{"progress": 0.2}', flaw="odd"))
    assert lines == [
        "* +0.800 s",
        "< event: status",
        '< data: {"progress": 0.5}',
        "* +2.000 s, which shows it:",
        "< event: status",
        '< data: {"progress": 0.2}  (odd)',
    ]


def test_bytes_that_are_no_event_are_told():
    lines = shown(STATUS, Event(3, 12.0, "", "", illegal="byte 3 is no UTF-8"))
    assert lines == ["* +2.000 s, which shows it:", "< byte 3 is no UTF-8"]


@pytest.mark.parametrize(
    ("deciding", "line"),
    [
        (StreamClosed(3, 12.0, "ended"), "* stream closed by the server"),
        (Waited("end", 11.0, 21.0, "timeout"), "* waited 10.000 s for the end of the stream: it did not come"),
        (Ended(12.0, "done"), "* session over: done"),
    ],
)
def test_an_end_is_shown_after_the_last_request_and_the_last_event(deciding, line):
    lines = shown(*ATTACHED, STATUS, *CANCEL, deciding)
    assert lines[0] == "* +0.600 s"
    assert lines[1].startswith("> POST …/control")
    assert "< event: status" in lines
    assert lines[-1] == line


def test_an_end_that_overtakes_a_reply_is_shown_after_the_request():
    lines = shown(*ACK, Sent(9, "control", 0, 11.0, action="finalize"), StreamClosed(3, 12.0, "ended"))
    assert lines[:3] == ["* +1.000 s", '> POST …/control {"action": "finalize"}', "* no reply yet"]


def test_what_was_withheld_is_shown_after_the_start_that_named_it():
    lines = shown(*START, *ATTACHED, Withheld("chunk", 12.0, "http://elsewhere/"))
    assert lines[1] == '> POST /analyze/live/start {"filename": "a.wav"}'
    assert lines[-1].endswith("http://elsewhere/")


def test_a_reply_whose_request_is_out_of_sight_is_shown_alone():
    assert shown(Returned(9, 11.5, 409)) == ["* +1.500 s, which shows it:", "* 409"]


def test_the_excerpt_holds_what_is_shown_as_steps():
    trail = (*START, *ACK, *ATTACHED, STATUS, *CANCEL, Sent(9, "chunk", 0, 11.0, seq="1"), Returned(9, 11.5, 409))
    told = excerpt(Finding("CHUNK-3", "s", "c", 1, 1.5, "", "", trail))
    assert [step.text.split(" {")[0] for step in told] == [
        "chunk 0 (32,768 bytes)",
        "200",
        "cancel (reason: bye)",
        "204",
        "chunk 1 (0 bytes)",
        "409",
    ]


def test_an_excerpt_holds_the_event_before_as_well():
    told = excerpt(Finding("EVENT-3", "s", "c", 1, 2.0, "", "", (STATUS, *ACK, Event(3, 12.0, "status", "{}"))))
    assert [step.text for step in told] == ['event status {"progress": 0.5}', "event status {}"]


def test_a_finding_without_evidence_shows_none():
    assert excerpt(Finding("CHUNK-3", "s", "c", 1, 0.0, "", "")) == []
    assert exhibit(Finding("CHUNK-3", "s", "c", 1, 0.0, "", "")) == []
