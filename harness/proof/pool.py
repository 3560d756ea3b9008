"""Many services proven at once, over the cores of this machine."""

import os
import signal
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process

from harness.proof.in_memory import assess, serve
from harness.proof.matrix import SERVICES, Matrix, Row, row


def prove(names: Collection[str], progress: Callable[[str, int, int], object]) -> Matrix:
    """The kill matrix of the services of these names.

    `progress` is told the name of each one that is through, how many are through, and how many there are.
    """
    workers = min(os.cpu_count() or 1, len(names))
    # Spawned: the same on every system, and no child inherits a lock that one of our threads happens to hold.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_belong_to_the_parent)
    try:
        rows: list[Row] = []
        for proven in pool.map(_prove, names):
            rows.append(proven)
            progress(proven.name, len(rows), len(names))
        return Matrix(rows)
    finally:
        pool.shutdown(cancel_futures=True)


def _belong_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_the_parent, daemon=True).start()


def _die_with_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # nobody is left to be told


def _prove(name: str) -> Row:
    altered, began = SERVICES[name], time.monotonic()
    return row(altered, assess(serve(altered.service)), time.monotonic() - began)
