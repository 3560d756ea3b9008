"""The requirement catalogue: each thing that the API document asks of a server, as data in `catalogue.yaml`."""

import functools
import re
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from harness.documents import yaml
from harness.documents.convert import convert, written
from harness.documents.located import did_you_mean
from harness.errors import UsageError

Tier = Literal["stated", "implied", "standard", "open", "own"]
"""Who says so: the document outright, the document to any careful reader, a standard that it builds on, nobody (servers
may differ), or we of ourselves."""


_JUDGED: Final = "checked, observed or `excluded: ` with the reason"


def _judged(text: str) -> str:
    if not re.fullmatch(r"checked|observed|excluded: \S.*", text):
        raise ValueError(f"{text!r} says nothing of the kind; expected {_JUDGED}")
    return text


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One row."""

    id: str
    tier: Tier
    text: str
    source: str
    """Section of the document by its heading, or paragraph of a standard."""
    exercised_by: str
    """What has to happen for it to be judged."""
    judged: Annotated[str, written(_judged, _JUDGED)]
    since: str = ""
    """The catalogue's version from which on it is checked, and checked as it is now; empty where nothing is checked."""
    note: str = ""
    """Why it is read so, where the document leaves room."""


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rows, in the order of the document."""

    version: str
    """Raised with every requirement that is added or read differently; recorded in each history."""
    requirements: tuple[Requirement, ...]

    @property
    def versions(self) -> list[str]:
        """This version and all before it."""
        return [str(n + 1) for n in range(int(self.version))]

    def find(self, requirement: str) -> Requirement:
        """The row of an id; raise `UsageError` where there is none."""
        rows = {row.id: row for row in self.requirements}
        if requirement not in rows:
            expected = "expected an id of the catalogue, such as CHUNK-3"
            raise UsageError(f"unknown requirement {requirement!r}; {expected}{did_you_mean(requirement, rows)}")
        return rows[requirement]

    def newer_than(self, version: str) -> frozenset[str]:
        """Ids of the requirements that are checked, as they are now, only since a later version; raise `UsageError`."""
        if version not in self.versions:
            raise UsageError(f"unknown catalogue version {version!r}; expected one of {', '.join(self.versions)}")
        return frozenset(row.id for row in self.requirements if row.since and int(row.since) > int(version))


@functools.cache
def load_catalogue() -> Catalogue:
    """The catalogue that ships with this version of the harness."""
    return convert(yaml.read(Path(__file__).with_suffix(".yaml")), Catalogue)
