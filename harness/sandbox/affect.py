"""Emotion and cognition as the sandbox tells them: stand-ins, computed from measures of the voice and nothing else."""

import math
from typing import Final, NamedTuple

from harness.sandbox.audio.features import Measures

PROTOTYPES: Final = {
    "anger": (-0.51, 0.59, 0.25),
    "disgust": (-0.60, 0.35, 0.11),
    "fear": (-0.64, 0.60, -0.43),
    "joy": (0.81, 0.51, 0.46),
    "neutral": (0.0, 0.0, 0.0),
    "sadness": (-0.63, -0.27, -0.33),
    "surprise": (0.40, 0.67, -0.13),
}
"""Pleasure, arousal and dominance of the seven, after Russell and Mehrabian (1977)."""

SHARPNESS: Final = 3.0  # of the distribution: how much a near prototype outweighs a far one


class Affect(NamedTuple):
    """Each from -1 to 1."""

    pleasure: float
    arousal: float
    dominance: float


def affect(measures: Measures) -> Affect:
    """Lively pitch counts as pleasant, fast and loud speech as aroused, a dark voice without pauses as dominant."""
    pleasure = _scaled(measures.pitch_variation, 0.0, 1.4)
    arousal = (_scaled(measures.syllable_rate, 1.0, 7.0) + _scaled(measures.loudness, -40.0, -10.0)) / 2
    dominance = (_scaled(measures.brightness, 0.5, 0.0) + _scaled(measures.pauses, 0.6, 0.0)) / 2
    return Affect(round(pleasure, 3), round(arousal, 3), round(dominance, 3))


def distribution(felt: Affect) -> dict[str, float]:
    """Shares of the seven emotions by their nearness to what is felt; they add up to 1."""
    weights = {name: math.exp(-SHARPNESS * math.dist(felt, place)) for name, place in PROTOTYPES.items()}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def cognition(measures: Measures) -> dict[str, float]:
    """Engagement, focus and load, each from 0 to 1."""
    return {
        "engagement": round((measures.clarity + _share(measures.pitch_variation, 0.0, 1.4)) / 2, 3),
        "focus": round(1 - measures.pauses, 3),
        "load": round((_share(measures.syllable_rate, 1.0, 7.0) + measures.pauses) / 2, 3),
    }


def _share(value: float, none: float, full: float) -> float:
    return min(max((value - none) / (full - none), 0.0), 1.0)


def _scaled(value: float, least: float, most: float) -> float:
    return 2 * _share(value, least, most) - 1
