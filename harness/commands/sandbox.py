"""`live-harness sandbox`: serve the sandbox."""

import argparse

from harness.errors import ExitCode
from harness.sandbox.command import main


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command; its arguments are the sandbox's own."""
    parser = commands.add_parser("sandbox", help="serve a Live Capture API on this machine", add_help=False)
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Serve until stopped."""
    return ExitCode(main(arguments.arguments))
