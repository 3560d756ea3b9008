"""A chunk's multipart form, read from the raw bytes of the body (RFC 7578)."""

import re
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from harness.sandbox.exchange import Call, Refusal, refuse

_NUMBER = re.compile(rb"\d{1,15}")


@dataclass(frozen=True, slots=True)
class Form:
    """What the document's recipe sends: `chunk_seq` and the audio bytes of `chunk`."""

    seq: int
    data: bytes


@dataclass(slots=True)
class _Parts:
    """Gathers the parts by name while the parser calls back."""

    values: dict[bytes, bytes] = field(default_factory=dict)
    whole: bool = False
    _disposition: bytes = b""
    _header: bytes = b""
    _pieces: list[bytes] = field(default_factory=list)

    def begin(self) -> None:
        self._disposition = b""
        self._pieces = []

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header = data[start:end].lower()

    def header_value(self, data: bytes, start: int, end: int) -> None:
        if self._header == b"content-disposition":
            self._disposition = data[start:end]

    def part_data(self, data: bytes, start: int, end: int) -> None:
        self._pieces.append(data[start:end])

    def part_end(self) -> None:
        name = parse_options_header(self._disposition)[1].get(b"name", b"")
        self.values[name] = b"".join(self._pieces)

    def end(self) -> None:
        self.whole = True


def read_form(call: Call) -> Form:
    """The form of a chunk; refused with what is wrong with it."""
    values = _parts(call)
    seq = values.get(b"chunk_seq")
    if seq is None:
        refuse("bad_form", "the form has no field 'chunk_seq'")
    if not _NUMBER.fullmatch(seq):
        refuse("bad_form", f"'chunk_seq' should be a whole number from 0, got {seq[:40]!r}")
    data = values.get(b"chunk")
    if not data:
        refuse("bad_form", "the form has no file 'chunk', or an empty one")
    return Form(int(seq), data)


def _parts(call: Call) -> dict[bytes, bytes]:
    kind, options = parse_options_header(call.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        refuse("bad_form", f"a chunk comes as multipart/form-data with a boundary, got {kind[:60].decode('latin-1')!r}")
    parts = _Parts()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": parts.begin,
                "on_header_field": parts.header_field,
                "on_header_value": parts.header_value,
                "on_part_data": parts.part_data,
                "on_part_end": parts.part_end,
                "on_end": parts.end,
            },
        )
        parser.write(call.body)
    except FormParserError as error:
        raise Refusal("bad_form", f"the multipart form can't be read: {error}") from error
    if not parts.whole:
        refuse("bad_form", "the multipart form ends before its closing boundary")
    return parts.values
