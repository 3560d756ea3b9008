"""Where commands print to."""

import os
from typing import IO

from rich.console import Console


class Terminal(Console):
    """Standard output. When its reader goes (`| head -1`), the command goes on in silence, to its own exit code."""

    def on_broken_pipe(self) -> None:
        """Print no more; rich would end the process, with a code that says something else."""
        self.quiet = True
        discard(self.file)


def discard(output: IO[str]) -> None:
    """Have whatever else is written to a standard stream go nowhere, also what it holds in its buffer."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, output.fileno())
    os.close(nowhere)
