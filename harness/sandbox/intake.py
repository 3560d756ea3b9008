"""Which chunks are taken: "chunk_seq must be monotonically increasing with no gaps. Retries should resend the same"."""

from typing import Any

from harness.contract.lifecycle import Happening, State
from harness.sandbox import events
from harness.sandbox.audio.unsupported import UnsupportedAudio
from harness.sandbox.exchange import Refusal, refuse
from harness.sandbox.forms import Form
from harness.sandbox.lives import Lives
from harness.sandbox.session import Session

Reply = dict[str, Any]


class Intake(Lives):
    """Takes chunks in, or refuses them. The methods that decide return the ack, or raise `Refusal`."""

    def receive(self, session: Session, form: Form) -> Reply:
        """Decide on a well-formed chunk."""
        if self.next_state(session, Happening.CHUNK) is None:
            return self.late(session, form)
        if form.seq == session.next_seq:
            return self.take_in(session, form)
        if form.seq > session.next_seq:
            return self.gap(session, form) if session.next_seq else self.first_not_zero(session, form)
        if form.seq == session.next_seq - 1:
            return self.retry(session, form)
        return self.older(session, form)

    def take_in(self, session: Session, form: Form) -> Reply:
        """The chunk is new."""
        try:
            found = session.listener.feed(form.data)
        except UnsupportedAudio as fault:
            self.tear_down(session, State.CANCELLED, fault.code, fault.message)
            raise Refusal("unsupported_audio", fault.message) from fault
        session.next_seq = form.seq + 1
        session.last_chunk = hash(form.data)
        self.count(session, form)
        self.metrics.chunk("accepted", len(form.data))
        self.extend_by_chunk(session)
        self.analyse(session, found)
        progress = events.ingesting_progress(session.listener.duration)
        if progress >= session.progress + events.PROGRESS_STEP:
            self.report_progress(session, "ingesting", progress)
        return self.ack(session, form)

    def count(self, session: Session, form: Form) -> None:
        """Add the audio's bytes to the total."""
        session.received += len(form.data)

    def extend_by_chunk(self, session: Session) -> None:
        """Whether chunks move the deadline is open; here they do."""
        self.extend(session)

    def retry(self, session: Session, form: Form) -> Reply:
        """The last number once more: the ack was lost."""
        if hash(form.data) != session.last_chunk:
            refuse("retry_differs", f"chunk {form.seq} was accepted with other bytes")
        self.metrics.chunk("duplicate", len(form.data))
        self.extend_by_chunk(session)
        return self.ack(session, form, duplicate=True)

    def first_not_zero(self, session: Session, form: Form) -> Reply:
        """Numbering begins elsewhere than at 0."""
        refuse("first_not_zero", f"chunk_seq starts at 0, got {form.seq} in session {session.id}")

    def gap(self, session: Session, form: Form) -> Reply:
        """A number was left out."""
        refuse("gap", f"chunk_seq {session.next_seq} comes next, got {form.seq}")

    def older(self, session: Session, form: Form) -> Reply:
        """A number from before the last."""
        refuse("older_number", f"chunk_seq {session.next_seq} comes next, {form.seq} was accepted long ago")

    def late(self, session: Session, form: Form) -> Reply:
        """The server "rejects late chunks after finalize" (Recipe 2), and after any other end."""
        code = "expired" if session.state is State.EXPIRED else "late_chunk"
        refuse(code, f"the session is {session.state.value}, chunk {form.seq} comes too late")

    def ack(self, session: Session, form: Form, *, duplicate: bool = False) -> Reply:
        """What the client reads after each chunk."""
        return {
            "session_id": session.id,
            "chunk_seq": form.seq,
            "received_bytes": session.received,
            "duplicate": duplicate,
        }
