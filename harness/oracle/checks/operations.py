"""The operational metrics (OPS-1, OPS-2)."""

import math
from collections import Counter
from collections.abc import Iterator

from harness.contract.messages import EVENT_NAMES
from harness.history.observations import Ended, Event, StreamClosed, Withheld
from harness.oracle.checks.base import Check
from harness.oracle.counting import agrees, disagreement
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.exposition import read_exposition
from harness.oracle.knowledge import Knowledge
from harness.oracle.metrics import ANALYTICS, Counts, agent_latencies, event_counters, perhaps_latencies
from harness.oracle.verdicts import Outcome, failed, inconclusive, passed

_SHOWN = 12


class MetricsAreExposed(Check):
    """The metrics show counters of events, and the average latency of the agents."""

    judges = ("OPS-1",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._last: Exchange | None = None
        self._asked: list[str] = []
        self._results = False
        self._since_results = False  # before there are any, there may be nothing to show

    def event(self, event: Event) -> Iterator[Outcome]:
        self._results = self._results or event.name in ANALYTICS
        yield from ()

    def aside(self, exchange: Exchange) -> Iterator[Outcome]:
        if exchange.sent.kind != "metrics":
            return
        if self._last is None or exchange.answer is Answer.ACCEPTED:
            self._last, self._since_results = exchange, self._results
        self._asked = [*self._asked, exchange.sent.path][-2:]
        yield from ()

    def withheld(self, withheld: Withheld) -> Iterator[Outcome]:
        if withheld.kind == "metrics":
            yield inconclusive("OPS-1", "the profile's `metrics` lead to another origin, where nothing is sent")

    def ended(self, ended: Ended) -> Iterator[Outcome]:
        if self._last is None:
            return
        if self._last.answer is not Answer.ACCEPTED:
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

    judges = ("OPS-2",)

    def __init__(self, known: Knowledge) -> None:
        super().__init__(known)
        self._before: list[dict[str, Counts]] = []
        self._after: list[dict[str, Counts]] = []
        self._received: Counter[str] = Counter()
        self._streams = 0
        self._whole = True

    def exchanged(self, exchange: Exchange) -> Iterator[Outcome]:
        sent = exchange.sent
        self._streams += sent.kind == "attach" and exchange.answer is Answer.ACCEPTED
        self._whole = self._whole and not (sent.kind == "chunk" and not self._streams)
        yield from ()

    def event(self, event: Event) -> Iterator[Outcome]:
        self._after.clear()  # none of those looks can have shown this one
        if event.name in EVENT_NAMES:
            self._received[event.name] += 1
        else:
            self._whole = False  # the server may well count it under its right name
        yield from ()

    def closed(self, closed: StreamClosed) -> Iterator[Outcome]:
        self._whole = self._whole and closed.how == "ended"
        yield from ()

    def aside(self, exchange: Exchange) -> Iterator[Outcome]:
        if exchange.sent.kind == "metrics" and exchange.answer is Answer.ACCEPTED:
            looks = self._after if self.known.start else self._before
            looks[:] = [*looks[-1:], event_counters(read_exposition(exchange.returned.body))]
        yield from ()

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


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{event} {count}" for event, count in sorted(counts.items()))
