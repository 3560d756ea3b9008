"""Mutants that go on after the end, or never get there."""

from functools import partial
from typing import ClassVar

from harness.contract.lifecycle import State
from harness.sandbox import events
from harness.sandbox.exchange import STATUSES, Call, Served, read_object, refuse
from harness.sandbox.forms import Form
from harness.sandbox.intake import Reply
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


class _Late(Service):
    """Acks and counts some chunks after the end of ingestion."""

    def finalize(self, session: Session) -> None:
        session.notes["ended at, in ms"] = int(self.now * 1000)
        super().finalize(session)

    def cancel(self, session: Session, reason: str) -> None:
        session.notes["ended at, in ms"] = int(self.now * 1000)
        super().cancel(session, reason)

    def late(self, session: Session, form: Form) -> Reply:
        if session.state is State.EXPIRED or not self.takes(
            session, self.now - session.notes["ended at, in ms"] / 1000
        ):
            return super().late(session, form)
        self.count(session, form)
        return self.ack(session, form)

    def takes(self, session: Session, since: float) -> bool:
        """Whether it takes one that comes `since` seconds after the end."""
        raise NotImplementedError


@mutant("one-chunk-after-finalize", trips=("CHUNK-7",))
class OneChunkAfterFinalize(_Late):
    """Takes one more chunk after finalize."""

    def takes(self, session: Session, since: float) -> bool:  # noqa: ARG002 - one signature for all
        session.notes["late"] += 1
        return session.state is not State.CANCELLED and session.notes["late"] == 1


@mutant("one-chunk-after-cancel", trips=("CHUNK-7",))
class OneChunkAfterCancel(_Late):
    """Takes one more chunk after cancel."""

    def takes(self, session: Session, since: float) -> bool:  # noqa: ARG002 - one signature for all
        session.notes["late"] += 1
        return session.state is State.CANCELLED and session.notes["late"] == 1


@mutant("chunks-for-a-moment-after-finalize", trips=("CHUNK-7",))
class ChunksForAMomentAfterFinalize(_Late):
    """Takes chunks for 200 ms after finalize, until the pipeline has noticed."""

    def takes(self, session: Session, since: float) -> bool:
        return session.state is not State.CANCELLED and since < 0.2


@mutant("chunk-after-done", trips=("CHUNK-7",))
class ChunkAfterDone(_Late):
    """Refuses chunks after finalize only until the pipeline has finished."""

    def takes(self, session: Session, since: float) -> bool:  # noqa: ARG002 - one signature for all
        return session.state is State.COMPLETED


@mutant("end-forgotten-after-a-moment", trips=("CHUNK-7",))
class EndForgottenAfterAMoment(_Late):
    """Takes chunks again a quarter of a second after finalize or cancel."""

    def takes(self, session: Session, since: float) -> bool:  # noqa: ARG002 - one signature for all
        return since > 0.25


@mutant("late-chunk-acked", trips=("CHUNK-7",))
class LateChunkAcked(Service):
    """Acks chunks after finalize and throws them away."""

    def late(self, session: Session, form: Form) -> Reply:
        return super().late(session, form) if session.state is State.EXPIRED else self.ack(session, form)


@mutant("late-retry-after-finalize", trips=("CHUNK-7",))
class LateRetryAfterFinalize(Service):
    """Takes the chunk with the right next number after finalize as long as the analysis runs."""

    def late(self, session: Session, form: Form) -> Reply:
        if session.state is State.PROCESSING and form.seq == session.next_seq:
            return self.take_in(session, form)
        return super().late(session, form)


@mutant("finalize-needs-to-be-said-twice", trips=("CTRL-1",))
class FinalizeNeedsToBeSaidTwice(Service):
    """Acks the first finalize and acts on the second."""

    def finalize(self, session: Session) -> None:
        session.notes["asked"] += 1
        if session.notes["asked"] > 1:
            super().finalize(session)
        else:
            session.state = State.PROCESSING


@mutant("no-done-after-retry", trips=("CTRL-1",))
class NoDoneAfterRetry(Service):
    """Waits for a chunk that a retry made it count twice, and never comes to an end."""

    def retry(self, session: Session, form: Form) -> Reply:
        session.notes["retried"] = 1
        return super().retry(session, form)

    def complete(self, session: Session) -> None:
        if not session.notes["retried"]:
            super().complete(session)


@mutant("no-done-after-gap", trips=("CTRL-1",))
class NoDoneAfterGap(Service):
    """Waits for the chunk that was once refused for its number, and never comes to an end."""

    def gap(self, session: Session, form: Form) -> Reply:
        session.notes["gap"] = 1
        return super().gap(session, form)

    def complete(self, session: Session) -> None:
        if not session.notes["gap"]:
            super().complete(session)


@mutant("stream-ends-without-done", trips=("CTRL-1",))
class StreamEndsWithoutDone(Service):
    """After finalize all other events come; then the stream ends in place of `done`."""

    def complete(self, session: Session) -> None:
        if session.is_over:
            return
        session.state = State.COMPLETED
        if session.utterances:
            self.emit(session, "summary_update", events.summary(session))
        self.report_progress(session, "completed", 1.0)
        self.end(session, "done")


@mutant("finalize-ends-the-stream", trips=("CTRL-1",))
class FinalizeEndsTheStream(Service):
    """Ends the stream as soon as it is asked to finalize; the pipeline finishes unseen."""

    def finalize(self, session: Session) -> None:
        super().finalize(session)
        self.end_stream(session)


@mutant("done-waits-for-a-request", trips=("CTRL-1",))
class DoneWaitsForARequest(Service):
    """After finalize the pipeline stands still until the session is asked for something else."""

    def complete(self, session: Session) -> None:
        session.notes["ready"] = 1

    def find(self, session_id: str) -> Session:
        session = super().find(session_id)
        if session.notes.pop("ready", 0):
            self.agenda.at(self.now, partial(super().complete, session))
        return session


@mutant("finalize-fails-once", trips=("CTRL-1",))
class FinalizeFailsOnce(Service):
    """Answers the first finalize with 503; a retry succeeds."""

    statuses: ClassVar = STATUSES | {"overloaded": 503}

    def control(self, call: Call, session: Session) -> Served:
        if read_object(call.body).get("action") == "finalize":
            session.notes["asked"] += 1
            if session.notes["asked"] == 1:
                refuse("overloaded", "something went wrong")
        return super().control(call, session)
