"""A load run's place in Locust: what happens at the events of its life.

`EventHook.fire` swallows what a listener raises, and prints a traceback: so no listener here lets anything out but
`SystemExit`, and nothing is judged in one.
"""

import logging
import resource
import signal
import threading
import time
from collections.abc import Callable, Collection
from functools import partial, wraps
from pathlib import Path
from typing import Any, Final

import gevent
import msgspec
from locust.runners import MasterRunner, WorkerRunner
from rich.console import Console

from harness.client.deployment import Deployment
from harness.errors import ExitCode, HarnessError
from harness.load.cluster import Master, Worker
from harness.load.options import Settings
from harness.load.part import Part
from harness.load.preparation import Embedded, Preparation, die, visited
from harness.load.result import result
from harness.load.run import LiveRun
from harness.load.web import refuse_faulty_forms
from harness.load.workload import Workload, load_workload
from harness.report.console import print_load
from harness.report.folder import open_folder, write_report
from harness.report.run import Run

_FILES: Final = 65_536
_FAULT: Final = "a fault of the harness, please report it"

_log = logging.getLogger("harness.load")


def _contained(listener: Callable[..., None]) -> Callable[..., None]:
    @wraps(listener)
    def contained(self: "Live", **given: Any) -> None:
        try:
            listener(self, **given)
        except HarnessError as error:
            self.give_up(str(error), error.exit_code)
        except Exception as error:  # noqa: BLE001 -- Locust would print a traceback, and go on
            self.give_up(f"{_FAULT}: {error!r}", ExitCode.HARNESS)

    return contained


class _Current(msgspec.Struct, frozen=True):
    """The run that is under way."""

    settings: Settings
    workload: Workload
    deployment: Deployment
    started: float
    embedded: bool


class Live:
    """What a locustfile hooks into Locust. In the web UI, one process has many runs, one after another."""

    def __init__(self, events: Any, sandbox: Callable[..., Embedded], mutants: Collection[str]) -> None:
        """`sandbox` starts the run's own one, where there is no host; `mutants` are the names that it knows."""
        self.run: LiveRun | None = None
        """This process's sessions; None where it has none: on a master, and between runs."""
        self._preparation = Preparation(sandbox, mutants)
        self._environment: Any = None
        self._cluster: Master | Worker | None = None
        self._current: _Current | None = None
        self._gathered: tuple[Part, list[str]] = (Part(), [])
        self._interrupted = False
        self._finishing = threading.Lock()
        self._report: Run | None = None
        events.init_command_line_parser.add_listener(self._preparation.declare)
        events.init.add_listener(self._init)
        events.test_start.add_listener(self._begin)
        events.test_stopping.add_listener(self._stopping)
        events.test_stop.add_listener(self._end)
        events.quit.add_listener(self._quit)

    def give_up(self, message: str, code: ExitCode) -> None:
        """There is no run, or no whole report of one: users that Locust starts all the same stop at once."""
        _log.error("%s", message)
        self._current = None
        self._environment.process_exit_code = code
        if self._report is not None:
            self._report.exit_code, self._report.headline = code, message
        if self._environment.web_ui is None:
            gevent.spawn(self._environment.runner.quit)

    def _init(self, environment: Any, **_: Any) -> None:
        self._environment = environment
        # Added now and not before: what is added last hears of the quitting first, even before Locust's own runner.
        environment.events.quitting.add_listener(self._quitting)
        gevent.signal_handler(signal.SIGINT, self._interrupt)
        _allow_many_files()
        if isinstance(environment.runner, WorkerRunner):
            environment.process_exit_code = ExitCode.OK  # the master has the verdict
            self._cluster = Worker(environment.runner)
            return
        if isinstance(environment.runner, MasterRunner):
            self._cluster = Master(environment.runner)
        try:
            self._preparation.prepare(environment)
        except HarnessError as error:
            die(error)
        except Exception as error:  # noqa: BLE001 -- Locust would print a traceback, and go on
            die(HarnessError(f"{_FAULT}: {error!r}"))
        if environment.web_ui is not None:
            refuse_faulty_forms(environment.web_ui.app, partial(self._preparation.settled, environment))

    @_contained
    def _begin(self, environment: Any, **_: Any) -> None:
        self._interrupted, self._report = False, None
        self._current = current = self._settled(environment)
        if not isinstance(self._cluster, Master):
            # In a thread of the system's, so that heartbeats and the web UI go on meanwhile.
            gevent.get_hub().threadpool.apply(current.workload.render)
            worker, fire = environment.runner.worker_index, environment.events.request.fire
            self.run = LiveRun(current.settings, current.workload, current.deployment, worker, fire)

    def _settled(self, environment: Any) -> _Current:
        options = environment.parsed_options
        if isinstance(self._cluster, Worker):
            settings = msgspec.convert(options.live, Settings)
            workload, deployment = load_workload(settings.scenario), settings.deployment()
            return _Current(settings, workload, deployment, time.time(), embedded=False)
        settings, workload = self._preparation.settled(environment)
        deployment = visited(settings.deployment(), verify=settings.verify)
        folder = str(open_folder(Path(options.report), workload.name))
        settings = msgspec.structs.replace(settings, folder=folder)
        if isinstance(self._cluster, Master):
            options.live = msgspec.to_builtins(settings)  # Locust hands its workers every option that is not its own
            self._cluster.begin(folder)
        return _Current(settings, workload, deployment, time.time(), self._preparation.is_embedded)

    @_contained
    def _stopping(self, **_: Any) -> None:
        if isinstance(self._cluster, Master) and self._current is not None:
            self._gathered = self._cluster.collect()

    @_contained
    def _end(self, environment: Any, **_: Any) -> None:
        with self._finishing:
            current, self._current = self._current, None
            run, self.run = self.run, None
            if current is not None:
                self._conclude(environment, current, run)

    def _conclude(self, environment: Any, current: _Current, run: LiveRun | None) -> None:
        part, lost = self._gathered if run is None else (run.part(), [])
        if isinstance(self._cluster, Worker):
            self._cluster.tell(current.settings.folder, part)
            return
        self._report = report = result(
            current.settings,
            current.workload,
            part,
            current.started,
            embedded=current.embedded,
            interrupted=self._interrupted,
            lost=lost,
        )
        environment.process_exit_code = report.exit_code
        write_report(report, Path(current.settings.folder))
        _log.info("report: %s", current.settings.folder)
        if environment.web_ui is not None:
            print_load(report, Console(stderr=True))

    def _interrupt(self) -> None:
        """Ctrl-C: end the run as if its time were up; the second one, or one where there is no run, leaves at once."""
        runner, web_ui = self._environment.runner, self._environment.web_ui
        is_worker = isinstance(self._cluster, Worker)
        if self._interrupted or (self._current is None and web_ui is None and not is_worker):
            raise SystemExit(ExitCode.INTERRUPTED)
        self._interrupted = self._current is not None
        if self._interrupted and is_worker:
            return  # the master has had it too, and ends the run
        if self._interrupted:
            _log.info("Ctrl-C: the sessions in flight are cancelled; once more to leave at once")
        runner.quit()
        if web_ui is not None:
            web_ui.stop()

    @_contained
    def _quitting(self, environment: Any, **_: Any) -> None:
        if self._current is not None:
            self._interrupted = True
        if not isinstance(environment.runner, MasterRunner):
            environment.runner.stop()  # Locust would do so only after it has decided on the exit code
        with self._finishing:
            pass  # a report may be being written

    @_contained
    def _quit(self, **_: Any) -> None:
        self._preparation.stop()
        if self._report is not None and self._environment.web_ui is None:
            print_load(self._report, Console(stderr=True))  # the last that Locust prints


def _allow_many_files() -> None:
    """A session may hold two connections and a history; the limit of files that Locust sets is 10,000."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
