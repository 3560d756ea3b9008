"""Mutants whose events are not what the section "Event structure" says."""

from typing import Any

import msgspec

from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


@mutant("unknown-event", trips=("EVENT-1",))
class UnknownEvent(Service):
    """Emits an event whose name is not in the document."""

    def open(self, filename: str, goal: str, origin: str) -> Session:
        session = super().open(filename, goal, origin)
        self.emit(session, "greeting", {"text": "hello"})
        return session


@mutant("data-is-array", trips=("EVENT-1",))
class DataIsArray(Service):
    """The data of `summary_update` is an array."""

    def encode(self, name: str, payload: object) -> bytes:
        return super().encode(name, [payload] if name == "summary_update" else payload)


@mutant("data-not-json", trips=("EVENT-1",))
class DataNotJson(Service):
    """The data of `summary_update` is plain text."""

    def encode(self, name: str, payload: object) -> bytes:
        return b"the recap, in words" if name == "summary_update" else super().encode(name, payload)


@mutant("phase-unknown", trips=("EVENT-2",))
class PhaseUnknown(Service):
    """The first status has a phase that is not in the document."""

    def report_progress(self, session: Session, phase: str, progress: float) -> None:
        super().report_progress(session, phase if session.log else "listening", progress)


@mutant("progress-over-one", trips=("EVENT-2",))
class ProgressOverOne(Service):
    """The last status has a progress of 1.5."""

    def report_progress(self, session: Session, phase: str, progress: float) -> None:
        super().report_progress(session, phase, 1.5 if phase == "completed" else progress)


@mutant("progress-missing", trips=("EVENT-2",))
class ProgressMissing(Service):
    """No status has a progress."""

    def encode(self, name: str, payload: Any) -> bytes:
        return msgspec.json.encode({"phase": payload["phase"]}) if name == "status" else super().encode(name, payload)


@mutant("phase-goes-back", trips=("EVENT-3",))
class PhaseGoesBack(Service):
    """Ingesting follows processing."""

    def report_progress(self, session: Session, phase: str, progress: float) -> None:
        super().report_progress(session, phase, progress)
        if phase == "processing":
            super().report_progress(session, "ingesting", progress)


@mutant("progress-falls", trips=("EVENT-3",))
class ProgressFalls(Service):
    """Processing begins anew: its progress falls."""

    def report_progress(self, session: Session, phase: str, progress: float) -> None:
        super().report_progress(session, phase, progress)
        if phase == "processing":
            super().report_progress(session, phase, progress / 2)


@mutant("completed-after-done", trips=("EVENT-3", "STREAM-6"))
class CompletedAfterDone(Service):
    """The status completed comes after `done`."""

    def report_progress(self, session: Session, phase: str, progress: float) -> None:
        if phase != "completed":
            super().report_progress(session, phase, progress)

    def end(self, session: Session, cause: str) -> None:
        if cause == "done":
            super().report_progress(session, "completed", 1.0)
        super().end(session, cause)


@mutant("completed-before-finalize", trips=("EVENT-3",))
class CompletedBeforeFinalize(Service):
    """The status completed comes right after the first one."""

    def open(self, filename: str, goal: str, origin: str) -> Session:
        session = super().open(filename, goal, origin)
        self.report_progress(session, "completed", session.progress)
        return session


@mutant("error-without-code", trips=("EVENT-8",))
class ErrorWithoutCode(Service):
    """An `error` has a message and no code."""

    def encode(self, name: str, payload: Any) -> bytes:
        return (
            msgspec.json.encode({"message": payload["message"]}) if name == "error" else super().encode(name, payload)
        )
