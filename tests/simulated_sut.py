"""Servers whose capacity is known, simulated under closed users: calls of a minute, a chunk every two seconds."""

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from statistics import NormalDist

import numpy as np

from harness.capacity.terms import Pace
from harness.capacity.window import Window
from harness.documents.quantities import threshold
from harness.scenario.load import Slo

STEP = 2.0
CALL, CHUNKS, CLOSING = 60.0, 30, 0.1
PACE = Pace(call=CALL + CLOSING, longest=CALL + CLOSING, chunks=CHUNKS, interval=2.0)
RATE = CHUNKS / (CALL + CLOSING)
"""Chunks a second of a user."""
_BASE = math.log(1.015)
_SUCCESS = Slo("session.success", threshold("≥ 99%"))
_FINDINGS = Slo("findings", threshold("= 0"))
QUICK_ACKS = (Slo("ack.p95", threshold("< 500ms")), _SUCCESS, _FINDINGS)
QUICK_RESULTS = (Slo("ack.p95", threshold("< 500ms")), Slo("lag.final_transcript.p95", threshold("< 2s")), _SUCCESS)


@dataclass(frozen=True)
class Server:
    """It holds `capacity` users; beyond that something gives, by its kind."""

    kind: str
    capacity: float
    slos: tuple[Slo, ...]
    workers: int = 8
    spread: float = 0.3
    """Of a service time, to either side, as a share of it."""
    noise: float = 0.4
    """Of an ack's time, in its logarithm."""
    sway: float = 0.0
    """The same, of all acks together; it lasts for some windows."""

    @property
    def service(self):
        """Seconds of a worker for a chunk."""
        return self.workers / (self.capacity * RATE)

    def slower(self, share):
        """The same server, but for that share of its capacity."""
        return replace(self, capacity=self.capacity * (1 - share))


def servers(size=200):
    """One of each kind.

    `analysis`: a queue of chunks to be analysed, before their events; `ack`: one before their acks; `limit`: no more
    sessions; `contract`: a hundredth of the chunks break it; `slope`: acks slow down steadily, without a queue; `none`:
    nothing gives; `generator`: it is the generator that gives.
    """
    return {
        "analysis queue": Server("analysis", size, QUICK_RESULTS),
        "event lag": Server("analysis", size, QUICK_RESULTS, workers=2, spread=0.1),
        "ack queue": Server("ack", size, QUICK_ACKS),
        "hard limit": Server("limit", size, QUICK_ACKS),
        "broken contract": Server("contract", size, QUICK_ACKS),
        "smooth slope": Server("slope", size, QUICK_ACKS, noise=0.5, sway=0.03),
        "swaying slope": Server("slope", size, QUICK_ACKS, noise=0.5, sway=0.1),
        "healthy": Server("none", size, QUICK_RESULTS, noise=0.8, sway=0.2),
        "generator": Server("generator", size, QUICK_ACKS),
    }


@dataclass
class Sut:
    """The server under closed users, window by window."""

    server: Server
    seed: int
    now: float = 0.0
    users: float = 0.0
    rng: np.random.Generator = field(init=False)

    def __post_init__(self):
        self.rng = np.random.default_rng(self.seed)
        self.begin = np.empty(0)  # of each user's session, or of the next one
        self.sent = np.empty(0, np.int64)  # chunks of it
        self.free = np.empty(0)  # when the ack of the last one came
        self.last = np.empty(0)  # when the last result comes
        self.live = np.empty(0, bool)
        self.clear = 0.0  # when the queue will be empty
        self.swing = 0.0
        self.pending = {"ack": _Pending(), "lag.final_transcript": _Pending(), "event": _Pending()}

    def window(self, wanted, per_second):
        """Two seconds."""
        start, end = self.now, self.now + STEP
        self.started, self.ended, self.failed = 0, Counter(), 0
        self._resize(wanted, per_second)
        self.swing = 0.7 * self.swing + self.rng.normal(0, self.server.sway * math.sqrt(1 - 0.49))
        self._end(end)
        for _ in range(3):  # those that are refused come again
            self._begin(end)
        for _ in range(3):  # who waited for an ack catches up
            self._send(end)
        live = int(self.live.sum())
        taken = {name: pending.until(end) for name, pending in self.pending.items()}
        chunks = len(taken["ack"])
        over = len(self.begin) > self.server.capacity
        breaks = self.server.kind == "contract" and over and self.rng.random() < 1 - 0.99 ** max(chunks, 1)
        self.now = end
        return Window(
            start=start,
            length=STEP,
            live=live,
            started=self.started,
            ended=dict(self.ended),
            chunks=chunks,
            events=len(taken["event"]),
            failed=self.failed,
            broken=frozenset({"ACK-1"} if breaks else ()),
            times={name: _counted(taken[name]) for name in ("ack", "lag.final_transcript") if len(taken[name])},
            ill="it used 95% of a core" if self.server.kind == "generator" and over else "",
        )

    def _resize(self, wanted, per_second):
        before = len(self.begin)
        change = per_second * STEP
        self.users = min(wanted, self.users + change) if wanted > self.users else wanted
        count = round(self.users)
        if count < before:
            self.ended["interrupted"] += int(self.live[count:].sum())
            if not count:
                for pending in self.pending.values():
                    pending.forget()
        for name in ("begin", "sent", "free", "last", "live"):
            setattr(self, name, getattr(self, name)[:count])
        if count > before:
            new = count - before
            self.begin = np.append(self.begin, self.now + self.rng.uniform(0, STEP, new))
            self.sent = np.append(self.sent, np.zeros(new, np.int64))
            self.free, self.last = np.append(self.free, np.zeros(new)), np.append(self.last, np.zeros(new))
            self.live = np.append(self.live, np.zeros(new, bool))

    def _begin(self, end):
        (new,) = np.nonzero(~self.live & (self.begin < end))
        self.started += len(new)
        if self.server.kind == "limit":
            new = new[np.argsort(self.begin[new])]
            room = max(int(self.server.capacity) - int(self.live.sum()), 0)
            refused, new = new[room:], new[:room]
            self.ended["failed"] += len(refused)
            self.failed += len(refused)
            self.begin[refused] += self.rng.uniform(0.5, 1.3, len(refused))
        self.live[new] = True
        self.sent[new] = 0
        self.free[new] = self.last[new] = self.begin[new]

    def _send(self, end):
        due = self.begin + 2.0 * self.sent
        (who,) = np.nonzero(self.live & (self.sent < CHUNKS) & (np.maximum(due, self.free) < end))
        if not len(who):
            return
        due = due[who] + self.rng.uniform(0, 0.2, len(who))
        sent = np.maximum(due, self.free[who])
        order = np.argsort(sent)
        who, due, sent = who[order], due[order], sent[order]
        acked = sent + self._ack_times(len(who))
        if self.server.kind == "ack":
            acked = self._queue(sent) + acked - sent
        told = self._queue(acked) if self.server.kind == "analysis" else acked
        told = told + 0.2 * self.rng.lognormal(0, 0.3, len(who))
        self.free[who], self.last[who] = acked, told
        self.sent[who] += 1
        self.pending["ack"].add(acked, due)
        self.pending["event"].add(told, due)
        final = self.sent[who] % 3 == 0
        self.pending["lag.final_transcript"].add(told[final], due[final])

    def _ack_times(self, count):
        middle = 0.02
        if self.server.kind == "slope":
            worth = math.hypot(self.server.noise, self.server.sway) * NormalDist().inv_cdf(0.95)
            half = 0.5 / math.exp(worth) / 2  # at the capacity it has doubled
            middle = half * (1 + (len(self.begin) / self.server.capacity) ** 2)
        return middle * math.exp(self.swing) * self.rng.lognormal(0, self.server.noise, count)

    def _queue(self, arrived):
        """When each is done that joins the one queue of all workers, in order."""
        each = self.server.service / self.server.workers
        low, high = 1 - self.server.spread, 1 + self.server.spread
        busy = np.cumsum(each * self.rng.uniform(low, high, len(arrived)))
        waits = np.maximum.accumulate(arrived - np.append(0.0, busy[:-1]))
        done = busy + np.maximum(waits, self.clear)
        self.clear = float(done[-1])
        return done + self.server.service - each

    def _end(self, end):
        over = np.maximum(self.begin + CALL, np.maximum(self.free, self.last)) + CLOSING
        (who,) = np.nonzero(self.live & (self.sent == CHUNKS) & (over < end))
        self.live[who] = False
        self.ended["done"] += len(who)
        self.begin[who] = over[who]


class _Pending:
    """What comes later: when, and when it was due."""

    def __init__(self):
        self.forget()

    def forget(self):
        self._at, self._took = np.empty(0), np.empty(0)

    def add(self, at, due):
        self._at, self._took = np.append(self._at, at), np.append(self._took, at - due)

    def until(self, end):
        came = self._at < end
        taken = self._took[came]
        self._at, self._took = self._at[~came], self._took[~came]
        return taken


def _counted(times):
    buckets = np.bincount((np.log(np.maximum(times, 1e-6) * 1e6) / _BASE).astype(np.int64))
    return {round(math.exp((int(at) + 0.5) * _BASE)): int(buckets[at]) for at in np.flatnonzero(buckets)}
