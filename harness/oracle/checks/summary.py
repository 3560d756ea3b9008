"""The recap (EVENT-7)."""

from collections.abc import Iterator

from harness.history.observations import Event
from harness.oracle.checks.base import Check
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, failed, passed


class SummariesRecap(Check):
    """A recap in words: none before there is something to sum up, and one after finalize.

    Of a consumer who was there from the start. Where there is no transcript at all, a recap may say so.
    """

    judges = ("EVENT-7",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._transcripts = 0
        self._early = ""
        self._last = False

    def event(self, event: Event) -> Iterator[Outcome]:
        if event.name == "summary_update" and isinstance(event.payload, dict):
            if self.known.reader.recap(self.known.reader.payload(event)) is None:
                expected = f"a recap in words: {self.known.reader.fields.where('summary')}"
                yield failed("EVENT-7", expected, f"summary_update {event.data:.200}")
                return
        elif event.name not in {"final_transcript", "done"}:
            return
        if event.n == self.known.whole_stream:
            yield from self._in_turn(event)

    def _in_turn(self, event: Event) -> Iterator[Outcome]:
        if event.name == "summary_update":
            self._last = self.known.endgame.finalize_sent is not None
            if not self._transcripts:
                self._early = self._early or event.data
        elif event.name == "final_transcript":
            self._transcripts += 1
            if self._early:
                expected = "no summary_update before the first final_transcript"
                yield failed("EVENT-7", expected, f"summary_update {self._early:.200}")
                self._early = ""
        elif self._transcripts and self.known.endgame.finalize_sent is not None and not self.known.endgame.cancel_sent:
            if self._last:
                yield passed("EVENT-7")
            elif not self.known.is_garbled:
                happened = f"none between finalize and `done`, after {self._transcripts} transcripts"
                yield failed("EVENT-7", "a summary_update after finalize, since there were utterances", happened)
