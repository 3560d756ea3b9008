"""Variants whose event streams are framed, filled or handed out differently."""

import json
from collections.abc import Iterable
from functools import cached_property, partial
from typing import Any

import msgspec

from harness.contract.lifecycle import State
from harness.sandbox.audio.listener import Heard
from harness.sandbox.events import Payload
from harness.sandbox.forms import Form
from harness.sandbox.intake import Reply
from harness.sandbox.outlet import Outlet
from harness.sandbox.registry import variant
from harness.sandbox.service import Service
from harness.sandbox.session import Event, Session


@variant("crlf-stream")
class CrlfStream(Service):
    """Lines of the stream end with CR LF."""

    def frame(self, event: Event) -> bytes:
        return super().frame(event).replace(b"\n", b"\r\n")

    def comment(self, text: str) -> bytes:
        return super().comment(text).replace(b"\n", b"\r\n")


@variant("ornate-stream")
class OrnateStream(Service):
    """The stream has a byte order mark, a retry field, comments within events, and no space after colons."""

    def preamble(self) -> bytes:
        return b"\xef\xbb\xbf:\nretry:2500\n\n"

    def frame(self, event: Event) -> bytes:
        return b":%s\n" % event.name.encode() + super().frame(event).replace(b": ", b":", 3)


@variant("no-backlog")
class NoBacklog(Service):
    """A consumer is told only of what happens after it came."""

    def backlog(self, session: Session, after: int) -> list[Event]:  # noqa: ARG002 - the signature of what is replaced
        return []


@variant("slow-to-notice")
class SlowToNotice(Service):
    """Notices a consumer that has left only 300 ms later; until then it refuses the next one."""

    def attach(self, session: Session, after: int) -> Outlet:
        outlet = super().attach(session, after)
        outlet.on_left = lambda _: self.agenda.at(self.now + 0.3, partial(session.leave, outlet))
        return outlet


@variant("emotion-first")
class EmotionFirst(Service):
    """An utterance's emotion and cognitive events come before its transcript."""

    def results(self, session: Session, heard: Heard) -> list[tuple[str, dict[str, Any]]]:
        transcript, *others = super().results(session, heard)
        return [*others, transcript]


@variant("troubled-agents")
class TroubledAgents(Service):
    """An agent fails at each utterance, which an `error` event tells of; the session goes on."""

    def results(self, session: Session, heard: Heard) -> list[tuple[str, Payload]]:
        trouble = {"code": "agent_failed", "message": "one of the agents gave up"}
        return [("error", trouble), *super().results(session, heard)]


@variant("cr-stream")
class CrStream(Service):
    """Lines of the stream end with CR."""

    def frame(self, event: Event) -> bytes:
        return super().frame(event).replace(b"\n", b"\r")

    def comment(self, text: str) -> bytes:
        return super().comment(text).replace(b"\n", b"\r")


@variant("data-on-many-lines")
class DataOnManyLines(Service):
    """The data of an event stands on several lines, before its name."""

    def frame(self, event: Event) -> bytes:
        lines = msgspec.json.format(event.data, indent=1).splitlines()
        data = b"".join(b"data: %s\n" % line for line in lines)
        return data + b"event: %s\n\n" % event.name.encode()


@variant("terse-stream")
class TerseStream(Service):
    """Events have no ids, and what is not ASCII is escaped."""

    def frame(self, event: Event) -> bytes:
        data = json.dumps(json.loads(event.data)).encode()
        return b"event:%s\ndata:%s\n\n" % (event.name.encode(), data)


@variant("strange-ids")
class StrangeIds(Service):
    """Events have ids that are no numbers, unknown fields, and retry times."""

    def frame(self, event: Event) -> bytes:
        return b"id: ev/%x?\nretry: 1500\nsource: sandbox\n" % event.id + super().frame(event).partition(b"\n")[2]


@variant("last-event-only")
class LastEventOnly(Service):
    """A consumer that comes is told of the last event, and of what happens after."""

    def backlog(self, session: Session, after: int) -> list[Event]:
        return super().backlog(session, after)[-1:]


@variant("no-status")
class NoStatus(Service):
    """There are no status events."""

    def report_progress(self, session: Session, phase: str, progress: float) -> None:
        pass


@variant("status-at-each-chunk")
class StatusAtEachChunk(Service):
    """Each chunk brings three status events on."""

    def ack(self, session: Session, form: Form, *, duplicate: bool = False) -> Reply:
        for _ in range(3):
            self.report_progress(session, session.state.value, session.progress)
        return super().ack(session, form, duplicate=duplicate)


@variant("whole-progress")
class WholeProgress(Service):
    """Progress is 0 until the end, then 1, as whole numbers."""

    def report_progress(self, session: Session, phase: str, progress: float) -> None:
        super().report_progress(session, phase, int(progress))


@variant("hears-the-first-only")
class HearsTheFirstOnly(Service):
    """Understands the first utterance of a session, and no other."""

    def analyse(self, session: Session, found: Iterable[Heard]) -> None:
        first = [heard for heard in found if not session.notes["heard"]][:1]
        session.notes["heard"] += len(first)
        super().analyse(session, first)


@variant("feelings-come-later")
class FeelingsComeLater(Service):
    """The emotion and cognitive events of an utterance come after the next one's transcript."""

    def results(self, session: Session, heard: Heard) -> list[tuple[str, Payload]]:
        told = super().results(session, heard)
        held = self.held.pop(session.id, [])
        self.held[session.id] = told[1:]
        return [told[0], *held]

    @cached_property
    def held(self) -> dict[str, list[tuple[str, Payload]]]:
        return {}

    def complete(self, session: Session) -> None:
        for name, payload in self.held.pop(session.id, []):
            self.emit(session, name, payload)
        super().complete(session)


@variant("reason-within-details")
class ReasonWithinDetails(Service):
    """The `error` of a cancel has its own message, and our reason in a field within a field."""

    def cancel(self, session: Session, reason: str) -> None:
        session.state = State.CANCELLED
        told = {"code": 499, "message": "Client closed session.", "details": {"cancel": {"reason": reason}}}
        self.emit(session, "error", told)
        self.end(session, "cancelled")


@variant("reason-within-a-sentence")
class ReasonWithinASentence(Service):
    """The `error` of a cancel has our reason within a sentence."""

    def cancel(self, session: Session, reason: str) -> None:
        super().cancel(session, f"The client has cancelled, since: {reason}.")
