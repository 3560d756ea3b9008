"""What a load run performs: the calls of a load file, or one call alone."""

from dataclasses import dataclass
from pathlib import Path

from harness.documents.located import did_you_mean
from harness.errors import UsageError
from harness.scenario.call import Call
from harness.scenario.load import Closed, Load, Slo, Stage
from harness.scenario.loader import calls_of, read, shipped
from harness.scenario.planner import plan
from harness.scenario.sound import MARKS


@dataclass(frozen=True, slots=True)
class Workload:
    """Calls with their weights, and what a load file says about users and objectives."""

    name: str
    mix: tuple[tuple[Call, float], ...]
    references: dict[str, str]
    """By a call's name: its file, or its name where it is a shipped one."""
    users: int | None = None
    spawn_rate: float | None = None
    stages: tuple[Stage, ...] = ()
    slos: tuple[Slo, ...] = ()

    @property
    def seconds(self) -> float | None:
        """How long it is to run; None where nothing is said."""
        return sum(stage.lasting for stage in self.stages) or None

    @property
    def ramps(self) -> bool:
        """Whether its stages change the number of users."""
        return any(stage.ramp_to for stage in self.stages)

    def users_at(self, seconds: float) -> int | None:
        """Users at a moment of the run, by its stages; None when the last one is over."""
        users = float(self.users or 0)
        for stage in self.stages:
            target = stage.ramp_to.amount if stage.ramp_to else users
            if seconds < stage.lasting:
                return round(users + (target - users) * seconds / stage.lasting)
            seconds -= stage.lasting
            users = target
        return None

    def warm_up(self) -> None:
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
            expected = f"a YAML file's path, or one of {', '.join(known)}"
            raise UsageError(f"unknown scenario {text!r}; expected {expected}{did_you_mean(text, known)}")
        scenario = known[text]
    if isinstance(scenario, Call):
        return Workload(scenario.name, ((scenario, 1.0),), {scenario.name: text})
    return _of_load(scenario)


def _of_load(load: Load) -> Workload:
    if not isinstance(load.arrivals, Closed):
        raise UsageError(f"load {load.name}: this version drives closed arrivals only; expected {{model: closed}}")
    calls = calls_of(load)
    return Workload(
        name=load.name,
        mix=tuple(calls),
        references={
            call.name: str(share.place.file.parent / share.call)
            if share.call.endswith((".yaml", ".yml"))
            else share.call
            for (call, _), share in zip(calls, load.mix, strict=True)
        },
        users=load.arrivals.users,
        spawn_rate=load.arrivals.spawn_rate,
        stages=load.stages,
        slos=load.slo,
    )
