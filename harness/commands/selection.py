"""Which probes a gate runs, and which requirements it aims at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.contract.catalogue import load_catalogue
from harness.documents.located import Place, did_you_mean
from harness.errors import UsageError
from harness.gate.probe_files import probes_in
from harness.oracle.checks import CHECKED
from harness.scenario.call import Probe
from harness.scenario.loader import shipped

SHIPPED: Final = "shipped"
"""Stands for the probes that ship with the harness, among the paths of others."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The probes of a run."""

    probes: list[Probe]
    files: dict[str, Path]
    """Where probes of the user's own stand, by their names."""
    names: frozenset[str]
    """Of all probes there are, chosen or not."""
    aims: list[str] | None
    """The requirements that must be decided; None for all that are checked."""
    unchecked: list[str]
    """What was aimed at as well, and no check judges."""


def select(only: Sequence[str], paths: Sequence[str]) -> Selection:
    """The probes in `paths` (without any, those shipped), of which `only` may name some, or their requirements.

    Raise `UsageError`.
    """
    ours = {s.name: s for s in shipped() if isinstance(s, Probe)}
    whole = not paths or SHIPPED in paths
    probes, files = dict(ours if whole else {}), dict[str, Path]()
    for probe, file in (found for path in paths if path != SHIPPED for found in probes_in(Path(path))):
        if probe.name in probes:
            there = files.get(probe.name, "the shipped probes")
            raise Place(file).error(f"there is a probe {probe.name!r} in {there}, too", "a name of its own for each")
        probes[probe.name], files[probe.name] = probe, file
    _understand(only, probes)
    chosen = [p for p in probes.values() if not only or p.name in only or set(p.exercises) & set(only)]
    wanted = dict.fromkeys(r for p in chosen for r in p.exercises if not only or r in only or p.name in only)
    return Selection(
        probes=chosen,
        files=files,
        names=frozenset(ours | probes),
        aims=None if whole and not only else [r for r in wanted if r in CHECKED],
        unchecked=[r for r in wanted if r not in CHECKED] if only or not whole else [],
    )


def _understand(only: Sequence[str], probes: dict[str, Probe]) -> None:
    unchecked = {row.id: row.judged for row in load_catalogue().requirements if row.id not in CHECKED}
    ids = {requirement for probe in probes.values() for requirement in probe.exercises}
    for wanted in only:
        if wanted in unchecked:
            raise UsageError(f"--only {wanted}: no check judges it ({unchecked[wanted]})")
        if wanted not in probes.keys() | ids:
            hint = did_you_mean(wanted, sorted(probes.keys() | ids))
            raise UsageError(f"--only {wanted}: neither a probe nor a requirement that one exercises{hint}")
