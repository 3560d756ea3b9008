"""Mutants whose events have the wrong names, or whose status and error events the wrong fields."""

from typing import Any

import msgspec

from harness.sandbox.forms import Form
from harness.sandbox.intake import Reply
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Event, Session


@mutant("event-names-capitalised", trips=("EVENT-1",))
class EventNamesCapitalised(Service):
    """Calls a summary `Summary_Update`."""

    def frame(self, event: Event) -> bytes:
        return super().frame(event).replace(b"event: summary_update", b"event: Summary_Update")


@mutant("first-event-unnamed", trips=("EVENT-1",))
class FirstEventUnnamed(Service):
    """The first event of a session has no name."""

    def frame(self, event: Event) -> bytes:
        framed = super().frame(event)
        return framed.replace(b"event: status\n", b"") if event.id == 1 else framed


@mutant("data-encoded-twice", trips=("EVENT-1",))
class DataEncodedTwice(Service):
    """The data of `summary_update` is JSON within a JSON string."""

    def encode(self, name: str, payload: object) -> bytes:
        data = super().encode(name, payload)
        return msgspec.json.encode(data.decode()) if name == "summary_update" else data


@mutant("data-is-null", trips=("EVENT-1",))
class DataIsNull(Service):
    """The data of `summary_update` is null."""

    def encode(self, name: str, payload: object) -> bytes:
        return super().encode(name, None if name == "summary_update" else payload)


@mutant("progress-not-a-number", trips=("EVENT-1",))
class ProgressNotANumber(Service):
    """The first progress is NaN, which JSON does not have."""

    def encode(self, name: str, payload: Any) -> bytes:
        data = super().encode(name, payload)
        return data.replace(b'"progress":0.0', b'"progress":NaN') if name == "status" else data


class _Status(Service):
    def encode(self, name: str, payload: Any) -> bytes:
        return super().encode(name, self.status(payload) if name == "status" else payload)

    def status(self, payload: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError


@mutant("phase-capitalised", trips=("EVENT-2",))
class PhaseCapitalised(_Status):
    """Writes phases with a capital letter."""

    def status(self, payload: dict[str, Any]) -> dict[str, Any]:
        return payload | {"phase": payload["phase"].capitalize()}


@mutant("phase-missing-on-the-way", trips=("EVENT-2",))
class PhaseMissingOnTheWay(_Status):
    """Between the first status and the last ones there is a progress and no phase."""

    def status(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {"progress": payload["progress"]} if payload["progress"] and payload["phase"] == "ingesting" else payload


@mutant("progress-in-percent", trips=("EVENT-2",))
class ProgressInPercent(_Status):
    """Progress goes from 0 to 100."""

    def status(self, payload: dict[str, Any]) -> dict[str, Any]:
        return payload | {"progress": payload["progress"] * 100}


@mutant("progress-as-text", trips=("EVENT-2",))
class ProgressAsText(_Status):
    """Progress is a text, as in "0.5"."""

    def status(self, payload: dict[str, Any]) -> dict[str, Any]:
        return payload | {"progress": str(payload["progress"])}


@mutant("progress-below-zero", trips=("EVENT-2",))
class ProgressBelowZero(_Status):
    """The first progress is -1, as if it were unknown."""

    def status(self, payload: dict[str, Any]) -> dict[str, Any]:
        return payload | {"progress": payload["progress"] or -1}


@mutant("phase-flickers", trips=("EVENT-3",))
class PhaseFlickers(Service):
    """Each chunk is processing for a moment; then the phase is ingesting again."""

    def ack(self, session: Session, form: Form, *, duplicate: bool = False) -> Reply:
        for phase in ("processing", "ingesting"):
            self.report_progress(session, phase, session.progress)
        return super().ack(session, form, duplicate=duplicate)


@mutant("no-completed", trips=("EVENT-3",))
class NoCompleted(Service):
    """The phase never becomes completed."""

    def report_progress(self, session: Session, phase: str, progress: float) -> None:
        if phase != "completed":
            super().report_progress(session, phase, progress)


@mutant("progress-anew-in-each-phase", trips=("EVENT-3",))
class ProgressAnewInEachPhase(Service):
    """Progress begins at 0 again in each phase."""

    def report_progress(self, session: Session, phase: str, progress: float) -> None:
        super().report_progress(session, phase, 0.0 if phase == "processing" else progress)


@mutant("completed-at-a-gap", trips=("EVENT-3",))
class CompletedAtAGap(Service):
    """A refused gap makes it say completed though the session goes on."""

    def gap(self, session: Session, form: Form) -> Reply:
        self.report_progress(session, "completed", session.progress)
        return super().gap(session, form)


class _Error(Service):
    def encode(self, name: str, payload: Any) -> bytes:
        return super().encode(name, self.error(payload) if name == "error" else payload)

    def error(self, payload: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError


@mutant("nested-error", trips=("EVENT-8",))
class NestedError(_Error):
    """The code and message of an `error` stand one level too deep."""

    def error(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {"error": payload}


@mutant("error-with-detail-only", trips=("EVENT-8",))
class DetailOnlyError(_Error):
    """An `error` has a `detail` in place of code and message."""

    def error(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {"detail": payload["message"]}


@mutant("error-message-null", trips=("EVENT-8",))
class NullMessageError(_Error):
    """The message of an `error` is null, and the words stand in a field of their own."""

    def error(self, payload: dict[str, Any]) -> dict[str, Any]:
        return payload | {"message": None, "text": payload["message"]}
