"""A load run's place in Locust: what happens at the events of its life.

`EventHook.fire` swallows what a listener raises, and prints a traceback: so no listener here lets anything out but
`SystemExit`, and nothing is judged in one.
"""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NoReturn, Protocol

import gevent
import msgspec
from locust.runners import MasterRunner, WorkerRunner
from rich.console import Console

from harness.errors import ExitCode, HarnessError
from harness.load.cluster import Master, Worker
from harness.load.options import Settings, add_arguments, settle
from harness.load.part import Part
from harness.load.result import result
from harness.load.run import LiveRun
from harness.load.stages import Stages
from harness.load.web import refuse_faulty_forms
from harness.load.workload import Workload, load_workload
from harness.report.console import print_load
from harness.report.folder import open_folder, write_report
from harness.report.run import Run

_log = logging.getLogger("harness.load")


class Embedded(Protocol):
    """The sandbox of the run's own."""

    url: str

    def stop(self) -> None: ...


class _Current(msgspec.Struct, frozen=True):
    """The run that is under way."""

    settings: Settings
    workload: Workload
    started: float
    embedded: bool


class Live:
    """What a locustfile hooks into Locust. In the web UI, one process has many runs, one after another."""

    def __init__(self, events: Any, sandbox: Callable[..., Embedded], mutants: Collection[str]) -> None:
        """`sandbox` starts one with flags and an API key; `mutants` are the names that its flag `--mutant` takes."""
        self.run: LiveRun | None = None
        """This process's sessions; None where it has none: on a master, and between runs."""
        self._start_sandbox = sandbox
        self._mutants = mutants
        self._sandbox: Embedded | None = None
        self._environment: Any = None
        self._cluster: Master | Worker | None = None
        self._current: _Current | None = None
        self._gathered: tuple[Part, list[str]] = (Part(), [])
        self._interrupted = False
        self._finishing = threading.Lock()
        self._report: Run | None = None
        self._is_checked = False
        events.init_command_line_parser.add_listener(self._declare)
        events.init.add_listener(self._init)
        events.test_start.add_listener(self._begin)
        events.test_stopping.add_listener(self._stopping)
        events.test_stop.add_listener(self._end)
        events.quit.add_listener(self._quit)

    # Before any run

    def _declare(self, parser: Any) -> None:
        """Add the flags; and look at them at once, since Locust forks its workers (`--processes`) before it says more.

        So faults end the one process that there is, and the workers share the memory of what is rendered.
        """
        add_arguments(parser)
        if self._is_checked:
            return  # the web UI's page asks for the flags again
        self._is_checked = True
        given = vars(parser.parse_known_args()[0])
        if given["worker"]:
            return  # the master's flags count
        try:
            settle(given, self._mutants, embedded=not given["host"])
            workload = load_workload(given["scenario"])
            if given["headless"] or given["autostart"] or given["processes"]:
                workload.warm_up()
        except HarnessError as error:
            _die(error)

    def _init(self, environment: Any, **_: Any) -> None:
        self._environment = environment
        # Added now and not before: what is added last hears of the quitting first, even before Locust's own runner.
        environment.events.quitting.add_listener(self._quitting)
        gevent.signal_handler(signal.SIGINT, self._interrupt)
        runner = environment.runner
        if isinstance(runner, WorkerRunner):
            environment.process_exit_code = ExitCode.OK  # the master has the verdict
            self._cluster = Worker(runner)
            return
        if isinstance(runner, MasterRunner):
            self._cluster = Master(runner)
        try:
            self._prepare(environment)
        except HarnessError as error:
            _die(error)
        if environment.web_ui is not None:
            refuse_faulty_forms(environment.web_ui.app, self._check)

    def _prepare(self, environment: Any) -> None:
        """Start a sandbox where there is no host, and take from the load file what the flags leave open."""
        settings = settle(self._given(), self._mutants, embedded=not environment.host)
        workload = load_workload(settings.scenario)
        if not environment.host:
            flags = ["--mutant", settings.mutant] if settings.mutant else []
            # The terminal's Ctrl-C goes to the sandbox as well, which must be there until the sessions are cancelled:
            # a signal that is blocked now is blocked for it, too.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                self._sandbox = self._start_sandbox(*flags, api_key=settings.key)
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            environment.host = self._sandbox.url
            _log.info("no --host: this run has a sandbox of its own at %s", self._sandbox.url)
        options = environment.parsed_options
        asked = options.num_users or options.spawn_rate or options.run_time
        if workload.ramps and not asked and (options.headless or options.autostart):
            environment.shape_class = Stages(workload)
            environment.shape_class.runner = environment.runner
            return
        options.num_users = options.num_users or workload.users
        options.spawn_rate = options.spawn_rate or workload.spawn_rate
        options.run_time = options.run_time or workload.seconds

    def _given(self) -> dict[str, Any]:
        return {**vars(self._environment.parsed_options), "host": self._environment.host}

    def _check(self, form: dict[str, Any]) -> None:
        """Raise `UsageError` where a run can't begin with what the web UI's form says."""
        given = self._given() | form
        settle(given, self._mutants, embedded=self._is_embedded(given["host"]))
        load_workload(given["scenario"])

    def _is_embedded(self, host: str | None) -> bool:
        return self._sandbox is not None and host == self._sandbox.url

    # One run

    def _begin(self, environment: Any, **_: Any) -> None:
        try:
            self._interrupted, self._report = False, None
            self._current = current = self._settled(environment)
            if not isinstance(self._cluster, Master):
                # In a thread of the system's, so that heartbeats and the web UI go on meanwhile.
                gevent.get_hub().threadpool.apply(current.workload.warm_up)
                worker = getattr(environment.runner, "worker_index", 0)
                self.run = LiveRun(current.settings, current.workload, worker, environment.events.request.fire)
        except HarnessError as error:
            self._give_up(str(error), error.exit_code)
        except Exception as error:  # noqa: BLE001 -- see the module's text
            self._give_up(f"a fault of the harness, please report it: {error!r}", ExitCode.HARNESS)

    def _settled(self, environment: Any) -> _Current:
        options = environment.parsed_options
        if isinstance(self._cluster, Worker):
            settings = msgspec.convert(options.live, Settings)
            return _Current(settings, load_workload(settings.scenario), time.time(), embedded=False)
        embedded = self._is_embedded(environment.host)
        settings = settle(self._given(), self._mutants, embedded=embedded)
        workload = load_workload(settings.scenario)
        folder = str(open_folder(Path(options.report), workload.name))
        settings = msgspec.structs.replace(settings, folder=folder)
        if isinstance(self._cluster, Master):
            options.live = msgspec.to_builtins(settings)  # Locust hands its workers every option that is not its own
            self._cluster.begin(folder)
        return _Current(settings, workload, time.time(), embedded)

    def _stopping(self, **_: Any) -> None:
        if isinstance(self._cluster, Master) and self._current is not None:
            self._gathered = self._cluster.collect()

    def _end(self, environment: Any, **_: Any) -> None:
        with self._finishing:
            current, self._current = self._current, None
            run, self.run = self.run, None
            if current is None:
                return
            try:
                self._conclude(environment, current, run)
            except Exception as error:  # noqa: BLE001 -- see the module's text
                self._give_up(f"a fault of the harness, please report it: {error!r}", ExitCode.HARNESS)

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
        try:
            write_report(report, Path(current.settings.folder))
            _log.info("report: %s", current.settings.folder)
        except HarnessError as error:
            self._give_up(str(error), error.exit_code)
        if environment.web_ui is not None:
            print_load(report, Console(stderr=True))

    def _give_up(self, message: str, code: ExitCode) -> None:
        """No run, or none that can be told of: users that Locust starts all the same stop at once."""
        _log.error("%s", message)
        self._environment.process_exit_code = code
        if self._environment.web_ui is None and self._environment.runner is not None:
            gevent.spawn(self._environment.runner.quit)

    # Leaving

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

    def _quitting(self, environment: Any, **_: Any) -> None:
        if self._current is not None:
            self._interrupted = True
        if environment.runner is not None and not isinstance(environment.runner, MasterRunner):
            environment.runner.stop()  # Locust would do so only after it has decided on the exit code
        with self._finishing:
            pass  # a report may be being written

    def _quit(self, **_: Any) -> None:
        if self._report is not None and self._environment.web_ui is None:
            print_load(self._report, Console(stderr=True))
        if self._sandbox is not None:
            self._sandbox.stop()


def _die(error: HarnessError) -> NoReturn:
    sys.stderr.write(f"locust: error: {error}\n")
    sys.exit(error.exit_code)
