"""What the document has `/metrics` show: "events counters and average agent latency" (Production Notes).

It names neither, so that they are known, among whatever else is there, by the words of their names.
"""

import math
import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from harness.contract.messages import EVENT_NAMES
from harness.oracle.exposition import Sample

LIFECYCLE: Final = frozenset({"status", "error", "done"})
"""Events that tell of the session: a server may send them without counting them among its analytics."""
ANALYTICS: Final = frozenset(EVENT_NAMES) - LIFECYCLE
_ALIASES: Final = {"transcript": "final_transcript", "summary": "summary_update"}

_NO_COUNT: Final = re.compile(
    "active|backlog|buffer|buffered|bytes|clients|connections|consumers|current|discarded|dropped|duration|errors?|"
    "failed|failures|http|lag|last|latency|loop|max|min|ms|open|pending|per|process|python|queued?|rate|seconds|size|"
    "streams|subscribers|subscriptions"
)
"""Words of what is counted or measured of events, and is not the events themselves."""
_LIKE_EVENTS: Final = re.compile("messages?|notifications?|results?|sse")
_AGENT_TIME: Final = re.compile("delay|duration|elapsed|millis|milliseconds|ms|seconds|time")
_NO_AGENT: Final = re.compile(
    "created|fastapi|gc|go|grpc|http|process|promhttp|python|requests?|scrape|sessions?|start|starlette|timestamp|ttl|"
    "uptime"
)
"""Words of times that are certainly no agent's."""

Counts = dict[str, float]
"""By event; under the empty name where a counter tells no event from another."""


def event_counters(samples: Iterable[Sample]) -> dict[str, Counts]:
    """By name, what each counter of events has counted, added up over all other labels.

    Counters whose names differ in the event alone are one; an asterisk stands for it then.
    """
    counters: dict[str, Counts] = {}
    for sample in samples:
        words = _words(sample.name)
        if sample.kind in {"summary", "histogram"} or _has(words, _NO_COUNT):
            continue
        event, found = _event_in(words)
        name = "_".join(words).replace(found, "*") if found else sample.name
        if labelled := _labelled(sample):
            name, event = sample.name, labelled
        may_count = sample.kind == "counter" and (event in ANALYTICS or _has(words, _LIKE_EVENTS))
        if may_count or speaks_of_events(sample.name):
            counts = counters.setdefault(name, {})
            counts[event] = counts.get(event, 0.0) + sample.value
    return counters


def speaks_of_events(name: str) -> bool:
    """Whether a counter's name says that it counts events at large."""
    return "event" in name.lower()


def agent_latencies(samples: Iterable[Sample]) -> dict[str, list[float]]:
    """By name, the average latencies, of each label by itself; not a number where nothing was measured."""
    return _averages(sample for sample in samples if _speaks_of_latency(sample.name))


def perhaps_latencies(samples: Iterable[Sample]) -> list[str]:
    """Names of what may be meant as the agents' latency though it does not say so."""
    timed = (sample for sample in samples if _has(_words(sample.name), _AGENT_TIME))
    return sorted(_averages(sample for sample in timed if not _has(_words(sample.name), _NO_AGENT)))


def _averages(samples: Iterable[Sample]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    sums: dict[tuple[str, tuple[str, ...]], float] = {}
    counts: dict[tuple[str, tuple[str, ...]], float] = {}
    for sample in samples:
        base, _, part = sample.name.rpartition("_")
        if part == "sum":
            sums[base, sample.labels] = sample.value
        elif part == "count":
            counts[base, sample.labels] = sample.value
        elif sample.kind not in {"summary", "histogram", "counter"}:
            found.setdefault(sample.name, []).append(sample.value)
    for key, count in counts.items():
        found.setdefault(key[0], []).append(sums.get(key, math.nan) / count if count else math.nan)
    return found


def _speaks_of_latency(name: str) -> bool:
    words = _words(name)
    return "latency" in name.lower() or ("agent" in name.lower() and _has(words, _AGENT_TIME))


def _has(words: list[str], meant: re.Pattern[str]) -> bool:
    return any(map(meant.fullmatch, words))


def _words(name: str) -> list[str]:
    """Those of `snake_case`, `camelCase` and whatever else joins words."""
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())


def _event_in(words: list[str]) -> tuple[str, str]:
    """The event that these words speak of, and how they call it; both empty where there is none."""
    pairs = (f"{one}_{two}" for one, two in pairwise(words))
    return next(((event, word) for word in (*pairs, *words) if (event := _event(word))), ("", ""))


def _labelled(sample: Sample) -> str:
    """The event that a label names; one of the analytics, if there are several."""
    events = {_event_in(_words(label))[0] for label in sample.labels}
    return next((event for event in sorted(events & ANALYTICS)), "") or max(events, default="")


def _event(word: str) -> str:
    """The event that a word, or its plural, stands for; empty where there is none."""
    for name in (word, word.removesuffix("s")):
        if name in EVENT_NAMES or name in _ALIASES:
            return _ALIASES.get(name, name)
    return ""
