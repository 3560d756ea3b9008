"""What an observer is: a check of what the document leaves open, which notes and judges only what is pinned."""

import functools
import re
from collections.abc import Iterable
from typing import Any, Final

from harness.contract.questions import load_questions
from harness.history.observations import StreamBytes
from harness.oracle.checks.base import Check
from harness.oracle.exchange import Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.notes import Answers, take_answer
from harness.oracle.pins import against_pin
from harness.oracle.verdicts import Outcomes

_WORD: Final = re.compile(r"[^\w.+/-]", re.ASCII)
_LONGEST: Final = 40
_NAMES: Final = 16


class Observer(Check):
    """Notes the answers to its questions in one session. It has all hooks of a check, and two of its own.

    `exchanged` is not for observers: they are spared the chunks that are accepted in order, which are most of all.
    """

    __slots__ = ("_answers",)

    asks: tuple[str, ...] = ()
    """Slugs of the questions that it may answer."""

    def __init__(self, known: Knowledge, answers: Answers) -> None:
        super().__init__(known)
        self._answers = answers

    @classmethod
    @functools.cache
    def requirements(cls) -> tuple[str, ...]:
        """Those of its questions."""
        return tuple(dict.fromkeys(load_questions()[question].requirement for question in cls.asks))

    def answered(self, exchange: Exchange) -> Outcomes:
        """A request has its reply, or will have none: one of `requests`, and no chunk as it should be."""
        return ()

    def received(self, received: StreamBytes) -> Outcomes:
        """Bytes of the event stream, of which events may or may not come."""
        return ()

    def note(self, question: str, answer: str) -> Outcomes:
        """Take the answer down, and hold it against the one that the profile pins."""
        take_answer(self._answers, question, answer)
        outcome = against_pin(self.known.profile, question, answer)
        return () if outcome is None else (outcome,)


def is_ordinary(exchange: Exchange) -> bool:
    """Whether it is a chunk that was accepted as it should be: there is nothing to ask about it."""
    accepted = exchange.is_next and exchange.accepted
    return accepted and exchange.sent.key == "right" and exchange.is_sized_right


def reply(exchange: Exchange) -> str:
    """A reply as an answer: its status, and what kind of body it has."""
    returned = exchange.returned
    if returned.status is None:
        return f"no reply ({returned.failure})"
    if returned.content_type.lower().startswith("text/event-stream"):
        return f"{returned.status} event stream"
    kind = "JSON" if returned.is_json else "text" if returned.body else "empty"
    return f"{returned.status} {kind}"


def fields(payload: Any, known: Iterable[str] = ()) -> str:
    """The names of an object's fields, in order of the alphabet, but for those that are `known`."""
    return _listed(tuple(payload), tuple(known)) if isinstance(payload, dict) else "no JSON object"


@functools.lru_cache(maxsize=256)  # under load, sessions are told the same, and each remembers it
def _listed(payload: tuple[str, ...], known: tuple[str, ...]) -> str:
    names = sorted(map(word, set(payload) - set(known)))
    more = [f"and {len(names) - _NAMES} more"] if len(names) > _NAMES else []
    return ", ".join(names[:_NAMES] + more) or "none"


def word(text: object) -> str:
    """What a server calls something, without power over whoever reads it: short, and of plain characters."""
    shown = str(text)[:_LONGEST]
    if shown.isidentifier() and shown.isascii():  # as good as always, and much sooner said
        return shown
    return _WORD.sub("?", shown) or "(empty)"
