"""Mutants that are wrong about chunk numbers only at times: after a while, once, or for some of them."""

from functools import partial
from typing import ClassVar, NoReturn

from harness.contract.lifecycle import State
from harness.sandbox.exchange import STATUSES, refuse
from harness.sandbox.forms import Form
from harness.sandbox.intake import Reply
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


@mutant("numbers-sorted-as-text", trips=("CHUNK-1", "CHUNK-8"))
class NumbersSortedAsText(Service):
    """Compares numbers as text, so that 10 is older than 9."""

    def receive(self, session: Session, form: Form) -> Reply:
        if session.state is State.INGESTING and form.seq == session.next_seq and str(form.seq) < str(form.seq - 1):
            return self.older(session, form)
        return super().receive(session, form)


@mutant("fifth-chunks-fail-once", trips=("CHUNK-1",))
class FifthChunksFailOnce(Service):
    """Answers each fifth chunk with 503 the first time; a retry succeeds."""

    statuses: ClassVar = STATUSES | {"overloaded": 503}

    def take_in(self, session: Session, form: Form) -> Reply:
        if form.seq % 5 == 4 and not session.notes[f"failed {form.seq}"]:
            session.notes[f"failed {form.seq}"] = 1
            refuse("overloaded", "something went wrong")
        return super().take_in(session, form)


@mutant("fails-but-counts", trips=("CHUNK-1",))
class FailsButCounts(Service):
    """Takes the third chunk, and answers 500."""

    statuses: ClassVar = STATUSES | {"internal": 500}

    def take_in(self, session: Session, form: Form) -> Reply:
        reply = super().take_in(session, form)
        if form.seq == 2:
            refuse("internal", "something went wrong")
        return reply


@mutant("no-chunk-without-consumer", trips=("CHUNK-1",))
class NoChunkWithoutConsumer(Service):
    """Refuses chunks while no consumer is attached."""

    def take_in(self, session: Session, form: Form) -> Reply:
        if not session.outlets:
            refuse("late_chunk", "nobody listens")
        return super().take_in(session, form)


@mutant("gap-of-one-accepted", trips=("CHUNK-3",))
class GapOfOneAccepted(Service):
    """Takes a chunk although one number was left out; with more left out it is refused."""

    def gap(self, session: Session, form: Form) -> Reply:
        return self.take_in(session, form) if form.seq == session.next_seq + 1 else super().gap(session, form)


@mutant("gap-accepted-after-four", trips=("CHUNK-3",))
class GapAcceptedAfterFour(Service):
    """Looks at the order of the first four chunks only."""

    def gap(self, session: Session, form: Form) -> Reply:
        return self.take_in(session, form) if session.next_seq >= 4 else super().gap(session, form)


@mutant("gap-accepted-when-repeated", trips=("CHUNK-3",))
class GapAcceptedWhenRepeated(Service):
    """Refuses a gap, but not the next one."""

    def gap(self, session: Session, form: Form) -> Reply:
        session.notes["gaps"] += 1
        return super().gap(session, form) if session.notes["gaps"] % 2 else self.take_in(session, form)


@mutant("gap-accepted-while-watched", trips=("CHUNK-3",))
class GapAcceptedWhileWatched(Service):
    """Takes a chunk after a gap while a consumer is attached."""

    def gap(self, session: Session, form: Form) -> Reply:
        return self.take_in(session, form) if session.outlets else super().gap(session, form)


@mutant("gap-set-aside", trips=("CHUNK-3",))
class GapSetAside(Service):
    """Acks a chunk after a gap, does not count it, and waits for the one that is missing."""

    def gap(self, session: Session, form: Form) -> Reply:
        return self.ack(session, form)


@mutant("gap-starts-count-anew", trips=("CHUNK-2",))
class GapStartsCountAnew(Service):
    """After a refused gap the total begins at 0 again."""

    def gap(self, session: Session, form: Form) -> Reply:
        session.received = 0
        return super().gap(session, form)


@mutant("third-gap-kills", trips=("CHUNK-4",))
class ThirdGapKills(Service):
    """Gives a session up at its third gap."""

    def gap(self, session: Session, form: Form) -> NoReturn:
        session.notes["gaps"] += 1
        if session.notes["gaps"] == 3:
            self.tear_down(session, State.CANCELLED, "gap", "numbers were left out")
        refuse("gap", f"chunk_seq {session.next_seq} comes next, got {form.seq}")


@mutant("gap-ends-the-stream", trips=("CHUNK-4",))
class GapEndsTheStream(Service):
    """Refuses a gap, and ends the consumer's stream; the session goes on."""

    def gap(self, session: Session, form: Form) -> Reply:
        self.end_stream(session)
        return super().gap(session, form)


@mutant("gap-kills-later", trips=("CHUNK-1", "CHUNK-4"))
class GapKillsLater(Service):
    """Refuses a gap, and half a second later the session dies of it."""

    def gap(self, session: Session, form: Form) -> Reply:
        self.agenda.at(self.now + 0.5, partial(self.give_up, session))
        return super().gap(session, form)

    def give_up(self, session: Session) -> None:
        if not session.is_over:
            self.tear_down(session, State.CANCELLED, "gap", "a number was left out")


@mutant("first-number-may-be-one", trips=("CHUNK-5",))
class FirstNumberMayBeOne(Service):
    """Numbering may begin at 0 or at 1."""

    def first_not_zero(self, session: Session, form: Form) -> Reply:
        return self.take_in(session, form) if form.seq == 1 else super().first_not_zero(session, form)


@mutant("zero-starts-over", trips=("CHUNK-5",))
class ZeroStartsOver(Service):
    """Takes chunk 0 at any time, and adds its bytes."""

    def older(self, session: Session, form: Form) -> Reply:
        if form.seq:
            return super().older(session, form)
        self.count(session, form)
        return self.ack(session, form)


@mutant("older-number-rewinds", trips=("CHUNK-10",))
class OlderNumberRewinds(Service):
    """Refuses a number from before the last, but expects the one after it from then on."""

    def older(self, session: Session, form: Form) -> Reply:
        session.next_seq = form.seq + 1
        return super().older(session, form)


@mutant("refused-first-counts", trips=("CHUNK-10",))
class RefusedFirstCounts(Service):
    """Refuses a first number other than 0, but counts its bytes."""

    def first_not_zero(self, session: Session, form: Form) -> Reply:
        self.count(session, form)
        return super().first_not_zero(session, form)
