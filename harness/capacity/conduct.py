"""Conducts the search: hands out levels, takes windows in, and lets the backlog run off in between."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from harness.capacity.search import Search
from harness.capacity.terms import Pace, Terms
from harness.capacity.trial import Purpose, Step, Trial
from harness.capacity.window import Window
from harness.report.certificate import Level
from harness.scenario.load import Slo

_SPREAD: Final = 10
"""Of the search's time, this part may go into spreading the sessions of a level, where sessions are longer."""
_HASTE: Final = 6
"""Times faster than its sessions would begin by themselves does a level begin that is tried in haste."""
_EASED: Final = 0.75
"""Of a level that went well: down to this, some of its sessions are cut off, and the others stay."""
_RUN_OFF: Final = 1.5
"""Times the lag that was seen last: what came last waits longer than that."""


class Wanted(NamedTuple):
    """What the load should be."""

    level: float
    """Sessions, or arrivals a second."""
    per_second: float
    """By so much may it change."""
    target: str


class Progress(NamedTuple):
    """For whoever watches."""

    target: str
    number: int
    """Of the level, from 1."""
    level: float
    purpose: Purpose
    phase: Literal["ramp", "settle", "hold", "drain", "over"]
    seconds: float
    """In this phase."""
    low: float
    high: float | None
    """The interval so far."""
    last: str
    """Why the last level ended, with its outcome."""


class Conduct:
    """A state machine over windows and time; `targets` are tried in turns."""

    def __init__(self, terms: Terms, slos: Sequence[Slo], pace: Pace, targets: Sequence[str] = ("",)) -> None:
        self._terms, self._slos, self._pace = terms, tuple(slos), pace
        self._searches = {target: Search(terms, pace) for target in targets}
        self._target = targets[0]
        self._evidence: dict[tuple[str, float], list[Window]] = {}
        self._now = self._phase_since = 0.0
        self._phase: Literal["ramp", "settle", "hold", "drain", "over"] = "drain"
        self._trial: Trial | None = None
        self._load = 0.0
        self._bunched = 0.0  # sessions that began from nothing in haste, and so are of one age
        self._drained: float | None = 0.0
        self._pause = 0.0
        self._wanted: Wanted | None = Wanted(0.0, 1.0, self._target)
        self.levels: list[Level] = []
        """All that were tried, in the order of time."""
        self.stopped = ""
        """Why it ended before there was an answer; empty where it did not."""

    def wanted(self, now: float) -> Wanted | None:
        """What the load should be at this second of the run; None when the search is over."""
        self._now = max(self._now, now)
        if self._now >= self._terms.seconds:
            self._finish(f"the {self._terms.seconds:.0f} s of the search were over")
        elif self._phase == "drain" and self._drained is not None and self._now >= self._drained:
            self._begin()
        return self._wanted

    def take(self, window: Window) -> None:
        """The next window of the run, in order."""
        self._now = max(self._now, window.end)
        if self._trial:
            self._trial.take(window)
            if self._trial.verdict:
                self._conclude(self._trial)
            else:
                self._enter(self._trial.phase)
        elif self._phase == "drain" and self._drained is None and window.start >= self._phase_since and not window.live:
            self._drained = max(self._now, self._phase_since + self._pause)

    def interrupt(self, now: float) -> None:
        """Nothing more will be tried; what was learned stays."""
        self._now = max(self._now, now)
        self._finish("it was interrupted")

    @property
    def progress(self) -> Progress:
        """How far it is."""
        edge = self._searches[self._target].edge
        step = self._trial.step if self._trial else None
        last = self.levels[-1] if self.levels else None
        return Progress(
            target=self._target,
            number=len([each for each in self.levels if each.target == self._target]) + (step is not None),
            level=step.level if step else last.level if last else 0.0,
            purpose=step.purpose if step else last.purpose if last else "rise",
            phase=self._phase,
            seconds=self._now - self._phase_since,
            low=edge.low,
            high=edge.high,
            last=f"{last.outcome}: {last.why}" if last else "",
        )

    def _begin(self) -> None:
        """The next step, of the target whose turn it is."""
        step = self._turn()
        if step is None:
            self._finish("")
            return
        self._start(step)

    def _turn(self) -> Step | None:
        for target in self._in_turns():
            if step := self._searches[target].next:
                self._target = target
                return step
        return None

    def _in_turns(self) -> list[str]:
        """All targets, from the one whose turn it is."""
        targets = [*self._searches]
        if not self.levels:
            return targets
        at = targets.index(self._target) + 1
        return [*targets[at:], *targets[:at]]

    def _start(self, step: Step, before: Trial | None = None) -> None:
        """Begin a step; `before` is the trial that it goes on from at the same level."""
        ramp = 0.0 if before else self._ramp(step)
        self._trial = Trial(
            step,
            self._terms,
            self._slos,
            self._pace,
            began=self._now,
            ramp=ramp,
            before=self._evidence.get((self._target, step.level), ()),
            onwards=before,
        )
        self._wanted = Wanted(step.level, abs(step.level - self._load) / ramp if ramp else step.level, self._target)
        if not self._load:
            self._bunched = step.level if step.hasty else 0.0
        self._load = step.level
        self._enter(self._trial.phase)

    def _ramp(self, step: Step) -> float:
        """Seconds. The ages of the sessions should spread, so that as many end in each second as begin."""
        spread = min(self._pace.call, self._terms.seconds / _SPREAD)
        if self._terms.unit == "sessions":
            spread *= abs(step.level - self._load) / step.level
        return max(spread / (_HASTE if step.hasty else 1), self._pace.interval)

    def _conclude(self, trial: Trial) -> None:
        level = self._book(trial)
        step = self._searches[self._target].next if len(self._searches) == 1 else None
        if step and level.outcome == "unresolved" and step.level == self._load:
            self._start(step, trial)
            return
        bunched = step and not step.hasty and self._bunched > step.level / 2
        if step and trial.calm and not bunched and step.level >= _EASED * self._load:
            self._start(step)
            return
        self._trial = None
        self._pause = _RUN_OFF * trial.drift.backlog + self._pace.interval
        self._drained = None
        self._wanted = Wanted(0.0, max(self._load, 1.0), self._target)
        self._load = 0.0
        self._enter("drain")
        if not self._turn_left():
            self._finish("")

    def _turn_left(self) -> bool:
        return any(search.next for search in self._searches.values())

    def _book(self, trial: Trial) -> Level:
        number = len([each for each in self.levels if each.target == self._target]) + 1
        level = trial.level(number, self._target, self._now)
        self.levels.append(level)
        self._searches[self._target].learn(level)
        if level.outcome != "invalid" and not level.provisional:
            self._evidence[self._target, level.level] = trial.counted
        return level

    def _finish(self, why: str) -> None:
        if self._phase == "over":
            return
        self._enter("over")
        self.stopped = why
        self._wanted = None
        if self._trial:
            self._trial.stop(why)
            self._book(self._trial)
            self._trial = None

    def _enter(self, phase: Literal["ramp", "settle", "hold", "drain", "over"]) -> None:
        if phase != self._phase:
            self._phase, self._phase_since = phase, self._now
