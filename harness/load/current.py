"""The run that is under way: all that is settled when it begins."""

import os
import time
from pathlib import Path
from typing import Any, Final

import gevent
import msgspec

from harness.client.deployment import Deployment
from harness.errors import UnusableError, UsageError
from harness.load.cluster.master import Master
from harness.load.cluster.worker import Worker
from harness.load.digest import digest
from harness.load.faults import words
from harness.load.health.counters import Counters
from harness.load.options import AGAINST_KEY, Settings
from harness.load.part import Part
from harness.load.preparation import Preparation
from harness.load.run import HISTORIES
from harness.load.visit import visited
from harness.load.workload import Workload, load_workload
from harness.report.environment import Environment, here
from harness.report.folder import open_folder

_FLAGS: Final = ("num_users", "spawn_rate", "run_time", "processes")
_FLAGS_OF_SEARCHES: Final = ("precision", "confidence", "hold", "processes")
"""What makes runs unlike: how long a search may last does not, nor where it begins."""


class Current(msgspec.Struct, frozen=True):
    """The run that is under way."""

    settings: Settings
    workload: Workload
    deployments: list[Deployment]
    """The first is the SUT; more only where a conductor compares them."""
    started: float
    embedded: bool
    keys: tuple[str, ...] = ()
    """Of which each is for one session at a time; on a worker they come later."""
    environment: Environment | None = None
    """A worker has none: it is the master's that is told."""
    counters: Counters | None = None
    """The SUT's own; a worker does not look at them."""

    def remarks(self, part: Part) -> list[str]:
        """Further notes on the run, of which this is what was seen."""
        try:
            told = self.counters.against(part.assessment.ledger) if self.counters else []
        except Exception as error:  # noqa: BLE001 -- the report must not be lost by it
            told = [f"the API's own counters could not be looked at: {words(error)}"]
        return [*told, *part.remarks]

    def __repr__(self) -> str:
        return f"Current({self.settings!r})"  # the keys stay out of every message


def current_run(preparation: Preparation, environment: Any, cluster: Master | Worker | None) -> Current:
    """The run that begins now, in this process. Raise `HarnessError`."""
    options = environment.parsed_options
    if isinstance(cluster, Worker):
        settings = msgspec.convert(options.live, Settings)
        cluster.begin(settings.folder)
        _check_histories(settings)
        settings = preparation.received(settings)
        workload = load_workload(settings.scenario)
        workload = workload.calls_alone if settings.conducted else workload
        return Current(settings, workload, settings.deployments(), time.time(), embedded=False)
    settings, workload = preparation.settled(environment)
    first, *others = settings.deployments()
    deployments = [visited(first, verify=settings.verify)]
    for each in others:
        try:
            deployments.append(visited(each, verify=settings.verify))
        except UnusableError as error:
            raise UnusableError(f"--against, whose key is that of {AGAINST_KEY} where it is set: {error}") from None
    folder = str(open_folder(Path(options.report), workload.name))
    seconds = options.run_time or settings.seconds or workload.seconds
    settings = msgspec.structs.replace(settings, folder=folder, seconds=seconds)
    keys = preparation.keys(settings, workload, environment.runner.target_user_count)
    if isinstance(cluster, Master):
        # Locust hands its workers every option that is not its own.
        options.live = preparation.handed(settings, workload)
        cluster.begin(folder, keys)
    else:
        _check_histories(settings)
    counters = None if settings.against else Counters(deployments[0], verify=settings.verify)
    # In a thread of the system's: it may have to render audio, and the web UI goes on meanwhile.
    environment = gevent.get_hub().threadpool.apply(_environment, (workload, options, settings.conducted))
    return Current(settings, workload, deployments, time.time(), preparation.is_embedded, keys, environment, counters)


def _environment(workload: Workload, options: Any, conducted: bool) -> Environment:
    flags = _FLAGS_OF_SEARCHES if conducted else _FLAGS
    return here(digest(workload), {name: str(value) for name in flags if (value := getattr(options, name)) is not None})


def _check_histories(settings: Settings) -> None:
    """Make the folder of the histories, once for all sessions. Raise `UsageError` where none can be written there."""
    if settings.record == "none":
        return
    folder, why = Path(settings.folder, HISTORIES), "permission denied"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK):
            return
    except OSError as error:
        why = str(error.strerror)
    raise UsageError(
        f"{folder.absolute()}: no histories can be written here: {why}; give a --report folder that can be written to "
        "on every machine with sessions, or --record none"
    )
