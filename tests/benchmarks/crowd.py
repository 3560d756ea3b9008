"""How many sessions a server of known workers holds: by simulation, without a network, a clock or a harness."""

import heapq
import random

from sessions import APART
from workers import read

from harness.sandbox.pipeline import Pipeline

LASTING, SETTLED = 240.0, 60.0  # seconds of a simulation, and those that are left out of the lags


def rate(workers):
    """Pieces of work a second of COUNTxSECONDS."""
    count, seconds = read(workers)
    return count / seconds


def lags(users, workers, lengths, every, *, acks):
    """Seconds from each chunk's due moment until a worker is done with it, in order of size.

    `workers` is COUNTxSECONDS, `lengths` are those of calls, with a chunk `every` so many seconds. Where the workers
    stand before the acks, a chunk waits for the ack of the one before it.
    """
    draw, found = random.Random(users), []
    pipeline = Pipeline(*read(workers))
    agenda = [(n * max(lengths) / users, n, 0.0, 0) for n in range(users)]  # the next chunk: when, whose, due, how many
    while agenda[0][0] < LASTING:
        now, user, due, left = heapq.heappop(agenda)
        if not left:  # a call begins
            due, left = now + every, round(draw.choice(lengths) / every)
            heapq.heappush(agenda, (due, user, due, left))
            continue
        done = pipeline.enter(now)
        if now > SETTLED:
            found.append(done - due)
        if left > 1:
            due += every
            heapq.heappush(agenda, (max(due, done) if acks else due, user, due, left - 1))
        else:
            heapq.heappush(agenda, (done + 3 * APART, user, 0.0, 0))  # at once another one
    return sorted(found)


def capacity(workers, lengths, every, bound, *, acks):
    """The most users, each with one call after another, with whom 95% of the lags keep within the bound, in seconds."""
    users = round(rate(workers) * every)  # so many may talk at once
    while True:
        found = lags(users + 1, workers, lengths, every, acks=acks)
        if found[int(0.95 * len(found))] > bound:
            return users
        users += 1
