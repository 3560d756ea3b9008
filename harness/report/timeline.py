"""A session on one time axis, ready to be drawn: lanes with bars, the marks of its findings, ticks and breaks."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from harness.history.observations import Observation
from harness.oracle.judge import Finding
from harness.report.evidence import clean
from harness.report.results import duration
from harness.report.scale import Break, Scale, Tick
from harness.report.spans import LANES, Look, Span, Spans

_FINEST: Final = 0.5
"""Percent of the axis: what is shorter and as near as this is drawn as one."""

_NEAR: Final = 2.5
"""Percent between the numbers of two findings."""


class Bar(NamedTuple):
    """One thing in a lane, or several that lie too close together to be told apart."""

    x: float
    """Percent of the axis, and so the width."""
    width: float
    look: Look
    title: str


class Mark(NamedTuple):
    """Where findings were made."""

    x: float
    label: str
    """Their numbers on the page."""
    title: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is drawn. All text is clean."""

    lanes: list[tuple[str, list[Bar]]]
    marks: list[Mark]
    ticks: list[Tick]
    breaks: list[Break]
    length: str
    told: str
    """How much of what there is, for who can't see it."""
    remark: str
    """What lies beyond it."""


def timeline(
    observations: Iterable[Observation], findings: Mapping[int, Finding], began: float | None = None
) -> Timeline:
    """Of one session, with its findings under their numbers on the page; `began` as in `Spans`."""
    seen = Spans(observations, began)
    shown = [span for span in seen.expiries if span.begin <= seen.seconds]
    # What lies after the session's end would only squeeze it.
    spans = [*seen.spans, *(span._replace(end=min(span.end, seen.seconds)) for span in shown)]
    moments = [finding.at for finding in findings.values()]
    scale = Scale([0.0, seen.seconds, *moments, *(at for span in spans for at in (span.begin, span.end))])
    lanes = {lane: [span for span in spans if span.lane == lane] for lane in LANES}
    return Timeline(
        lanes=[(lane, _bars(held, scale)) for lane, held in lanes.items() if held],
        marks=_marks(findings, scale),
        ticks=scale.ticks,
        breaks=scale.breaks,
        length=duration(seen.seconds),
        told=", ".join(_counted(lane, held) for lane, held in lanes.items() if held),
        remark="".join(
            f"The last expires_at lies after its end, by our clock between {span.begin:+.1f} s and {span.end:+.1f} s."
            for span in seen.expiries[-1:]
            if span not in shown
        ),
    )


def _bars(spans: Iterable[Span], scale: Scale) -> list[Bar]:
    """In order of time; the short ones that share a place and a look become one."""
    alone: list[Bar] = []
    crowds: dict[tuple[int, Look], list[tuple[float, Span]]] = {}
    for span in spans:
        x = scale(span.begin)
        width = scale(span.end) - x
        if width < _FINEST:
            crowds.setdefault((int(x / _FINEST), span.look), []).append((x, span))
        else:
            alone.append(Bar(x, round(width, 2), span.look, span.title))
    for crowd in crowds.values():
        (x, first), (_, last) = crowd[0], crowd[-1]
        title = first.title if first is last else f"{len(crowd)} close together: {first.title} ... {last.title}"
        alone.append(Bar(x, round(max(scale(span.end) for _, span in crowd) - x, 2), first.look, title))
    return sorted(alone)


def _marks(findings: Mapping[int, Finding], scale: Scale) -> list[Mark]:
    marks: list[Mark] = []
    for number, finding in sorted(findings.items(), key=lambda item: item[1].at):
        x, title = scale(finding.at), clean(f"finding {number}: {finding.requirement} at {finding.at:+.3f} s")
        if marks and x - marks[-1].x < _NEAR:
            near = marks[-1]
            marks[-1] = Mark(near.x, f"{near.label}, {number}", f"{near.title}; {title}")
        else:
            marks.append(Mark(x, str(number), title))
    return marks


def _counted(lane: str, spans: list[Span]) -> str:
    odd = Counter(span.look for span in spans if span.look in {"refused", "unclear", "unsent"})
    return f"{lane} {len(spans)}" + "".join(f" ({count} {look})" for look, count in odd.items())
