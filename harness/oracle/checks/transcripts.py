"""Transcripts (EVENT-4), and what must not be heard in them (AUTH-2, CHUNK-5, CHUNK-6, CHUNK-10)."""

from typing import Final

from harness.contract.event_fields import Thing
from harness.history.observations import Event
from harness.oracle.checks.base import Check
from harness.oracle.knowledge import Knowledge
from harness.oracle.payload import Utterance
from harness.oracle.recent import Recent
from harness.oracle.times import untold
from harness.oracle.verdicts import Outcome, Outcomes, failed, passed

_REMEMBERED: Final = 128
_WHOLE: Final = (passed("EVENT-4"),)
_ONCE: Final = "each utterance once"
_MIXED: Final = "times of one unit, within the audio: those before could not be seconds, and these are"


class TranscriptsAreWhole(Check):
    """Who speaks, from when to when, with which confidence, and the text: in order, in the audio, and once.

    Once an attachment: what a server replays to a consumer that comes back is its own affair.
    """

    __slots__ = ("_seen", "_stream")

    events = ("final_transcript",)
    judges = ("EVENT-4", "AUTH-2", "CHUNK-5", "CHUNK-6", "CHUNK-10")

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._stream = 0
        self._seen = Recent(_REMEMBERED)

    def event(self, event: Event) -> Outcomes:
        if not isinstance(event.payload, dict):
            return ()
        if event.n != self._stream:
            self._stream, self._seen = event.n, Recent(_REMEMBERED)
        utterance = self.known.utterance(event)
        again = self._again(utterance)
        is_whole = utterance.span and None not in (utterance.speaker, utterance.confidence, utterance.text)
        if missing := [] if is_whole else self._missing(utterance):
            expected = f"a transcript with its {self.known.reader.fields.where(*missing)}"
            happened = f"no {', no '.join(missing)} in final_transcript {event.data:.200}"
            return (failed("EVENT-4", expected, happened),)
        if expected := self._wrong(utterance) or again or (_MIXED if utterance.is_mixed else ""):
            return (failed("EVENT-4", expected, f"final_transcript {event.data:.200}"),)
        return (self._beyond(event, utterance),) if utterance.excess else _WHOLE

    def _missing(self, utterance: Utterance) -> list[Thing]:
        missing: list[Thing] = []
        if utterance.speaker is None:
            missing.append("speaker")
        if utterance.confidence is None:
            missing.append("confidence")
        if utterance.text is None:
            missing.append("text")
        reader = self.known.reader
        return missing if utterance.span else [*missing, *untold(reader.fields, reader.entered)]

    @staticmethod
    def _wrong(utterance: Utterance) -> str:
        if utterance.confidence is not None and not 0 <= utterance.confidence <= 1:
            return "a confidence from 0 to 1"
        if utterance.span is None:
            return ""
        span = utterance.span
        if span.start < 0:
            return "a start of at least 0"
        if span.start_second == span.end_second:
            return "an end at or after the start" if span.end < span.start else ""
        in_order = utterance.start is None or utterance.end is None or utterance.end >= utterance.start
        return "" if in_order else "an end at or after the start"

    def _again(self, utterance: Utterance) -> str:
        """By what it says of whom and when, or by an id that says that it is an utterance's."""
        ids = utterance.ids if len(utterance.ids) < 2 else dict.fromkeys(utterance.ids)
        again = ""
        for each in ids:
            if each.field.startswith("utt") and self._seen.add(each):
                again = _ONCE
        if (span := utterance.span) and self._seen.add((utterance.speaker, span.start, span.end, utterance.text)):
            return _ONCE
        return again

    def _beyond(self, event: Event, utterance: Utterance) -> Outcome:
        heard = f"utterances within the {self.known.pushed.seconds:.1f} s of audio that were pushed so far"
        happened = f"one until {utterance.end:.1f} s: {event.data:.200}"
        explained = self.known.pushed.explanation(utterance.excess)
        if explained is None:
            return failed("EVENT-4", heard, happened)
        requirement, what = explained
        return failed(requirement, f"{heard}, without {what}", happened)
