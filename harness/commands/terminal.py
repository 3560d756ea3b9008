"""Where commands print to."""

import os
import sys
from typing import IO, Final

from rich.console import Console

_WIDE: Final = 140


class Terminal(Console):
    """Standard output. When its reader goes (`| head -1`), the command goes on in silence, to its own exit code."""

    def __init__(self, *, stderr: bool = False) -> None:
        # A log is read in something wider than the 80 columns that rich takes any file for.
        wide = "COLUMNS" not in os.environ and not (sys.stderr if stderr else sys.stdout).isatty()
        super().__init__(stderr=stderr, width=_WIDE if wide else None)

    def on_broken_pipe(self) -> None:
        """Print no more; rich would end the process, with a code that says something else."""
        self.quiet = True
        discard(self.file)


def discard(output: IO[str]) -> None:
    """Have whatever else is written to a standard stream go nowhere, also what it holds in its buffer."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, output.fileno())
    os.close(nowhere)
