"""The first visit to the SUT, before anything is sent for good."""

import logging

import msgspec

from harness.client.clock import SystemClock
from harness.client.deployment import Deployment
from harness.client.http1 import Http1
from harness.client.preflight import preflight

_log = logging.getLogger("harness.load")


def visited(deployment: Deployment, *, verify: bool) -> Deployment:
    """The SUT with what a first visit tells of its clock. Raise `UnusableError` where it starts no session."""
    clock = SystemClock()
    found = preflight(deployment, Http1(deployment.origin, clock, verify=verify).connect, clock)
    if found.one_at_a_time:
        _log.warning("the API refuses a second session under the same API key (%s)", found.second_start)
    return msgspec.structs.replace(deployment, server_offset=found.server_offset)
