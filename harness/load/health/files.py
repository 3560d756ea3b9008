"""How many sessions this machine can hold: by its file descriptors, its ports and its memory. Asked before a run."""

import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from harness.errors import UnusableError
from harness.load.workload import Workload

_CONNECTIONS: Final = 2
"""Of a session: one for its requests, one for its stream."""
_RESERVED: Final = 256
"""Descriptors for everything else: Locust, its web UI and workers, report and histories."""
_MEMORY: Final = 64 * 1024
"""Bytes of a session; `make bench` measures what one takes."""
_MOST_FILES: Final = 1_048_576
"""What is asked for where nothing is forbidden; macOS would not take `RLIM_INFINITY`."""
_PORTS: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_MEMINFO: Final = Path("/proc/meminfo")


class Limit(NamedTuple):
    """What bounds the number of sessions."""

    sessions: int
    why: str
    remedy: str


def allow_many_files() -> None:
    """Raise the soft limit of open files to the hard one; the limit that Locust sets is 10,000."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def sessions_allowed(processes: int = 1) -> int:
    """Sessions that so many processes of this machine can hold at once."""
    return min(limit.sessions for limit in _limits(processes))


def check_room(sessions: int, processes: int = 1) -> None:
    """Raise `UnusableError` where so many sessions at once don't fit into so many processes of this machine."""
    for limit in _limits(processes):
        if sessions > limit.sessions:
            raise UnusableError(
                f"{sessions:,} sessions at once are more than this machine can hold: {limit.why}, "
                f"enough for {limit.sessions:,} sessions; {limit.remedy}"
            )


def check_users(workload: Workload, given: Mapping[str, Any], *, followed: bool) -> None:
    """Raise `UnusableError` where this machine has no room for the users of the flags, or of the web UI's form.

    Where the load's stages are `followed`, they are the users. Of workers on other machines nothing is known here, and
    arrivals of the open model are turned away one by one.
    """
    if workload.open or (given["master"] and not given["processes"]):
        return
    if followed:
        users = round(max(max(stretch.first, stretch.last) for stretch in workload.levels))
    else:
        users = int(given.get("user_count") or given["num_users"] or workload.users or 1)
    check_room(users, given["processes"] or 1)


def _limits(processes: int) -> list[Limit]:
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    limits = [
        Limit(
            max(descriptors - _RESERVED, 0) // _CONNECTIONS * processes,
            f"a process may have {descriptors:,} files open (`ulimit -Hn`), 2 of them for each session",
            f"raise that limit, take more --processes than {processes}, or spread the load over other machines",
        )
    ]
    if ports := _ports():
        limits.append(
            Limit(
                ports // _CONNECTIONS,
                f"it has {ports:,} local ports for one server (ip_local_port_range), 2 for each session",
                "widen that range with sysctl, or spread the load over other machines",
            )
        )
    if memory := _available():
        limits.append(
            Limit(
                memory // _MEMORY,
                f"{memory // 2**20:,} MiB of its memory are available, 64 KiB for each session",
                "free some, or spread the load over other machines",
            )
        )
    return limits


def _ports() -> int:
    """Local ports for connections to one address; 0 where the system does not tell."""
    try:
        first, last = map(int, _PORTS.read_text().split())
    except (OSError, ValueError):
        return 0
    return last - first + 1


def _available() -> int:
    """Bytes of memory that are to be had without swapping; 0 where the system does not tell."""
    try:
        lines = _MEMINFO.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)
