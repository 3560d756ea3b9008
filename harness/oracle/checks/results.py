"""Results as they become final (STREAM-5), from each format (CHUNK-9)."""

from collections.abc import Iterator
from typing import Final

from harness.contract.messages import RESULT_NAMES
from harness.history.observations import Event
from harness.oracle.blame import speaks_of_format
from harness.oracle.checks.base import Check
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, failed, inconclusive, passed

_CHUNKS: Final = 64
_PAUSE: Final = 3.0
"""Seconds of audio after an utterance, without which no server can know that it is over."""


class ResultsComeEarly(Check):
    """While somebody speaks, results arrive.

    Held against the server only by its own times: an utterance that it says was over long before finalize, and that it
    kept until after. A server that hears one long utterance has nothing to tell before its end.
    """

    judges = ("STREAM-5",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._pushed: list[tuple[float, float]] = []
        """Seconds of audio that had surely been pushed, and when the last chunk of it was accepted."""
        self._over = False

    def exchanged(self, exchange: Exchange) -> Iterator[Outcome]:
        right = exchange.sent.kind == "chunk" and exchange.is_right and exchange.answer is Answer.ACCEPTED
        if right and not self._over and len(self._pushed) < _CHUNKS:
            self._pushed.append((self.known.pushed.least, exchange.returned.at))
        yield from ()

    def event(self, event: Event) -> Iterator[Outcome]:
        if self._over or event.name not in RESULT_NAMES or not isinstance(event.payload, dict):
            return
        finalize = self.known.endgame.finalize_sent
        if finalize is None:
            self._over = True
            yield passed("STREAM-5")
        elif event.name == "final_transcript" and event.n == self.known.whole_stream:
            self._over = True
            yield from self._late(event, finalize)

    def _late(self, event: Event, finalize: float) -> Iterator[Outcome]:
        bound, heard = self.known.profile.waits.results, self.known.pushed.seconds
        end = self.known.reader.utterance(event, heard).end
        if end is None or not self._pushed or heard < bound:
            return
        arrived, known_over = (
            next((at for reached, at in self._pushed if reached >= needed), finalize) for needed in (end, end + _PAUSE)
        )
        if min(finalize - arrived, finalize - known_over + _PAUSE, heard - end) >= bound:
            expected = f"the first result within {bound:g} s of the utterance's end (waits.results)"
            happened = f"it had arrived {finalize - arrived:.1f} s before finalize, and was told only after that"
            yield failed("STREAM-5", expected, f"{happened}: {event.data:.200}")
        elif finalize - self._pushed[0][1] >= bound:
            why = "no result came before finalize, but by its own times the first utterance was not over long before it"
            yield inconclusive("STREAM-5", f"{why}; longer speech would decide")


class FormatsAreHeard(Check):
    """A session in each format leads to its `done`, and to something about what was said in it.

    Where nothing comes of any speech, the server may not take ours for speech: nothing is exercised then. Where it
    comes of one format and not of another, see `Company`.
    """

    judges = ("CHUNK-9",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._results = False
        self._error = ""

    def event(self, event: Event) -> Iterator[Outcome]:
        media = self.known.pushed.media
        if media is None or not isinstance(event.payload, dict) or self.known.endgame.cancel_sent is not None:
            return
        self._results = self._results or event.name in RESULT_NAMES
        if event.name == "error" and not self._error and speaks_of_format(event.data):
            self._error = event.data
            yield failed("CHUNK-9", f"{media.format} is taken", f"error {event.data:.200}")
        elif event.name == "done" and self._results:
            yield passed("CHUNK-9")
