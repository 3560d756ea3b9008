"""The steps of a scenario as a whole: what can't follow one another is found before anything is sent."""

from dataclasses import dataclass
from typing import Annotated

from harness.documents.convert import by_hand
from harness.documents.located import Node
from harness.scenario.steps import (
    AnyStep,
    Artifacts,
    Attach,
    Await,
    Detach,
    Metrics,
    Push,
    Reattach,
    Silence,
    Start,
    Step,
    read_step,
)


class Steps(tuple[Step, ...]):
    """Steps that can follow one another."""

    __slots__ = ()


def read_steps(node: Node) -> Steps:
    """The list under `steps`; raise `UsageError` at the first step that makes no sense where it stands."""
    if not isinstance(node.value, list) or not node.value:
        raise node.error(f"got {node}", "a list of steps, of which `start` is the first")
    steps = Steps(read_step(item) for item in node.value)
    so_far = SoFar()
    for step in steps:
        try:
            so_far.take(step.do)
        except ValueError as problem:
            raise step.place.error(str(problem)) from None
    return steps


SomeSteps = Annotated[Steps, by_hand(read_steps, "a list of steps", type="array", items={"$ref": "#/$defs/Step"})]


@dataclass(slots=True)
class SoFar:
    """What the steps up to here have led to. `take` raises `ValueError`."""

    started: bool = False
    attached: bool = False
    pushed: int = 0
    used_up: bool = False
    over: str = ""
    """The step that ended ingestion."""

    def take(self, step: AnyStep) -> None:
        word = step.word()
        if self.over == "abandon":
            raise ValueError("a step after abandon; expected abandon to be the last")
        if not self.started and not isinstance(step, Start | Metrics | Silence):
            raise ValueError(f"{word} before start; expected `start` first")
        if not self.attached and isinstance(step, Detach | Reattach | Await | Artifacts):
            raise ValueError(f"{word} with no consumer attached; expected `attach` before it")
        match step:
            case Start():
                self._start(step)
            case Attach(fault=None):
                self._attach(step)
            case Detach():
                self.attached = False
            case Push():
                self._push(step)
            case _ if step.ends_ingestion:
                self.over = word

    def _start(self, step: Start) -> None:
        if self.started:
            raise ValueError("a start after the start; expected one session a scenario")
        self.started = step.fault is None

    def _attach(self, step: Attach) -> None:
        if self.attached and step.consumer == "first":
            raise ValueError("attached already; expected `attach: second`, `detach` or `reattach`")
        if not self.attached and step.consumer == "second":
            raise ValueError("a second consumer without a first; expected `attach` before it")
        self.attached = True

    def _push(self, step: Push) -> None:
        if self.over and step.fault != "late":
            raise ValueError(f"push after {self.over}; use `push: {{fault: late}}`")
        if self.used_up and step.takes_audio:
            raise ValueError("push after `push: rest`; the audio is used up")
        unmet = {
            "late": not self.over and "a late push needs a `finalize`, `cancel` or `expire` before it",
            "first-not-zero": self.pushed > 0 and "first-not-zero comes before any other push",
            "duplicate": self.pushed < 1 and "a duplicate needs a push before it",
            **{
                fault: self.pushed < 2 and f"{fault} needs two pushes before it"
                for fault in ("backwards", "other-bytes")
            },
        }
        if problem := unmet.get(step.fault or ""):
            raise ValueError(problem)
        if step.takes_audio:
            self.used_up = step.chunks == "rest"
            # The rest is at least one chunk when nothing was pushed yet, and may be none later.
            self.pushed += (not self.pushed) if step.chunks == "rest" else step.chunks * step.at_once
