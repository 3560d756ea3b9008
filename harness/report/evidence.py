"""Observations as steps that people read, and hostile text as text that does nothing."""

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.history.observations import (
    Ended,
    Event,
    Header,
    Observation,
    Returned,
    Sent,
    StreamBytes,
    StreamClosed,
    Waited,
    Withheld,
)
from harness.oracle.judge import Finding

_LONGEST: Final = 400

CLOSED: Final = {"ended": "stream closed by the server", "cut": "stream broke", "left": "stream closed by us"}


def clean(text: str, longest: int = _LONGEST) -> str:
    r"""`text` in one line, cut after `longest`, without power over a terminal or a page's direction of writing.

    Control, format and separator characters (ANSI escapes, line ends, bidirectional overrides) are spelled out, such
    as `\x1b`. Markup is left as it is: how to escape it is known to the format of the report.
    """
    shown = text[:longest]
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
    if len(text) > longest or len(shown) > longest:
        return f"{shown[:longest]}… ({len(text):,} characters)"
    return shown


class Step(NamedTuple):
    """One observation in words, already clean."""

    at: float
    """Seconds since the session's first observation."""
    mark: str
    """`→` sent, `←` a reply, `⇠` an event, `·` anything else."""
    text: str

    def __str__(self) -> str:
        return f"{self.at:+.3f}s  {self.mark} {self.text}"


class Narrator:
    """Tells a session step by step: feed it with the observations, one after another."""

    def __init__(self, began: float | None = None) -> None:
        self._began = began  # monotonic time of the session's first observation; None: the first that comes
        self._unanswered: dict[int, str] = {}
        self._latest = -1

    def tell(self, observation: Observation) -> Step | None:
        """The observation in words; None where there is nothing to tell: the header, and the bytes behind events."""
        if isinstance(observation, Header | StreamBytes):
            return None
        if self._began is None:
            self._began = observation.at
        mark, words = self._words(observation)
        return Step(observation.at - self._began, mark, clean(" ".join(filter(None, words))))

    def _words(
        self, observation: Sent | Returned | Event | StreamClosed | Waited | Withheld | Ended
    ) -> tuple[str, list[str]]:
        match observation:
            case Sent():
                self._latest = observation.n
                name = self._unanswered[observation.n] = named(observation)
                return "→", [name, *_particulars(observation)]
            case Returned():
                name = self._unanswered.pop(observation.n, "")
                overtaken = bool(name) and observation.n != self._latest
                return "←", [*head(observation), f"(to {name})" if overtaken else "", body(observation)]
            case Event():
                if observation.illegal:
                    return "⇠", ["no event, but", observation.illegal]
                return "⇠", ["event", observation.name, observation.data, _aside(observation.flaw)]
            case _:
                return "·", _remark(observation)


def began(finding: Finding) -> float | None:
    """The monotonic time of the session's first observation; None where the finding has no trail."""
    times = [observation.at for observation in finding.trail if not isinstance(observation, Header)]
    return times[-1] - finding.at if times else None


def steps(finding: Finding) -> Iterator[Step]:
    """The last steps of the session up to the one that showed the finding."""
    narrator = Narrator(began(finding))
    for observation in finding.trail:
        if step := narrator.tell(observation):
            yield step


def named(sent: Sent) -> str:
    """A request, as a sentence speaks of it."""
    if sent.kind == "chunk":
        return "chunk without a number" if sent.seq is None else f"chunk {sent.seq}"
    if sent.kind == "control":
        return sent.action or "control without an action"
    if sent.path:
        return f"{sent.kind} {sent.path}"
    return {"attach": "attach to the event stream", "discard": "cancel of a session that is not used"}.get(
        sent.kind, sent.kind
    )


def _particulars(sent: Sent) -> Iterator[str]:
    if sent.kind == "chunk":
        yield f"({sent.size:,} bytes)"
    if sent.reason:
        yield f"(reason: {sent.reason})"
    if sent.key != "right":
        yield f"[key {sent.key}]"
    if not sent.wellformed:
        yield "[malformed]"


def head(returned: Returned) -> Iterator[str]:
    """The status of a reply, or why there is none."""
    if returned.status is not None:
        yield str(returned.status)
    if returned.failure:
        yield f"{returned.failure}: {returned.detail}" if returned.detail else returned.failure


def body(returned: Returned) -> str:
    """The body of a reply, after its content type where it is no JSON."""
    if returned.is_json:
        try:
            return json.dumps(returned.body, ensure_ascii=False)
        except RecursionError:
            return "JSON that is nested too deeply to be shown"
    text = returned.content_type if returned.body is None else f"{returned.content_type} {returned.body}"
    return text + (f" (and {returned.skipped:,} characters more)" if returned.skipped else "")


def _remark(observation: StreamClosed | Waited | Withheld | Ended) -> list[str]:
    match observation:
        case StreamClosed():
            return [CLOSED[observation.how], _aside(observation.detail)]
        case Waited():
            return [wait(observation)]
        case Withheld():
            return [f"{observation.kind} withheld, since its URL leads to another origin: {observation.url}"]
        case Ended():
            return [f"session over: {observation.ending}", _aside(observation.why)]


def wait(waited: Waited) -> str:
    """A wait, and what came of it."""
    spent = f"waited {waited.at - waited.since:.3f} s"
    what = "the end of the stream" if waited.what == "end" else waited.what
    match waited.outcome:
        case "elapsed":
            return f"{spent} ({waited.what})"
        case "over-budget":
            return f"no wait for {waited.what}: {waited.needed:.0f} s would have been longer than allowed"
        case "came":
            return f"{spent} for {what}: it came"
        case "timeout":
            return f"{spent} for {what}: it did not come"
        case "stream-over":
            return f"{spent} for {what}: the stream was over first"


def _aside(text: str) -> str:
    return f"({text})" if text else ""
