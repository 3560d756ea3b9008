"""The recap (EVENT-7)."""

from harness.history.observations import Event
from harness.oracle.checks.base import Check
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcomes, failed, passed


class SummariesRecap(Check):
    """A recap in words: none before there is something to sum up, and one after finalize.

    Of a consumer who was there from the start. Where there is no transcript at all, a recap may say so.
    """

    __slots__ = ("_early", "_last", "_transcripts")

    judges = ("EVENT-7",)
    events = ("summary_update", "final_transcript", "done")

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._transcripts = 0
        self._early = ""
        self._last = False

    def event(self, event: Event) -> Outcomes:
        if event.name == "summary_update" and isinstance(event.payload, dict):
            if self.known.reader.recap(self.known.reader.entered) is None:
                expected = f"a recap in words: {self.known.reader.fields.where('summary')}"
                return (failed("EVENT-7", expected, f"summary_update {event.data:.200}"),)
        elif event.name == "summary_update":
            return ()
        if event.n != self.known.whole_stream:
            return ()
        if event.name == "summary_update":
            self._last = self.known.endgame.finalize_sent is not None
            if not self._transcripts:
                self._early = self._early or event.data
        elif event.name == "final_transcript":
            self._transcripts += 1
            early, self._early = self._early, ""
            if early:
                expected = "no summary_update before the first final_transcript"
                return (failed("EVENT-7", expected, f"summary_update {early:.200}"),)
        elif self._transcripts and self.known.endgame.finalize_sent is not None and not self.known.endgame.cancel_sent:
            return self._done()
        return ()

    def _done(self) -> Outcomes:
        if self._last:
            return (passed("EVENT-7"),)
        if self.known.is_garbled:
            return ()
        happened = f"none between finalize and `done`, after {self._transcripts} transcripts"
        return (failed("EVENT-7", "a summary_update after finalize, since there were utterances", happened),)
