"""What a metrics endpoint shows, as samples: the Prometheus text format, OpenMetrics, or JSON.

The document names no format, so that much is read: lines that are none are left out, and a JSON number is named by
the keys that lead to it.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final, NamedTuple

from prometheus_client.parser import text_string_to_metric_families


class Sample(NamedTuple):
    """One number."""

    name: str
    """Without the suffix `_total`."""
    labels: tuple[str, ...]
    """Their values."""
    value: float
    kind: str = "unknown"
    """counter, gauge, summary, histogram; or unknown."""


def read_exposition(body: Any) -> list[Sample]:
    """The samples of a reply's body: a text, or a JSON value."""
    if isinstance(body, str):
        return _from_text(body)
    try:
        return list(_from_json(body, ()))
    except RecursionError:
        return []


_FLAWS: Final = (ValueError, IndexError, KeyError)
"""What the parser raises, on purpose or by chance."""


def _from_text(text: str) -> list[Sample]:
    with suppress(*_FLAWS):
        return _parsed(text, {})
    kinds = {words[2]: words[3] for line in text.splitlines() if len(words := line.split()) == 4 and words[1] == "TYPE"}
    samples = []
    for line in text.splitlines():
        with suppress(*_FLAWS):
            samples += _parsed(line.partition(" # ")[0], kinds)  # OpenMetrics has exemplars behind it
    return samples


def _parsed(text: str, kinds: dict[str, str]) -> list[Sample]:
    families = list(text_string_to_metric_families(text))
    # Of OpenMetrics the parser has a counter's type under the name without `_total`.
    kinds = kinds | {family.name: family.type for family in families if family.type != "unknown"}
    return [
        Sample(name, tuple(sample.labels.values()), float(sample.value), kinds.get(name) or family.type)
        for family in families
        for sample in family.samples
        if not sample.name.endswith("_created")  # the moment at which a counter began
        for name in [sample.name.removesuffix("_total")]
    ]


def _from_json(value: Any, path: tuple[str, ...]) -> Iterator[Sample]:
    match value:
        case bool():
            return
        case int() | float():
            yield Sample("_".join(path).removesuffix("_total"), (), float(value))
        case {"name": str(name), "value": int() | float() as number, "labels": dict(labels)}:
            yield Sample(name.removesuffix("_total"), tuple(map(str, labels.values())), float(number))
        case dict():
            for key, item in value.items():
                yield from _from_json(item, (*path, key))
        case list():
            for item in value:
                yield from _from_json(item, path)
