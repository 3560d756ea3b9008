"""Variants whose events tell the same things under longer names, in lists with labels, or word by word."""

from harness.sandbox.registry import variant
from harness.sandbox.variants.analytics import PAD, Retold, Told

MEASURES = ("engagement", "focus", "load")


@variant("longer-names")
class LongerNames(Retold):
    """The usual names are parts of longer ones, such as the document's own "textual rationale"."""

    def final_transcript(self, told: Told) -> Told:
        return {
            "utterance_id": told["utterance_id"],
            "speaker_role": "agent",
            "text_raw": told["text"],
            "speech_start_ms": round(told["start"] * 1000),
            "speech_end_ms": round(told["end"] * 1000),
            "text_confidence": told["confidence"],
            "speaker_confidence": 0.7,
        }

    def emotion(self, told: Told) -> Told:
        pad = {f"pad_{name}": told[name] for name in PAD}
        return {"utterance_id": told["utterance_id"], "emotion_confidence": 0.7, **pad, **told["distribution"]}

    def cognitive(self, told: Told) -> Told:
        measures = {f"estimated_{name}_index": told[name] for name in MEASURES}
        return {"utterance_id": told["utterance_id"], "textual_rationale": told["rationale"], **measures}


@variant("lists-with-labels")
class ListsWithLabels(Retold):
    """Measures are lists of objects with labels, a text and a confidence objects; nobody knows who speaks."""

    def final_transcript(self, told: Told) -> Told:
        text = {"raw": told["text"].lower(), "formatted": told["text"]}
        return told | {"speaker": None, "text": text, "confidence": {"overall": str(told["confidence"])}}

    def emotion(self, told: Told) -> Told:
        pad = [{"dimension": name, "value": told[name]} for name in PAD]
        return {"utterance_id": told["utterance_id"], "pad": pad, "distribution": told["distribution"]}

    def cognitive(self, told: Told) -> Told:
        measures = [{"name": name, "score": told[name]} for name in MEASURES]
        return {"utterance_id": told["utterance_id"], "measures": measures, "rationale": told["rationale"]}


@variant("told-word-by-word")
class ToldWordByWord(Retold):
    """Who speaks, when, what and how surely is told of each word alone."""

    def final_transcript(self, told: Told) -> Told:
        words, step = told["text"].split(), (told["end"] - told["start"]) / len(told["text"].split())
        timed = [
            {"word": word, "start": told["start"] + n * step, "end": told["start"] + (n + 1) * step}
            | {name: told[name] for name in ("speaker", "confidence")}
            for n, word in enumerate(words)
        ]
        return {"utterance_id": told["utterance_id"], "words": timed}
