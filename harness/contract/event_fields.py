"""Usual names of what the events tell: "Event structure" says which things there are, and hardly what they are called.

Names are compared by their letters and digits alone, so that `start_ms`, `startMs` and `Start-MS` are one.
"""

import re
from functools import lru_cache
from typing import Final, Literal

Thing = Literal[
    "utterance-id",
    "speaker",
    "start",
    "end",
    "duration",
    "confidence",
    "text",
    "pleasure",
    "arousal",
    "dominance",
    "distribution",
    "engagement",
    "focus",
    "load",
    "rationale",
    "summary",
    "artifacts",
]
"""What a profile can pin the field of."""

NAMED_IDS: Final = (
    "utterance_id utteranceid utt_id utterance_uuid utterance_uid utterance_index utterance_number utterance_no"
    " utterance_seq utterance_ref utterance segment_id segment_uuid segment_index segment_number segment_no segment_seq"
    " segment transcript_id final_transcript_id transcription_id turn_id turn_index turn_number turn phrase_id"
    " sentence_id"
)
"""Ids that say what they are of: in any event they name an utterance."""
BARE_IDS: Final = "id uid uuid key index idx number no seq sequence ordinal n"
"""Ids of a transcript, or of something within an object named like one of `UTTERANCES`; elsewhere of anything."""
UTTERANCES: Final = "utterance segment transcript final_transcript turn"
WRAPPINGS: Final = "data payload result attributes details body"
"""Objects that say nothing of what is in them."""

_STARTS: Final = (
    "start start_time start_at started_at start_ts start_timestamp start_offset start_pos begin begin_time begin_offset"
    " from t_start ts_start time_start audio_start media_start utterance_start onset t0 offset timestamp ts time at in"
)
_ENDS: Final = (
    "end end_time end_at ended_at end_ts end_timestamp end_offset end_pos finish stop stop_time until to t_end ts_end"
    " time_end audio_end media_end utterance_end offset_end t1 out"
)
_DURATIONS: Final = "duration dur length audio_duration utterance_duration"
SPANS: Final = "span timestamps timestamp timing timings time times range interval bounds offsets"
"""Of a pair, or of an object with both times."""
VECTORS: Final = "pad vad avd pad_vector vad_vector pad_values vector affect dimensions"
"""Of pleasure, arousal and dominance in one list."""

USUAL: Final[dict[Thing, str]] = {
    "speaker": "speaker speaker_id speaker_label speaker_name speaker_tag speaker_index speaker_no spk spk_id role"
    " channel channel_id channel_tag channel_index participant participant_id party talker voice who user actor side"
    " diarization diarized_speaker speakers participants",
    "confidence": "confidence conf confidence_score avg_confidence mean_confidence asr_confidence"
    " transcript_confidence transcription_confidence score probability prob certainty",
    "text": "text transcript transcription utterance content sentence words_text display_text lexical display phrase"
    " message body value words tokens",
    "pleasure": "pleasure valence pleasantness p v pad_p",
    "arousal": "arousal activation energy excitation a pad_a",
    "dominance": "dominance control power d pad_d",
    "distribution": "distribution emotion_distribution probabilities probs emotion_probabilities emotion_probs emotions"
    " emotion_scores scores class_probabilities class_scores classes categories categorical labels dist weights shares"
    " likelihoods posterior softmax seven_way 7_way seven_way_distribution 7_way_distribution distribution_7 emotion"
    " breakdown mix histogram",
    "engagement": "engagement engagement_level engagement_score engaged involvement",
    "focus": "focus focus_level focus_score focused attention attention_level concentration",
    "load": "load cognitive_load mental_load load_level load_score workload effort",
    "rationale": "rationale rationales rationale_text reason reasons reasoning explanation justification why because"
    " comment comments notes note evidence narrative description interpretation analysis summary text",
    "start": _STARTS,
    "end": _ENDS,
    "duration": _DURATIONS,
    "utterance-id": NAMED_IDS,
    "artifacts": "artifact artifacts bundle timeline summary segment segmentation",
    "summary": "summary text recap content summary_text rolling_summary running_summary overview digest gist abstract"
    " bullets highlights key_points message",
}
"""The likelier first. Times may have a unit at the end."""

_ABOUT: Final = "confidence conf probability count total type kind code language model version status format url uri"
_IDS: Final = "id ids uuid uid index idx number no seq key ref"
_REASONS: Final = (
    "rationale rationales reason reasons reasoning explanation explanations justification why narrative interpretation"
    " description comment comments notes evidence analysis text"
)
_OTHER_TIMES: Final = f"{_ABOUT} {_IDS} session call recording stream created processing"

PARTS: Final[dict[Thing, tuple[str, str]]] = {
    "speaker": ("speaker speakers spk talker participant", _ABOUT),
    "confidence": ("confidence confidences conf certainty", "threshold type kind level model"),
    "text": ("text transcript transcription", f"{_ABOUT} {_IDS}"),
    "pleasure": ("pleasure valence pleasantness", _ABOUT),
    "arousal": ("arousal activation excitation", _ABOUT),
    "dominance": ("dominance", _ABOUT),
    "engagement": ("engagement involvement", _ABOUT),
    "focus": ("focus attention concentration", _ABOUT),
    "load": ("load workload", _ABOUT),
    "rationale": (_REASONS, f"{_ABOUT} {_IDS}"),
    "start": ("start starts started begin begins began onset", _OTHER_TIMES),
    "end": ("end ends ended finish finished stop stopped", _OTHER_TIMES),
}
"""Words that name a thing as one part of a longer name, as in `textual_rationale` or `padPleasure`; and others that
make something else of such a name, as in `transcript_id` or `speaker_count`."""

NOT_SHARES: Final = " ".join(
    (
        "confidence score progress intensity index idx seq number version at ts timestamp time vad pad",
        *(USUAL[thing] for thing in ("pleasure", "arousal", "dominance", "start", "end", "duration", "utterance-id")),
    )
)
"""Numbers beside which the seven shares of a distribution may stand, without an object of their own."""

REFERENCES: Final = (
    "artifact bundle timeline segment url uri href link ref file path location storage bucket download asset resource"
    " export output"
)
"""Stems of the names of references to artifacts."""

_UNITS: Final[dict[float | None, str]] = {
    None: "",
    1.0: "s sec secs second seconds",
    1e3: "ms msec msecs millis milli millisecond milliseconds",
    1e6: "us usec micros microseconds",
    1e7: "ticks in_ticks",
    1e9: "ns nanos nanoseconds",
    0.0: "sample samples frame frames bytes",
}
"""What a second is in the unit that a name ends in; None where it names none, 0 where it is no time of its own."""


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def plain(name: str) -> str:
    """A name as it is compared; of no name of ours where it is longer than they are."""
    return _plain(name) if len(name) <= _LONGEST else ""


_LONGEST: Final = 64


@lru_cache(maxsize=4096)
def _parts(name: str) -> frozenset[str]:
    return frozenset(part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name))


def is_about(name: str, thing: Thing) -> bool:
    """Whether one part of a name, cut at `_`, `-` and capitals, is a word for that thing."""
    known, others = _WORDS.get(thing, _NO_WORDS)
    parts = _parts(name) if len(name) <= _LONGEST else _NOTHING
    return not known.isdisjoint(parts) and others.isdisjoint(parts)


_NOTHING: Final[frozenset[str]] = frozenset()
_NO_WORDS: Final = (_NOTHING, _NOTHING)
_WORDS: Final = {
    thing: (frozenset(known.split()), frozenset(others.split())) for thing, (known, others) in PARTS.items()
}


def unit(name: str) -> float | None:
    """What a second is in the unit that one part of a name is; None where none is."""
    return next((second for second, units in _UNITS.items() if not _parts(name).isdisjoint(units.split())), None)


def _with_units(names: str) -> dict[str, float | None]:
    return {
        plain(name + unit): second
        for name in names.split()
        for second, units in _UNITS.items()
        for unit in units.split() or [""]
    }


TIMES: Final[dict[Literal["start", "end", "duration"], dict[str, float | None]]] = {
    "start": _with_units(_STARTS),
    "end": _with_units(_ENDS),
    "duration": _with_units(_DURATIONS),
}
"""Plain names of times, with what a second is in their unit."""
