"""`--junit FILE`: never a file of an earlier run, and never a green one of a run that came to no end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import ExitCode, HarnessError, UsageError
from harness.oracle.assessment import Assessment
from harness.report.junit import unfinished
from harness.report.run import Run


@contextmanager
def unfinished_until_written(path: Path | None) -> Iterator[None]:
    """Have the file, where one is wanted, say that the run did not end, or by which error; raise `UsageError`."""
    if path is None:
        yield
        return
    _say("the run did not come to its end", path)
    try:
        yield
    except HarnessError as error:
        _say(str(error), path)
        raise


def write_junit(text: str, path: Path) -> None:
    """Write it, in a folder that need not be there yet; raise `UsageError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--junit {path}: can't be written: {error.strerror or error}") from None


def _say(headline: str, path: Path) -> None:
    nothing = Run("conform", "conform", "", time.time(), 0.0, 0, "", ExitCode.INTERRUPTED, headline, Assessment())
    write_junit(unfinished(nothing), path)
