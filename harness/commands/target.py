"""The deployment that a command talks to: the user's, or a sandbox of our own."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from harness.client.deployment import Deployment
from harness.client.urls import split_host
from harness.contract.messages import KEY_VARIABLE
from harness.contract.profile import Profile
from harness.documents.located import did_you_mean
from harness.documents.quantities import duration
from harness.errors import UsageError
from harness.sandbox.child import Sandbox
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.settings import DEFAULT_KEY
from harness.sandbox.variants import VARIANTS
from harness.scenario.loader import find_profile

_TTL: Final = "6s"
"""TTL of the sandbox that commands start for themselves: long enough to judge, short enough to wait for."""


def add_target(parser: argparse.ArgumentParser, otherwise: str = "a sandbox is started and stopped again") -> None:
    """Declare the arguments that say which deployment is meant: the user's, or a sandbox of our own."""
    group = add_host(parser, f"where the API is; without it, {otherwise}")
    group.add_argument("--mutant", metavar="NAME", help="have the sandbox break the contract in this way")
    group.add_argument("--variant", metavar="NAME", help="have the sandbox differ within the contract in this way")


def add_host(parser: argparse.ArgumentParser, about: str) -> "argparse._ArgumentGroup":
    """Declare the arguments that say which deployment of the user's is meant."""
    group = parser.add_argument_group("the deployment")
    group.add_argument("--host", metavar="URL", help=about)
    group.add_argument("--api-key", metavar="KEY", help=f"better given in the environment, as {KEY_VARIABLE}")
    group.add_argument("--profile", metavar="FILE", help="the deployment's profile, or the name of a shipped one")
    group.add_argument("--insecure", action="store_true", help="accept any TLS certificate")
    parser.set_defaults(mutant=None, variant=None)
    return group


def as_duration(text: str) -> float:
    """An argparse type: seconds, from `200ms` or `2m`."""
    try:
        return duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def as_count(text: str) -> int:
    """An argparse type: a whole number, at least 1."""
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"got {text!r}; expected a whole number, at least 1")
    return int(text)


@contextmanager
def deployment(
    arguments: argparse.Namespace, *, ttl: str = _TTL, max_wait: float = 600.0, disabled: bool = False
) -> Iterator[Deployment]:
    """The deployment that the arguments name; a sandbox of our own, with that TTL, is there as long as the context.

    `disabled` where live capture is to be switched off there.
    """
    # A variant answers otherwise what the sandbox's own profile pins.
    name = arguments.profile or ("sandbox" if arguments.host is None and not arguments.variant else None)
    profile = find_profile(name) if name else Profile()
    if arguments.host is not None:
        if arguments.mutant or arguments.variant:
            raise UsageError("--mutant and --variant are for the sandbox that is started without --host")
        origin, prefix = split_host(arguments.host)
        key = arguments.api_key or os.environ.get(KEY_VARIABLE)
        if not key:
            raise UsageError(f"no API key: set {KEY_VARIABLE} in the environment (or give --api-key)")
        yield Deployment(origin, prefix, key, profile, max_wait=max_wait, disabled=disabled)
        return
    flags = ["--ttl", ttl, *(["--disabled"] if disabled else [])]
    if arguments.mutant and arguments.variant:
        raise UsageError("--mutant and --variant: a sandbox can be one of them only")
    for kind, known in {"mutant": MUTANTS, "variant": VARIANTS}.items():
        if value := getattr(arguments, kind):
            if value not in known:
                raise UsageError(f"there is no {kind} {value!r}{did_you_mean(value, known)}")
            flags += [f"--{kind}", value]
    with Sandbox(*flags) as sandbox:
        yield Deployment(sandbox.url, "", DEFAULT_KEY, profile, max_wait=max_wait, disabled=disabled)
