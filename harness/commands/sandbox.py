"""`live-harness sandbox`: serve the sandbox."""

import argparse

from harness.errors import ExitCode
from harness.sandbox import command


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("sandbox", help="serve a Live Capture API on this machine", epilog=command.EPILOG)
    command.add_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Serve until stopped."""
    command.run(arguments)
    return ExitCode.OK
