"""Bytes of an HTTP/1.1 connection to one reply. No IO: framing by httptools (llhttp), its bounds and its end by us."""

from functools import lru_cache
from typing import Final

import httptools

from harness.client.coding import BODY_LIMIT, ContentDecoder, content_decoder
from harness.client.transport import TransportError

_SHORT: Final = 64  # characters: what is longer is rarely the same twice
_HEAD_LIMIT: Final = 64 * 1024  # bytes of a head, or of anything else that is not body


class ReplyReader:
    """Reads the final replies of one connection, one after another; interim ones (1xx) are skipped (RFC 9110 15.2)."""

    __slots__ = (
        "_beside",
        "_coding",
        "_decoder",
        "_parser",
        "_pieces",
        "_size",
        "_total",
        "_until_close",
        "complete",
        "fault",
        "head_complete",
        "headers",
        "reusable",
        "status",
    )

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self.begin()

    def begin(self) -> None:
        """Look forward to the next reply; only where the one before is complete, and the connection `reusable`."""
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.head_complete = False
        self.complete = False
        self.reusable = False
        """Whether another request may follow on the connection, once the reply is complete."""
        self.fault: TransportError | None = None
        """Why nothing more can be read; what came before it can still be taken."""
        self._until_close = False
        self._beside = 0  # bytes since the last one of the body
        self._size = 0  # of the pieces of the body that have not been taken
        self._total = 0
        self._coding = ""
        self._decoder: ContentDecoder | None = None

    def close(self) -> None:
        """Nothing more is read."""
        del self._parser  # it holds this object's methods: a circle that the garbage collector need not find

    def feed(self, data: bytes) -> None:
        """Take what was read, while the reply is not complete and has no `fault`."""
        self._beside += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.fault = TransportError("malformed", "the server switches to another protocol, unasked")
        except httptools.HttpParserError as error:
            if not self.complete:
                # llhttp's reasons are constant texts, which hold nothing of what the server sent.
                self.fault = TransportError("malformed", f"not HTTP: {error}; {self.progress}")
            self.reusable = False  # something follows the reply that nobody asked for
        if self._beside > _HEAD_LIMIT and not self.complete:
            self.fault = TransportError(
                "malformed", f"over {_HEAD_LIMIT:,} bytes without any of the body; {self.progress}"
            )
        if self._size > BODY_LIMIT:
            self.fault = TransportError("malformed", f"the body is longer than {BODY_LIMIT:,} bytes")

    def end(self) -> None:
        """The peer has closed the connection; raise `TransportError` unless that is how the reply ends."""
        if not self._until_close:  # RFC 9112 8: then the message is incomplete
            raise TransportError("cut", f"the server closed the connection; {self.progress}")
        self.complete = True

    def take(self) -> bytes:
        """The body without its content coding, as far as it came since the last call; raise `TransportError`."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        if self._coding:
            self._decoder = content_decoder(self._coding)
            self._coding = ""
        if self._decoder is not None:
            data = self._decoder.decode(data)
            if self.complete:
                self._decoder.finish()
        return data

    @property
    def progress(self) -> str:
        """How far the reply came, in words."""
        if self.head_complete:
            return f"the head of the reply came, and {self._total:,} bytes of its body"
        return "only a part of the reply's head came" if self._beside else "nothing of the reply came"

    def on_message_begin(self) -> None:
        """A reply begins. (These are the names that httptools calls.)"""
        if self.complete:
            raise ValueError("a reply that nobody asked for")
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head; those of a trailer are left alone (RFC 9110 6.5.1)."""
        if self.head_complete:
            return
        field = (_usual if len(value) <= _SHORT else _field)(name, value)
        self.headers.append(field)
        if field[0] == "content-encoding":
            self._coding = field[1]

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return
        self.head_complete = True
        self.reusable = self._parser.should_keep_alive()
        if not self.reusable and self.status not in {204, 304}:
            fields = dict(self.headers)
            chunked = "chunked" in fields.get("transfer-encoding", "").lower()
            self._until_close = not chunked and "content-length" not in fields  # RFC 9112 6.3, the last item

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        self._pieces.append(data)
        self._size += len(data)
        self._total += len(data)
        self._beside = 0

    def on_message_complete(self) -> None:
        """A reply is whole, perhaps an interim one."""
        self.complete = self.head_complete


def _field(name: bytes, value: bytes) -> tuple[str, str]:
    return name.decode("latin-1").lower(), value.decode("latin-1")


# Most fields of a server's replies are the same in all of them: thousands of sessions need not hold each its own.
_usual: Final = lru_cache(maxsize=256)(_field)
