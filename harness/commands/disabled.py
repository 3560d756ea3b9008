"""The second deployment of a gate: one on which live capture is switched off."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from harness.client.clock import Clock
from harness.client.deployment import Deployment
from harness.client.over_httpx import OverHttpx
from harness.client.transport import Connect
from harness.client.urls import split_host
from harness.sandbox.child import Sandbox


@contextmanager
def disabled_deployment(
    arguments: argparse.Namespace, usual: Deployment, clock: Clock, *, needed: bool
) -> Iterator[tuple[Deployment, Connect] | None]:
    """The one that the arguments name; beside a sandbox of our own, another one; else, or if not `needed`, None."""
    if not needed:
        yield None
    elif arguments.disabled_host is not None:
        yield _there(arguments.disabled_host, arguments, usual, clock)
    elif arguments.host is None:
        altered = [
            word for kind in ("mutant", "variant") if (name := getattr(arguments, kind)) for word in (f"--{kind}", name)
        ]
        with Sandbox("--disabled", *altered, api_key=usual.key) as sandbox:
            yield _there(sandbox.url, arguments, usual, clock)
    else:
        yield None


def _there(host: str, arguments: argparse.Namespace, usual: Deployment, clock: Clock) -> tuple[Deployment, Connect]:
    origin, prefix = split_host(host)
    transports = OverHttpx(origin, clock, verify=not arguments.insecure)
    there = msgspec.structs.replace(usual, origin=origin, prefix=prefix, server_offset=None, disabled=True)
    return there, transports.connect
