"""One level, from the ramp to the verdict."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from harness.capacity.attainment import attain, by_far
from harness.capacity.drift import Drift
from harness.capacity.looks import Looks, hold, sampled, share
from harness.capacity.tally import tally
from harness.capacity.terms import Pace, Terms
from harness.capacity.window import Window
from harness.load.measures.slo import DEFAULT, holds
from harness.load.measures.times import SECOND
from harness.report.certificate import Attainment, Level, Outcome
from harness.scenario.load import Slo

Purpose = Literal["rise", "bisection", "repeat"]
Phase = Literal["ramp", "settle", "hold"]

_THERE: Final = 0.9
"""Of the sessions that were wanted."""
THROUGHPUT: Final = "throughput"
"""Binds where sessions hang."""
_THROUGH: Final = 0.75
"""Of the chunks that are offered."""
_GRACE: Final = 4.0
"""Seconds that windows come late, at most."""


class Step(NamedTuple):
    """What is to be tried next."""

    level: float
    purpose: Purpose
    hasty: bool = False
    """Whether it is enough that nothing speaks against going on."""


class Verdict(NamedTuple):
    """On a level."""

    outcome: Outcome
    why: str
    binding: str = ""
    early: bool = False


class Trial:
    """Takes the windows of a level, until there is a verdict."""

    def __init__(
        self,
        step: Step,
        terms: Terms,
        slos: Sequence[Slo],
        pace: Pace,
        *,
        began: float,
        ramp: float,
        before: Sequence[Window] = (),
        onwards: "Trial | None" = None,
    ) -> None:
        """`before` counted when this level was tried before; `onwards` is the trial that this one goes on from."""
        self.step: Final = step
        self.drift: Drift = onwards.drift if onwards else Drift(slos, pace)
        self.counted: list[Window] = [*before]
        """What the verdict rests on."""
        self.verdict: Verdict | None = None
        self._terms, self._pace = terms, pace
        self._slos = [*slos] if any(slo.measure == "session.success" for slo in slos) else [*slos, DEFAULT]
        self.ramped: float = onwards.ramped if onwards else began + ramp
        self._began = began
        self._before = len(before)
        self._seen: list[Window] = []  # since the ramp
        self._last: list[Window] = []  # two: in a ramp, what came in one came between its end and that of the other
        self._broken: set[str] = set()
        self._end = began
        self._looks: Looks | None = self._plan() if onwards else None

    @property
    def calm(self) -> bool:
        """Whether nothing is left behind that a lower level would have to work off."""
        if self.verdict is None or self.verdict.outcome == "invalid" or self._broken or not self._looks:
            return False
        return self.drift.growth is None and (self.verdict.outcome != "missed" or self.drift.steady)

    @property
    def phase(self) -> Phase:
        """What it is at."""
        if self._end < self.ramped:
            return "ramp"
        return "hold" if self._looks else "settle"

    def take(self, window: Window) -> None:
        """The next window; those that began before the level did say nothing of it."""
        if window.start < self._began or self.verdict:
            return
        self._end, self._last = window.end, [*self._last[-1:], window]
        self._broken |= window.broken
        if window.start >= self.ramped:
            self._seen.append(window)
            self.drift.take(window)
            if self._looks:
                self.counted.append(window)
        self.verdict = self._judge(window)

    def stop(self, why: str) -> None:
        """No more windows will come."""
        self.verdict = self.verdict or self._contract() or Verdict("unresolved", why, early=True)

    def level(self, number: int, target: str, ended: float) -> Level:
        """What came of it."""
        verdict = self.verdict or Verdict("unresolved", "it was not finished")
        counted = self.counted[self._before :]
        own = counted or self._seen or self._last
        return Level(
            number=number,
            target=target,
            level=self.step.level,
            purpose=self.step.purpose,
            outcome=verdict.outcome,
            why=verdict.why,
            binding=verdict.binding,
            early=verdict.early,
            provisional=self.step.hasty and verdict.outcome in {"kept", "missed"} and not self._broken,
            began=self._began,
            settled=counted[0].start if counted else own[-1].end if own else ended,
            ended=own[-1].end if own else ended,
            attainments=self._attainments(share(self._terms)),
            broken=sorted(self._broken),
            **tally(own),
        )

    def _judge(self, window: Window) -> Verdict | None:
        if found := self._contract():
            return found
        if not self._seen:
            return None
        if window.ill:
            return Verdict("invalid", f"the generator was the limit: {window.ill}")
        if (growth := self.drift.growth) and growth.certain:
            return Verdict("missed", growth.words, "growing lag", early=True)
        return self._look(window, self._looks) if self._looks else self._settle(window)

    def _contract(self) -> Verdict | None:
        if not self._broken:
            return None
        first = min(self._broken)
        return Verdict("missed", f"the contract was broken: {', '.join(sorted(self._broken))}", first, early=True)

    def _settle(self, window: Window) -> Verdict | None:
        """From the next window on it counts, or it will never come to that."""
        since = window.end - self.ramped
        missing = self._missing(window)
        if missing and since > 2 * self._pace.interval + _GRACE:
            return self._never_there(window, missing)
        least, most = (1, 3) if self.step.hasty else (2, max(self._pace.longest / 2 // window.length, 4))
        if not missing and (len(self._seen) >= most or (len(self._seen) >= least and self.drift.settled)):
            self._looks = self._plan()
        return None

    def _missing(self, window: Window) -> float:
        """Sessions that should be in flight, or have begun, and are not; 0 where they are no more than may be."""
        if self._terms.unit == "sessions":
            wanted, there, chance = self.step.level, window.live, 0.0
        else:
            wanted = self.step.level * sum(seen.length for seen in self._seen)
            there, chance = sum(seen.started for seen in self._seen), 2 * math.sqrt(wanted)
        return wanted - there if there < _THERE * wanted - chance - 1 else 0.0

    def _short(self, window: Window) -> str:
        if self._terms.unit == "sessions":
            return f"{window.live:,} sessions were in flight, where {self.step.level:,.6g} were wanted"
        return f"fewer sessions began than the {self.step.level:,.6g} a second that were wanted"

    def _never_there(self, window: Window, missing: float) -> Verdict:
        refused = sum(count for seen in self._seen for why, count in seen.trouble.items() if why.startswith("start: "))
        failed = max(sum(seen.ended.get("failed", 0) for seen in self._seen), refused)
        if failed and failed >= missing / 2:
            return Verdict("missed", f"{self._short(window)}; {failed:,} failed", "session.success", early=True)
        return Verdict("invalid", f"the generator was the limit: {self._short(window)}")

    def _plan(self) -> Looks:
        seen = sum(window.length for window in self.counted)
        windows = [*self.counted, *self._seen]
        return Looks(self._terms, hold(self.step.level, self._terms, self._slos, self._pace, windows), seen)

    def _look(self, window: Window, looks: Looks) -> Verdict | None:
        seconds = sum(counted.length for counted in self.counted)
        over = looks.over(seconds)
        if not looks.due(seconds):
            return None
        attainments = self._attainments(looks.tail if over else looks.early_tail)
        missed = [each for each in attainments if each.met is False and (over or by_far(each))]
        if missed:
            return Verdict("missed", _words(missed[0]), missed[0].measure, early=not over)
        stuck = self._stuck()
        if stuck and over:
            return Verdict("missed", stuck, THROUGHPUT)
        if not stuck and self.drift.growth is None and not self._missing(window):
            if over and all(each.met for each in attainments):
                return Verdict("kept", "all SLOs and the contract held" + self._cut_short(window))
            if self.step.hasty and self._seem(attainments):
                why = "nothing spoke against going on; too short for a verdict"
                return Verdict("kept", why, early=True)
        return Verdict("unresolved", self._open(window, attainments)) if over else None

    def _stuck(self) -> str:
        """Whether less comes through than so many sessions offer, in words.

        A session that hangs is in flight, and nobody ever hears how long it took: only what it does not send tells.
        """
        windows = self.counted or self._seen
        offered = self.step.level * self._pace.chunks * sum(window.length for window in windows)
        if self._terms.unit == "sessions":
            lasted: Counter[int] = Counter()
            for window in windows:
                lasted.update(window.times.get("session", {}))
            # By Little's law, sessions that last so long begin so often.
            whole = sum(time * count for time, count in lasted.items()) / SECOND / lasted.total() if lasted else 0.0
            offered /= max(whole, self._pace.call)
        came = sum(window.chunks for window in windows)
        if came >= _THROUGH * offered - 2 * math.sqrt(offered):
            return ""
        return f"{came:,} chunks came through, where about {offered:,.0f} were offered: sessions are stuck"

    def _cut_short(self, window: Window) -> str:
        held = window.end - self.ramped
        return f", for {held:.0f} s of each session" if held < self._pace.longest else " for whole sessions"

    def _seem(self, attainments: Sequence[Attainment]) -> bool:
        """Whether the figures as they are keep the SLOs, as far as there are any."""
        pairs = zip(self._slos, attainments, strict=True)
        return all(told.value is None or holds(slo.threshold, told.value) for slo, told in pairs)

    def _open(self, window: Window, attainments: Iterable[Attainment]) -> str:
        if growth := self.drift.growth:
            return f"{growth.words}, perhaps"
        words = [_words(each) for each in attainments if each.met is None]
        return "; ".join([*words, self._short(window)] if self._missing(window) else words)

    def _attainments(self, tail: float) -> list[Attainment]:
        windows, among = self.counted or self._seen, sampled(self._slos)
        return [attain(slo, windows, tail, call=self._pace.call, among=among) for slo in self._slos]


def _words(each: Attainment) -> str:
    return f"{each.measure} {each.threshold}: {each.why}"
