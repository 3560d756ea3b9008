"""The event-stream decoder against the standard: byte tables, and a slow reference that follows its wording."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history.eventstream import EventStreamDecoder, OversizedEventError, ServerSentEvent

BOM = b"\xef\xbb\xbf"


def decode(*pieces: bytes) -> list[tuple[str, str, str]]:
    decoder = EventStreamDecoder()
    return [(event.name, event.data, event.id) for piece in pieces for event in decoder.feed(piece)]


def message(data, name="message", ident=""):
    return (name, data, ident)


TABLE = {
    "a message": (b"data: hi\n\n", [message("hi")]),
    "a name": (b"event: status\ndata: {}\n\n", [message("{}", "status")]),
    "name after data": (b"data: {}\nevent: status\n\n", [message("{}", "status")]),
    "last name wins": (b"event: a\nevent: b\ndata: x\n\n", [message("x", "b")]),
    "empty name is message": (b"event: a\nevent:\ndata: x\n\n", [message("x")]),
    "name is for one event": (b"event: a\ndata: 1\n\ndata: 2\n\n", [message("1", "a"), message("2")]),
    "name alone is dropped": (b"event: a\n\ndata: 2\n\n", [message("2")]),
    "several data lines": (b"data: 1\ndata: 2\ndata:\n\n", [message("1\n2\n")]),
    "data without a colon": (b"data\n\n", [message("")]),
    "data without a colon, twice": (b"data\ndata\n\n", [message("\n")]),
    "data with nothing": (b"data:\n\n", [message("")]),
    "one space goes": (b"data:  x \n\n", [message(" x ")]),
    "no space to go": (b"data:x\n\n", [message("x")]),
    "a tab stays": (b"data:\tx\n\n", [message("\tx")]),
    "colons in a value": (b"data: a:b: c\n\n", [message("a:b: c")]),
    "names have a case": (b"Data: x\nEVENT: y\ndata: z\n\n", [message("z")]),
    "names are exact": (b"data : x\n data: y\ndatum: z\n\n", []),
    "unknown fields": (b"foo: 1\nbar\ndata: x\n\n", [message("x")]),
    "comments": (b": hello\n:\n::data: y\ndata: x\n:data: z\n\n", [message("x")]),
    "a comment alone, after an id": (b"id: 1\ndata: x\n\n: beat\n\n", [message("x", ident="1")]),
    "blank lines alone": (b"\n\n\r\n\r\r", []),
    "lf": (b"data: 1\ndata: 2\n\n", [message("1\n2")]),
    "cr": (b"data: 1\rdata: 2\r\r", [message("1\n2")]),
    "crlf": (b"data: 1\r\ndata: 2\r\n\r\n", [message("1\n2")]),
    "mixed ends": (b"data: 1\rdata: 2\r\ndata: 3\n\r", [message("1\n2\n3")]),
    "lf after crlf is a blank line": (b"data: 1\r\n\ndata: 2\n\n", [message("1"), message("2")]),
    "a last cr dispatches": (b"data: 1\r\n\r", [message("1")]),
    "no other line ends": (
        "data: a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\n\n".encode(),
        [message("a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg")],
    ),
    "one bom": (BOM + b"data: x\n\n", [message("x")]),
    "two boms": (BOM + BOM + b"data: x\n\ndata: y\n\n", [message("y")]),
    "a bom later": (b"data: " + BOM + b"x\n" + BOM + b"data: y\n\n", [message("\ufeffx")]),
    "half a bom": (b"\xef\xbbdata: x\n\ndata: y\n\n", [message("y")]),
    "an id": (b"id: 7\ndata: x\n\n", [message("x", ident="7")]),
    "an id persists": (b"id: 7\ndata: x\n\ndata: y\n\n", [message("x", ident="7"), message("y", ident="7")]),
    "an id without an event": (b"id: 7\n\ndata: y\n\n", [message("y", ident="7")]),
    "an empty id resets": (b"id: 7\ndata: x\n\nid\ndata: y\n\n", [message("x", ident="7"), message("y")]),
    "nul in an id": (b"id: 7\nid: 8\0\ndata: x\n\n", [message("x", ident="7")]),
    "nul in data": (b"data: \0\n\n", [message("\0")]),
    "no last blank line": (b"data: x\n\ndata: y\n", [message("x")]),
    "no last line end": (b"data: x\n\ndata: y", [message("x")]),
    "invalid utf-8": (b"data: \xff\xc3\ndata: \xe2\x82\n\n", [message("\ufffd\ufffd\n\ufffd")]),
    "surrogates are invalid": (b"data: \xed\xa0\x80\n\n", [message("\ufffd\ufffd\ufffd")]),
    "utf-8 in names and ids": ("event: é\nid: ü\ndata: ß\n\n".encode(), [message("ß", "é", "ü")]),
}


@pytest.mark.parametrize(("stream", "events"), TABLE.values(), ids=TABLE)
def test_whole(stream, events):
    assert decode(stream) == events


@pytest.mark.parametrize(("stream", "events"), TABLE.values(), ids=TABLE)
def test_a_byte_a_read(stream, events):
    assert decode(*(stream[i : i + 1] for i in range(len(stream)))) == events


def test_each_event_comes_with_the_byte_that_completes_it():
    decoder = EventStreamDecoder()
    assert decoder.feed(b"data: 1\r\n") == []
    assert decoder.feed(b"\r") == [ServerSentEvent("message", "1", "")]
    assert decoder.feed(b"\n") == []
    assert decoder.feed(b"data: 2\n") == []
    assert decoder.feed(b"\n") == [ServerSentEvent("message", "2", "")]


def test_an_empty_read_between_cr_and_lf_changes_nothing():
    assert decode(b"data: 1\r", b"", b"\ndata: 2\r", b"", b"\n\r\n") == [message("1\n2")]


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (b"1500", 1500),
        (b"0", 0),
        (b"007", 7),
        (b"-1", None),
        (b"+1", None),
        (b"1.5", None),
        (b" 1", None),  # the first space goes, the second stays
        (b"1 ", None),
        (b"", None),
        ("\u0661".encode(), None),  # a digit, but not an ASCII digit
        (b"9" * 5000, None),  # more than can be waited for
    ],
)
def test_retry(value, time):
    decoder = EventStreamDecoder()
    assert decoder.feed(b"retry: " + value + b"\n") == []
    assert decoder.reconnection_time == time


def test_a_bad_retry_leaves_the_last_good_one():
    decoder = EventStreamDecoder()
    decoder.feed(b"retry: 10\nretry: soon\nretry\n")
    assert decoder.reconnection_time == 10


MIB = 1024 * 1024


@pytest.mark.parametrize("piece", [b"x" * MIB, b"data: " + b"x" * MIB + b"\n"], ids=["a line", "an event"])
def test_what_never_ends_is_refused(piece):
    with pytest.raises(OversizedEventError, match="16,777,216 bytes"):
        decode(*[piece] * 20)


def test_a_long_life_of_small_events_is_not():
    decoder = EventStreamDecoder()
    event = b": beat\ndata: " + b"x" * MIB + b"\n\n"
    assert sum(len(decoder.feed(event)) for _ in range(20)) == 20


def reference_lines(text: str) -> list[str]:
    """9.2.5: lines separated by CR LF, by LF or by CR; an unterminated last one can complete nothing."""
    lines, line, i = [], "", 0
    while i < len(text):
        if text[i] in "\r\n":
            lines.append(line)
            line = ""
            i += 2 if text[i : i + 2] == "\r\n" else 1
        else:
            line += text[i]
            i += 1
    return lines


def reference_field(line: str) -> tuple[str, str]:
    """9.2.6: the field's name and value; the empty name stands for a comment."""
    if ":" not in line:
        return line, ""
    colon = line.index(":")
    field, value = line[:colon], line[colon + 1 :]
    return field, value[1:] if value[:1] == " " else value


def reference(stream: bytes) -> list[tuple[str, str, str]]:
    """9.2.6, a sentence at a time, over the whole stream."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
    events, data, event_type, last_event_id = [], "", "", ""
    for line in reference_lines(text):
        field, value = reference_field(line)
        if line == "":
            if data != "":
                events.append((event_type or "message", data[:-1], last_event_id))
            data, event_type = "", ""
        elif field == "event":
            event_type = value
        elif field == "data":
            data += value + "\n"
        elif field == "id" and "\x00" not in value:
            last_event_id = value
    return events


TOKENS = [b"data", b"event", b"id", b"retry", b":", b": ", b" ", b"\r", b"\n", b"\r\n", b"\n\n", b"\r\r", BOM, b"\0"]
TOKENS += [b"7", b"x", b"\xef", b"\xbb", b"\xff", b"\xe2\x80", b"\xf0\x9f", "\u2028".encode(), b"\xc2\x85", b"\x0b"]
LINES = [b"data: 1\n", b"data:2\r", b"data\r\n", b"event: e\n", b"id: 3\n", b"id:\0\n", b": c\n", b"\n", b"\r"]
soup = st.one_of(
    st.lists(st.sampled_from(TOKENS + LINES), max_size=60).map(b"".join),
    st.binary(max_size=200),
)


@given(soup)
def test_agrees_with_the_standards_wording(stream):
    assert decode(stream) == reference(stream)


@given(soup, st.lists(st.integers(0, 300), max_size=20))
def test_any_rechunking_gives_the_same_events(stream, cuts):
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
    assert decode(*pieces) == decode(stream)


value = st.text(st.sampled_from("ab:{} \r\0\u00e9\u2028\x85\x0b"), max_size=4)
field = st.builds(
    "{}{}{}".format, st.sampled_from(["id", "event", "data", "data", "retry", ""]), st.sampled_from([":", ": "]), value
)
block = st.lists(field, max_size=4).map(lambda lines: "\n".join([*lines, "\n"]).encode())
reads = st.lists(
    st.one_of(block, st.lists(block, max_size=3).map(b"".join), st.sampled_from([b"", b"\n", b"\xff", b"data: x\n"])),
    max_size=8,
)


@given(reads)
def test_whole_blocks_a_read_are_what_they_are_a_byte_at_a_time(pieces):
    """A read that begins where a block does is taken a block at a time; what it comes to is the same."""
    stream = b"\n" + b"".join(pieces)
    by_reads, by_bytes = EventStreamDecoder(), EventStreamDecoder()
    events = [event for piece in [b"\n", *pieces] for event in by_reads.feed(piece)]
    assert events == [event for byte in stream for event in by_bytes.feed(bytes([byte]))]
    assert [(event.name, event.data, event.id) for event in events] == reference(stream)
    assert by_reads.is_unfinished == by_bytes.is_unfinished
    assert (by_reads.reconnection_time, bool(by_reads.flaws)) == (by_bytes.reconnection_time, bool(by_bytes.flaws))
