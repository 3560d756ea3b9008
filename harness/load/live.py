"""A load run's place in Locust: what happens at the events of its life.

`EventHook.fire` swallows what a listener raises, and prints a traceback: so no listener here lets anything out but
`SystemExit`, and nothing is judged in one.
"""

import logging
import signal
import threading
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import gevent
from locust.runners import MasterRunner, WorkerRunner

from harness.errors import ExitCode, HarnessError, UnusableError
from harness.load.arrivals.open_model import OpenModel
from harness.load.arrivals.shape import Shape
from harness.load.cluster.keys import Keys
from harness.load.cluster.master import Master, Share
from harness.load.cluster.worker import Worker
from harness.load.conductor import Conductor, Guarded, Step
from harness.load.course.intervals import Interval
from harness.load.current import Current, current_run
from harness.load.display.progress import StandardError
from harness.load.display.sight import Sight
from harness.load.faults import FAULT, contained, words
from harness.load.health.files import allow_many_files
from harness.load.measures.times import Counts
from harness.load.part import Part
from harness.load.preparation import Embedded, Preparation, die
from harness.load.result import result
from harness.load.run import LiveRun
from harness.load.under_way import stop_after
from harness.load.web import refuse_faulty_forms
from harness.report.console import print_run
from harness.report.folder import write_report
from harness.report.run import Run

_log = logging.getLogger("harness.load")


class Live:
    """What a locustfile hooks into Locust. In the web UI, one process has many runs, one after another."""

    def __init__(
        self,
        events: Any,
        sandbox: Callable[..., Embedded],
        mutants: Collection[str],
        conductor: Conductor | None = None,
    ) -> None:
        """`sandbox` starts the run's own one, where there is no host; `mutants` are the names that it knows.

        A `conductor` decides how many sessions there are; without one, the load file and Locust's flags do.
        """
        self.run: LiveRun | None = None
        """This process's sessions; None where it has none: on a master, and between runs."""
        self.arrivals: OpenModel | None = None
        """What begins this process's sessions where users don't."""
        self._preparation = Preparation(sandbox, mutants, conductor and Guarded(conductor))
        self._environment: Any = None
        self._cluster: Master | Worker | None = None
        self._current: Current | None = None
        self._gathered: tuple[Part, Counts, dict[str, str]] = (Part(), {}, {})
        self._interrupted = False
        self._initialised = threading.Event()
        self._sight: Sight
        self._finishing = threading.Lock()
        self._report: Run | None = None
        self._reason = ""
        events.init_command_line_parser.add_listener(self._preparation.declare)
        events.init.add_listener(self._init)
        events.test_start.add_listener(self._begin)
        events.test_stopping.add_listener(self._stopping)
        events.test_stop.add_listener(self._end)
        events.quit.add_listener(self._quit)

    def give_up(self, message: str, code: ExitCode) -> None:
        """There is no run, or no whole report of one: users that Locust starts all the same stop at once."""
        _log.error("%s", message)
        if isinstance(self._cluster, Worker):
            self._cluster.tell_trouble(message)
        run, arrivals = self.run, self.arrivals
        self._current = self.run = self.arrivals = None
        if arrivals is not None:
            gevent.spawn(arrivals.leave, 0.0)
        if run is not None:
            run.end()
        self._environment.process_exit_code, self._reason = code, message
        if self._report is not None:
            self._report.exit_code, self._report.headline = code, message
        self._sight.conclude(code.name.replace("_", " "), message)
        runner = self._environment.runner
        gevent.spawn(runner.quit if self._environment.web_ui is None else runner.stop)

    def _init(self, environment: Any, **_: Any) -> None:
        self._environment = environment
        # Added now and not before: what is added last hears of the quitting first, even before Locust's own runner.
        environment.events.quitting.add_listener(self._quitting)
        gevent.signal_handler(signal.SIGINT, self._interrupt)
        allow_many_files()
        if isinstance(environment.runner, WorkerRunner):
            environment.process_exit_code = ExitCode.OK  # the master has the verdict
            self._cluster = Worker(environment.runner, self._shared, self.announce, self._dealt)
            self._sight = Sight(environment)
            self._initialised.set()
            return
        if isinstance(environment.runner, MasterRunner):
            self._cluster = Master(environment.runner)
        try:
            self._preparation.prepare(environment)
        except HarnessError as error:
            die(error)
        except Exception as error:  # noqa: BLE001 -- Locust would print a traceback, and go on
            die(HarnessError(f"{FAULT}: {words(error)}"))
        self._sight = Sight(environment)
        if environment.web_ui is not None:
            refuse_faulty_forms(environment.web_ui.app, partial(self._preparation.admit, environment))
        self._initialised.set()

    @contained
    def _begin(self, environment: Any, **_: Any) -> None:
        self._initialised.wait()  # a worker that joins late may be told to start before Locust has set it up
        self._interrupted, self._report, self._reason = False, None, ""
        self._sight.forget()
        if not isinstance(self._cluster, Worker):
            environment.process_exit_code = ExitCode.NO_VERDICT  # as long as there is no report
        self._current = current = current_run(self._preparation, environment, self._cluster)
        if not isinstance(self._cluster, Master):
            # In a thread of the system's, so that the web UI goes on meanwhile, and a worker sends its heartbeats; it
            # reads those of the master only afterwards, see `Worker.begin`.
            gevent.get_hub().threadpool.apply(current.workload.render)
            if self._current is not current:
                return  # the run ended meanwhile
            worker, fire = environment.runner.worker_index, environment.events.request.fire
            self.run = LiveRun(current.settings, current.workload, current.deployments, worker, fire)
            self.run.pulse.start()
            self.arrivals = OpenModel(self.run, current.workload.open) if current.workload.open else None
            self._sight.begin(current.workload, current.settings.seconds, self._cluster, self.run)
            if isinstance(self._cluster, Worker):
                self.run.keys = Keys(self._cluster.give_back) if current.settings.keys else None
                self._cluster.ready(self.run.shed)
            else:
                self.run.keys = Keys() if current.keys else None
                self._dealt(current.keys, len(current.keys))
                self._shared(Share(index=0, count=1, elapsed=0.0, since=0.0))
        else:
            self._sight.begin(current.workload, current.settings.seconds, self._cluster)
        if self._preparation.conductor is not None and self._sight.watch is not None:
            crew = self._cluster if isinstance(self._cluster, Master) else self
            self._preparation.conductor.begin(current.settings, current.workload, self._sight.watch.course, crew)
            self._sight.watch.conducted = self._preparation.conductor.told
        if isinstance(environment.shape_class, Shape):
            # A conductor ends its run by itself, and says why.
            environment.shape_class.seconds = None if current.settings.conducted else current.settings.seconds
            if not isinstance(self._cluster, Master):
                environment.shape_class.begin()
        elif environment.web_ui is not None and current.settings.seconds:
            stop_after(current.settings.seconds, environment.runner, lambda: self._current is current)

    def _shared(self, share: Share) -> None:
        """This process's share of the run is another one."""
        self._sight.start(share.elapsed)
        if self.run is not None:
            self.run.begin(share.elapsed)
        if self.arrivals is not None:
            self.arrivals.share(share.index, share.count, since=share.since, now=share.elapsed)

    def count(self) -> int:
        """How many processes have sessions, where this is the only one."""
        return 1

    def announce(self, step: Step) -> None:
        """Have this process follow a conductor's step."""
        if self.run is not None:
            self.run.aim(step.target)
        if self.arrivals is not None and step.rate is not None:
            self.arrivals.step(step)

    def _dealt(self, keys: Sequence[str], most: int) -> None:
        if self.run is not None and self.run.keys is not None:
            self.run.keys.deal(keys, most)

    @contained
    def _stopping(self, environment: Any, **_: Any) -> None:
        if self.arrivals is not None:
            self.arrivals.leave(environment.stop_timeout)
        if isinstance(self._cluster, Master) and self._current is not None:
            self._gathered = self._cluster.collect()

    @contained
    def _end(self, environment: Any, **_: Any) -> None:
        with self._finishing:
            current, self._current = self._current, None
            run, self.run, self.arrivals = self.run, None, None
            course = self._sight.end()
            if run is not None:
                run.end()
            if current is not None:
                self._conclude(environment, current, run, course)

    def _conclude(self, environment: Any, current: Current, run: LiveRun | None, course: list[Interval]) -> None:
        if isinstance(self._cluster, Worker):
            self._cluster.tell(*(run.shed() if run else (Part(), {})))
            if not (self._cluster.has_heard_the_end or self._interrupted):
                environment.process_exit_code = ExitCode.NO_VERDICT
                _log.error("the master is gone: it has not ended the run, and there may be no report")
            return
        part, times, lost = self._gathered if run is None else (*run.shed(), {})
        self._report = report = result(
            current.settings,
            current.workload,
            part,
            times,
            current.started,
            embedded=current.embedded,
            interrupted=self._interrupted,
            lost=lost,
            course=course,
            remarks=current.remarks(part),
            environment=current.environment,
        )
        if self._preparation.conductor is not None:
            self._preparation.conductor.conclude(report)
        report.assessment.merge(part.against)
        environment.process_exit_code = report.exit_code
        try:
            write_report(report, Path(current.settings.folder))
            _log.info("report: %s", current.settings.folder)
        except UnusableError as error:  # what the run found is told all the same
            _log.error("%s", error)
            report.notes.append(str(error))
            environment.process_exit_code = report.exit_code = error.exit_code
        self._sight.conclude(report.outcome, report.headline, current.settings.folder, report.slos)
        if environment.web_ui is not None:
            print_run(report, StandardError())
        elif isinstance(self._cluster, Master) and not environment.runner.worker_count:
            gevent.spawn(environment.runner.quit)  # Locust only stops when it has lost its last worker

    def _interrupt(self) -> None:
        """Ctrl-C: end the run as if its time were up; the second one, or one where there is no run, leaves at once."""
        runner, web_ui = self._environment.runner, self._environment.web_ui
        is_worker = isinstance(self._cluster, Worker)
        if self._interrupted or (self._current is None and web_ui is None and not is_worker):
            _log.warning("interrupted%s", "" if self._interrupted else " before a run had begun: there is no report")
            raise SystemExit(ExitCode.INTERRUPTED)
        self._interrupted = self._current is not None
        if self._interrupted and is_worker and self._preparation.forks:
            return  # the master has had it too, and ends the run
        if self._interrupted:
            _log.info("Ctrl-C: the sessions in flight are cancelled; once more to leave at once")
        runner.quit()
        if web_ui is not None:
            web_ui.stop()

    @contained
    def _quitting(self, environment: Any, **_: Any) -> None:
        if self._current is not None:
            self._interrupted = True
        if not isinstance(environment.runner, MasterRunner):
            environment.runner.stop()  # Locust would do so only after it has decided on the exit code
        with self._finishing:
            pass  # a report may be being written

    @contained
    def _quit(self, **_: Any) -> None:
        self._preparation.stop()
        if self._report is not None:
            if self._environment.web_ui is None:
                print_run(self._report, StandardError())  # the last that Locust prints
        elif self._environment.process_exit_code and not isinstance(self._cluster, Worker):
            never = "no verdict: the time was up before the run had begun; give it more (--run-time, or the stages)"
            _log.error("%s", self._reason or never)
