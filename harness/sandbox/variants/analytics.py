"""Variants whose events tell the same things in other fields, units and shapes: the document names hardly any."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from harness.contract.lifecycle import State
from harness.sandbox.audio.listener import Heard
from harness.sandbox.registry import variant
from harness.sandbox.service import Service
from harness.sandbox.session import Session

Told = dict[str, Any]
PAD = ("pleasure", "arousal", "dominance")


class Retold(Service):
    """Tells each event in its own way."""

    def encode(self, name: str, payload: object) -> bytes:
        tell = getattr(self, name, None)
        return super().encode(name, tell(payload) if tell and isinstance(payload, dict) else payload)


@variant("camel-case")
class CamelCase(Retold):
    """Fields in camel case, times in milliseconds, the distribution as a list of objects."""

    def final_transcript(self, told: Told) -> Told:
        return {
            "utteranceId": told["utterance_id"],
            "speakerLabel": told["speaker"],
            "transcript": told["text"],
            "startMs": round(told["start"] * 1000),
            "endMs": round(told["end"] * 1000),
            "confidenceScore": told["confidence"],
        }

    def emotion(self, told: Told) -> Told:
        scores = [{"label": label, "score": share} for label, share in told["distribution"].items()]
        pad = {name: told[name] for name in PAD}
        return {"utteranceId": told["utterance_id"], "padScores": pad, "emotionScores": scores}

    def cognitive(self, told: Told) -> Told:
        return {
            "utteranceId": told["utterance_id"],
            "engagementLevel": told["engagement"],
            "focusLevel": told["focus"],
            "cognitiveLoad": told["load"],
            "reasoning": told["rationale"],
        }


@variant("milliseconds")
class Milliseconds(Retold):
    """Times are whole milliseconds, and their names do not say so; shares are rounded to two digits."""

    def final_transcript(self, told: Told) -> Told:
        return told | {"start": round(told["start"] * 1000), "end": round(told["end"] * 1000)}

    def emotion(self, told: Told) -> Told:
        return told | {"distribution": {name: round(share, 2) for name, share in told["distribution"].items()}}


@variant("nested-events")
class NestedEvents(Retold):
    """The things told lie within objects; valence and activation; levels in words, each with its reason."""

    def final_transcript(self, told: Told) -> Told:
        return {
            "utterance": {
                "id": told["utterance_id"],
                "speaker": {"id": 0 if told["speaker"].endswith("1") else 1, "label": told["speaker"]},
                "timing": {"start": told["start"], "duration": told["end"] - told["start"]},
                "alternatives": [{"content": told["text"], "confidence": told["confidence"]}],
            }
        }

    def emotion(self, told: Told) -> Told:
        return {
            "utterance": {"id": told["utterance_id"]},
            "emotion": {
                "dimensions": {
                    "valence": told["pleasure"],
                    "activation": told["arousal"],
                    "control": told["dominance"],
                },
                "label": max(told["distribution"], key=told["distribution"].get),
                "probabilities": told["distribution"],
            },
        }

    def cognitive(self, told: Told) -> Told:
        return {"utterance": {"id": told["utterance_id"]}} | {
            name: {"level": "high" if told[name] > 0.5 else "low", "why": told["rationale"]}
            for name in ("engagement", "focus", "load")
        }

    def summary_update(self, told: Told) -> Told:
        return {"data": {"highlights": told["summary"].split("; ")}}

    def done(self, told: Told) -> Told:
        return {"conversation_id": told["conversation_id"], "bundle_id": told["conversation_id"][-6:]}


@variant("events-without-ids")
class EventsWithoutIds(Retold):
    """Events come without ids: what belongs together comes together. Times as on a clock; lists of numbers."""

    def final_transcript(self, told: Told) -> Told:
        return {
            "role": "customer" if told["speaker"].endswith("1") else "agent",
            "utterance": told["text"],
            "timestamps": [clock(told["start"]), clock(told["end"])],
            "conf": told["confidence"],
        }

    def emotion(self, told: Told) -> Told:
        return {"vad": [told[name] for name in PAD], "probs": [round(x, 3) for x in told["distribution"].values()]}

    def cognitive(self, told: Told) -> Told:
        return {
            "scores": {"engagement": told["engagement"], "attention": told["focus"], "mental_load": told["load"]},
            "explanation": told["rationale"],
        }

    def done(self, told: Told) -> Told:
        artifacts = [{"kind": name, "href": url} for name, url in told["artifacts"].items()]
        return {"conversation_id": told["conversation_id"], "artifacts": artifacts}


@variant("events-by-index")
class EventsByIndex(Retold):
    """Utterances are numbered; no two speakers are told apart; shares stand beside everything else."""

    def final_transcript(self, told: Told) -> Told:
        times = {"begin": f"{told['start']:.3f}s", "finish": f"{told['end']:.3f}s"}
        return {"index": number(told), "speaker": "unknown", "text": "", "score": told["confidence"]} | times

    def emotion(self, told: Told) -> Told:
        return {"utterance_index": number(told), **{name: told[name] for name in PAD}, **told["distribution"]}

    def cognitive(self, told: Told) -> Told:
        return {"utterance_index": number(told)} | {
            name: value for name, value in told.items() if name != "utterance_id"
        }

    def done(self, told: Told) -> Told:
        urls = {f"{name}_url": url for name, url in told["artifacts"].items()}
        return {"conversation_id": told["conversation_id"], "status": "completed", **urls}


@variant("times-of-words")
class TimesOfWords(Retold):
    """Only words have times, and nothing has an id; there is one reference to all artifacts."""

    def final_transcript(self, told: Told) -> Told:
        words, step = told["text"].split(), (told["end"] - told["start"]) / len(told["text"].split())
        timed = [
            {"word": word, "start": told["start"] + n * step, "end": told["start"] + (n + 1) * step}
            for n, word in enumerate(words)
        ]
        return {"words": timed} | {name: told[name] for name in ("speaker", "text", "confidence")}

    def emotion(self, told: Told) -> Told:
        return {name: value for name, value in told.items() if name != "utterance_id"}

    def cognitive(self, told: Told) -> Told:
        return {name: value for name, value in told.items() if name != "utterance_id"}

    def done(self, told: Told) -> Told:
        return {"conversation_id": told["conversation_id"], "artifact_url": told["artifacts"]["timeline"][:-8]}


@variant("wall-clock-times")
class WallClockTimes(Retold):
    """Utterances are timed by the clock on the wall; ids are whole numbers."""

    def final_transcript(self, told: Told) -> Told:
        begun = 1_800_000_000
        times = {"started_at": begun + told["start"], "ended_at": begun + told["end"]}
        rest = {name: told[name] for name in ("speaker", "text", "confidence")}
        return {"id": number(told), **times, **rest}

    def emotion(self, told: Told) -> Told:
        return told | {"utterance_id": number(told)}

    def cognitive(self, told: Told) -> Told:
        return told | {"utterance_id": number(told)}


@variant("merged-utterances")
class MergedUtterances(Service):
    """Two utterances that follow each other are told as one, of whoever spoke last."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._waiting: dict[str, list[Heard]] = {}

    def analyse(self, session: Session, found: Iterable[Heard]) -> None:
        heard = [*self._waiting.pop(session.id, []), *found]
        told = len(heard) if session.state is State.PROCESSING else len(heard) // 2 * 2
        self._waiting[session.id] = heard[told:]
        pairs = [heard[n : min(n + 2, told)] for n in range(0, told, 2)]
        super().analyse(session, [replace(pair[-1], start=pair[0].start) for pair in pairs])


@variant("hears-nothing")
class HearsNothing(Service):
    """Understands no word of what is said: there are no utterances."""

    def analyse(self, session: Session, found: Iterable[Heard]) -> None:
        pass


def clock(seconds: float) -> str:
    """Such as 00:01.250."""
    return f"{int(seconds // 60):02}:{seconds % 60:06.3f}"


def number(told: Told) -> int:
    """Of an utterance."""
    return int(told["utterance_id"].rpartition("u")[2])
