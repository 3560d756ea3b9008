"""The SUT's own counters of events (Production Notes: `/metrics`), held against what was received.

Others may use the SUT as well, so that more proves nothing. Fewer than were received contradicts them; and since a
restart, or a second instance behind the same name, explains that too, it is told and not judged (see OPS-2).
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from harness.client.clock import SystemClock
from harness.client.deployment import Deployment
from harness.client.http1 import Http1
from harness.client.requests import Requests
from harness.client.transport import TransportError
from harness.client.urls import ForeignOriginError, target
from harness.oracle.exposition import read_exposition
from harness.oracle.ledger import Ledger
from harness.oracle.metrics import ANALYTICS, Counts, event_counters, speaks_of_events

_TIMEOUT: Final = 3.0
"""Seconds: no run is to wait for what the document does not promise."""


class Counters:
    """Those of an SUT, from now on."""

    def __init__(self, deployment: Deployment, *, verify: bool) -> None:
        self._deployment = deployment
        self._verify = verify
        self._before = read_counters(deployment, verify=verify)

    def against(self, ledger: Ledger) -> list[str]:
        """How they contradict a run that is over, in words."""
        if not self._before:
            return []
        told = contradiction(self._before, read_counters(self._deployment, verify=self._verify), ledger)
        return [told] if told else []


def read_counters(deployment: Deployment, *, verify: bool) -> dict[str, Counts]:
    """The counters of events at large, by name; none where there are none to be had."""
    clock = SystemClock()
    transport = Http1(deployment.origin, clock, verify=verify).connect()
    request = Requests(deployment.key, deployment.profile).get
    try:
        for prefix in dict.fromkeys([deployment.prefix, ""]):
            path = target(deployment.origin, prefix, deployment.profile.metrics)
            reply = transport.send(request(path), clock.now() + _TIMEOUT)
            if reply.status == 200:
                counters = event_counters(read_exposition(_body(reply.body)))
                return {name: counts for name, counts in counters.items() if speaks_of_events(name)}
    except (TransportError, ForeignOriginError):
        pass  # the document promises no more than that there is something of the kind
    finally:
        transport.close()
    return {}


def contradiction(before: Mapping[str, Counts], after: Mapping[str, Counts], ledger: Ledger) -> str | None:
    """In words, where every counter has grown by fewer events than were received; None where one has not."""
    if ledger.requests.get("attach", 0) > ledger.requests.get("start", 0):
        return None  # streams may have been replayed to consumers that came again
    short = [_short(name, before.get(name, {}), counts, ledger.events) for name, counts in after.items()]
    if not short or not all(short):
        return None
    return f"the API's own counters have grown by fewer events than were received: {'; '.join(short)}"


def _short(name: str, before: Counts, after: Counts, received: Mapping[str, int]) -> str:
    """Where this counter has fewer; empty where it has not, or began anew, or counts something else."""
    grown = {event: count - before.get(event, 0.0) for event, count in after.items()}
    if any(count < 0 for count in grown.values()):
        return ""
    due = {event: received[event] for event in sorted(ANALYTICS & received.keys() & grown.keys())}
    if not due and "" in grown:
        due = {"": sum(count for event, count in received.items() if event in ANALYTICS)}
    fewer = [f"{event} {grown[event]:g} of {count:,}".strip() for event, count in due.items() if grown[event] < count]
    return f"{name} ({', '.join(fewer)})" if fewer else ""


def _body(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body.decode("utf-8", "replace")
