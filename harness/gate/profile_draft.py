"""What a deployment was observed to do, as a profile that holds it to that."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from harness.contract.profile import Profile
from harness.contract.questions import Question, Refusal, load_questions
from harness.oracle.notes import OTHERS, Notes

_STATUS: Final = 3
"""Digits."""


class Observed(NamedTuple):
    """A question to which some session has given an answer."""

    slug: str
    question: Question
    answers: Mapping[str, int]
    """And how often each was given."""

    @property
    def sure(self) -> str | None:
        """The one answer that may be pinned; None where there are several, or where it hangs on chance."""
        known = [answer for answer in self.answers if answer != OTHERS]
        return known[0] if len(self.answers) == len(known) == 1 and not self.question.chance else None

    @property
    def in_words(self) -> str:
        """All answers, the most frequent first."""
        often = sorted(self.answers.items(), key=lambda item: -item[1])
        return "; ".join(f"{answer} ({count}x)" for answer, count in often)


def observed(notes: Notes) -> list[Observed]:
    """The questions that were answered, in the order of the table."""
    return [
        Observed(slug, question, answers)
        for slug, question in load_questions().items()
        if (answers := notes.get(question.requirement, {}).get(slug))
    ]


def draft(profile: Profile, notes: Notes, about: str) -> str:
    """The text of a profile file: `profile`, with all pinned that was answered in one way only.

    What varied stands there as comments, `about` at the top.
    """
    found = observed(notes)
    refusals = _refusals(found)
    pins = [each for each in found if each.sure and each.question.refusal not in refusals]
    loose = [each for each in found if not each.sure and each.question.refusal not in refusals]
    lines = [*(f"# {line}" for line in (about, *_HEAD)), ""]
    return "\n".join([*lines, *_given(profile), *_pinned(refusals, pins), *_unpinned(loose), ""])


_HEAD: Final = (
    "Each entry of `refusals` and `pins` is what it was seen to do where the document is silent. A run with --profile",
    "and this file fails when it does otherwise: take out what it need not keep to.",
)


def _refusals(found: list[Observed]) -> dict[Refusal | None, int]:
    """The status codes that answer all questions of a refusal."""
    statuses: dict[Refusal | None, set[str]] = {}
    for each in found:
        statuses.setdefault(each.question.refusal, set()).update(answer[:_STATUS] for answer in each.answers)
    alike = {refusal: codes.pop() for refusal, codes in statuses.items() if refusal and len(codes) == 1}
    return {refusal: int(code) for refusal, code in alike.items() if code.isdigit() and code[0] in "45"}


def _given(profile: Profile) -> Iterator[str]:
    """What the profile says already, and had to know before anything could be observed."""
    given, defaults = map(_written, (profile, Profile()))
    for name, value in given.items():
        if name == "profile" or (name not in {"refusals", "pins"} and value != defaults[name]):
            yield f"{name}: {msgspec.json.encode(value).decode()}"  # JSON is YAML


def _written(profile: Profile) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(profile)
    return values | {"waits": {name: f"{seconds:g}s" for name, seconds in values["waits"].items()}}


def _pinned(refusals: Mapping[Refusal | None, int], pins: list[Observed]) -> Iterator[str]:
    yield from ["refusals:"] if refusals else []
    yield from (f"  {refusal}: {status}" for refusal, status in refusals.items())
    yield from ["pins:"] if pins else []
    requirement = ""
    for each in pins:
        if each.question.requirement != requirement:
            requirement = each.question.requirement
            yield f"  # {requirement}"
        yield f"  {each.slug}: {_quoted(each.sure or '')}  # {each.question.text}"


def _unpinned(loose: list[Observed]) -> Iterator[str]:
    yield from ["", "# Not pinned, since it varies or hangs on the moment:"] if loose else []
    yield from (f"#   {each.slug}: {each.in_words}  ({each.question.text})" for each in loose)


def _quoted(answer: str) -> str:
    """As YAML's plainest text: a bare `no` would be a truth value, and a colon would make a mapping."""
    return "'" + answer.replace("'", "''") + "'"
