"""How many real-time sessions the sandbox holds on one core."""

from tempfile import TemporaryDirectory
from typing import NamedTuple

from figures import columns
from generator import measure_of
from loads import Ours

from harness.sandbox.child import Sandbox
from harness.sandbox.settings import DEFAULT_KEY

FEWEST, MOST, HALVINGS = 50, 3200, 1
RATE, LASTING = 100, 10  # sessions a second; seconds after the last one has begun
MOST_ACK, MOST_LATE = 0.1, 0.5  # seconds: ack p99; by how much transcripts may lag more than with the fewest sessions


class Held(NamedTuple):
    """A run with so many sessions; seconds."""

    sessions: int
    ack: float
    lag: float


def measured():
    """The table: doubled until it is too much, and then halved."""
    with TemporaryDirectory(prefix="bench-") as folder:
        runs = [_run(folder, FEWEST)]
        while runs[-1].sessions < MOST and _holds(runs[-1], runs[0]):
            runs.append(_run(folder, 2 * runs[-1].sessions))
        kept, broken = (0, *(run.sessions for run in runs))[-2:]
        if _holds(runs[-1], runs[0]):
            kept = broken
        for _ in range(HALVINGS if kept < broken else 0):
            run = _run(folder, (kept + broken) // 2)
            runs.append(run)
            kept, broken = (run.sessions, broken) if _holds(run, runs[0]) else (kept, run.sessions)
    rows = [
        (run.sessions, f"{run.ack * 1000:.0f}", f"{run.lag * 1000:.0f}", "yes" if _holds(run, runs[0]) else "no")
        for run in sorted(runs)
    ]
    yield columns(
        f"The sandbox holds {kept} real-time sessions on one core",
        ("sessions", "ack p99, ms", "transcript lag p95, ms", "held"),
        rows,
        f"Held: ack p99 within {MOST_ACK * 1000:.0f} ms, and transcripts at most {MOST_LATE * 1000:.0f} ms later "
        f"than with {FEWEST}. It decodes and listens to all of the audio.",
    )


def _holds(run, first):
    return run.ack <= MOST_ACK and run.lag <= first.lag + MOST_LATE


def _run(folder, sessions):
    ramp = sessions / min(RATE, sessions)
    seconds = ramp + LASTING
    load = Ours(folder, sessions, round(seconds) + 4, "--profile", "sandbox", seconds=seconds, rate=RATE, warm_up=ramp)
    with Sandbox(api_key=DEFAULT_KEY) as sandbox, load.run(sandbox.url) as generator:
        summary = generator.ended()
    return Held(sessions, measure_of(summary, "ack")["p99"], measure_of(summary, "lag.final_transcript")["p95"])
