"""Servers whose capacity is known, and the load that it is known for: short calls with four chunks a second."""

from pathlib import Path
from typing import NamedTuple

import crowd

LENGTHS = (6, 7, 8, 9, 10)  # seconds of calls: different ones, so that users don't stay in step
EVERY, SIZE = 0.25, 8010  # seconds and bytes of a chunk: so many more that the head of a WAV is in the last one
BOUND = 0.3  # seconds that chunks and transcripts may take, 95% of them
CALL = """\
call: for-{length}-seconds
about: A short call; what fails is not tried again.
audio: {{speech: two-speakers, length: {length}s}}
chunks: {{size: {size}B}}
retry: {{tries: 1}}
steps: [start, attach, push: rest, finalize, await: done]
"""
LOAD = """\
load: known
about: Calls with SLOs that are soon decided.
mix: {{{mix}}}
arrivals: {arrivals}
warm-up: {warm_up}s
slo:
  ack.p95: < {bound}s
  lag.final_transcript.p95: < {bound}s
  session.success: ≥ 99%
  findings: = 0
"""
CLOSED, OPEN = "{model: closed}", "{model: open, rate: 1/s, spacing: even}"
WORKERS, SLOWER = "4x0.01", "4x0.011"  # the second ones take 10% longer
ROOM = 100  # sessions


class Known(NamedTuple):
    """A server by its flags, how calls arrive there, and the most sessions, or arrivals a second, that it holds."""

    flags: tuple[str, ...]
    arrivals: str
    truth: float

    @property
    def unit(self):
        """What flags write behind a level."""
        return "" if self.arrivals == CLOSED else "/s"

    def load(self, folder, warm_up=0):
        """The load file, written into the folder."""
        lengths = LENGTHS if self.arrivals == CLOSED else LENGTHS[2:3]
        for length in lengths:
            Path(folder, f"{length}.yaml").write_text(CALL.format(length=length, size=SIZE))
        mix = ", ".join(f"{length}.yaml: 1" for length in lengths)
        file = Path(folder, "known.yaml")
        file.write_text(LOAD.format(mix=mix, arrivals=self.arrivals, bound=BOUND, warm_up=warm_up))
        return file


def analysing(workers):
    """Transcripts wait for the workers, and acks don't."""
    truth = crowd.capacity(workers, LENGTHS, EVERY, BOUND, acks=False)
    return Known(("--analysis", workers), CLOSED, truth)


def servers():
    """Of each kind one, by what fails first."""
    return {
        "transcripts": analysing(WORKERS),
        "acks": Known(("--ack-queue", WORKERS), CLOSED, crowd.capacity(WORKERS, LENGTHS, EVERY, BOUND, acks=True)),
        "admission": Known(("--admit", str(ROOM)), CLOSED, ROOM),
        "contract": Known(("--lies-beyond", str(ROOM)), CLOSED, ROOM),
        "arrivals": Known(("--analysis", WORKERS), OPEN, crowd.rate(WORKERS) * EVERY / LENGTHS[2]),
    }
