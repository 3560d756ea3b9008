"""Probes from files of the user's own."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from harness.contract.catalogue import load_catalogue
from harness.documents import yaml
from harness.documents.located import Place
from harness.errors import UsageError
from harness.scenario.call import Probe
from harness.scenario.loader import find


def is_probe(file: Path) -> bool:
    """Whether a YAML file says that it holds a probe; others may lie beside it, and be whatever they like."""
    try:
        root = yaml.read(file).value
    except UsageError:  # perhaps a probe with a mistake in it: to be told, and not to be left alone
        with suppress(OSError):
            return any(line.startswith(b"probe:") for line in file.read_bytes().splitlines())
        return file.is_file()
    return isinstance(root, dict) and "probe" in root


def read_probe(file: str) -> Probe:
    """The probe in a YAML file; raise `UsageError` also where it exercises what the catalogue does not know."""
    probe = find(file, Probe)
    for requirement in probe.exercises:
        try:
            load_catalogue().find(requirement)
        except UsageError as error:
            raise Place(Path(file), path="exercises").error(str(error)) from None
    return probe


def probes_in(path: Path) -> Iterator[tuple[Probe, Path]]:
    """The probe in a file, or all below a folder, where calls, loads and profiles are left alone; `UsageError`."""
    files = [f for f in sorted(path.rglob("*.y*ml")) if is_probe(f)] if path.is_dir() else [path]
    if not files:
        raise UsageError(f"{path}: no probe in this folder; expected YAML files with `probe: NAME`")
    for file in files:
        yield read_probe(str(file)), file
