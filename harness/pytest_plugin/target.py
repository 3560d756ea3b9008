"""The deployment that a run of pytest talks to, found once in each process."""

import os
from dataclasses import dataclass

import msgspec
import pytest

from harness.client.clock import Clock, SystemClock
from harness.client.deployment import Deployment
from harness.client.over_httpx import OverHttpx
from harness.client.preflight import preflight
from harness.client.transport import Connect
from harness.client.urls import split_host
from harness.contract.messages import KEY_VARIABLE
from harness.contract.profile import Profile
from harness.errors import HarnessError, UsageError
from harness.sandbox.child import Sandbox
from harness.sandbox.settings import DEFAULT_KEY
from harness.scenario.loader import find_profile


@dataclass(frozen=True, slots=True)
class Target:
    """What a session needs."""

    deployment: Deployment
    connect: Connect
    clock: Clock
    one_at_a_time: bool
    """A key holds one session at a time there."""


_KNOWN = pytest.StashKey[Target | HarnessError]()


def named(config: pytest.Config) -> Deployment | None:
    """The deployment of the command line, None where it names none; raise `UsageError`."""
    host = config.getoption("live_host")
    if host is None:
        return None
    origin, prefix = split_host(host)
    key = os.environ.get(KEY_VARIABLE)
    if not key:
        raise UsageError(f"--live-host: no API key: set {KEY_VARIABLE} in the environment")
    profile = config.getoption("live_profile")
    return Deployment(origin, prefix, key, find_profile(profile) if profile else Profile())


def target(config: pytest.Config) -> Target:
    """The deployment, after a look at it: the one that is named, or a sandbox. Raise `HarnessError`, each time."""
    if _KNOWN not in config.stash:
        try:
            config.stash[_KNOWN] = _found(named(config) or _sandbox(config), config)
        except HarnessError as error:
            config.stash[_KNOWN] = error
    known = config.stash[_KNOWN]
    if isinstance(known, HarnessError):
        raise known
    return known


def _sandbox(config: pytest.Config) -> Deployment:
    sandbox = Sandbox("--ttl", "6s")
    config.add_cleanup(sandbox.stop)
    return Deployment(sandbox.url, "", DEFAULT_KEY, find_profile(config.getoption("live_profile") or "sandbox"))


def _found(deployment: Deployment, config: pytest.Config) -> Target:
    clock = SystemClock()
    transports = OverHttpx(deployment.origin, clock, verify=not config.getoption("live_insecure"))
    before = preflight(deployment, transports.connect, clock)
    max_wait = config.getoption("live_max_wait")
    sut = msgspec.structs.replace(deployment, server_offset=before.server_offset, max_wait=max_wait)
    return Target(sut, transports.connect, clock, before.one_at_a_time)
