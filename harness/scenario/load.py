"""What a load file holds: which calls, how many of them, when, and what they must achieve."""

from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from harness.contract.messages import EVENT_NAMES
from harness.documents import quantities
from harness.documents.convert import by_hand, scalar
from harness.documents.kinds import Duration, Rate
from harness.documents.located import Node, Place
from harness.scenario.call import Name

STATISTICS: Final = ("p50", "p90", "p95", "p99", "p99.9", "max", "mean")
TIMES: Final = ("start", "attach", "first_event", "ack", "control", "drain", "session")
MEASURES: Final[dict[str, quantities.Unit]] = {
    **{
        f"{time}.{statistic}": "seconds"
        for time in (*TIMES, *(f"lag.{event}" for event in EVENT_NAMES))
        for statistic in STATISTICS
    },
    "session.success": "fraction",
    "findings": "count",
}
"""What an SLO can speak of, and the unit of its threshold."""

_EXAMPLES: Final = {"seconds": "a duration such as < 500ms", "fraction": "a share such as ≥ 99.5%", "count": "= 0"}


class Share(NamedTuple):
    """A call of the mix, as named in the file, and its weight against the others."""

    call: str
    weight: float
    place: Place


def _read_mix(node: Node) -> tuple[Share, ...]:
    if not isinstance(node.value, dict) or not node.value:
        raise node.error(f"got {node}", "calls and their weights, such as {coaching: 80, hang-up: 20}")
    for weight in node.value.values():
        if type(weight.value) not in {int, float} or weight.value <= 0:
            raise weight.error(f"got {weight}", "a weight, more than 0")
    return tuple(Share(call, float(weight.value), weight.place) for call, weight in node.value.items())


class Slo(NamedTuple):
    """A measure and the threshold that it must keep."""

    measure: str
    threshold: quantities.Threshold


def _read_slos(node: Node) -> tuple[Slo, ...]:
    if not isinstance(node.value, dict):
        raise node.error(f"got {node}", "measures and thresholds, such as {ack.p99: < 500ms}")
    return tuple(_read_slo(measure, threshold) for measure, threshold in node.value.items())


def _read_slo(measure: str, given: Node) -> Slo:
    if measure not in MEASURES:
        expected = f"one of {', '.join(TIMES)} or lag.EVENT with .{', .'.join(STATISTICS)}; session.success; findings"
        raise given.place.error(f"unknown measure {measure!r}", expected, got=measure, among=MEASURES)
    threshold = scalar(given, quantities.threshold, _EXAMPLES[MEASURES[measure]])
    if threshold.unit != MEASURES[measure]:
        raise given.error(f"{given} does not fit", _EXAMPLES[MEASURES[measure]])
    return Slo(measure, threshold)


class Target(NamedTuple):
    """What a stage leads to."""

    amount: float
    unit: Literal["users", "per second"]
    place: Place


def _read_target(node: Node) -> Target:
    if type(node.value) is int and node.value >= 0:
        return Target(node.value, "users", node.place)
    return Target(scalar(node, quantities.rate, _TARGET), "per second", node.place)


_TARGET: Final = "users such as 200, or a rate such as 5/s"
_Target = Annotated[Target, by_hand(_read_target, _TARGET, type=["integer", "string"])]


class Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", tag_field="model", tag="closed"):
    """So many users, each with one session after another. What is left out, Locust's `-u` and `-r` say."""

    users: Annotated[int, msgspec.Meta(ge=1)] | None = None
    spawn_rate: Rate | None = None


class Open(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="model", tag="open"):
    """Sessions begin at a rate, however the earlier ones fare."""

    rate: Rate
    spacing: Literal["poisson", "even"] = "poisson"
    most: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Sessions at once; an arrival that finds no room is counted and turned away. None: what the machine can hold."""


class Stage(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={"lasting": "for", "ramp_to": "ramp-to", "step_to": "step-to", "spike_to": "spike-to"},
):
    """A stretch of the run. It leads evenly to a target, or goes there at once; without one it is more of the same."""

    lasting: Annotated[Duration, msgspec.Meta(gt=0)]
    ramp_to: _Target | None = None
    step_to: _Target | None = None
    spike_to: _Target | None = None
    """At once, and when the stage is over back to what was before."""

    def __post_init__(self) -> None:
        if sum(target is not None for target in (self.ramp_to, self.step_to, self.spike_to)) > 1:
            raise ValueError("a stage has two targets; expected one of ramp-to, step-to, spike-to")

    @property
    def target(self) -> Target | None:
        """That of its ramp, step or spike."""
        return self.ramp_to or self.step_to or self.spike_to


class Load(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"name": "load", "warm_up": "warm-up"}):
    """Many users."""

    name: Name
    mix: Annotated[
        tuple[Share, ...],
        by_hand(
            _read_mix,
            "calls and their weights",
            type="object",
            additionalProperties={"type": "number", "exclusiveMinimum": 0},
        ),
    ]
    about: str = ""
    arrivals: Closed | Open = Closed()
    stages: tuple[Stage, ...] = ()
    warm_up: Duration = 0.0
    """What is due before it is over is left out of the measures."""
    slo: Annotated[
        tuple[Slo, ...],
        by_hand(
            _read_slos,
            "measures and thresholds",
            type="object",
            properties={measure: {"type": "string"} for measure in MEASURES},
            additionalProperties=False,
        ),
    ] = ()

    def __post_init__(self) -> None:
        unit, example = ("per second", "a rate such as 5/s") if isinstance(self.arrivals, Open) else ("users", "200")
        targets = [stage.target for stage in self.stages if stage.target]
        for target in targets:
            if target.unit != unit:
                raise target.place.error(f"{target.unit} in the other model of arrivals", example)
        first = self.arrivals.rate if isinstance(self.arrivals, Open) else self.arrivals.users
        amounts = [first, *(target.amount for target in targets)]
        if amounts != [None] and not any(amounts):
            raise ValueError(f"no session would ever begin; expected {example} in arrivals or in a stage")
        if self.stages and self.warm_up >= sum(stage.lasting for stage in self.stages):
            raise ValueError("the warm-up is as long as all stages, so that nothing would be measured")
