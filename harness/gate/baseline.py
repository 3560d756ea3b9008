"""The baseline: failures that are known, why each is put up with, and until when."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import msgspec

from harness.contract.catalogue import Catalogue
from harness.documents import yaml
from harness.documents.convert import convert, written
from harness.oracle.checks import CHECKED


def _reason(text: str) -> str:
    if not text.strip() or text.strip().upper().startswith("TODO"):
        raise ValueError(f"{text!r} is no reason yet; expected why the failure is put up with, and where it is tracked")
    return text


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no date; expected one such as 2026-12-31") from None


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A failure that is known."""

    requirement: str
    reason: Annotated[str, written(_reason, "why the failure is put up with")]
    expires: Annotated[date, written(_date, "a date such as 2026-12-31")]
    """The last day, in UTC, on which it is put up with."""
    probe: str = ""
    """The only probe in which it may show; empty for any."""

    def __str__(self) -> str:
        return f"{self.requirement} in {self.probe}" if self.probe else self.requirement


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a baseline file holds."""

    catalogue: Annotated[str, written(str, "a version of the catalogue, such as '1'")] = ""
    """The version that the deployment is held to; empty for the newest."""
    known: tuple[Known, ...] = ()


def load_baseline(path: Path, catalogue: Catalogue, probes: Collection[str]) -> Baseline:
    """The baseline in a file, of which each entry names a requirement that is checked, and perhaps one of `probes`.

    Raise `UsageError` with file, line and key path for whatever is wrong with it.
    """
    root = yaml.read(path)
    baseline = convert(root, Baseline)
    if baseline.catalogue and baseline.catalogue not in catalogue.versions:
        version = root.value["catalogue"]
        raise version.error(f"unknown catalogue version {version}", f"one of {', '.join(catalogue.versions)}")
    lines: dict[str, int] = {}
    for n, entry in enumerate(baseline.known):
        node = root.value["known"].value[n]
        if entry.requirement not in CHECKED:
            expected = "the id of a requirement that is checked, such as CHUNK-3"
            raise node.value["requirement"].error(f"{entry.requirement} can't fail", expected, among=CHECKED)
        if entry.probe and entry.probe not in probes:
            raise node.value["probe"].error(f"there is no probe {entry.probe!r}", among=probes)
        if str(entry) in lines:
            raise node.error(f"{entry} was given before, in line {lines[str(entry)]}", "each failure once")
        lines[str(entry)] = node.place.line
    return baseline


def draft(catalogue: str, kept: Iterable[Known], found: Mapping[str, str], expires: date) -> str:
    """The text of a baseline file: the entries `kept`, and the failures `found`, by requirement, with what happened.

    It can be loaded once somebody has written the reasons.
    """
    entries = [(entry, "") for entry in kept]
    entries += [(Known(requirement, "TODO", expires), happened) for requirement, happened in found.items()]
    lines = [_HEAD, f"catalogue: '{catalogue}'", "known:" if entries else "known: []"]
    for entry, happened in entries:
        lines += [f"  - requirement: {entry.requirement}"]
        lines += [f"    probe: {entry.probe}"] * bool(entry.probe)
        lines += [f"    # happened: {happened}"] * bool(happened)
        lines += [f"    reason: {json.dumps(entry.reason)}", f"    expires: {entry.expires}"]
    return "\n".join(lines) + "\n"


_HEAD: Final = """\
# Failures that are known. The gate (live-harness conform --baseline) does not fail by them until the day given, and
# fails by an entry that has expired or no longer fails. `probe` may limit an entry to one probe."""
