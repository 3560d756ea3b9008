"""The run that is under way: all that is settled when it begins."""

import time
from pathlib import Path
from typing import Any

import msgspec

from harness.client.deployment import Deployment
from harness.load.cluster.master import Master
from harness.load.cluster.worker import Worker
from harness.load.health.counters import Counters
from harness.load.options import Settings
from harness.load.preparation import Preparation, visited
from harness.load.workload import Workload, load_workload
from harness.report.folder import open_folder


class Current(msgspec.Struct, frozen=True):
    """The run that is under way."""

    settings: Settings
    workload: Workload
    deployment: Deployment
    started: float
    embedded: bool
    keys: tuple[str, ...] = ()
    """Of which each is for one session at a time; on a worker they come later."""
    counters: Counters | None = None
    """The SUT's own; a worker does not look at them."""

    def __repr__(self) -> str:
        return f"Current({self.settings!r})"  # the keys stay out of every message


def current_run(preparation: Preparation, environment: Any, cluster: Master | Worker | None) -> Current:
    """The run that begins now, in this process. Raise `HarnessError`."""
    options = environment.parsed_options
    if isinstance(cluster, Worker):
        settings = msgspec.convert(options.live, Settings)
        cluster.begin(settings.folder)
        settings = preparation.received(settings)
        workload, deployment = load_workload(settings.scenario), settings.deployment()
        return Current(settings, workload, deployment, time.time(), embedded=False)
    settings, workload = preparation.settled(environment)
    deployment = visited(settings.deployment(), verify=settings.verify)
    folder = str(open_folder(Path(options.report), workload.name))
    seconds = options.run_time or workload.seconds
    settings = msgspec.structs.replace(settings, folder=folder, seconds=seconds)
    keys = preparation.keys(settings, workload, environment.runner.target_user_count)
    if isinstance(cluster, Master):
        # Locust hands its workers every option that is not its own.
        options.live = preparation.handed(settings, workload)
        cluster.begin(folder, keys)
    counters = Counters(deployment, verify=settings.verify)
    return Current(settings, workload, deployment, time.time(), preparation.is_embedded, keys, counters)
