"""The command that serves a sandbox."""

import argparse
import difflib
import os
import random
import sys
from collections.abc import Callable, Sequence
from typing import Final

from harness.contract.messages import KEY_VARIABLE
from harness.documents import quantities
from harness.errors import ExitCode, UnusableError
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.registry import Altered
from harness.sandbox.server import serve
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.sandbox.variants import VARIANTS

EPILOG: Final = f"The API key is the environment's {KEY_VARIABLE}, else {DEFAULT_KEY!r}."


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until stopped; the exit code."""
    parser = argparse.ArgumentParser(
        prog="sandbox", description="A Live Capture API for tests, on this machine.", epilog=EPILOG
    )
    add_arguments(parser)
    try:
        run(parser.parse_args(argv))
    except UnusableError as error:
        print(f"sandbox: {error}", file=sys.stderr)  # noqa: T201 - a command prints
        return error.exit_code
    return ExitCode.OK


def run(given: argparse.Namespace) -> None:
    """Serve until stopped. Raise `UnusableError` where that can't be."""
    settings = Settings(
        api_keys=frozenset({os.environ.get(KEY_VARIABLE) or DEFAULT_KEY}),
        enabled=not given.disabled,
        ttl=given.ttl,
        analysis_workers=given.analysis_workers,
        agent_latency=given.agent_latency,
        request_delay=given.request_delay,
        seed=random.SystemRandom().getrandbits(64),
    )
    altered: Altered | None = given.mutant or given.variant
    service = altered.service if altered else Service
    stdin = sys.stdin.fileno() if given.exit_with_stdin else None
    serve(service(settings), given.host, given.port, _announce, stdin)


def _announce(url: str) -> None:
    print(f"sandbox listening on {url}", flush=True)  # noqa: T201 - the one line that whoever started us waits for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be set."""
    default = Settings()
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    add("--port", type=_port, default=8765, help="port; 0 takes a free one (%(default)s)")
    add("--ttl", type=_duration, default=default.ttl, metavar="DURATION", help="of a session, such as 6s")
    add("--agent-latency", type=_pause, default=default.agent_latency, metavar="DURATION", help="of one analysis")
    add("--analysis-workers", type=_count, default=default.analysis_workers, metavar="N", help="analyses at a time")
    add("--request-delay", type=_pause, default=default.request_delay, metavar="DURATION", help="before each reply")
    add("--disabled", action="store_true", help="as if ENABLE_LIVE_STREAMING were false")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--mutant", type=_one_of(MUTANTS, "mutant"), metavar="NAME", help="break one requirement")
    one.add_argument(
        "--variant", type=_one_of(VARIANTS, "variant"), metavar="NAME", help="choose otherwise where it is open"
    )
    one.add_argument("--list-mutants", action=_List, const=MUTANTS, help="names, and what each one breaks")
    one.add_argument("--list-variants", action=_List, const=VARIANTS, help="names, and what is different")
    add("--exit-with-stdin", action="store_true", help="stop when standard input, a pipe, is closed")


class _List(argparse.Action):
    """Print a register and leave."""

    def __init__(self, option_strings: Sequence[str], dest: str, const: dict[str, Altered], help: str) -> None:  # noqa: A002 - argparse's name
        super().__init__(option_strings, dest, nargs=0, const=const, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        width = max(map(len, self.const))
        for altered in self.const.values():
            trips = f"{', '.join(altered.trips)}: " if altered.trips else ""
            print(f"{altered.name:{width}}  {trips}{altered.about}")  # noqa: T201 - a command prints
        parser.exit()


def _duration(text: str) -> float:
    seconds = _pause(text)
    if not seconds:
        raise argparse.ArgumentTypeError(f"{text!r} is no time at all; expected more, such as 6s")
    return seconds


def _pause(text: str) -> float:
    try:
        return quantities.duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no count; expected a whole number from 1")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; expected a number from 0 to 65535")
    return int(text)


def _one_of(register: dict[str, Altered], kind: str) -> Callable[[str], Altered]:
    def find(name: str) -> Altered:
        if name in register:
            return register[name]
        close = difflib.get_close_matches(name, register, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise argparse.ArgumentTypeError(f"there is no {kind} {name!r}; {hint}--list-{kind}s shows them all")

    return find
