"""Sessions that tests play and look at: what is behind the fixture `live_session`."""

import textwrap
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
import pytest

from harness.contract.catalogue import load_catalogue
from harness.documents import yaml
from harness.documents.convert import convert
from harness.documents.located import Node
from harness.errors import ExitCode, HarnessError
from harness.gate.judged_session import JudgedSession
from harness.gate.replay import replays
from harness.gate.verdict import conclude_sessions
from harness.history.observations import Ended, Event, Kind, Observation, Returned, Sent
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding
from harness.oracle.verdicts import Verdict
from harness.pytest_plugin.target import target
from harness.pytest_plugin.words import failure
from harness.scenario.call import Call, Probe
from harness.scenario.loader import find
from harness.scenario.planner import plan


class Reply(NamedTuple):
    """A request and what was answered."""

    request: Sent
    status: int | None
    """None where no whole reply came."""
    body: Any
    """The parsed JSON, or the first characters of what is none."""


@dataclass(frozen=True, slots=True)
class PlayedSession:
    """A session that is over."""

    history: list[Observation]
    """All that was seen, in order; `harness.history.observations` has the types."""
    ended: Ended
    """How it went, as far as the client is concerned."""
    findings: list[Finding]
    """What it broke of the contract, with the evidence."""
    verdicts: dict[str, Verdict]
    """On each requirement that it exercised, by id."""

    def events(self, name: str | None = None) -> list[Event]:
        """The events of that name, or all; `payload` is their data as JSON."""
        return [seen for seen in self.history if isinstance(seen, Event) and name in {None, seen.name}]

    def replies(self, kind: Kind | None = None) -> list[Reply]:
        """The replies to requests of that kind (start, attach, chunk, control), or to all, in the order of sending."""
        returned = {seen.n: seen for seen in self.history if isinstance(seen, Returned)}
        sent = [seen for seen in self.history if isinstance(seen, Sent) and kind in {None, seen.kind}]
        return [Reply(each, returned[each.n].status, returned[each.n].body) for each in sent if each.n in returned]


class Play(Protocol):
    """What the fixture gives."""

    def __call__(self, scenario: str | Path, *, seed: int = 1, judged: bool = True) -> PlayedSession: ...


class Sessions:
    """The sessions of one test."""

    def __init__(self, config: pytest.Config, test: str, folders: pytest.TempPathFactory) -> None:
        self._config = config
        self._test = test
        self._folders = folders
        self._played = 0

    def play(self, scenario: str | Path, *, seed: int = 1, judged: bool = True) -> PlayedSession:
        """Play a session to its end, and fail the test by whatever it broke."""
        history: list[Observation] = []
        self._played += 1
        try:
            session = self._performed(scenario, seed, history)
        except HarnessError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        except Exception:  # noqa: BLE001 -- pytest's own account of it would show arguments, the API key among them
            raise pytest.fail.Exception(traceback.format_exc(), pytrace=False) from None
        ended, seen = session.books.ended, session.assessment
        if session.interrupted or ended is None:
            raise KeyboardInterrupt
        if judged:
            self._judge(seen, scenario)
        return PlayedSession(history, ended, seen.findings, {name: t.verdict for name, t in seen.tallies.items()})

    def _performed(self, scenario: str | Path, seed: int, history: list[Observation]) -> JudgedSession:
        sut, planned = target(self._config), plan(_read(scenario), seed)
        label, takers = f"{self._test}-{self._played}", [history.append]
        session = JudgedSession(planned, sut.deployment, sut.connect(), sut.clock, label=label, takers=takers)
        session.perform()
        return session

    def _judge(self, seen: Assessment, scenario: str | Path) -> None:
        verdict = conclude_sessions(seen, load_catalogue())
        if verdict.exit_code not in {ExitCode.BROKEN, ExitCode.HARNESS} and not seen.problems:
            return
        commands = {}
        if seen.findings:
            option, file = self._config.getoption, self._file(scenario)
            commands = replays(
                seen.findings,
                {finding.scenario: file for finding in seen.findings},
                host=option("live_host"),
                profile=option("live_profile"),
                insecure=option("live_insecure"),
            )
        # In the words of a probe's failure, and without those of pytest, which show arguments, the API key among them.
        raise pytest.fail.Exception(str(failure(self._test, verdict, seen, self._config, commands)), pytrace=False)

    def _file(self, scenario: str | Path) -> Path:
        """The scenario as a file that `replay` reads; pytest keeps it for some runs, as it does what `tmp_path` has."""
        if isinstance(scenario, Path):
            return scenario.absolute()
        file = self._folders.mktemp("live-session") / "session.yaml"
        file.write_bytes(msgspec.json.encode(_plain(_parsed(scenario))))
        return file


def _plain(node: Node) -> Any:
    match node.value:
        case {"file": Node(value=str() as name)}:  # audio, beside the scenario wherever that is written
            return {"file": str(Path(name).absolute())}
        case dict() as entries:
            return {key: _plain(each) for key, each in entries.items()}
        case list() as each:
            return [_plain(one) for one in each]
        case value:
            return value


def _read(scenario: str | Path) -> Call:
    return find(str(scenario), Call) if isinstance(scenario, Path) else convert(_parsed(scenario), Probe)


def _parsed(scenario: str) -> Node:
    root = yaml.parse(textwrap.dedent(scenario).encode(), Path("live_session"))
    entries = root.value if isinstance(root.value, dict) else {"steps": root}
    unnamed = {"probe": Node("live-session", root.place), "exercises": Node([], root.place)}
    return Node(unnamed | entries, root.place)
