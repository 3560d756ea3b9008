"""What a session of a workload does on average, read off its plans."""

from collections.abc import Iterator
from itertools import pairwise
from statistics import fmean

from harness.capacity.terms import Pace
from harness.load.workload import Workload
from harness.scenario.plan import Plan, Push, Together
from harness.scenario.planner import plan
from harness.scenario.sound import MARKS


def pace(workload: Workload) -> Pace:
    """Its calls by their weights; what a plan leaves to the API (such as the wait for `done`) takes no time."""
    plans = [(plan(call, seed), weight) for call, weight in workload.mix for seed in range(MARKS)]
    total = sum(weight for _, weight in plans)

    def mean(of: list[float]) -> float:
        return sum(value * weight for value, (_, weight) in zip(of, plans, strict=True)) / total

    calls = [_lasting(each) for each, _ in plans]
    return Pace(
        call=mean(calls),
        longest=max(calls),
        chunks=mean([float(len(list(_pushes(each)))) for each, _ in plans]),
        interval=max(_interval(each) for each, _ in plans),
    )


def _lasting(planned: Plan) -> float:
    return max((action.at for action in planned.actions if action.at is not None), default=0.0)


def _pushes(planned: Plan) -> Iterator[Push]:
    for action in planned.actions:
        each = action.pushes if isinstance(action, Together) else [action]
        yield from (push for push in each if isinstance(push, Push) and push.right)


def _interval(planned: Plan) -> float:
    moments = [push.at for push in _pushes(planned) if push.at is not None]
    return fmean(later - earlier for earlier, later in pairwise(moments)) if len(moments) > 1 else 0.0
