"""Mutants that take a retry for something else, if only at times."""

from typing import ClassVar

from harness.sandbox.exchange import STATUSES, refuse
from harness.sandbox.forms import Form
from harness.sandbox.intake import Reply
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


class _Recount(Service):
    """Counts some retries as chunks of their own."""

    def take_in(self, session: Session, form: Form) -> Reply:
        session.notes["retries"] = 0
        session.notes["taken at, in ms"] = int(self.now * 1000)
        return super().take_in(session, form)

    def retry(self, session: Session, form: Form) -> Reply:
        session.notes["retries"] += 1
        if self.is_new(session, form):
            self.count(session, form)
        return super().retry(session, form)

    def is_new(self, session: Session, form: Form) -> bool:
        raise NotImplementedError


@mutant("late-retry-counts", trips=("CHUNK-6",))
class LateRetryCounts(_Recount):
    """Counts a retry again that comes half a second after the chunk."""

    def is_new(self, session: Session, form: Form) -> bool:  # noqa: ARG002 - one signature for all
        return self.now - session.notes["taken at, in ms"] / 1000 > 0.5


@mutant("second-retry-counts", trips=("CHUNK-6",))
class SecondRetryCounts(_Recount):
    """Recognises the first retry of a chunk, and counts further ones."""

    def is_new(self, session: Session, form: Form) -> bool:  # noqa: ARG002 - one signature for all
        return session.notes["retries"] > 1


@mutant("retry-of-zero-counts", trips=("CHUNK-6",))
class RetryOfZeroCounts(_Recount):
    """Takes 0 for no number at all, so that chunk 0 is never a retry."""

    def is_new(self, session: Session, form: Form) -> bool:  # noqa: ARG002 - one signature for all
        return not form.seq


@mutant("retry-counts-while-watched", trips=("CHUNK-6",))
class RetryCountsWhileWatched(_Recount):
    """Counts a retry again while a consumer is attached."""

    def is_new(self, session: Session, form: Form) -> bool:  # noqa: ARG002 - one signature for all
        return bool(session.outlets)


@mutant("short-retry-counts", trips=("CHUNK-6",))
class ShortRetryCounts(_Recount):
    """Tells a retry by its first 32 KiB, so that one of a shorter chunk counts."""

    def is_new(self, session: Session, form: Form) -> bool:  # noqa: ARG002 - one signature for all
        return len(form.data) < 32 * 1024


@mutant("retry-counts-after-keepalive", trips=("CHUNK-6",))
class RetryCountsAfterKeepalive(_Recount):
    """A keepalive makes it forget which chunk was the last."""

    def keepalive(self, session: Session) -> None:
        session.notes["kept alive after"] = session.next_seq
        super().keepalive(session)

    def is_new(self, session: Session, form: Form) -> bool:
        return session.notes["kept alive after"] == form.seq + 1


@mutant("retry-fails", trips=("CHUNK-1", "CHUNK-6"))
class RetryFails(Service):
    """Answers a retry with 500, as if its database had complained of a number that is there already."""

    statuses: ClassVar = STATUSES | {"internal": 500}

    def retry(self, session: Session, form: Form) -> Reply:  # noqa: ARG002 - the signature of what is replaced
        refuse("internal", f"chunk_seq {form.seq} is not unique")


@mutant("late-retry-refused", trips=("CHUNK-6",))
class LateRetryRefused(Service):
    """Refuses a retry that comes half a second after the chunk."""

    def take_in(self, session: Session, form: Form) -> Reply:
        session.notes["taken at, in ms"] = int(self.now * 1000)
        return super().take_in(session, form)

    def retry(self, session: Session, form: Form) -> Reply:
        if self.now - session.notes["taken at, in ms"] / 1000 > 0.5:
            refuse("older_number", f"chunk_seq {session.next_seq} comes next, got {form.seq}")
        return super().retry(session, form)


@mutant("retry-uses-number-up", trips=("CHUNK-1", "CHUNK-6"))
class RetryUsesNumberUp(Service):
    """Acks a retry, and takes it for the next chunk: the one that follows is refused."""

    def retry(self, session: Session, form: Form) -> Reply:
        reply = super().retry(session, form)
        session.next_seq += 1
        return reply
