"""Mutants that serve a session well as long as it is the only one, or the first."""

from collections.abc import Iterable
from typing import Any

from harness.contract.lifecycle import State
from harness.sandbox.audio.listener import Heard
from harness.sandbox.forms import Form
from harness.sandbox.intake import Reply
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


class Crowded(Service):
    """What the mutants of this module need: a look at who else is live."""

    def others(self, session: Session) -> list[Session]:
        """The other sessions that are live, the next one first."""
        live = [each for each in self.sessions.values() if not each.is_over or each is session]
        place = live.index(session)
        return [*live[place + 1 :], *live[:place]]


@mutant("totals-shared", trips=("CHUNK-2", "CHUNK-6"))
class TotalsShared(Crowded):
    """With more than four live sessions, a chunk's bytes count for the next one, too."""

    def count(self, session: Session, form: Form) -> None:
        super().count(session, form)
        if len(others := self.others(session)) > 4:
            others[0].received += len(form.data)


class _Leaking(Crowded):
    """A base: events reach another session."""

    every = 1
    least = 1
    names: tuple[str, ...] = ("final_transcript", "emotion", "cognitive")
    _count = 0

    def results(self, session: Session, heard: Heard) -> list[tuple[str, dict[str, Any]]]:
        told = super().results(session, heard)
        others = [each for each in self.others(session) if each.state is State.INGESTING]
        self._count += 1
        if len(others) >= self.least and self._count % self.every == 0:
            for name, payload in told:
                if name in self.names:
                    self.emit(others[0], name, payload)
        return told


@mutant("results-leak", trips=("EVENT-4", "STREAM-7", "STREAM-8"))
class ResultsLeak(_Leaking):
    """With more than two others taking audio, every third utterance is told to one of them, too."""

    every = 3
    least = 3


@mutant("transcripts-leak-in-a-crowd", trips=("EVENT-4", "EVENT-5", "STREAM-7", "STREAM-8"))
class TranscriptsLeakInACrowd(_Leaking):
    """With more than four others taking audio, one of them gets each transcript, too."""

    least = 5
    names = ("final_transcript",)


@mutant("results-go-astray", trips=("EVENT-4", "STREAM-7", "STREAM-8"))
class ResultsGoAstray(_Leaking):
    """With more than four others taking audio, every third utterance is told to one of them instead."""

    every = 3
    least = 5

    def results(self, session: Session, heard: Heard) -> list[tuple[str, dict[str, Any]]]:
        told = super().results(session, heard)
        others = [each for each in self.others(session) if each.state is State.INGESTING]
        return [] if len(others) >= self.least and self._count % self.every == 0 else told


@mutant("names-another-session", trips=("STREAM-7",))
class NamesAnotherSession(Crowded):
    """Events say which session they are of; in a crowd, the first summary says another one."""

    def emit(self, session: Session, name: str, payload: Any) -> None:
        others = self.others(session)
        said = others[0] if name == "summary_update" and len(others) > 4 else session
        super().emit(session, name, payload | {"session_id": said.id})


@mutant("cancel-heard-next-door", trips=("STREAM-7",))
class CancelHeardNextDoor(Crowded):
    """The error of a cancel is told to another live session, too."""

    def cancel(self, session: Session, reason: str) -> None:
        for other in self.others(session)[:1]:
            self.emit(other, "error", {"code": "cancelled", "message": reason})
        super().cancel(session, reason)


@mutant("audio-mixed-at-a-border", trips=("STREAM-8",))
class AudioMixedAtABorder(Crowded):
    """With more than four live sessions, the third chunk is heard in the next one instead."""

    def take_in(self, session: Session, form: Form) -> Reply:
        others = [each for each in self.others(session) if each.state is State.INGESTING]
        if form.seq != 3 or len(others) < 5:
            return super().take_in(session, form)
        mine, session.listener = session.listener, others[0].listener
        try:
            return super().take_in(session, form)
        finally:
            session.listener = mine


@mutant("cancel-finalizes-the-next", trips=("CHUNK-1", "EVENT-3"))
class CancelFinalizesTheNext(Crowded):
    """In a crowd, a cancel also stops the ingestion of the session begun last."""

    def cancel(self, session: Session, reason: str) -> None:
        super().cancel(session, reason)
        others = [each for each in self.others(session) if each.state is State.INGESTING]
        if len(others) >= 3:
            self.finalize(others[-1])


# What a crowd loses


@mutant("utterances-dropped-in-a-crowd", trips=("STREAM-8",))
class UtterancesDroppedInACrowd(Crowded):
    """With more than eight live sessions, every fifth utterance is never told of."""

    _count = 0

    def analyse(self, session: Session, found: Iterable[Heard]) -> None:
        told = []
        for heard in found:
            self._count += 1
            if len(self.others(session)) < 8 or self._count % 5:
                told.append(heard)
        super().analyse(session, told)


@mutant("feelings-dropped-in-a-crowd", trips=("STREAM-8",))
class FeelingsDroppedInACrowd(Crowded):
    """With more than eight live sessions, cognitive events are left out."""

    def results(self, session: Session, heard: Heard) -> list[tuple[str, dict[str, Any]]]:
        told = super().results(session, heard)
        return [each for each in told if each[0] != "cognitive" or len(self.others(session)) < 8]


@mutant("order-lost-in-a-crowd", trips=("STREAM-8",))
class OrderLostInACrowd(Crowded):
    """With more than four live sessions, an utterance is told of only after the one that follows it."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._held: dict[str, list[Heard]] = {}

    def analyse(self, session: Session, found: Iterable[Heard]) -> None:
        new, goes_on = list(found), session.state is State.INGESTING
        if goes_on and not new:
            return
        held = self._held.pop(session.id, [])
        if goes_on and not held and len(self.others(session)) > 4:
            self._held[session.id] = new
        else:
            super().analyse(session, [*new, *held])


@mutant("utterance-lost-by-retry", trips=("STREAM-8",))
class UtteranceLostByRetry(Service):
    """After a retried chunk, the next utterance is never told of."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._retried: set[str] = set()

    def retry(self, session: Session, form: Form) -> Reply:
        self._retried.add(session.id)
        return super().retry(session, form)

    def analyse(self, session: Session, found: Iterable[Heard]) -> None:
        told = list(found)
        if told and session.id in self._retried:
            self._retried.discard(session.id)
            del told[0]
        super().analyse(session, told)


@mutant("text-cut-short-in-a-crowd", trips=("STREAM-8",))
class TextCutShortInACrowd(Crowded):
    """With more than eight live sessions, only the first words of an utterance are told."""

    def emit(self, session: Session, name: str, payload: Any) -> None:
        if name == "final_transcript" and len(self.others(session)) >= 8:
            payload |= {"text": " ".join(payload["text"].split()[:2])}
        super().emit(session, name, payload)
