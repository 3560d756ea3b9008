"""Mutants whose transcripts and summaries are not what "Event structure" says."""

from collections.abc import Callable
from functools import partial

from harness.sandbox import events
from harness.sandbox.audio.listener import Heard
from harness.sandbox.events import Payload
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session

Told = list[tuple[str, Payload]]


class OfOne(Service):
    """Changes the events about one utterance, or about each."""

    only: int | None = None
    """Counted from 0; None for all."""
    event = "final_transcript"

    def results(self, session: Session, heard: Heard) -> Told:
        told = super().results(session, heard)
        if self.only not in {None, len(session.utterances)}:
            return told
        return [(name, self.changed(payload) if name == self.event else payload) for name, payload in told]

    def changed(self, payload: Payload) -> Payload:
        """What becomes of it."""
        return payload


def without(payload: Payload, *names: str) -> Payload:
    """All but some fields."""
    return {name: value for name, value in payload.items() if name not in names}


@mutant("third-ends-before-start", trips=("EVENT-4",))
class ThirdEndsBeforeStart(OfOne):
    """The third utterance ends before it starts."""

    only = 2

    def changed(self, payload: Payload) -> Payload:
        return payload | {"start": payload["end"], "end": payload["start"]}


@mutant("starts-below-zero", trips=("EVENT-4",))
class StartsBelowZero(OfOne):
    """The first utterance starts half a second before the audio."""

    only = 0

    def changed(self, payload: Payload) -> Payload:
        return payload | {"start": payload["start"] - 0.5}


@mutant("second-ends-far-away", trips=("EVENT-4",))
class SecondEndsFarAway(OfOne):
    """The second utterance lasts until long after the audio."""

    only = 1

    def changed(self, payload: Payload) -> Payload:
        return payload | {"end": payload["end"] + 90}


@mutant("confidence-over-one", trips=("EVENT-4",))
class ConfidenceOverOne(OfOne):
    """The confidence of the second utterance is 1.2."""

    only = 1

    def changed(self, payload: Payload) -> Payload:
        return payload | {"confidence": 1.2}


@mutant("confidence-in-percent", trips=("EVENT-4",))
class ConfidenceInPercent(OfOne):
    """Confidence in percent."""

    def changed(self, payload: Payload) -> Payload:
        return payload | {"confidence": round(payload["confidence"] * 100)}


@mutant("confidence-null", trips=("EVENT-4",))
class ConfidenceNull(OfOne):
    """The second utterance has no confidence."""

    only = 1

    def changed(self, payload: Payload) -> Payload:
        return payload | {"confidence": None}


@mutant("nobody-speaks", trips=("EVENT-4",))
class NobodySpeaks(OfOne):
    """No transcript says who speaks."""

    def changed(self, payload: Payload) -> Payload:
        return without(payload, "speaker")


@mutant("second-without-times", trips=("EVENT-4",))
class SecondWithoutTimes(OfOne):
    """The second transcript has no times."""

    only = 1

    def changed(self, payload: Payload) -> Payload:
        return without(payload, "start", "end")


@mutant("no-text", trips=("EVENT-4",))
class NoText(OfOne):
    """No transcript has a text."""

    def changed(self, payload: Payload) -> Payload:
        return without(payload, "text")


@mutant("transcript-twice", trips=("EVENT-4",))
class TranscriptTwice(Service):
    """The second utterance's transcript comes twice."""

    def results(self, session: Session, heard: Heard) -> Told:
        told = super().results(session, heard)
        return [told[0], *told] if len(session.utterances) == 1 else told


@mutant("transcript-under-two-ids", trips=("EVENT-4",))
class TranscriptUnderTwoIds(Service):
    """The first utterance's transcript comes once more under another id."""

    def results(self, session: Session, heard: Heard) -> Told:
        told = super().results(session, heard)
        again = (told[0][0], told[0][1] | {"utterance_id": f"{session.id}-again"})
        return [*told, again] if not session.utterances else told


@mutant("no-summary", trips=("EVENT-7",))
class NoSummary(Service):
    """There is no recap."""

    def emit(self, session: Session, name: str, payload: object) -> None:
        if name != "summary_update":
            super().emit(session, name, payload)


@mutant("summary-before-finalize-only", trips=("EVENT-7",))
class SummaryBeforeFinalizeOnly(NoSummary):
    """Recaps come while the client sends, and none at the end."""

    def results(self, session: Session, heard: Heard) -> Told:
        return [*super().results(session, heard), ("recap", events.summary(session))]

    def emit(self, session: Session, name: str, payload: object) -> None:
        is_open = session.state.value == "ingesting"
        if name == "recap" and is_open:
            super(NoSummary, self).emit(session, "summary_update", payload)
        elif name != "recap":
            super().emit(session, name, payload)


@mutant("summary-first", trips=("EVENT-7",))
class SummaryFirst(Service):
    """A recap comes before there is anything to sum up."""

    def open(self, filename: str, goal: str, origin: str) -> Session:
        session = super().open(filename, goal, origin)
        self.emit(session, "summary_update", {"summary": "Nothing was said yet."})
        return session


@mutant("summary-without-words", trips=("EVENT-7",))
class SummaryWithoutWords(Service):
    """The recap is a count."""

    def emit(self, session: Session, name: str, payload: object) -> None:
        super().emit(session, name, {"utterances": len(session.utterances)} if name == "summary_update" else payload)


class OtherDone(Service):
    """Says something else at the end."""

    def emit(self, session: Session, name: str, payload: object) -> None:
        told = self.closing(session, partial(self.url, session)) if name == "done" else payload
        super().emit(session, name, told)

    def closing(self, session: Session, url: Callable[[str], str]) -> Payload:
        """What `done` tells."""
        return events.done(session, url)


@mutant("done-without-conversation", trips=("EVENT-9",))
class DoneWithoutConversation(OtherDone):
    """`done` names no conversation."""

    def closing(self, session: Session, url: Callable[[str], str]) -> Payload:
        return without(super().closing(session, url), "conversation_id")


@mutant("done-without-artifacts", trips=("EVENT-9",))
class DoneWithoutArtifacts(OtherDone):
    """`done` refers to no artifacts."""

    def closing(self, session: Session, url: Callable[[str], str]) -> Payload:
        return super().closing(session, url) | {"artifacts": {}}


@mutant("done-without-segmentation", trips=("EVENT-9",))
class DoneWithoutSegmentation(OtherDone):
    """`done` refers to a timeline and a summary, and to no segmentation."""

    def closing(self, session: Session, url: Callable[[str], str]) -> Payload:
        told = super().closing(session, url)
        return told | {"artifacts": without(told["artifacts"], "segmentation")}
