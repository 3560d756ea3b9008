"""The payloads of events, under the document's section "Event structure"."""

from collections.abc import Callable
from typing import Any, Final

from harness.sandbox.affect import Affect, affect, cognition, distribution
from harness.sandbox.audio.listener import Heard
from harness.sandbox.session import Session

Payload = dict[str, Any]

ARTIFACTS: Final = ("timeline", "summary", "segmentation")
SUMMARY_EVERY: Final = 8  # utterances
SHIFT: Final = 0.4  # of pleasure or arousal, from one utterance of a speaker to the next, that is a transition
MARKED: Final = 0.65  # pleasure, or displeasure, that is a moment
PROGRESS_STEP: Final = 0.05
PROCESSING_PROGRESS: Final = 0.95


def ingesting_progress(duration: float) -> float:
    """Nobody knows how long the call will be: towards 0.9 with the media seconds heard, half of it in a minute."""
    return round(0.9 * duration / (duration + 60), 3)


def results(session: Session, heard: Heard) -> list[tuple[str, Payload]]:
    """What the agents say about the next utterance of a session, in the order of the document."""
    belongs = {"utterance_id": utterance_id(session, len(session.utterances))}
    felt = affect(heard.measures)
    told: list[tuple[str, Payload]] = [
        ("final_transcript", belongs | transcript(heard)),
        ("emotion", belongs | felt._asdict() | {"distribution": distribution(felt)}),
        ("cognitive", belongs | cognition(heard.measures) | {"rationale": rationale(heard)}),
    ]
    before = next((earlier for earlier in reversed(session.utterances) if earlier.speaker == heard.speaker), None)
    if before is not None:
        told += [("transition", belongs | shift) for shift in transitions(heard, affect(before.measures), felt)]
    label = moment(felt)
    if label:
        told.append(("moment", belongs | {"label": label, "speaker": heard.speaker, "at": heard.start}))
    return told


def utterance_id(session: Session, number: int) -> str:
    """Unique among all sessions; numbers count from 0."""
    return f"{session.id}-u{number}"


def transcript(heard: Heard) -> Payload:
    """A "diarized utterance with timings/confidence"; seconds of media time."""
    return {
        "speaker": heard.speaker,
        "text": heard.text,
        "start": round(heard.start, 3),
        "end": round(heard.end, 3),
        "confidence": round(heard.confidence, 3),
    }


def rationale(heard: Heard) -> str:
    """The "textual rationale": what was measured."""
    pitch = "no pitch" if heard.measures.pitch is None else f"pitch {heard.measures.pitch:.0f} Hz"
    return (
        f"{heard.measures.syllable_rate:.1f} syllables a second, {pitch}, "
        f"{heard.measures.pauses:.0%} pauses, {heard.measures.loudness:.0f} dBFS"
    )


def transitions(heard: Heard, before: Affect, now: Affect) -> list[Payload]:
    """The "detected shifts": marked changes against the same speaker's last utterance."""
    return [
        {"speaker": heard.speaker, "measure": measure, "from": old, "to": new, "at": heard.start}
        for measure, old, new in (("pleasure", before.pleasure, now.pleasure), ("arousal", before.arousal, now.arousal))
        if abs(new - old) >= SHIFT
    ]


def moment(felt: Affect) -> str:
    """The label of a marked moment, or nothing."""
    if felt.pleasure <= -MARKED:
        return "objection"
    if felt.pleasure >= MARKED:
        return "cta_commit"
    return ""


def summary(session: Session) -> Payload:
    """The "rolling recap": who spoke, how often and for how long."""
    lengths: dict[str, list[float]] = {}
    for heard in session.utterances:
        lengths.setdefault(heard.speaker, []).append(heard.end - heard.start)
    told = "; ".join(f"{speaker} spoke {len(each)} times, {sum(each):.1f} s" for speaker, each in lengths.items())
    return {"summary": f"{told}.", "utterances": len(session.utterances), "goal": session.goal}


def done(session: Session, url: Callable[[str], str]) -> Payload:
    """The conversation's id, and the artifact bundle "referenced by the `done` event payload"."""
    return {
        "conversation_id": session.conversation_id,
        "artifacts": {name: url(f"artifacts/{name}") for name in ARTIFACTS},
    }
