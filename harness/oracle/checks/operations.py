"""The operational metrics (OPS-1, OPS-2)."""

import math
from collections.abc import Iterator, Mapping

from harness.contract.messages import EVENT_NAMES
from harness.history.observations import Ended, Event, StreamClosed, Withheld
from harness.oracle.checks.base import Check
from harness.oracle.counting import agrees, disagreement
from harness.oracle.exchange import Exchange
from harness.oracle.exposition import read_exposition
from harness.oracle.knowledge import Knowledge
from harness.oracle.metrics import Counts, agent_latencies, event_counters, perhaps_latencies
from harness.oracle.verdicts import Outcome, Outcomes, failed, inconclusive, passed

_SHOWN = 12


class MetricsAreExposed(Check):
    """The metrics show counters of events, and the average latency of the agents."""

    __slots__ = ("_asked", "_last", "_since_results")

    judges = ("OPS-1",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._last: Exchange | None = None
        self._asked: tuple[str, ...] = ()
        self._since_results = False  # before there are any, there may be nothing to show

    def aside(self, exchange: Exchange) -> Outcomes:
        if exchange.sent.kind != "metrics":
            return ()
        if self._last is None or exchange.accepted:
            self._last, self._since_results = exchange, self.known.has_results
        self._asked = (*self._asked, exchange.sent.path)[-2:]
        return ()

    def withheld(self, withheld: Withheld) -> Iterator[Outcome]:
        if withheld.kind == "metrics":
            yield inconclusive("OPS-1", "the profile's `metrics` lead to another origin, where nothing is sent")

    def ended(self, ended: Ended) -> Iterator[Outcome]:
        if self._last is None:
            return
        if not self._last.accepted:
            yield self._not_shown(self._last)
        elif self._since_results:
            yield self._shown(self._last)

    def _not_shown(self, last: Exchange) -> Outcome:
        asked = " and ".join(dict.fromkeys(self._asked))
        status = last.returned.status
        if status is None:
            return inconclusive("OPS-1", f"the metrics at {asked} were {last.in_words}")
        if status in {401, 403}:
            return inconclusive("OPS-1", f"the metrics at {asked} can't be read with the API key: {last.in_words}")
        happened = f"{last.in_words} at {asked}; if they are elsewhere, name the place in the profile's `metrics`"
        return failed("OPS-1", "metrics can be read", happened)

    def _shown(self, last: Exchange) -> Outcome:
        samples = read_exposition(last.returned.body)
        latencies = agent_latencies(samples)
        names = sorted({sample.name for sample in samples})
        seen = f"there are {', '.join(names[:_SHOWN])}" + (f" and {len(names) - _SHOWN} more" * (len(names) > _SHOWN))
        seen = seen if names else f"nothing reads as one in {last.returned.content_type or 'the reply'}"
        where = f"{last.sent.path} shows"
        if not event_counters(samples):
            return failed("OPS-1", f"{where} counters of events", seen)
        if any(value >= 0 and math.isfinite(value) for values in latencies.values() for value in values):
            return passed("OPS-1")
        if latencies:
            values = ", ".join(f"{name} is {values[0]:g}" for name, values in latencies.items())
            return failed("OPS-1", f"{where} the average latency of agents that have brought results", values)
        if perhaps := perhaps_latencies(samples):
            return inconclusive("OPS-1", f"{', '.join(perhaps[:_SHOWN])} may be the agents' latency, or not")
        return failed("OPS-1", f"{where} the average latency of agents", seen)


class CountersTellTheTruth(Check):
    """While nobody else is there, the counters of events grow by what the one consumer has received."""

    __slots__ = ("_after", "_before", "_received", "_streams", "_whole")

    judges = ("OPS-2",)
    requests = ("attach", "chunk")

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._before: tuple[dict[str, Counts], ...] = ()
        self._after: tuple[dict[str, Counts], ...] = ()
        self._received: dict[str, int] = {}
        self._streams = 0
        self._whole = True

    def exchanged(self, exchange: Exchange) -> Outcomes:
        if exchange.sent.kind == "attach":
            self._streams += exchange.accepted
        elif not self._streams:
            self._whole = False
        return ()

    def rests(self) -> bool:
        return not self._before  # there is nothing from which anything could grow

    def event(self, event: Event) -> Outcomes:
        self._after = ()  # none of those looks can have shown this one
        if event.name in EVENT_NAMES:
            self._received[event.name] = self._received.get(event.name, 0) + 1
        else:
            self._whole = False  # the server may well count it under its right name
        return ()

    def closed(self, closed: StreamClosed) -> Outcomes:
        self._whole = self._whole and closed.how == "ended"
        return ()

    def aside(self, exchange: Exchange) -> Outcomes:
        if exchange.sent.kind == "metrics" and exchange.accepted:
            look = event_counters(read_exposition(exchange.returned.body))
            if self.known.start:
                self._after = (*self._after[-1:], look)
            else:
                self._before = (*self._before[-1:], look)
        return ()

    def ended(self, ended: Ended) -> Iterator[Outcome]:
        # Of a load run each session sees all the others' events, too.
        one_stream = self._streams == 1 and self.known.consumers.stream is None and self._whole
        if not (self.known.strict and one_stream and self._before and len(self._after) == 2 and self._received):
            return
        grown = {name: _growth(self._before[-1].get(name, {}), counts) for name, counts in self._after[-1].items()}
        if not grown:
            return  # a matter of OPS-1
        if any(agrees(name, counts, self._received) for name, counts in grown.items()):
            yield passed("OPS-2")
            return
        told = disagreement(grown)
        if told is None:
            yield passed("OPS-2")
        elif self._alone():
            yield failed("OPS-2", f"counters grow by the events received: {_listed(self._received)}", told)
        else:
            yield inconclusive("OPS-2", f"{told}; but others may be at work")

    def _alone(self) -> bool:
        """Whether nothing else moved the counters: no session of ours, and no other before or after."""
        ours = self.known.header is not None and self.known.header.alone
        return ours and len(self._before) == 2 and all(first == last for first, last in (self._before, self._after))


def _growth(before: Counts, after: Counts) -> Counts:
    return {event: count - before.get(event, 0.0) for event, count in after.items()}


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{event} {count}" for event, count in sorted(counts.items()))
