"""Mutants that mistake how many consumers there are, or what each of them is owed."""

from functools import partial

from harness.contract.lifecycle import State
from harness.sandbox import events
from harness.sandbox.exchange import Call, Served, refuse
from harness.sandbox.outlet import Outlet
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Event, Session


class _Porous(Service):
    """Lets a second consumer in at times."""

    def attach(self, session: Session, after: int) -> Outlet:
        session.notes["attached at, in ms"] = int(self.now * 1000)
        return super().attach(session, after)

    def second_consumer(self, session: Session) -> None:
        session.notes["seconds"] += 1
        if not self.lets_in(session):
            super().second_consumer(session)

    def lets_in(self, session: Session) -> bool:
        raise NotImplementedError


@mutant("second-consumer-after-a-while", trips=("STREAM-2",))
class SecondConsumerAfterAWhile(_Porous):
    """Takes the first consumer for gone half a second after it came."""

    def lets_in(self, session: Session) -> bool:
        return self.now - session.notes["attached at, in ms"] / 1000 > 0.5


@mutant("second-consumer-asks-twice", trips=("STREAM-2",))
class SecondConsumerAsksTwice(_Porous):
    """Refuses a second consumer once; the next time it is let in."""

    def lets_in(self, session: Session) -> bool:
        return session.notes["seconds"] > 1


@mutant("second-consumer-before-audio", trips=("STREAM-2",))
class SecondConsumerBeforeAudio(_Porous):
    """Looks for a first consumer only once it has audio."""

    def lets_in(self, session: Session) -> bool:
        return not session.received


@mutant("second-consumer-starves-first", trips=("STREAM-2",))
class SecondConsumerStarvesFirst(Service):
    """Refuses a second consumer, and from then on tells the first one nothing."""

    def second_consumer(self, session: Session) -> None:
        session.notes["starved"] = 1
        super().second_consumer(session)

    def emit(self, session: Session, name: str, payload: object) -> None:
        if not session.notes["starved"]:
            super().emit(session, name, payload)

    def end_stream(self, session: Session) -> None:
        if not session.notes["starved"]:
            super().end_stream(session)


@mutant("second-consumer-cuts-first-later", trips=("STREAM-2",))
class SecondConsumerCutsFirstLater(Service):
    """Refuses a second consumer, and ends the first one's stream half a second later."""

    def second_consumer(self, session: Session) -> None:
        self.agenda.at(self.now + 0.5, partial(self.end_stream, session))
        super().second_consumer(session)


@mutant("done-twice-after-return", trips=("STREAM-6",))
class DoneTwiceAfterReturn(Service):
    """Says `done` once for each consumer that has been attached, all to the last."""

    def attach(self, session: Session, after: int) -> Outlet:
        session.notes["attached"] += 1
        return super().attach(session, after)

    def end(self, session: Session, cause: str) -> None:
        if cause == "done":
            for _ in range(session.notes["attached"] - 1):
                self.emit(session, "done", events.done(session, partial(self.url, session)))
        super().end(session, cause)


@mutant("error-after-done", trips=("STREAM-6",))
class ErrorAfterDone(Service):
    """Says after `done` that the stream was closed, as an `error`."""

    def end(self, session: Session, cause: str) -> None:
        if cause == "done":
            self.emit(session, "error", {"code": "closed", "message": "the stream was closed"})
        super().end(session, cause)


@mutant("recap-after-done", trips=("STREAM-6",))
class RecapAfterDone(Service):
    """The last recap comes after `done`."""

    def emit(self, session: Session, name: str, payload: object) -> None:
        super().emit(session, name, payload)
        if name == "done" and session.utterances:
            super().emit(session, "summary_update", events.summary(session))


@mutant("stream-lingers-after-return", trips=("STREAM-6",))
class StreamLingersAfterReturn(Service):
    """Ends the stream of the first consumer after `done`, but not of one that came later."""

    def attach(self, session: Session, after: int) -> Outlet:
        session.notes["attached"] += 1
        return super().attach(session, after)

    def end_stream(self, session: Session) -> None:
        if session.notes["attached"] < 2 or session.state is not State.COMPLETED:
            super().end_stream(session)


@mutant("stream-created", trips=("STREAM-1",))
class StreamCreated(Service):
    """Answers a consumer with 201."""

    def events(self, call: Call, session: Session) -> Served:
        served = super().events(call, session)
        served.status = 201
        return served


@mutant("stream-as-binary", trips=("STREAM-1",))
class StreamAsBinary(Service):
    """Sends the events without saying what they are."""

    def events(self, call: Call, session: Session) -> Served:
        served = super().events(call, session)
        served.headers[:] = [("Content-Type", "application/octet-stream")]
        return served


@mutant("stream-needs-audio", trips=("STREAM-1",))
class StreamNeedsAudio(Service):
    """Refuses a consumer until the first chunk has come."""

    def events(self, call: Call, session: Session) -> Served:
        if not session.received:
            refuse("session_over", "there is nothing to tell yet")
        return super().events(call, session)


@mutant("heartbeat-is-an-event", trips=("EVENT-1",))
class HeartbeatIsAnEvent(Service):
    """Fills a silence with events named `ping`."""

    def attach(self, session: Session, after: int) -> Outlet:
        outlet = super().attach(session, after)
        self.agenda.at(self.now + 1, partial(self.ping, outlet))
        return outlet

    def ping(self, outlet: Outlet) -> None:
        if not outlet.closed:
            outlet.put(self.frame(Event(0, "ping", b"{}")))
            self.agenda.at(self.now + 1, partial(self.ping, outlet))
