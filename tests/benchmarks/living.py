"""What a live session costs: a 64 KiB chunk about every two seconds, 1.5 events a chunk, its stream held open."""

from tempfile import TemporaryDirectory

from figures import at_most, of, profile_table, table
from generator import serving
from loads import RAMP, Ours, Plain

SESSIONS, SETTLE, WINDOW, TURNS = 1000, 4, 10, 2  # seconds
BEGUN = SESSIONS / RAMP
LENGTH = round(BEGUN + SETTLE + WINDOW) + 20  # so that none is over before the window is
OURS, NONE, PLAIN = "harness, all checks on", "the same, --record none", "plain FastHttpUser, no checks"
MOST_CPU, MOST_MEMORY, MOST_KIB, MOST_RECORDING = 0.25, 0.5, 64, 10


def measured():
    """The tables, and the bounds."""
    stretches = {OURS: [], NONE: [], PLAIN: []}
    with TemporaryDirectory(prefix="bench-") as folder:
        for _ in range(TURNS):
            for name, taken in stretches.items():
                taken.append(_run(_load(name, folder))[0])
        cpu = {name: of([stretch.each_second for stretch in taken]) for name, taken in stretches.items()}
        memory = {name: of([stretch.occupied / 1024 for stretch in taken]) for name, taken in stretches.items()}
        yield table(
            "A live session, for a second",
            "us",
            cpu,
            f"CPU time of the generator's process, at {SESSIONS} sessions: 64 KiB every 2.05 s, 1.5 events a chunk.",
        )
        yield table(
            "A live session, in memory",
            "KiB",
            memory,
            "Growth of the generator's resident set, from no session to all.",
        )
        bounds = [
            at_most(
                "CPU of a session-second, against FastHttpUser", MOST_CPU, cpu[OURS].median / cpu[PLAIN].median, " x"
            ),
            at_most(
                "memory of a session, against the same", MOST_MEMORY, memory[OURS].median / memory[PLAIN].median, " x"
            ),
            at_most("memory of a session", MOST_KIB, memory[OURS].median, " KiB"),
            at_most(
                "CPU that --record failed adds", MOST_RECORDING, (cpu[OURS].median / cpu[NONE].median - 1) * 100, "%"
            ),
        ]
        yield from bounds
        if not all(bound.reached for bound in bounds):
            yield profile_table("Where the harness spends it", _run(_load(OURS, folder), profiled=True)[1])


def _load(name, folder):
    seconds = BEGUN + SETTLE + WINDOW + 15  # the end is not waited for
    if name == PLAIN:
        return Plain(SESSIONS, LENGTH, seconds=seconds)
    return Ours(folder, SESSIONS, LENGTH, "--record", "none" if name == NONE else "failed", seconds=seconds)


def _run(load, **how):
    """What a stretch of it was, and the profile where it is asked for."""
    with serving() as url, load.run(url, **how) as generator:
        return generator.stretch(SESSIONS, SETTLE, WINDOW), generator.profile() if how else None
