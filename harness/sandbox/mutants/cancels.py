"""Mutants that cancel, and tell of it wrongly."""

import html
from functools import partial
from typing import Any

from harness.contract.lifecycle import State
from harness.sandbox import events
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


class _Misquoting(Service):
    """The `error` event of a cancel has something other than our reason."""

    def cancel(self, session: Session, reason: str) -> None:
        super().cancel(session, self.quoted(reason))

    def quoted(self, reason: str) -> str:
        raise NotImplementedError


@mutant("reason-cut-at-sixteen", trips=("CTRL-2",))
class ReasonCutAtSixteen(_Misquoting):
    """Keeps 16 characters of a reason."""

    def quoted(self, reason: str) -> str:
        return reason[:16]


@mutant("reason-cut-at-sixty-four", trips=("CTRL-2",))
class ReasonCutAtSixtyFour(_Misquoting):
    """Keeps 64 characters of a reason."""

    def quoted(self, reason: str) -> str:
        return reason[:64]


@mutant("reason-cut-at-a-hundred", trips=("CTRL-2",))
class ReasonCutAtAHundred(_Misquoting):
    """Keeps 100 characters of a reason."""

    def quoted(self, reason: str) -> str:
        return reason[:100]


@mutant("reason-in-small-letters", trips=("CTRL-2",))
class ReasonInSmallLetters(_Misquoting):
    """Writes a reason in small letters."""

    def quoted(self, reason: str) -> str:
        return reason.lower()


@mutant("reason-without-accents", trips=("CTRL-2",))
class ReasonWithoutAccents(_Misquoting):
    """Drops from a reason what is not ASCII."""

    def quoted(self, reason: str) -> str:
        return reason.encode("ascii", "ignore").decode()


@mutant("reason-in-wrong-encoding", trips=("CTRL-2",))
class ReasonInWrongEncoding(_Misquoting):
    """Reads the UTF-8 of a reason as Latin-1."""

    def quoted(self, reason: str) -> str:
        return reason.encode().decode("latin-1")


@mutant("reason-as-markup", trips=("CTRL-2",))
class ReasonAsMarkup(_Misquoting):
    """Escapes a reason for HTML."""

    def quoted(self, reason: str) -> str:
        return html.escape(reason)


@mutant("reason-up-to-the-comma", trips=("CTRL-2",))
class ReasonUpToTheComma(_Misquoting):
    """Keeps of a reason what stands before the first comma."""

    def quoted(self, reason: str) -> str:
        return reason.partition(",")[0]


@mutant("reason-of-another-session", trips=("CTRL-2",))
class ReasonOfAnotherSession(Service):
    """Gives the reason of the session that was cancelled before this one."""

    before = "none yet"

    def cancel(self, session: Session, reason: str) -> None:
        given, self.before = self.before, reason
        super().cancel(session, given)


@mutant("cancel-finalizes", trips=("CTRL-2",))
class CancelFinalizes(Service):
    """Treats cancel like finalize: `done` comes, and no `error`."""

    def cancel(self, session: Session, reason: str) -> None:  # noqa: ARG002 - the signature of what is replaced
        if session.state is State.INGESTING:
            self.finalize(session)


@mutant("cancel-idle", trips=("CHUNK-7", "CTRL-2"))
class CancelIdle(Service):
    """Acks cancel and does nothing."""

    def cancel(self, session: Session, reason: str) -> None:
        pass


@mutant("cancel-says-done", trips=("CTRL-2",))
class CancelSaysDone(Service):
    """Tells of a cancel by a `done` with the reason."""

    def emit(self, session: Session, name: str, payload: Any) -> None:
        if name == "error" and payload["code"] == "cancelled":
            name, payload = "done", events.done(session, partial(self.url, session)) | {"reason": payload["message"]}
        super().emit(session, name, payload)


@mutant("cancel-hangs-once-audio-came", trips=("CTRL-2",))
class CancelHangsOnceAudioCame(Service):
    """With more than one chunk heard, an `error` tells of a cancel, but the stream never ends."""

    def end_stream(self, session: Session) -> None:
        if session.state is not State.CANCELLED or session.next_seq < 2:
            super().end_stream(session)
