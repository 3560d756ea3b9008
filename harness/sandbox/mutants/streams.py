"""Mutants that admit the wrong consumers, or end a stream wrongly."""

from functools import partial

from harness.contract.lifecycle import State
from harness.sandbox import events
from harness.sandbox.exchange import Call, Served
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


@mutant("second-consumer-admitted", trips=("STREAM-2",))
class SecondConsumerAdmitted(Service):
    """Lets any number of consumers read along."""

    def second_consumer(self, session: Session) -> None:
        pass


@mutant("second-consumer-takes-over", trips=("STREAM-2",))
class SecondConsumerTakesOver(Service):
    """Ends the first consumer's stream and lets the second in."""

    def second_consumer(self, session: Session) -> None:
        self.end_stream(session)


@mutant("second-consumer-disturbs", trips=("STREAM-2",))
class SecondConsumerDisturbs(Service):
    """Refuses the second consumer, but ends the first one's stream."""

    def second_consumer(self, session: Session) -> None:
        self.end_stream(session)
        super().second_consumer(session)


@mutant("done-twice", trips=("STREAM-6",))
class DoneTwice(Service):
    """Says `done` twice."""

    def end(self, session: Session, cause: str) -> None:
        if cause == "done":
            self.emit(session, "done", events.done(session, partial(self.url, session)))
        super().end(session, cause)


@mutant("event-after-done", trips=("STREAM-6",))
class EventAfterDone(Service):
    """Repeats the last status after `done`."""

    def end(self, session: Session, cause: str) -> None:
        if cause == "done":
            self.report_progress(session, "completed", 1.0)
        super().end(session, cause)


@mutant("stream-open-after-done", trips=("STREAM-6",))
class StreamOpenAfterDone(Service):
    """Keeps the stream open after `done`."""

    def end_stream(self, session: Session) -> None:
        if session.state is not State.COMPLETED:
            super().end_stream(session)


@mutant("stream-as-text", trips=("STREAM-1",))
class StreamAsText(Service):
    """Sends the events as plain text."""

    def events(self, call: Call, session: Session) -> Served:
        served = super().events(call, session)
        served.headers[:] = [("Content-Type", "text/plain")]
        return served
