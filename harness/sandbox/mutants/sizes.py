"""Mutants that are particular about the sizes of chunks."""

from harness.sandbox.exchange import refuse
from harness.sandbox.forms import Form
from harness.sandbox.intake import Reply
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


class _Particular(Service):
    """A base: takes chunks of some sizes only."""

    least = 0
    most = 1 << 30

    def take_in(self, session: Session, form: Form) -> Reply:
        if not self.least <= len(form.data) < self.most:
            refuse("bad_form", "this can't be taken")
        return super().take_in(session, form)


@mutant("large-chunks-refused", trips=("CHUNK-8",))
class LargeChunksRefused(_Particular):
    """Refuses chunks of 100,000 bytes and more, which are advised."""

    most = 100_000


@mutant("few-bytes-refused", trips=("CHUNK-8",))
class FewBytesRefused(_Particular):
    """Refuses chunks of less than 16 bytes."""

    least = 16


@mutant("small-chunks-unheard", trips=("CHUNK-8",))
class SmallChunksUnheard(Service):
    """Takes and counts chunks of less than 2,000 bytes, and does not listen to them."""

    def take_in(self, session: Session, form: Form) -> Reply:
        if len(form.data) >= 2_000 or not session.next_seq:
            return super().take_in(session, form)
        session.next_seq = form.seq + 1
        session.last_chunk = hash(form.data)
        self.count(session, form)
        self.extend_by_chunk(session)
        return self.ack(session, form)
