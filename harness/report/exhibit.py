"""The requests and replies, or events, that show a finding: the way `curl -v` shows them, and shortened."""

import json
from collections.abc import Iterator
from typing import Final

from harness.history.observations import Event, Returned, Sent, Withheld
from harness.oracle.judge import Finding
from harness.report.evidence import Narrator, Step, began, body, clean, head, steps

_ENDPOINTS: Final = {
    "start": "POST /analyze/live/start",
    "chunk": "POST …/chunk",
    "control": "POST …/control",
    "attach": "GET …/events",
    "metrics": "GET",
    "artifact": "GET",
    "discard": "POST …/control of another session:",
}
_KEYS: Final = {
    "right": "",
    "wrong": "with a wrong X-API-Key",
    "longer": "with the X-API-Key and an x behind it",
    "missing": "without X-API-Key",
    "empty": "with an empty X-API-Key",
}


def exhibit(finding: Finding) -> list[str]:
    """Lines, all clean: `>` what we sent, `<` what came back, `*` what else there is to say.

    The last ones show the finding; what led to it stands before them. Empty where the finding has no evidence.
    """
    if not finding.trail:
        return []
    evidence = _Evidence(finding)
    start = began(finding) or 0.0
    lines: list[str] = []
    for seen in evidence.led_to():
        lines += [f"* {seen.at - start:+.3f} s", *evidence.lines(seen)]
    return [clean(line) for line in (*lines, f"* {finding.at:+.3f} s, which shows it:", *evidence.deciding())]


def excerpt(finding: Finding) -> list[Step]:
    """What `exhibit` shows, as steps."""
    if not finding.trail:
        return []
    kept, narrator = _Evidence(finding).kept(), Narrator(began(finding))
    told = [(seen, narrator.tell(seen)) for seen in finding.trail]
    return [step for seen, step in told if step and id(seen) in kept]


class _Evidence:
    """The requests, replies and events of a finding's trail."""

    def __init__(self, finding: Finding) -> None:
        *before, self._last = finding.trail
        self._finding = finding
        self._requests = {seen.n: seen for seen in finding.trail if isinstance(seen, Sent)}
        self._replies = {seen.n: seen for seen in finding.trail if isinstance(seen, Returned)}
        self._events = [seen for seen in before if isinstance(seen, Event)]

    def led_to(self) -> list[Sent | Event]:
        """What a reader has to know of what came before, in order of time."""
        last = self._last
        requests = [request for n, request in self._requests.items() if n != getattr(last, "n", None)]
        told: list[Sent | Event]
        if isinstance(last, Event):
            told = [*[event for event in self._events if event.name == last.name][-1:]]
        elif isinstance(last, Withheld):
            told = [*[request for request in requests if request.kind == "start"][-1:]]
        elif isinstance(last, Returned) and last.n in self._requests:
            kind = self._requests[last.n].kind
            told = [*[request for request in requests if request.kind == kind][-1:], *requests[-1:]]
        else:
            told = [*requests[-1:], *self._events[-1:]]
        return sorted({id(seen): seen for seen in told}.values(), key=lambda seen: seen.at)

    def kept(self) -> set[int]:
        """By `id`, the observations that lead to the finding or show it."""
        numbers = {seen.n for seen in self.led_to() if isinstance(seen, Sent)}
        if isinstance(self._last, Returned):
            numbers.add(self._last.n)
        exchanges = [held[n] for held in (self._requests, self._replies) for n in numbers if n in held]
        return {id(seen) for seen in (*exchanges, *self.led_to(), self._last)}

    def deciding(self) -> list[str]:
        """What showed the finding."""
        if isinstance(self._last, Event):
            return self.lines(self._last)
        if isinstance(self._last, Returned) and self._last.n in self._requests:
            return self.lines(self._requests[self._last.n])
        *_, step = steps(self._finding)
        return [f"* {step.text}"]

    def lines(self, seen: Sent | Event) -> list[str]:
        """An event, or a request and its reply."""
        if isinstance(seen, Event) and seen.illegal:
            return [f"< {seen.illegal}"]
        if isinstance(seen, Event):
            return [f"< event: {seen.name}", f"< data: {seen.data}" + (f"  ({seen.flaw})" if seen.flaw else "")]
        reply = self._replies.get(seen.n)
        return [_asked(seen), _answered(reply) if reply else "* no reply yet"]


def _asked(sent: Sent) -> str:
    return " ".join(filter(None, (">", _ENDPOINTS[sent.kind], sent.path, _KEYS[sent.key], *_form(sent))))


def _answered(returned: Returned) -> str:
    mark = "*" if returned.status is None else "<"
    return " ".join(filter(None, (mark, *head(returned), body(returned))))


def _form(sent: Sent) -> Iterator[str]:
    if sent.kind == "chunk":
        yield "without chunk_seq," if sent.seq is None else f"chunk_seq={sent.seq},"
        yield f"chunk of {sent.size:,} bytes"
        if not sent.wellformed:
            yield "(malformed on purpose)"
    elif sent.body is not None:
        yield json.dumps(sent.body, ensure_ascii=False)
    elif sent.action is not None:
        said = {"action": sent.action, "reason": sent.reason}
        yield json.dumps({name: value for name, value in said.items() if value is not None}, ensure_ascii=False)
