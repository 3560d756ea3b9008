"""The flags that a load run has beside Locust's own, and what they come to."""

import math
import os
from argparse import ArgumentParser
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args

import msgspec

from harness.client.deployment import Deployment
from harness.client.origin import Origin
from harness.client.urls import split_host
from harness.contract.messages import KEY_VARIABLE, PRODUCTION_ORIGIN
from harness.contract.profile import Profile
from harness.documents.located import did_you_mean
from harness.errors import UsageError
from harness.load.cluster.bundle import Bundle
from harness.load.cluster.keys import read_keys
from harness.scenario.loader import find_profile

EMBEDDED_KEY: Final = "sandbox-key"
AGAINST_KEY: Final = f"{KEY_VARIABLE}_AGAINST"
"""The environment's variable for the API key of a further deployment."""
STOP_TIMEOUT: Final = 5
"""Seconds that sessions in flight get to cancel at the SUT, where the user says nothing else."""

HIDDEN: Final = frozenset(
    {"api_key", "keys", "report", "mutant", "allow_production", "verify", "against", "against_key"}
)
"""Options that are the command line's alone. Locust writes those that it shows into its page: no key may be there, and
whoever sees the page may neither write files nor weaken a guard."""

Record = Literal["none", "failed", "all"]


def grace(stop_timeout: float) -> float:
    """Seconds that sessions in flight may go on: what the user grants beyond the time that a cancel may need."""
    return max(stop_timeout - STOP_TIMEOUT, 0.0)


class Settings(msgspec.Struct, frozen=True):
    """A run's settings, as the master hands them to its workers."""

    host: str
    """Empty for the sandbox that the run starts for itself, as long as there is none."""
    key: str
    scenario: str
    profile: str | None
    record: Record
    seed: int
    verify: bool
    mutant: str | None = None
    folder: str = ""
    """The report's; each run has its own."""
    seconds: float | None = None
    """How long the run lasts; None is until somebody stops it."""
    keys: str | None = None
    """The file of API keys of which each is for one session at a time; `key` is its first one, and no worker's."""
    files: Bundle = Bundle()
    """For workers, which may not have them."""
    conduct: dict[str, str | int | None] | None = None
    """The flags of a conductor, where one says how many sessions there are; what these do is then told at once."""
    against: tuple[tuple[str, str], ...] = ()
    """Further deployments, by their hosts and API keys."""

    @property
    def conducted(self) -> bool:
        """Whether a conductor says how many sessions there are."""
        return self.conduct is not None

    def __repr__(self) -> str:
        return f"Settings({self.host} {self.scenario})"  # the key stays out of every message

    def deployment(self, host: str | None = None, key: str | None = None) -> Deployment:
        """The SUT, at another host if need be. Raise `UsageError`."""
        origin, prefix = split_host(host or self.host)
        profile = find_profile(self.profile) if self.profile else Profile()
        # The end of the run ends every wait.
        return Deployment(origin, prefix, self.key if key is None else key, profile, max_wait=math.inf)

    def deployments(self) -> list[Deployment]:
        """The SUT, and the further ones. Raise `UsageError`."""
        return [self.deployment(), *(self.deployment(host, key) for host, key in self.against)]


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the flags, on Locust's own parser: `include_in_web_ui` and `is_secret` are its own."""
    # Without rebalancing, nobody takes over the users of a worker that is lost.
    parser.set_defaults(stop_timeout=STOP_TIMEOUT, enable_rebalancing=True)

    def add(flag: str, **how: Any) -> None:
        action: Any = parser.add_argument(flag, **how)
        action.include_in_web_ui = action.dest not in HIDDEN

    add("--scenario", default="mixed", metavar="NAME|FILE", help="call or load: a shipped one's name, or a YAML file")
    add("--seed", type=int, default=1, metavar="N", help="of everything that is drawn (1)")
    record = (
        "sessions whose history is kept in the report's folder: those with a finding (failed), all, or none. It has "
        "requests, replies and events, so what was said as well, but neither audio nor API keys"
    )
    add("--record", choices=get_args(Record), default="failed", help=record)
    add("--api-key", metavar="KEY", help=f"better given in the environment, as {KEY_VARIABLE}", is_secret=True)
    keys = "a file of API keys, one a line: each session has one to itself (for SUTs that allow one session a key)"
    add("--keys", metavar="FILE", help=keys)
    add("--report", default="reports", metavar="DIR", help="where the report's folder goes (reports/)")
    add("--mutant", metavar="NAME", help="without --host: have the sandbox break the contract in this way")
    allow = f"let --host be the production API, {PRODUCTION_ORIGIN}"
    add("--allow-production", action="store_true", help=allow)
    add("--insecure", dest="verify", action="store_false", help="accept any TLS certificate")
    add("--verify", action="store_true", default=True, help="check TLS certificates (the default)")


def settle(given: Mapping[str, Any], mutants: Collection[str], *, embedded: bool) -> Settings:
    """The settings that the parsed flags come to; `embedded` where the host is the run's own sandbox.

    Raise `UsageError`. Files are read for their faults, and nothing is sent.
    """
    host = given["host"] or ""
    mutant = given["mutant"]
    if not embedded:
        check_host(host, allow_production=given["allow_production"])
        if mutant:
            raise UsageError("--mutant is for the sandbox that is started without --host")
    elif mutant and mutant not in mutants:
        hint = did_you_mean(mutant, mutants) or "; live-harness sandbox --list-mutants shows them all"
        raise UsageError(f"unknown mutant {mutant!r}{hint}")
    key = _key(given, embedded=embedded)
    if not key:
        raise UsageError(f"no API key for {host}: set {KEY_VARIABLE} in the environment (or give --api-key or --keys)")
    if given["record"] not in get_args(Record):
        raise UsageError(f"record {given['record']!r}: expected one of {', '.join(get_args(Record))}")
    settings = Settings(
        host=host,
        key=key,
        scenario=given["scenario"],
        profile=given["profile"] or ("sandbox" if embedded else None),
        record=given["record"],
        seed=given["seed"],
        verify=given["verify"],
        mutant=mutant,
        keys=given["keys"],
    )
    settings.deployment("http://sandbox" if embedded else host)
    return settings


def _key(given: Mapping[str, Any], *, embedded: bool) -> str:
    if not given["keys"]:
        return given["api_key"] or os.environ.get(KEY_VARIABLE) or (EMBEDDED_KEY if embedded else "")
    if embedded:
        raise UsageError("--keys is for a --host: the sandbox that is started without one has a single key")
    if given["api_key"]:
        raise UsageError("--keys and --api-key: expected one of them")
    return read_keys(Path(given["keys"]))[0]


def check_host(host: str, *, allow_production: bool) -> None:
    """Raise `UsageError` where it is no host, or one that nobody loads by mistake."""
    split_host(host)
    # Whatever the scheme and the port: load on that machine is load on production.
    named, production = Origin.of(host).host.rstrip("."), Origin.of(PRODUCTION_ORIGIN).host
    if named == production and not allow_production:
        raise UsageError(
            f"{host} is the production API: a load run there may harm its users. "
            "Name a test deployment, or add --allow-production if you really mean it"
        )
