"""Whether the figures of a load run are true: what was reported, beside what is known to have been."""

import csv
import json
import re
from tempfile import TemporaryDirectory

from figures import Bound, columns
from generator import asked, child, measure_of, serving
from loads import BYTES, Ours, Plain

PERCENTILES = ("p50", "p95", "p99")
NEAR, NEARLY = 0.02, 0.001  # a share of the truth, or seconds: whichever is more
ACKS = "lognormal:0.06,0.5"  # a median of 60 ms, a p99 of about 190 ms, and none as long as until the next chunk
FREEZE, NEAR_FREEZE = "3/20", 0.05
MICROPHONE = 3200  # bytes: a tenth of a second, as a microphone gives it
HOLD, NEAR_HOLD = 1.0, 0.02  # seconds
MUTANT, CROWD = 2500, 5000


def percentile(values, name):
    """By nearest rank, as HDR histograms have it."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(name[1:]) // 100) - 1)]


def measured():
    """The tables, and the bounds."""
    with TemporaryDirectory(prefix="bench-") as folder:
        yield from _acks(folder)
        yield from _freezing(folder)
        yield from _lag(folder)
        yield from _mutant(folder)


def _acks(folder):
    """A server that takes a known time for each ack."""
    for name, flags in {"one process": (), "--processes 2": ("--processes", "2")}.items():
        load = Ours(folder, 160, 18, *flags, seconds=24, rate=40, size=32 * 1024)
        with serving("--ack-delay", ACKS) as url, load.run(url) as generator:
            summary, taken = generator.ended(), asked(url, "book")["delays"]
        true = {each: percentile(taken, each) for each in PERCENTILES}
        told = {measure: measure_of(summary, measure) for measure in ("ack", "ack.service", "schedule_lag")}
        off = {each: told["ack"][each] - true[each] for each in PERCENTILES}
        yield columns(
            f"Acks that take a known time, {name}",
            ("ms", *PERCENTILES),
            [
                ("truth", *(f"{true[each] * 1000:.1f}" for each in PERCENTILES)),
                *((measure, *(f"{found[each] * 1000:.1f}" for each in PERCENTILES)) for measure, found in told.items()),
                ("error of ack", *(f"{off[each] * 1000:+.1f}, {off[each] / true[each]:+.1%}" for each in PERCENTILES)),
            ],
            f"{ACKS}: {len(taken):,} acks by the server's own book, {told['ack']['count']:,} in the report.",
        )
        worst = max(PERCENTILES, key=lambda each: abs(off[each]) / max(NEAR * true[each], NEARLY))
        yield Bound(
            f"percentiles of acks, {name}",
            "each within 2% or 1 ms",
            f"at worst {worst}: {off[worst] * 1000:+.1f} ms, {off[worst] / true[worst]:+.1%}",
            abs(off[worst]) <= max(NEAR * true[worst], NEARLY),
        )


def _freezing(folder):
    """A server that stands still now and then, for three clients at once."""
    sessions, length, every = 20, 40, MICROPHONE / BYTES  # from before the first freeze to after the second
    ours = Ours(folder, sessions, length, seconds=50, rate=40, size=MICROPHONE)
    plain = Plain(sessions, length, "--csv", f"{folder}/plain", seconds=50, size=MICROPHONE)
    sender = "independent.py", sessions, length * BYTES // MICROPHONE, MICROPHONE, every
    with serving("--freeze", FREEZE) as url, ours.run(url) as generator:
        generator.begun(sessions)
        with plain.run(url) as other, child(*sender, url) as independent:
            waited = json.loads(independent.stdout.read())
            reported = measure_of(generator.ended(), "ack")
            other.wait()
    with open(f"{folder}/plain_stats.csv", newline="") as file:  # noqa: PTH123 - csv wants an open file
        row = next(row for row in csv.DictReader(file) if row["Name"] == "chunk")
    true = {each: percentile(waited, each) for each in PERCENTILES}
    yield columns(
        f"A server that stands still for 3 s in every 20, {1 / every:.0f} chunks a second",
        ("from due to acknowledged, ms", *PERCENTILES),
        [
            ("truth: a clock for each chunk", *(f"{true[each] * 1000:.0f}" for each in PERCENTILES)),
            ("reported by the harness", *(f"{reported[each] * 1000:.0f}" for each in PERCENTILES)),
            ("reported by plain Locust", *(row[each[1:] + "%"] for each in PERCENTILES)),
        ],
        f"{len(waited):,} chunks by the independent client, {reported['count']:,} by the harness, "
        f"{int(row['Request Count']):,} by plain Locust, all at the same time.",
    )
    off = reported["p99"] / true["p99"] - 1
    yield Bound("ack.p99 of a freezing server", "within 5%", f"{off:+.1%}", abs(off) <= NEAR_FREEZE)


def _lag(folder):
    """A server that holds each transcript for a known time after the audio that it speaks of."""
    load = Ours(folder, 50, 18, seconds=22, rate=25)
    with serving("--transcript-delay", str(HOLD)) as url, load.run(url) as generator:
        reported = measure_of(generator.ended(), "lag.final_transcript")
    off = {each: reported[each] - HOLD for each in PERCENTILES}
    yield columns(
        "Transcripts that are held for a known time",
        ("lag.final_transcript, ms", *PERCENTILES),
        [
            ("truth", *(f"{HOLD * 1000:.0f}" for _ in PERCENTILES)),
            ("reported", *(f"{reported[each] * 1000:.0f}" for each in PERCENTILES)),
            ("error", *(f"{off[each] * 1000:+.1f}" for each in PERCENTILES)),
        ],
        f"{reported['count']:,} transcripts.",
    )
    worst = max(off.values(), key=abs)
    yield Bound("media-clock lag", "within 20 ms", f"{worst * 1000:+.1f} ms", abs(worst) <= NEAR_HOLD)


def _mutant(folder):
    """One session among thousands whose acks lack a byte."""
    load = Ours(folder, CROWD, 40, seconds=32)
    with serving("--mutant-session", str(MUTANT)) as url, load.run(url) as generator:
        generator.ended()
        report = generator.report
        found = [json.loads(line) for line in (report / "findings.jsonl").read_text().splitlines()]
        named = [
            finding
            for finding in found
            if re.search(
                rf"/analyze/live/{MUTANT}/", (report / "histories" / f"{finding['session']}.jsonl").read_text()
            )
        ]
    told = ", ".join(f"{finding['requirement']} in {finding['session']}" for finding in found) or "nothing"
    yield f"One session of {CROWD:,} counts a byte too few. Found: {told}."
    yield Bound(
        f"1 mutant session among {CROWD:,}", "found and named, nothing else", told, len(found) == len(named) == 1
    )
