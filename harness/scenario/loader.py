"""From a scenario file, or the name of a shipped one, to what it holds."""

from pathlib import Path
from typing import Final, TypeVar

from harness.contract.profile import Profile
from harness.contract.profile_file import load_profile
from harness.documents import yaml
from harness.documents.convert import convert
from harness.documents.located import Place, did_you_mean
from harness.errors import UsageError
from harness.scenario.call import Call, Probe
from harness.scenario.load import Load

Scenario = Call | Load  # a probe is a call, too
S = TypeVar("S", bound=Scenario)

KINDS: Final[dict[str, type[Scenario]]] = {"call": Call, "probe": Probe, "load": Load}
"""By the key that names a scenario in its file."""

_PACKAGE: Final = Path(__file__).parents[1]
_INSTALLED: Final = _PACKAGE / "shipped" / "scenarios"
SHIPPED: Final = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "scenarios"
"""The shipped files: inside the package in a wheel, at the top in a checkout."""


def read(path: Path) -> Scenario:
    """The scenario in a file. Raise `UsageError` with file, line and key path for whatever is wrong with it."""
    return _checked(_converted(path))


def find(text: str, kind: type[S], beside: Path = Path()) -> S:
    """A scenario by the name of a shipped one, or by the path of a YAML file, relative to `beside`.

    Raise `UsageError`.
    """
    path = beside / text if text.endswith((".yaml", ".yml")) else _neighbour(text, beside) or _shipped_path(text, kind)
    scenario = _converted(path)
    if not isinstance(scenario, kind):
        raise Place(path).error(f"a {_word(type(scenario))}", f"a {_word(kind)}")
    return _checked(scenario)


def calls_of(load: Load) -> list[tuple[Call, float]]:
    """The calls of a load's mix, with their weights; raise `UsageError` at the line that names one of no use."""
    found = []
    for share in load.mix:
        try:
            found.append((find(share.call, Call, share.place.file.parent), share.weight))
        except UsageError as problem:
            raise share.place.error(str(problem)) from problem
    return found


def files_of(path: Path) -> list[Path]:
    """A scenario's file, and those of the calls that it names; not the shipped ones, which every installation has."""
    scenario = _converted(path)
    named = [share.call for share in scenario.mix] if isinstance(scenario, Load) else []
    beside = path.parent
    found = (beside / name if name.endswith((".yaml", ".yml")) else _neighbour(name, beside) for name in named)
    return [path, *filter(None, found)]


def shipped() -> list[Scenario]:
    """All that is shipped: calls, probes and loads, each by name."""
    return [read(path) for kind in KINDS.values() for path in _files(kind).values()]


def _converted(path: Path) -> Scenario:
    node = yaml.read(path)
    if not isinstance(node.value, dict):
        raise node.error(f"got {node}", "a mapping with `call: NAME`, `probe: NAME` or `load: NAME`")
    for key, kind in KINDS.items():
        if key in node.value:
            return convert(node, kind)
    first = next(iter(node.value), "")
    raise node.place.error("neither a call, a probe nor a load", "a key call, probe or load", got=first, among=KINDS)


def _checked(scenario: S) -> S:
    if isinstance(scenario, Load):
        calls_of(scenario)
    return scenario


def find_profile(text: str) -> Profile:
    """A deployment's profile, by the name of a shipped one or by the path of a YAML file. Raise `UsageError`."""
    if text.endswith((".yaml", ".yml")):
        return load_profile(Path(text))
    files = {path.stem: path for path in sorted((SHIPPED / "profiles").glob("*.yaml"))}
    if text not in files:
        expected = f"a YAML file's path, or one of {', '.join(files)}"
        raise UsageError(f"unknown profile {text!r}; expected {expected}{did_you_mean(text, files)}")
    return load_profile(files[text])


def _neighbour(name: str, beside: Path) -> Path | None:
    """The file of that name beside a load file, or in the folder of calls that lies beside its own."""
    places = (beside / f"{name}.yaml", beside.parent / "calls" / f"{name}.yaml") if beside != Path() else ()
    return next((path for path in places if path.is_file()), None)


def _shipped_path(name: str, kind: type[object]) -> Path:
    files = {stem: path for each in KINDS.values() if issubclass(each, kind) for stem, path in _files(each).items()}
    if name not in files:
        expected = f"a YAML file's path, or one of {', '.join(files)}"
        raise UsageError(f"unknown {_word(kind)} {name!r}; expected {expected}{did_you_mean(name, files)}")
    return files[name]


def _files(kind: type[Scenario]) -> dict[str, Path]:
    return {path.stem: path for path in sorted((SHIPPED / f"{_word(kind)}s").glob("*.yaml"))}


def _word(kind: type[object]) -> str:
    return kind.__name__.lower()
