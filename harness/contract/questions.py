"""The questions that the document leaves open, as data in `questions.yaml`, by their slugs."""

import functools
from pathlib import Path
from typing import Literal

import msgspec

from harness.documents import yaml
from harness.documents.convert import convert
from harness.documents.located import did_you_mean

Refusal = Literal["auth", "gap", "first", "late", "expired", "second-consumer"]
"""What a profile may pin by a status code alone, for one question or for several."""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row."""

    requirement: str
    """The id of the requirement that it belongs to; where the profile pins the answer, another one breaks it."""
    text: str
    refusal: Refusal | None = None
    """What pins the status code of the answer as well."""
    chance: bool = False
    """Whether the answer hangs on the moment, so that it is pinned by hand or not at all."""


@functools.cache
def load_questions() -> dict[str, Question]:
    """All of them, in the order of the catalogue."""
    return convert(yaml.read(Path(__file__).with_suffix(".yaml")), dict[str, Question])


def slug(text: str) -> str:
    """`text`, if it names a question; raise `ValueError` where it does not."""
    if text not in load_questions():
        hint = did_you_mean(text, load_questions()) or "; `live-harness requirements ID` names those of a requirement"
        raise ValueError(f"there is no question {text!r}{hint}")
    return text
