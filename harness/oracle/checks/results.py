"""Results as they become final (STREAM-5), from each format (CHUNK-9)."""

from collections.abc import Iterator
from typing import Final

from harness.contract.messages import RESULT_NAMES
from harness.history.observations import Event
from harness.oracle.blame import speaks_of_format
from harness.oracle.checks.base import Check
from harness.oracle.exchange import Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, Outcomes, failed, inconclusive, passed

_CHUNKS: Final = 64
_PAUSE: Final = 3.0
"""Seconds of audio after an utterance, without which no server can know that it is over."""


class ResultsComeEarly(Check):
    """While somebody speaks, results arrive.

    Held against the server only by its own times: an utterance that it says was over long before finalize, and that it
    kept until after. A server that hears one long utterance has nothing to tell before its end.
    """

    __slots__ = ("_over", "_pushed")

    judges = ("STREAM-5",)
    requests = ("chunk",)
    events = tuple(RESULT_NAMES)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._pushed: list[tuple[float, float]] = []
        """Seconds of audio that had surely been pushed, and when the last chunk of it was accepted."""
        self._over = False

    def exchanged(self, exchange: Exchange) -> Outcomes:
        if self._over or len(self._pushed) == _CHUNKS:
            return ()
        if exchange.is_right and exchange.accepted:
            self._pushed.append((self.known.pushed.least, exchange.returned.at))
        return ()

    def awaits_chunks(self, exchange: Exchange) -> bool:
        return not self._over and len(self._pushed) < _CHUNKS

    def rests(self) -> bool:
        return self._over

    def event(self, event: Event) -> Outcomes:
        if self._over or not isinstance(event.payload, dict):
            return ()
        finalize = self.known.endgame.finalize_sent
        if finalize is None:
            self._over = True
            self._pushed.clear()
            return (passed("STREAM-5"),)
        if event.name == "final_transcript" and event.n == self.known.whole_stream:
            self._over = True
            return self._late(event, finalize)
        return ()

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

    __slots__ = ("_error",)

    judges = ("CHUNK-9",)
    events = ("error", "done")

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._error = False

    def event(self, event: Event) -> Outcomes:
        media = self.known.pushed.media
        if media is None or not isinstance(event.payload, dict) or self.known.endgame.cancel_sent is not None:
            return ()
        if event.name == "error":
            if self._error or not speaks_of_format(event.data):
                return ()
            self._error = True
            return (failed("CHUNK-9", f"{media.format} is taken", f"error {event.data:.200}"),)
        return (passed("CHUNK-9"),) if self.known.has_results else ()
