"""The `live-harness` command."""

import argparse
import io
import sys
from collections.abc import Sequence

from harness import __version__
from harness.commands import check, conform, init, replay, requirements, sandbox, scenarios, stream
from harness.errors import ExitCode, HarnessError

_COMMANDS = (conform, stream, sandbox, replay, check, scenarios, requirements, init)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; return its exit code."""
    for output in (sys.stdout, sys.stderr):
        if isinstance(output, io.TextIOWrapper):
            output.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 has no arrows
    parser = argparse.ArgumentParser(
        prog="live-harness",
        description="Conformance for the Live Capture API. Load runs: locust -f locustfiles/live.py",
        epilog="Exit codes: 0 conformant, 1 contract broken, 2 bad usage, 3 SUT unusable, 4 no verdict, 5 our fault.",
    )
    parser.add_argument("--version", action="version", version=f"live-harness {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_to(commands)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except HarnessError as error:
        return _say(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _say("interrupted", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; there is nobody to tell
        return ExitCode.OK
    except Exception as error:  # noqa: BLE001 -- no traceback reaches a user
        return _say(f"a fault of the harness, please report it: {type(error).__name__}: {error}", ExitCode.HARNESS)


def _say(message: str, code: ExitCode) -> int:
    print(f"live-harness: {message}", file=sys.stderr)
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
