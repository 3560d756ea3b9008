"""A pytest plugin: probe files as tests, and sessions for tests of your own.

    pytest scenarios/probes --live-host https://api.example.com      # the key in the environment: LIVE_API_KEY
    pytest scenarios/probes --live-host ... -k CHUNK-3 -n 4          # by requirement; with pytest-xdist side by side

Each YAML file with `probe: NAME` is one test. It fails by what the gate (`live-harness conform`) fails by: a broken
requirement, or one that it is for and that something kept it from deciding. It is skipped where it is for nothing that
is judged, or that shows only where it is broken. Without `--live-host` no YAML file is touched.

The fixture `live_session` plays a session of your own, judged like any other; see there. It needs no `--live-host`:
without one it starts a sandbox. Until one of them is used, the plugin loads nothing else of the harness.
"""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.pytest_plugin.probes import ProbeFile
    from harness.pytest_plugin.sessions import Play


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("live-harness", "the Live Capture API")
    group.addoption("--live-host", metavar="URL", help="judge this deployment: YAML files of probes become tests")
    group.addoption("--live-profile", metavar="FILE", help="its profile, or the name of a shipped one")
    group.addoption("--live-insecure", action="store_true", help="accept any TLS certificate")
    group.addoption(
        "--live-max-wait", type=_duration, default=60.0, metavar="DURATION", help="longest wait at one point (60s)"
    )
    group.addoption("--live-seed", type=int, default=1, metavar="N", help="of every choice that probes make (1)")
    group.addoption(
        "--live-allow-unexercised", action="store_true", help="skip what could not be decided, and don't fail by it"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a host that can't be used before anything is collected."""
    if config.getoption("live_host") is not None:
        from harness.errors import UsageError  # noqa: PLC0415 -- loaded by those who use it, and nobody else
        from harness.pytest_plugin.target import named  # noqa: PLC0415 -- as above

        try:
            named(config)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ProbeFile | None":
    """Take YAML files of probes, where there is a deployment to judge."""
    if parent.config.getoption("live_host") is None or file_path.suffix not in {".yaml", ".yml"}:
        return None
    from harness.gate.probe_files import is_probe  # noqa: PLC0415 -- as above
    from harness.pytest_plugin.probes import ProbeFile  # noqa: PLC0415 -- as above

    return ProbeFile.from_parent(parent, path=file_path) if is_probe(file_path) else None


@pytest.fixture
def live_session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Play":
    """Play sessions against the deployment of `--live-host`, or without one against a sandbox; each call is a session.

        def test_a_gap_does_not_end_the_call(live_session):
            call = live_session('''
                - start
                - attach
                - push: 2
                - push: {fault: gap}
                - push: rest
                - finalize
                - await: done
            ''')
            assert [reply.status for reply in call.replies("chunk")] == [200, 200, 409, 200, 200]
            assert call.events("final_transcript")[0].payload["text"]

    It takes the steps of a scenario file; or a mapping with `steps` and whatever else a probe file holds, such as
    `audio`, `chunks` and `pace`; or the path of a scenario file. What comes back is a `PlayedSession`: its `history`,
    the `replies` and `events` in it, its `findings` and its `verdicts`.

    A session that breaks the contract fails the test where it is played, once it is over, with the evidence and the
    command that plays it again. With `judged=False` it is left to the test, which can look at its `findings`.
    """
    from harness.pytest_plugin.sessions import Sessions  # noqa: PLC0415 -- as above

    return Sessions(request.config, request.node.name, tmp_path_factory).play


def _duration(text: str) -> float:
    from harness.documents.quantities import duration  # noqa: PLC0415 -- as above

    try:
        return duration(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
