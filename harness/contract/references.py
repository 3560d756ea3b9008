"""References in a payload, whose fields the document does not name."""

import re
from collections.abc import Iterator
from typing import Any, Final

_MOST: Final = 20
_REFERENCE: Final = re.compile(r"[a-z][a-z0-9+.-]*://|/", re.IGNORECASE)


def references(payload: Any) -> list[str]:
    """The strings in it that can be asked for, URLs and paths from the root, each once; the first 20."""
    try:
        return list(dict.fromkeys(text for text in _strings(payload) if _REFERENCE.match(text)))[:_MOST]
    except RecursionError:
        return []


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _strings(item)
        case list():
            for item in value:
                yield from _strings(item)
