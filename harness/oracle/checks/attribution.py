"""Which utterance an emotion or cognitive event is about (EVENT-10), and that none is left out (EVENT-5)."""

from collections.abc import Iterator
from operator import attrgetter
from typing import Final, NamedTuple

from harness.history.observations import Event
from harness.oracle.checks.base import Check
from harness.oracle.identities import Reference
from harness.oracle.knowledge import Knowledge
from harness.oracle.recent import Recent
from harness.oracle.transcribed import About, Transcribed
from harness.oracle.verdicts import Outcome, Outcomes, failed, inconclusive, passed

_REMEMBERED: Final = 128
_WAITING: Final = 32
_LONG: Final = 1.0
"""Seconds: what is said in less may be too short to tell an emotion by."""
_BELONGS: Final = (passed("EVENT-10"),)
_ID: Final = attrgetter("id")


class _Early(NamedTuple):
    """An event about an utterance that has no transcript yet."""

    about: About
    what: str


class EventsBelongToUtterances(Check):
    """Emotion and cognitive events are about utterances that are transcribed, before or after.

    Told at `done`, of a consumer who was there from the start.
    """

    __slots__ = ("_early", "_error", "_felt", "_refers", "_told", "_transcribed", "_unfelt")

    judges = ("EVENT-10", "EVENT-5")
    events = ("final_transcript", "emotion", "cognitive", "error", "done")

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._transcribed = Transcribed()
        self._told = 0
        self._early: tuple[_Early, ...] = ()
        self._felt = Recent(_REMEMBERED)
        self._unfelt: tuple[tuple[tuple[Reference, ...], str], ...] = ()
        self._refers = False
        """Emotions say by an id whose they are."""
        self._error = False

    def event(self, event: Event) -> Outcomes:
        if event.n != self.known.whole_stream or not isinstance(event.payload, dict):
            return ()
        if event.name == "final_transcript":
            return self._transcript(event)
        if event.name in {"emotion", "cognitive"}:
            return self._about_one(event)
        if event.name == "error":
            self._error = True
        elif self.known.endgame.cancel_sent is None and not self.known.is_garbled:
            return self._done()
        return ()

    def _transcript(self, event: Event) -> Outcomes:
        utterance = self.known.utterance(event)
        again = self._transcribed.add(utterance)
        early = self._early
        if early:
            self._early = tuple(each for each in early if not self._transcribed.has(each.about))
        felt = False
        for each in utterance.ids:
            felt = felt or each.id in self._felt
        self._refers = self._refers or felt
        lasts = (utterance.end or 0.0) - (utterance.start or 0.0)
        if utterance.ids and not felt and not again and lasts >= _LONG:
            self._unfelt = (*self._unfelt, (utterance.ids, event.data[:200]))[-_WAITING:]
        return _BELONGS * (len(early) - len(self._early))

    def _about_one(self, event: Event) -> Outcomes:
        self._told += 1
        reader = self.known.reader
        about = reader.reference(reader.entered) or reader.span(reader.entered, self.known.pushed.seconds)
        if about is None:
            return ()
        is_known = self._transcribed.has(about)
        if event.name == "emotion" and isinstance(about, Reference):
            self._refers = self._refers or is_known
            self._felt.add(about.id)
            for unfelt in self._unfelt:
                if about.id in map(_ID, unfelt[0]):
                    self._unfelt = tuple(each for each in self._unfelt if each is not unfelt)
        if is_known:
            return _BELONGS
        if not self._transcribed.may_have_had(about):
            self._early = (*self._early, _Early(about, f"{event.name} {event.data:.200}"))[-_WAITING:]
        return ()

    def _done(self) -> Iterator[Outcome]:
        if self._told and not self._transcribed.count:
            happened = f"{self._told} emotion and cognitive events, and no transcript at all"
            yield failed("EVENT-10", "events about utterances that are transcribed", happened)
        elif self._early:
            yield self._stranger(self._early[0])
        else:
            if self._told:
                yield from _BELONGS
            if self._unfelt and self._refers and not self._error:
                expected = 'an emotion "per utterance", since emotions say which one they are about'
                yield failed("EVENT-5", expected, f"none about final_transcript {self._unfelt[0][1]}")

    def _stranger(self, event: _Early) -> Outcome:
        if self._transcribed.has_such(event.about):
            return failed("EVENT-10", "no event about an utterance that is never transcribed", event.what)
        return inconclusive("EVENT-10", f"no transcript has an id that is called like the one in {event.what}")
