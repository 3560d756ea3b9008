"""Profiles as YAML files; their durations are written as `5s` or `200ms`."""

from pathlib import Path

from harness.contract.profile import Profile
from harness.documents import yaml
from harness.documents.convert import convert


def load_profile(path: Path) -> Profile:
    """The profile in a file; raise `UsageError` with file, line and key path for whatever is wrong with it."""
    return convert(yaml.read(path), Profile)
