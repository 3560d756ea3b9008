"""YAML files of probes, collected as tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.contract.catalogue import load_catalogue
from harness.errors import ExitCode, HarnessError, UsageError
from harness.gate.bouts import CROWD
from harness.gate.probe_files import read_probe
from harness.gate.replay import replays
from harness.gate.runner import Gate
from harness.gate.terms import out_of_reach
from harness.gate.verdict import conclude
from harness.oracle.assessment import Assessment
from harness.oracle.checks import CHECKED
from harness.oracle.verdicts import Verdict
from harness.pytest_plugin.target import target
from harness.pytest_plugin.words import JudgedError, failure
from harness.scenario.call import Probe


def _idle(seen: Assessment, aims: list[str]) -> bool:
    """Whether nothing came in its way: what it is for is open, or only ever shows where it is broken."""
    return not (seen.problems or seen.too_long or any(seen.verdict(name) is Verdict.INCONCLUSIVE for name in aims))


class ProbeFile(pytest.File):
    """A file with one probe."""

    def collect(self) -> Iterator["ProbeTest"]:
        """Read it."""
        try:
            probe = read_probe(str(self.path))
        except UsageError as error:
            raise self.CollectError(str(error)) from None
        yield ProbeTest.from_parent(self, name=probe.name, probe=probe)


class ProbeTest(pytest.Item):
    """Plays the probe, and judges it."""

    def __init__(self, *, probe: Probe, **others: Any) -> None:
        super().__init__(**others)
        self._probe = probe
        self.extra_keyword_matches.update(probe.exercises)

    def runtest(self) -> None:
        """Raise `JudgedError` for what the gate would fail by."""
        sut, option = target(self.config), self.config.getoption
        for requirement, why in out_of_reach([self._probe], alone=sut.one_at_a_time, disabled=False).items():
            pytest.skip(f"{requirement} {why}")
        crowd = 0 if sut.one_at_a_time else CROWD
        gate = Gate(sut.deployment, sut.connect, sut.clock, crowd=crowd)
        gate.run([self._probe], option("live_seed"))
        if gate.interrupted:
            raise KeyboardInterrupt
        aims = [requirement for requirement in self._probe.exercises if requirement in CHECKED]
        verdict = conclude(gate.assessment, load_catalogue(), aims=aims)
        if verdict.exit_code is ExitCode.OK:
            return
        if verdict.exit_code is ExitCode.NO_VERDICT and (
            option("live_allow_unexercised") or _idle(gate.assessment, aims)
        ):
            pytest.skip(verdict.headline)
        commands = replays(
            gate.assessment.findings,
            {self._probe.name: self.path},
            host=option("live_host"),
            profile=option("live_profile"),
            insecure=option("live_insecure"),
            comparing=["--probes", str(self.path), "--seed", str(option("live_seed"))],
        )
        raise failure(self.name, verdict, gate.assessment, self.config, commands)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ARG002 -- pytest's signature
        """The gate's own words."""
        if isinstance(excinfo.value, JudgedError | HarnessError):
            return str(excinfo.value)
        return excinfo.getrepr(style="native")  # pytest's own would show arguments, the API key among them

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands, and what it is called."""
        return self.path, 0, self.name
