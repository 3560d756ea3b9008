"""Observations in words, and the pieces that all reports are made of."""

import pytest

from harness.history.observations import Ended, Event, Returned, Sent, StreamClosed, Waited, Withheld
from harness.oracle.judge import Finding
from harness.report.evidence import clean, steps
from harness.report.results import counted, duration


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcödé 漢字 🎧", "plain, ünïcödé 漢字 🎧"),
        ("a\nb\tc\x1b[0m", r"a\nb\tc\x1b[0m"),
        ("\u202eabc\u2066\ufeff\u2028", r"\u202eabc\u2066\ufeff\u2028"),
        ("\x9b1m\ud800", r"\x9b1m\ud800"),
        ("x" * 40, "x" * 40),
        ("x" * 41, "x" * 40 + "… (41 characters)"),
        ("\x1b" * 11, r"\x1b" * 10 + "… (11 characters)"),
    ],
)
def test_text_is_cleaned(text, shown):
    assert clean(text, 40) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "0 ms"),
        (0.00421, "4.21 ms"),
        (0.3124, "312 ms"),
        (0.9996, "1 s"),
        (3.214, "3.21 s"),
        (100, "1 min 40 s"),
        (3599.7, "1 h 00 min"),
        (28_920, "8 h 02 min"),
    ],
)
def test_durations(seconds, shown):
    assert duration(seconds) == shown


def test_many_names_are_counted_but_not_all_shown():
    shown = counted({f"name-{n}": n for n in range(1, 1001)})
    assert shown.startswith("name-1000 (1,000), name-999 (999), ")
    assert shown.endswith("name-981 (981), and 980 names more")


def test_a_long_name_is_cut():
    assert counted({"x" * 41: 2}) == "x" * 40 + "… (41 characters) (2)"


@pytest.mark.parametrize(
    ("observation", "line"),
    [
        (Sent(1, "start", 0, 12.0), "→ start"),
        (Sent(1, "attach", 0, 12.0, key="missing"), "→ attach to the event stream [key missing]"),
        (Sent(1, "chunk", 0, 12.0, seq="3", size=65536), "→ chunk 3 (65,536 bytes)"),
        (Sent(1, "chunk", 0, 12.0, size=9, wellformed=False), "→ chunk without a number (9 bytes) [malformed]"),
        (Sent(1, "control", 0, 12.0, action="cancel", reason="bye"), "→ cancel (reason: bye)"),
        (Returned(1, 12.0, 200, body={"received_bytes": 262144}, is_json=True), '← 200 {"received_bytes": 262144}'),
        (Returned(1, 12.0, 204), "← 204"),
        (
            Returned(1, 12.0, 502, content_type="text/html", body="<p>", skipped=7),
            "← 502 text/html <p> (and 7 characters more)",
        ),
        (Returned(1, 12.0, failure="timeout", detail="5 s are over"), "← timeout: 5 s are over"),
        (Event(1, 12.0, "status", '{"phase": "ingesting"}'), '⇠ event status {"phase": "ingesting"}'),
        (Event(1, 12.0, "status", "{", flaw="not JSON"), "⇠ event status { (not JSON)"),
        (Event(1, 12.0, "", "", illegal="byte 3 is no UTF-8"), "⇠ no event, but byte 3 is no UTF-8"),
        (StreamClosed(1, 12.0, "ended"), "· stream closed by the server"),
        (StreamClosed(1, 12.0, "cut", "reset"), "· stream broke (reset)"),
        (Waited("done", 10.0, 12.0, "came"), "· waited 2.000 s for done: it came"),
        (Waited("done", 10.0, 12.0, "timeout"), "· waited 2.000 s for done: it did not come"),
        (Waited("done", 10.0, 12.0, "stream-over"), "· waited 2.000 s for done: the stream was over first"),
        (Waited("silence", 10.0, 12.0, "elapsed"), "· waited 2.000 s (silence)"),
        (
            Waited("expiry", 12.0, 12.0, "over-budget", 900),
            "· no wait for expiry: 900 s would have been longer than allowed",
        ),
        (Withheld("chunk", 12.0, "http://x/"), "· chunk withheld, since its URL leads to another origin: http://x/"),
        (Ended(12.0, "failed", "no start"), "· session over: failed (no start)"),
    ],
)
def test_an_observation_reads_as_a_step(observation, line):
    finding = Finding("CHUNK-2", "s", "c", 1, 2.5, "", "", (observation,))
    assert [str(step) for step in steps(finding)] == ["+2.500s  " + line]


def test_times_count_from_the_first_observation_even_if_it_is_out_of_sight():
    trail = (Sent(7, "chunk", 0, 104.0, seq="5"), Returned(7, 104.25, 409))
    told = [str(step) for step in steps(Finding("CHUNK-1", "s", "c", 1, 4.25, "", "", trail))]
    assert told == ["+4.000s  → chunk 5 (0 bytes)", "+4.250s  ← 409"]


def test_a_reply_that_was_overtaken_names_its_request():
    trail = (Sent(1, "chunk", 0, 1.0, seq="0"), Sent(2, "attach", 0, 1.0), Returned(2, 1.0, 200), Returned(1, 1.0, 200))
    told = [step.text for step in steps(Finding("CHUNK-1", "s", "c", 1, 0.0, "", "", trail))]
    assert told[2:] == ["200", "200 (to chunk 0)"]
