"""Mutants that count or order chunks wrongly."""

from typing import ClassVar

from harness.contract.lifecycle import State
from harness.sandbox.exchange import STATUSES, Call, Served, refuse
from harness.sandbox.forms import Form
from harness.sandbox.intake import Reply
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


@mutant("numbers-from-one", trips=("CHUNK-1", "CHUNK-5"))
class NumbersFromOne(Service):
    """Refuses chunk 0 and takes 1 as the first."""

    def open(self, filename: str, goal: str, origin: str) -> Session:
        session = super().open(filename, goal, origin)
        session.next_seq = 1
        return session

    def retry(self, session: Session, form: Form) -> Reply:
        return super().retry(session, form) if session.received else self.older(session, form)


@mutant("third-chunk-fails-once", trips=("CHUNK-1",))
class ThirdChunkFailsOnce(Service):
    """Answers chunk 2 with 500 the first time; a retry succeeds."""

    statuses: ClassVar = STATUSES | {"internal": 500}

    def take_in(self, session: Session, form: Form) -> Reply:
        if form.seq == 2 and session.filename != "failed":
            session.filename = "failed"
            refuse("internal", "something went wrong")
        return super().take_in(session, form)


@mutant("total-counts-form", trips=("CHUNK-2",))
class TotalCountsForm(Service):
    """Counts the multipart form around the audio, too."""

    around = 0

    def chunk(self, call: Call, session: Session) -> Served:
        self.around = len(call.body)
        return super().chunk(call, session)

    def count(self, session: Session, form: Form) -> None:
        super().count(session, form)
        session.received += self.around - len(form.data)


@mutant("total-stops-after-five", trips=("CHUNK-2",))
class TotalStopsAfterFive(Service):
    """The total stays where the fifth chunk brought it."""

    def count(self, session: Session, form: Form) -> None:
        if form.seq < 5:
            super().count(session, form)


@mutant("total-off-by-one", trips=("CHUNK-2",))
class TotalOffByOne(Service):
    """Every ack reports one byte too many."""

    def ack(self, session: Session, form: Form, *, duplicate: bool = False) -> Reply:
        return super().ack(session, form, duplicate=duplicate) | {"received_bytes": session.received + 1}


@mutant("gap-accepted", trips=("CHUNK-3",))
class GapAccepted(Service):
    """Takes a chunk although a number was left out, and goes on from there."""

    def gap(self, session: Session, form: Form) -> Reply:
        return self.take_in(session, form)


@mutant("gap-kills", trips=("CHUNK-4",))
class GapKills(Service):
    """Refuses a gap, and the session with it."""

    def gap(self, session: Session, form: Form) -> Reply:
        self.tear_down(session, State.CANCELLED, "gap", "a number was left out")
        return super().gap(session, form)


@mutant("gap-moves-on", trips=("CHUNK-4",))
class GapMovesOn(Service):
    """Refuses a gap, but expects its number from then on."""

    def gap(self, session: Session, form: Form) -> Reply:
        try:
            return super().gap(session, form)
        finally:
            session.next_seq = form.seq


@mutant("first-number-any", trips=("CHUNK-5",))
class FirstNumberAny(Service):
    """Numbering may begin anywhere."""

    def first_not_zero(self, session: Session, form: Form) -> Reply:
        return self.take_in(session, form)


@mutant("older-number-counts", trips=("CHUNK-5",))
class OlderNumberCounts(Service):
    """Acks a number from before the last, and adds its bytes once more."""

    def older(self, session: Session, form: Form) -> Reply:
        self.count(session, form)
        return self.ack(session, form)


@mutant("ack-double-counts-retry", trips=("CHUNK-6",))
class AckDoubleCountsRetry(Service):
    """Counts the bytes of a retry again."""

    def retry(self, session: Session, form: Form) -> Reply:
        self.count(session, form)
        return self.ack(session, form)


@mutant("retry-refused", trips=("CHUNK-6",))
class RetryRefused(Service):
    """Treats a retry like any older number."""

    def retry(self, session: Session, form: Form) -> Reply:
        return self.older(session, form)


@mutant("chunk-after-finalize", trips=("CHUNK-7",))
class ChunkAfterFinalize(Service):
    """Acks and counts chunks after finalize."""

    def late(self, session: Session, form: Form) -> Reply:
        if session.state not in {State.PROCESSING, State.COMPLETED}:
            return super().late(session, form)
        self.count(session, form)
        return self.ack(session, form)


@mutant("chunk-after-cancel", trips=("CHUNK-7",))
class ChunkAfterCancel(Service):
    """Acks and counts chunks after cancel."""

    def late(self, session: Session, form: Form) -> Reply:
        if session.state is not State.CANCELLED:
            return super().late(session, form)
        self.count(session, form)
        return self.ack(session, form)


@mutant("refused-gap-counts", trips=("CHUNK-4", "CHUNK-10"))
class RefusedGapCounts(Service):
    """Refuses a gap, but counts its bytes."""

    def gap(self, session: Session, form: Form) -> Reply:
        session.received += len(form.data)
        return super().gap(session, form)


@mutant("refused-older-counts", trips=("CHUNK-10",))
class RefusedOlderCounts(Service):
    """Refuses a number from before the last, but counts its bytes."""

    def older(self, session: Session, form: Form) -> Reply:
        session.received += len(form.data)
        return super().older(session, form)
