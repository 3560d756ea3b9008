"""Where a run was made and how it was set up: what two runs must share if their figures are to be compared."""

import os
import platform
from pathlib import Path

import msgspec


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Of the machine that drove the run. All but the first two are what `here` finds."""

    scenario: str = ""
    """A digest of what its sessions send and when, whatever the seed."""
    settings: dict[str, str] = {}
    """Of the run, by the names of flags: users, processes ..."""
    system: str
    processor: str
    cores: int
    """That this process may use."""
    python: str


def here(scenario: str = "", settings: dict[str, str] | None = None) -> Environment:
    """That of this process."""
    return Environment(
        scenario=scenario,
        settings=settings or {},
        system=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        python=f"{platform.python_implementation()} {platform.python_version()}",
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # no Linux
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
