"""A run in Markdown, short enough for a comment on a pull request."""

import html
import math
from collections.abc import Iterable, Iterator
from typing import Final

from harness.oracle.judge import Finding
from harness.report.axis import clock
from harness.report.capacity.markdown import found
from harness.report.evidence import clean
from harness.report.exhibit import exhibit
from harness.report.marking import escaped, table
from harness.report.results import WORST_FIRST, Result, broken, counted, duration, observed, results, titled, unjudged
from harness.report.run import Run

_FINDINGS: Final = 10
_ROWS: Final = 10
_WHOLE: Final = 100
_LAG: Final = "lag.final_transcript"
_ICONS: Final = {"FAIL": "🔴", "INCONCLUSIVE": "🟡", "NOT EXERCISED": "⚪", "PASS": "🟢"}
_SLOS: Final = {True: "🟢 met", False: "🔴 missed", None: "🟡 no valid figure"}


def markdown(run: Run) -> str:
    """The text of `report.md`."""
    return "\n".join((*_lines(run), ""))


def _lines(run: Run) -> Iterator[str]:
    if run.capacity:
        yield f"## {escaped(f'{titled(run)} of {run.host}')}\n"
        yield f"**{escaped(run.headline)}**\n"
    else:
        yield f"## {escaped(run.headline)}\n"
    setting = f"profile {run.profile}, catalogue {run.catalogue}, seed {run.seed}, live-harness {run.harness}"
    which = "Took" if run.capacity else f"{titled(run)} of {run.host} in"
    yield escaped(f"{which} {duration(run.seconds)}; {setting}; exit code {run.exit_code} ({run.outcome}).")
    yield ""
    for note in (*run.assessment.crashes, *run.notes):
        yield f"- {escaped(note)}"
    for certificate in run.capacity:
        yield from found(certificate, run.headline)
    if run.capacity:  # the rest is for who opens the page
        yield from _findings(run)
        return
    yield from _slos(run)
    yield from _verdicts(run)
    yield from _findings(run)
    yield from _observed(run)
    yield from _figures(run)


def _slos(run: Run) -> Iterator[str]:
    rows = [(_SLOS[s.met], *map(escaped, (s.measure, s.threshold, s.value, s.why))) for s in run.slos]
    yield from table(("SLO", "Measure", "Threshold", "Measured", ""), rows)


def _verdicts(run: Run) -> Iterator[str]:
    by_verdict: dict[str, list[Result]] = {name: [] for name in WORST_FIRST}
    for result in results(run):
        by_verdict[result.verdict].append(result)
    passed = by_verdict.pop("PASS")
    rows = [
        (
            f"{_ICONS[r.verdict]} {r.verdict}",
            r.id,
            "pinned by the profile" if r.pinned else r.tier,
            f"{r.passed:,} / {r.failed:,} / {r.inconclusive:,}",
            _prose(r.text),
        )
        for group in by_verdict.values()
        for r in group
    ]
    yield from table(("Verdict", "Requirement", "Tier", "Passed / failed / inconclusive", "Text"), rows)
    groups = unjudged(run)
    if passed:
        groups = {f"{_ICONS['PASS']} PASS": [_pinned(result) for result in passed], **groups}
    yield ""
    for name, ids in groups.items():
        yield f"- {name} ({len(ids)}): {', '.join(ids)}"


def _pinned(result: Result) -> str:
    return f"{result.id} (pinned by the profile)" if result.pinned else result.id


def _findings(run: Run) -> Iterator[str]:
    all_broken = broken(run.assessment)
    for requirement, failed, findings in all_broken[:_FINDINGS]:
        times = "once" if failed == 1 else f"{failed:,} times"
        yield f"\n<details><summary><b>{requirement.id}</b> {html.escape(requirement.text)}</summary>\n"
        yield f"Failed {times}. Source: {requirement.source}"
        for finding in findings[:1]:
            yield from _finding(finding, run.replays.get(finding.session, ""))
        yield "\n</details>"
    if left := [requirement.id for requirement, _, _ in all_broken[_FINDINGS:]]:
        yield f"\nThe findings of {', '.join(left)} are in report.html."


def _finding(finding: Finding, replay: str) -> Iterator[str]:
    yield ""
    yield f"- expected: {escaped(finding.expected)}"
    yield f"- happened: {escaped(finding.happened)}"
    when = f"{finding.at:+.3f} s" if finding.trail else "seen by comparing sessions"
    yield f"- session: {escaped(finding.session)} (seed {finding.seed}), {when}\n"
    if shown := exhibit(finding):
        yield _fenced(shown)
    if replay:
        yield "\nTo see it again:\n"
        yield _fenced([clean(replay)])


def _observed(run: Run) -> Iterator[str]:
    if rows := observed(run):
        yield "\n<details><summary>What the document leaves open, and what this server does</summary>"
        cells = ((row.requirement, _prose(row.text), escaped(row.in_words)) for row in rows)
        yield from table(("Requirement", "Question", "Answer"), cells)
        yield "\n</details>"


def _figures(run: Run) -> Iterator[str]:
    rows = [
        (escaped(m.name), f"{m.count:,}", *(duration(seconds) for seconds in (m.mean, m.p50, m.p95, m.p99, m.max)))
        for m in run.measures
    ]
    yield from table(("Measure", "Count", "Mean", "p50", "p95", "p99", "Max"), rows)
    yield from _course(run)
    yield ""
    ledger = run.assessment.ledger
    for field in ledger.__struct_fields__:
        yield f"- {field}: {escaped(counted(getattr(ledger, field)) or 'none')}"


def _course(run: Run) -> Iterator[str]:
    """In a few rows; percentiles of the worst slice in each, since they can't be added up."""
    size = math.ceil(len(run.course) / _ROWS) or 1
    rows = []
    for begin in range(0, len(run.course), size):
        slices = run.course[begin : begin + size]
        seconds = slices[-1].end - slices[0].start
        rates = (sum(getattr(each, name) for each in slices) / seconds for name in ("started", "chunks", "events"))
        figures = [each.figures for each in slices]
        rows.append(
            (
                f"{clock(slices[0].start)} to {clock(slices[-1].end)}",
                f"{max(each.live for each in slices):,}",
                *(f"{rate:,.3g}" if rate < _WHOLE else f"{rate:,.0f}" for rate in rates),
                _worst([each["ack"].p99 for each in figures if "ack" in each]),
                _worst([each[_LAG].p95 for each in figures if _LAG in each]),
                _worst([each["schedule_lag"].p99 for each in figures if "schedule_lag" in each]),
                f"{sum(each.failed for each in slices):,}",
                f"{sum(each.findings for each in slices):,}",
            )
        )
    headings = ("Time", "Live", "Starts/s", "Chunks/s", "Events/s")
    worst = ("Worst ack p99", "Worst lag p95", "Worst schedule lag p99")
    yield from table((*headings, *worst, "Failed requests", "Findings"), rows)


def _worst(seconds: list[float]) -> str:
    return duration(max(seconds)) if seconds else "-"


def _prose(text: str) -> str:
    """For a table, a text of ours: its Markdown is meant."""
    return text.replace("|", "\\|")


def _fenced(lines: Iterable[str]) -> str:
    """As they stand; none of them may begin with a backtick."""
    return "\n".join(("```text", *lines, "```"))
