"""Before a run: the flags, the faults in them, the sandbox where there is no host, and the load file's own wishes."""

import logging
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NoReturn, Protocol

import gevent
import msgspec

from harness.client.origin import Origin
from harness.errors import ExitCode, HarnessError, UsageError
from harness.load.arrivals.shape import Shape, staged
from harness.load.cluster.bundle import is_file, pack
from harness.load.cluster.keys import read_keys
from harness.load.conductor import Conductor
from harness.load.health.files import check_users
from harness.load.options import Settings, add_arguments, settle
from harness.load.under_way import UNDER_WAY, check_change, lasts_for
from harness.load.visit import visited
from harness.load.workload import Workload, load_workload
from harness.report.results import plural

_log = logging.getLogger("harness.load")

_CHATTER: Final = (
    "Shape test updating",
    "Sending spawn jobs",
    "Ramping to",
    "All users spawned",
    "Your selected spawn rate",
)
"""What Locust says, and warns of, at each step of a ramp: of a conducted run that is once a second."""


class Embedded(Protocol):
    """The sandbox of the run's own."""

    url: str

    def stop(self) -> None: ...


class Preparation:
    """What the user wants, as the master (or the one process that there is) reads it."""

    def __init__(
        self, sandbox: Callable[..., Embedded], mutants: Collection[str], conductor: Conductor | None = None
    ) -> None:
        """`sandbox` starts one with flags and an API key; `mutants` are the names that its flag `--mutant` takes."""
        self.conductor = conductor
        self._start_sandbox = sandbox
        self._mutants = mutants
        self._sandbox: Embedded | None = None
        self._host = ""
        self._is_declared = False
        self._files: TemporaryDirectory[str] | None = None
        self.forks = False
        """Whether this process has workers forked, or is one of those: they have its files, and its Ctrl-C."""

    def declare(self, parser: Any) -> None:
        """Add the flags; and look at them at once, since Locust forks its workers (`--processes`) before it says more.

        So a fault in them ends the one process that there is, and the workers share the memory of what is rendered.
        """
        add_arguments(parser)
        if self.conductor is not None:
            self.conductor.declare(parser)
            logging.getLogger("locust.runners").addFilter(lambda told: not told.msg.startswith(_CHATTER))
        if self._is_declared:
            return  # the web UI's page asks for the flags again
        self._is_declared = True
        given = vars(parser.parse_known_args()[0])
        if given["worker"]:
            return  # the master's flags count
        self.forks = bool(given["processes"])
        try:
            settings = settle(given, self._mutants, embedded=given["host"] is None)
            _check_amounts(given)
            _, workload = self._adopted(given, settings)
            if self.conductor is not None and (given["num_users"] or given["spawn_rate"]):
                raise UsageError(
                    "--users (-u) and --spawn-rate (-r): a search decides by itself how many sessions there are; "
                    "leave them out, or say where it begins and ends (--first, --most)"
                )
            if workload.open and (given["num_users"] or given["spawn_rate"]):
                raise UsageError(
                    f"load {workload.name}: its sessions begin at a rate of its own, whatever --users (-u) and "
                    "--spawn-rate (-r) say; leave them out, or change `arrivals` in a copy of its file"
                )
            if given["headless"] or given["autostart"] or given["processes"]:
                workload.render()
                gevent.get_hub().loop.update_now()  # timers count from the loop's time, which rendering let grow old
        except HarnessError as error:
            die(error)
        except KeyboardInterrupt:
            sys.exit(ExitCode.INTERRUPTED)

    def prepare(self, environment: Any) -> None:
        """Start a sandbox where there is no host, and take from the load file what the flags leave open.

        Raise `HarnessError`.
        """
        options = environment.parsed_options
        if not environment.host:
            self._embed(environment)
        self._host = environment.host
        workload = load_workload(options.scenario)
        asked = options.num_users or options.spawn_rate
        if self._is_followed(workload) and not asked and (options.headless or options.autostart):
            environment.shape_class = self._shape(workload, environment)
            return
        options.num_users = options.num_users or workload.users
        options.spawn_rate = options.spawn_rate or workload.spawn_rate
        options.run_time = options.run_time or workload.seconds

    def settled(self, environment: Any, form: dict[str, Any] | None = None) -> tuple[Settings, Workload]:
        """What a run that began now would do; `form` is that of the web UI. Raise `HarnessError`."""
        given = {**vars(environment.parsed_options), "host": environment.host, **(form or {})}
        settings = settle(given, self._mutants, embedded=self.is_embedded)
        if Origin.of(settings.host) != Origin.of(self._host):
            # Whoever can see the web UI could otherwise have the key sent to a server of theirs.
            raise UsageError(
                f"{settings.host}: locust was started for {self._host}, and its API key is for nobody else; "
                "to load another host, start locust with --host"
            )
        settings, workload = self._adopted(given, settings)
        followed = self._is_followed(workload) if form else environment.shape_class is not None
        check_users(workload, given, followed=followed)
        return settings, workload

    def admit(self, environment: Any, form: dict[str, Any]) -> None:
        """Have Locust follow the load of a form that is to start a run. Raise `HarnessError`."""
        settings, workload = self.settled(environment, form)
        if environment.runner.state in UNDER_WAY:
            check_change(environment, form)
            return
        visited(settings.deployment(), verify=settings.verify)  # what it finds is said in the page
        if not form.get("run_time"):
            environment.parsed_options.run_time = None  # and not that of the run before
        environment.shape_class = None
        if self._is_followed(workload):
            environment.shape_class = self._shape(workload, environment)
            _log.info("load %s: the number of users says nothing here of when sessions begin", workload.name)

    def keys(self, settings: Settings, workload: Workload, users: int) -> tuple[str, ...]:
        """The keys that sessions of a run of so many users have to themselves, and a word on what they allow."""
        keys = read_keys(Path(settings.keys)) if settings.keys else ()
        if workload.changes:
            users = max(users, *(round(max(stretch.first, stretch.last)) for stretch in workload.levels))
        if keys and workload.open:
            _log.info("%s: of the arrivals, those that find none free are turned away", plural(len(keys), "API key"))
        elif keys and users > len(keys):
            said = "%s and %s: no more sessions at once than keys, users wait for them (`key_wait`)"
            _log.warning(said, plural(users, "user"), plural(len(keys), "API key"))
        return keys

    def handed(self, settings: Settings, workload: Workload) -> dict[str, Any]:
        """What the master hands its workers: with the files that they may not have, and without keys of sessions'."""
        files = pack(settings.scenario, settings.profile, [call for call, _ in workload.mix])
        key = "" if settings.keys else settings.key
        handed: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(settings, files=files, key=key))
        return handed

    def received(self, settings: Settings) -> Settings:
        """The settings that a worker was handed, with the files laid out. Raise `UsageError`."""
        if self.forks:
            return settings
        self._clear_up()
        self._files = TemporaryDirectory(prefix="live-harness-")
        folder = Path(self._files.name)
        settings.files.unpack(folder)
        here = {
            name: settings.files.here(text, folder)
            for name in ("scenario", "profile")
            if (text := getattr(settings, name)) and is_file(text)
        }
        return msgspec.structs.replace(settings, **here)

    @property
    def is_embedded(self) -> bool:
        """Whether the host is a sandbox of our own."""
        return self._sandbox is not None

    def stop(self) -> None:
        """Stop the sandbox, and clear up."""
        self._clear_up()
        if self._sandbox is not None:
            self._sandbox.stop()

    def _clear_up(self) -> None:
        if self._files is not None:
            self._files.cleanup()

    def _adopted(self, given: Mapping[str, Any], settings: Settings) -> tuple[Settings, Workload]:
        """What a run with these flags does, which a conductor may have its own way with."""
        workload = load_workload(settings.scenario)
        if self.conductor is None:
            return settings, workload
        lasts = given["run_time"]
        given = {**given, "run_time": lasts_for(lasts) if isinstance(lasts, str) else lasts}  # a form has it as text
        return self.conductor.adopt(given, settings, workload)

    def _is_followed(self, workload: Workload) -> bool:
        """Whether it is not Locust's number of users that says how many there are at each moment."""
        return self.conductor is not None or workload.open is not None or workload.changes

    def _shape(self, workload: Workload, environment: Any) -> Shape:
        if self.conductor is None:
            return staged(workload, environment.runner)
        return Shape(self.conductor.users_at)

    def _embed(self, environment: Any) -> None:
        settings = settle({**vars(environment.parsed_options), "host": ""}, self._mutants, embedded=True)
        flags = ["--mutant", settings.mutant] if settings.mutant else []
        if self.conductor is not None:
            flags += self.conductor.sandbox
        self._sandbox = self._start_sandbox(*flags, api_key=settings.key)
        environment.host = self._sandbox.url
        _log.info("no --host: the load goes to a sandbox of the run's own, at %s", self._sandbox.url)


def _check_amounts(given: dict[str, Any]) -> None:
    """Zeros would be taken for nothing said."""
    for flag, name in {"--users (-u)": "num_users", "--run-time (-t)": "run_time"}.items():
        if given[name] is not None and given[name] <= 0:
            raise UsageError(f"{flag} {given[name]}: expected more than 0")


def die(error: HarnessError) -> NoReturn:
    """End the process as Locust does at faulty flags, with the exit code of the error."""
    sys.stderr.write(f"locust: error: {error}\n")
    sys.exit(error.exit_code)
