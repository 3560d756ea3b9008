"""Markdown of foreign text."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.report.evidence import clean

# CommonMark 2.4: a backslash takes the meaning away from punctuation. People read the text as it is, too, so that only
# what could act gets one: before a space, `<` opens no tag, `&` no entity, and a colon no emoji and no link; amid a
# word, `_` is a letter. Nothing of a server's stands at the start of a line, where still others would mean something.
_ACTING: Final = re.compile(r"[\\`*\[\]>~$]|[<&:](?!\s)|(?<![a-zA-Z0-9])_|_(?![a-zA-Z0-9])")
# In a table a pipe needs more than that, and the comments keep GitHub from notifying the people and linking the issues
# that a server's text may name.
_ESCAPES: Final = {ord("|"): "&#124;", ord("@"): "@<!-- -->", ord("#"): "\\#<!-- -->"}


def escaped(text: str) -> str:
    """It in one line, without any meaning in Markdown."""
    return _ACTING.sub(r"\\\g<0>", clean(text)).translate(_ESCAPES).replace("www.", "www\\.")


def table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """The lines of a table, of cells that are Markdown already; none where there are no rows."""
    rows = list(rows)
    if rows:
        yield f"\n| {' | '.join(headings)} |"
        yield "|" + " --- |" * len(headings)
        for row in rows:
            yield f"| {' | '.join(row)} |"
