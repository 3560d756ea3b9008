"""The gate over the memory transport: probes against a service of ours, under a virtual clock, in no time at all."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Final

import msgspec

from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.client.preflight import preflight
from harness.contract.profile import Profile
from harness.gate.bouts import CROWD
from harness.gate.runner import Gate
from harness.oracle.assessment import Assessment
from harness.proof.rehearing import Rehearing
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.scenario.call import Probe
from harness.scenario.loader import shipped

SETTINGS: Final = Settings(ttl=6.0)
SEED: Final = 1
_NO_LIMIT: Final = math.inf
"""Seconds to wait at one point; they cost nothing."""
_WALL: Final = 1_800_000_000.25
"""Not at the beginning of a second, as no real clock is."""


@cache
def probes() -> tuple[Probe, ...]:
    """All that are shipped."""
    return tuple(scenario for scenario in shipped() if isinstance(scenario, Probe))


def serve(kind: type[Service]) -> Service:
    """One of the services, with quick ears."""
    return kind(SETTINGS, Rehearing)


def assess(service: Service, chosen: Sequence[Probe] | None = None, profile: Profile | None = None) -> Assessment:
    """Run the probes as the gate does, after a preflight; those that it runs side by side, one after another.

    Without a profile nothing is pinned that the document leaves open.
    """
    clock = VirtualClock(wall=_WALL)
    disabled = type(service)(replace(service.settings, enabled=False))
    usual, off = MemoryTransports(service, clock), MemoryTransports(disabled, clock)
    sut = Deployment("http://memory", "", DEFAULT_KEY, profile or Profile(), max_wait=_NO_LIMIT)
    before = preflight(sut, usual.connect, clock)
    sut = msgspec.structs.replace(sut, server_offset=before.server_offset)
    switched_off = msgspec.structs.replace(sut, disabled=True), off.connect
    crowd = 0 if before.one_at_a_time else CROWD
    gate = Gate(sut, usual.connect, clock, jobs=1, crowd=crowd, disabled=switched_off)
    return gate.run(probes() if chosen is None else chosen, SEED)
