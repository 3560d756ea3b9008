"""The `live-harness` command."""

import argparse
import io
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

from harness import __version__
from harness.commands.terminal import discard
from harness.errors import ExitCode, HarnessError

_COMMANDS = (
    "conform",
    "stream",
    "sandbox",
    "explore",
    "replay",
    "check",
    "profile",
    "report",
    "compare",
    "history",
    "scenarios",
    "requirements",
    "mutants",
    "init",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; return its exit code."""
    for output in (sys.stdout, sys.stderr):
        if isinstance(output, io.TextIOWrapper):
            output.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 has no arrows
    try:
        return _run(argv)
    finally:
        for output in (sys.stdout, sys.stderr):
            try:
                output.flush()
            except BrokenPipeError:  # whoever read it has gone, which changes nothing about the exit code
                discard(output)


def _run(argv: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(
        prog="live-harness",
        description="Conformance for the Live Capture API. Load runs: locust -f locustfiles/live.py",
        epilog="Exit codes: 0 conformant, 1 contract broken, 2 bad usage, 3 SUT unusable, 4 no verdict, 5 our fault.",
    )
    parser.add_argument("--version", action="version", version=f"live-harness {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    try:
        for name in _COMMANDS:  # imported here, since that takes a moment in which Ctrl-C may come
            import_module(f"harness.commands.{name}").add_to(commands)
        arguments = parser.parse_args(argv)
        return int(arguments.run(arguments))
    except HarnessError as error:
        return _say(str(error), error.exit_code)
    except KeyboardInterrupt as interrupt:
        return _say(" ".join(["interrupted", *interrupt.args]), ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 -- no traceback reaches a user
        told = f"{type(error).__name__}: {error}"
        return _say(f"a fault of the harness, please report it with {_traceback()}: {told}", ExitCode.HARNESS)


def _traceback() -> str:
    """Write the traceback of the exception that is being handled to a file, and return its path."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="live-harness-", suffix=".txt", encoding="utf-8", errors="backslashreplace", delete=False
        ) as file:
            traceback.print_exc(file=file)
    except OSError as error:
        return f"its traceback (which can't be written: {error.strerror})"
    return file.name


def _say(message: str, code: ExitCode) -> int:
    with suppress(BrokenPipeError):
        print(f"live-harness: {message}", file=sys.stderr)
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
