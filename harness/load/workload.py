"""What a load run performs: the calls of a load file, or one call alone."""

from dataclasses import dataclass, replace
from pathlib import Path

from harness.documents.located import did_you_mean
from harness.errors import UsageError
from harness.load.arrivals.levels import Stretch, level_at, stretches
from harness.load.measures.slo import DEFAULT
from harness.scenario.call import Call, Probe
from harness.scenario.load import Closed, Load, Open, Slo, Stage
from harness.scenario.loader import calls_of, read, shipped
from harness.scenario.planner import plan
from harness.scenario.sound import MARKS


@dataclass(frozen=True, slots=True)
class Workload:
    """Calls with their weights, and what a load file says about arrivals and objectives."""

    name: str
    mix: tuple[tuple[Call, float], ...]
    references: dict[str, str]
    """By a call's name: its file, or its name where it is a shipped one."""
    users: int | None = None
    spawn_rate: float | None = None
    open: Open | None = None
    """Arrivals at a rate; None where so many users have one session after another."""
    stages: tuple[Stage, ...] = ()
    slos: tuple[Slo, ...] = (DEFAULT,)
    warm_up: float = 0.0
    """Seconds from the run's begin; what is due before they are over is left out of the measures."""

    @property
    def seconds(self) -> float | None:
        """How long it is to run; None where nothing is said."""
        return sum(stage.lasting for stage in self.stages) or None

    @property
    def changes(self) -> bool:
        """Whether its stages change the number of users, or the rate of arrivals."""
        return any(stage.target for stage in self.stages)

    @property
    def levels(self) -> tuple[Stretch, ...]:
        """Users, or arrivals a second, along the run."""
        return tuple(stretches(self.open.rate if self.open else self.users or 0, self.stages))

    def users_at(self, seconds: float) -> int:
        """Users at a moment of the run, by its stages."""
        return round(level_at(seconds, self.levels))

    @property
    def calls_alone(self) -> "Workload":
        """Without what its file says of how many there are, when, and what they must achieve."""
        return replace(self, users=None, spawn_rate=None, stages=(), slos=(), warm_up=0.0)

    def render(self) -> None:
        """Render all audio, so that no session waits for it. Raise `UsageError` where a plan can't be made."""
        for call, _ in self.mix:
            for seed in range(MARKS):
                plan(call, seed)


def load_workload(text: str) -> Workload:
    """The call or load in a YAML file, or the shipped one of that name. Raise `UsageError`."""
    if text.endswith((".yaml", ".yml")):
        scenario = read(Path(text))
    else:
        known = {each.name: each for each in shipped()}
        if text not in known:
            if Path(text).is_file():
                raise UsageError(f"scenario {text!r}: expected a YAML file, with a name that ends in .yaml or .yml")
            named = ", ".join(name for name, each in known.items() if not isinstance(each, Probe))
            expected = f"a YAML file's path, one of {named}, or a probe's name"
            raise UsageError(f"unknown scenario {text!r}; expected {expected}{did_you_mean(text, known)}")
        scenario = known[text]
    if isinstance(scenario, Call):
        return Workload(scenario.name, ((scenario, 1.0),), {scenario.name: text})
    return _of_load(scenario)


def _of_load(load: Load) -> Workload:
    calls = calls_of(load)
    closed = load.arrivals if isinstance(load.arrivals, Closed) else Closed()
    return Workload(
        name=load.name,
        mix=tuple(calls),
        references={
            call.name: str(share.place.file.parent / share.call)
            if share.call.endswith((".yaml", ".yml"))
            else share.call
            for (call, _), share in zip(calls, load.mix, strict=True)
        },
        users=closed.users,
        spawn_rate=closed.spawn_rate,
        open=load.arrivals if isinstance(load.arrivals, Open) else None,
        stages=load.stages,
        slos=load.slo or (DEFAULT,),
        warm_up=load.warm_up,
    )
