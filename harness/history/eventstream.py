"""Event-stream bytes to events, as the WHATWG HTML standard says (section 9.2, "Server-sent events").

One decoder serves the live stream and the recorded one: it is handed bytes, in whatever pieces they came, and keeps
no more than the line and the event that are not finished yet.
"""

import re
from typing import Final

import msgspec

_BOM: Final = b"\xef\xbb\xbf"
_LIMIT: Final = 16 * 1024 * 1024
_RETRY_DIGITS: Final = 18  # nobody waits longer, and Python refuses to read thousands of digits
_USUAL: Final = re.compile(r"(?:id: ?([^\0\n]*)\n|)(?:event: ?(.*)\n|)data: ?(.*)\n\n").match
"""A block of the shape that nearly all have. In a text without CR, `.` is whatever is no line end."""


class ServerSentEvent(msgspec.Struct, frozen=True, gc=False):
    """One event, as it is dispatched."""

    name: str
    data: str
    id: str
    """The last event ID that the stream has named, in this event or before; empty when it named none."""


class OversizedEventError(ValueError):
    """A line or an event goes on for more than 16 MiB, so that it can't be kept; the decoder is of no further use."""


class EventStreamDecoder:
    """The parser and interpreter of 9.2.5 and 9.2.6, for one stream from its first byte."""

    def __init__(self) -> None:
        self.reconnection_time: int | None = None
        """Milliseconds, from the last `retry` field that was valid."""
        self.flaws: list[str] = []
        """What is no event stream (9.2.5) in the bytes so far; whoever reads them takes them away."""
        self._between = False  # before the first line of a block, with nothing unfinished
        self._at_start = True
        self._after_cr = False
        self._line = bytearray()  # the unfinished one
        self._data: list[str] = []
        self._held = 0  # bytes of the lines behind `_data`
        self._name = ""
        self._id = ""

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """Take the next bytes; return the events that they complete.

        What an end of the stream leaves unfinished is dropped by never asking for it: "Once the end of the file is
        reached, any pending data must be discarded" (9.2.6). Raise `OversizedEventError`, on the feed after the one
        that went beyond the limit: events that came before are not lost with it.
        """
        events: list[ServerSentEvent] = []
        if self._between:
            data = self._usual(data, events)
        if data or not self._between:
            self._lines(data, events)
        return events

    @property
    def is_unfinished(self) -> bool:
        """Whether an end of the stream here would be in the middle of an event. (Of a comment, nothing is lost.)"""
        return bool(self._data or self._name or (self._line and not self._line.startswith(b":")))

    def _lines(self, data: bytes, events: list[ServerSentEvent]) -> None:
        """Part the bytes into lines (9.2.5), and take those that are whole."""
        if len(self._line) + self._held > _LIMIT:
            raise OversizedEventError(
                f"the event stream holds a line or an event of more than {_LIMIT:,} bytes; "
                "expected a line end and an empty line long before"
            )
        if self._at_start:
            data = bytes(self._line) + data
            self._line.clear()
            if _BOM.startswith(data):
                self._line += data
                return
            self._at_start = False
            data = data.removeprefix(_BOM)  # 9.2.5: one leading BOM "must be ignored if any are present"
        if self._after_cr and data:
            data = data.removeprefix(b"\n")  # 9.2.5: CR LF is one line end, also where a read parts the two
            self._after_cr = False
        if not data:
            return
        lines = data.splitlines()  # of bytes, it knows LF, CR and CRLF and nothing else: 9.2.5 `end-of-line`
        rest = b""
        if data.endswith(b"\r"):
            self._after_cr = True
        elif not data.endswith(b"\n"):
            rest = lines.pop()
        if self._line and lines:
            lines[0] = bytes(self._line) + lines[0]
            self._line.clear()
        self._line += rest
        self._interpret(lines, events)
        self._between = not (self._after_cr or self._line or self._data or self._name)

    def _usual(self, data: bytes, events: list[ServerSentEvent]) -> bytes:
        """Take the blocks of the usual shape that `data` begins with, as `_interpret` would; return what follows."""
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return data
        if "\r" in text:
            return data
        end = 0
        while block := _USUAL(text, end):
            last_id, name, value = block.groups()
            if last_id is not None:
                self._id = last_id
            events.append(ServerSentEvent(name or "message", value, self._id))
            end = block.end()
            if end == len(text):
                return b""
        return text[end:].encode()

    def _interpret(self, lines: list[bytes], events: list[ServerSentEvent]) -> None:
        """9.2.6, the steps for whole lines.

        Decoding a line at a time gives what decoding the stream gives, since every line end is a byte that UTF-8 has
        no other use for.
        """
        # 9.2.5: streams "must always be encoded as UTF-8"
        self.flaws += [flaw for line in lines if not line.isascii() and (flaw := _no_utf8(line))]
        texts, name, held = self._data, self._name, self._held
        for line in lines:
            if not line:  # "If the line is empty (a blank line): dispatch the event"
                if texts:  # "If the data buffer is an empty string", no event comes of it
                    events.append(ServerSentEvent(name or "message", "\n".join(texts), self._id))
                    texts.clear()
                    held = 0
                name = ""  # the event type buffer is emptied either way; the last event ID stays
                continue
            # A comment has an empty field name, which is a name that nothing below knows.
            field, _, value = line.partition(b":")
            if value[:1] == b" ":  # "If value starts with a U+0020 SPACE character, remove it"
                value = value[1:]
            if field == b"data":
                texts.append(value.decode("utf-8", "replace"))
                held += len(line)
            elif field == b"event":
                name = value.decode("utf-8", "replace")
            elif field == b"id":
                if b"\0" not in value:  # "If the field value does not contain U+0000 NULL"
                    self._id = value.decode("utf-8", "replace")
            elif field == b"retry" and value.isdigit() and len(value) <= _RETRY_DIGITS:  # "only ASCII digits"
                self.reconnection_time = int(value)
        self._name, self._held = name, held


def _no_utf8(line: bytes) -> str:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        around = line[max(error.start - 20, 0) : error.end + 20]
        return f"byte {error.start + 1} of a line is no UTF-8 ({error.reason}): {around!r}"
    return ""
