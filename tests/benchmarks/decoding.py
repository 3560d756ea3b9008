"""Event-stream decoders on the same bytes: CPU time of an event in microseconds."""

import codecs
import time
from functools import partial

import httpx
from figures import at_most, in_turns, profile_of, profile_table, table
from httpx_sse import EventSource

from harness.history.eventstream import EventStreamDecoder

EVENTS = 4000
SIZE = 300  # bytes of an event on the wire


def events():
    """An event a read, as a live stream brings them."""
    for n in range(EVENTS):
        head = f"id: {n}\nevent: final_transcript\ndata: "
        head += (
            f'{{"utterance_id": "u-{n}", "speaker": "A", "start": {n}.25, "end": {n}.75, "confidence": 0.97, "text": "'
        )
        tail = '"}\n\n'
        text = "and so we said " * SIZE
        yield (head + text[: SIZE - len(head) - len(tail)] + tail).encode()


READS = list(events())


def ours():
    feed, count = EventStreamDecoder().feed, 0
    for read in READS:
        count += len(feed(read))
    return count


def recipe(lines):
    """What Recipe 1 does with each line."""
    count, name, data = 0, None, []
    for line in lines():
        if not line:
            if data:
                _ = (name or "message", "".join(data))
                count += 1
                data.clear()
        elif line.startswith("event:"):
            name = line.split("event:", 1)[1].strip()
        elif line.startswith("data:"):
            data.append(line.split("data:", 1)[1].strip())
    return count


def split():
    """Lines as cheaply as `str` has them."""
    decode, rest = codecs.getincrementaldecoder("utf-8")().decode, ""
    for read in READS:
        *lines, rest = (rest + decode(read)).split("\n")
        yield from lines


def response():
    """A stream as httpx hands it out."""
    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=iter(READS))


def over_httpx_sse():
    count = 0
    for _ in EventSource(response()).iter_sse():
        count += 1
    return count


def timed(decode):
    begin = time.process_time()
    count = decode()
    spent = time.process_time() - begin
    if count != EVENTS:
        raise RuntimeError(f"{count} events instead of {EVENTS}: what is measured would be something else")
    return spent / EVENTS * 1e6


OURS, SSE = "EventStreamDecoder (harness)", "httpx-sse"
DECODERS = {
    OURS: partial(timed, ours),
    "Recipe 1, lines by str.split": partial(timed, partial(recipe, split)),
    "Recipe 1, lines by httpx": partial(timed, partial(recipe, lambda: response().iter_lines())),
    SSE: partial(timed, over_httpx_sse),
}
MOST = 0.2


def measured():
    """The table, and the bound."""
    figures = in_turns(DECODERS, 11)
    yield table(
        f"Decoding of a {SIZE}-byte event",
        "us",
        figures,
        "CPU time from the bytes to one event, an event a read; its JSON is left unread.",
    )
    bound = at_most("CPU of an event, against httpx-sse", MOST, figures[OURS].median / figures[SSE].median, " x")
    yield bound
    if not bound.reached:
        yield profile_table("Where the decoder spends it", profile_of(ours))
