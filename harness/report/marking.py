"""Markdown of foreign text."""

from collections.abc import Iterable, Iterator
from typing import Final

from harness.report.evidence import clean

# CommonMark 2.4: a backslash takes the meaning away from punctuation. In a table a pipe needs more than that, and the
# comments keep GitHub from notifying the people and linking the issues that a server's text may name. Nothing of a
# server's stands at the start of a line, where still other characters would mean something.
_ESCAPES: Final = {
    **{ord(c): f"\\{c}" for c in "\\`*_[]<>&~$:!"},
    ord("|"): "&#124;",
    ord("@"): "@<!-- -->",
    ord("#"): "\\#<!-- -->",
}


def escaped(text: str) -> str:
    """It in one line, without any meaning in Markdown."""
    return clean(text).translate(_ESCAPES).replace("www.", "www\\.")


def table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """The lines of a table, of cells that are Markdown already; none where there are no rows."""
    rows = list(rows)
    if rows:
        yield f"\n| {' | '.join(headings)} |"
        yield "|" + " --- |" * len(headings)
        for row in rows:
            yield f"| {' | '.join(row)} |"
