"""Many sessions in one process: what each of them costs then, and whether the generator keeps up."""

from tempfile import TemporaryDirectory

from figures import Bound, at_most, columns, profile_table
from generator import measure_of, serving
from loads import RAMP, Ours

SESSIONS = {100: 20, 1000: 20, 4000: 20, 9000: 60}  # and the seconds for which so many are held
SETTLE, AFTER = 5, 6  # seconds
MOST_GROWTH, MOST_LAG = 1.3, 20
HEADS = (
    "sessions",
    "held",
    "CPU, us/s",
    "KiB",
    "lag p50, ms",
    "lag p99, ms",
    "ack p99, ms",
    "findings",
    "ledger",
    "generator",
    "server",
)


def measured():
    """The table, and the bounds."""
    with TemporaryDirectory(prefix="bench-") as folder:
        runs = {sessions: _run(folder, sessions, seconds) for sessions, seconds in SESSIONS.items()}
        yield columns(
            "Live sessions in one process",
            HEADS,
            [(f"{sessions:,}", *_row(*run)) for sessions, run in runs.items()],
            "CPU of the generator for a session-second (its fixed cost is in it), resident memory of a session, lag of "
            "the schedule after the ramp, and how much of a core each side needed. All checks on.",
        )
        few, (most, summary) = runs[min(runs)][0], runs[max(runs)]
        lag = measure_of(summary, "schedule_lag")["p99"] * 1000
        held = f"{most.held:,} for {most.seconds:.0f} s; {_findings(summary)} findings, ledger {_ledger(summary)}"
        kept = most.held == max(runs) and not _findings(summary) and _ledger(summary) == "even"
        bounds = [
            Bound("sessions in one process", "9,000 for 60 s, no finding, ledger even", held, kept),
            at_most("schedule lag p99 at 9,000", MOST_LAG, lag, " ms"),
            at_most("CPU of a session at 9,000, against 100", MOST_GROWTH, most.each_second / few.each_second, " x"),
        ]
        yield from bounds
        if not all(bound.reached for bound in bounds):
            yield f"At 9,000 it was said: {summary['headline']} {'; '.join(summary['notes'])}"
            yield profile_table("Where it is spent at 4,000", _profile(folder, 4000))


def _load(folder, sessions, seconds):
    begun = sessions / min(RAMP, sessions) + SETTLE
    lasting = begun + seconds + AFTER
    return Ours(folder, sessions, round(lasting), seconds=lasting, warm_up=begun)


def _run(folder, sessions, seconds):
    with serving() as url, _load(folder, sessions, seconds).run(url) as generator:
        return generator.stretch(sessions, SETTLE, seconds), generator.ended()


def _profile(folder, sessions):
    with serving() as url, _load(folder, sessions, 10).run(url, profiled=True) as generator:
        generator.stretch(sessions, SETTLE, 10)
        return generator.profile()


def _row(stretch, summary):
    lag, ack = measure_of(summary, "schedule_lag"), measure_of(summary, "ack")
    return (
        f"{stretch.held:,}",
        f"{stretch.each_second:.1f}",
        f"{stretch.occupied / 1024:.1f}",
        *(f"{seconds * 1000:.1f}" for seconds in (lag["p50"], lag["p99"], ack["p99"])),
        _findings(summary),
        _ledger(summary),
        f"{stretch.cpu / stretch.seconds:.0%}",
        f"{stretch.server / stretch.seconds:.0%}",
    )


def _findings(summary):
    """Broken requirements."""
    return sum(requirement["verdict"] == "FAIL" for requirement in summary["requirements"])


def _ledger(summary):
    return "; ".join(summary["ledger"]["uneven"]) or "even"
