"""Mutants whose acks report a wrong total."""

from typing import Any

from harness.sandbox.exchange import Call, Served
from harness.sandbox.forms import Form
from harness.sandbox.intake import Reply
from harness.sandbox.outlet import Outlet
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


class _Reported(Service):
    """Counts rightly, and reports something else."""

    def ack(self, session: Session, form: Form, *, duplicate: bool = False) -> Reply:
        return super().ack(session, form, duplicate=duplicate) | {"received_bytes": self.reported(session, form)}

    def reported(self, session: Session, form: Form) -> object:
        raise NotImplementedError


@mutant("total-of-one-chunk", trips=("CHUNK-2",))
class TotalOfOneChunk(_Reported):
    """Reports the bytes of the chunk, not of the session so far."""

    def reported(self, session: Session, form: Form) -> object:  # noqa: ARG002 - one signature for all
        return len(form.data)


@mutant("total-lags-behind", trips=("CHUNK-2",))
class TotalLagsBehind(_Reported):
    """Reports the total without the chunk that is acked."""

    def reported(self, session: Session, form: Form) -> object:
        return session.received - len(form.data)


@mutant("total-in-whole-kib", trips=("CHUNK-2",))
class TotalInWholeKib(_Reported):
    """Reports the total rounded down to a multiple of 1,024."""

    def reported(self, session: Session, form: Form) -> object:  # noqa: ARG002 - one signature for all
        return session.received // 1024 * 1024


@mutant("total-wraps", trips=("CHUNK-2",))
class TotalWraps(_Reported):
    """Reports the total modulo 2^20."""

    def reported(self, session: Session, form: Form) -> object:  # noqa: ARG002 - one signature for all
        return session.received % 2**20


@mutant("total-as-text", trips=("CHUNK-2",))
class TotalAsText(_Reported):
    """Reports the total with its unit, as text."""

    def reported(self, session: Session, form: Form) -> object:  # noqa: ARG002 - one signature for all
        return f"{session.received} bytes"


@mutant("total-from-the-number", trips=("CHUNK-2",))
class TotalFromTheNumber(_Reported):
    """Multiplies the size of the first chunk by the number of chunks."""

    def reported(self, session: Session, form: Form) -> object:
        session.notes["size"] = session.notes["size"] or len(form.data)
        return session.notes["size"] * session.next_seq


@mutant("total-missing-on-retry", trips=("CHUNK-2",))
class TotalMissingOnRetry(Service):
    """The ack of a retry has no total."""

    def ack(self, session: Session, form: Form, *, duplicate: bool = False) -> Reply:
        reply = super().ack(session, form, duplicate=duplicate)
        if duplicate:
            del reply["received_bytes"]
        return reply


@mutant("first-chunk-counts-form", trips=("CHUNK-2",))
class FirstChunkCountsForm(Service):
    """Counts the multipart form around the audio of the first chunk, and of no other."""

    around = 0

    def chunk(self, call: Call, session: Session) -> Served:
        self.around = len(call.body)
        return super().chunk(call, session)

    def count(self, session: Session, form: Form) -> None:
        super().count(session, form)
        if form.seq == 0:
            session.received += self.around - len(form.data)


@mutant("total-without-header", trips=("CHUNK-2",))
class TotalWithoutHeader(Service):
    """Counts the samples only, without the 44 bytes of the WAV header."""

    def count(self, session: Session, form: Form) -> None:
        super().count(session, form)
        if form.seq == 0:
            session.received -= 44


@mutant("total-off-from-sixth-chunk", trips=("CHUNK-2",))
class TotalOffFromSixthChunk(Service):
    """From the sixth chunk on, leaves the last byte of each out."""

    def count(self, session: Session, form: Form) -> None:
        super().count(session, form)
        session.received -= form.seq >= 5


@mutant("short-chunk-padded", trips=("CHUNK-2",))
class ShortChunkPadded(Service):
    """Counts a chunk that is shorter than the one before as if it were as long."""

    def count(self, session: Session, form: Form) -> None:
        super().count(session, form)
        session.received += max(session.notes["before"] - len(form.data), 0)
        session.notes["before"] = len(form.data)


@mutant("total-forgets-after-retry", trips=("CHUNK-2",))
class TotalForgetsAfterRetry(Service):
    """The chunk that comes after a retry is not counted."""

    def retry(self, session: Session, form: Form) -> Reply:
        session.notes["retried"] = 1
        return super().retry(session, form)

    def count(self, session: Session, form: Form) -> None:
        if not session.notes.pop("retried", 0):
            super().count(session, form)


@mutant("total-resets-on-return", trips=("CHUNK-2",))
class TotalResetsOnReturn(Service):
    """Counts from 0 again when a consumer comes back."""

    def attach(self, session: Session, after: int) -> Outlet:
        if session.notes["attached"]:
            session.received = 0
        session.notes["attached"] += 1
        return super().attach(session, after)


@mutant("total-resets-on-keepalive", trips=("CHUNK-2",))
class TotalResetsOnKeepalive(Service):
    """Counts from 0 again after a keepalive."""

    def keepalive(self, session: Session) -> None:
        session.received = 0
        super().keepalive(session)


@mutant("ack-without-total", trips=("CHUNK-2",))
class AckWithoutTotal(Service):
    """Acks say `ok` and no more."""

    def ack(self, session: Session, form: Form, *, duplicate: bool = False) -> dict[str, Any]:  # noqa: ARG002 - the signature of what is replaced
        return {"ok": True}
