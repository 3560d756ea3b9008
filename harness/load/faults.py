"""Faults of the harness itself, in words."""

import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final

from harness.errors import ExitCode, HarnessError
from harness.report.evidence import clean

FAULT: Final = "a fault of the harness, please report it"


def words(error: Exception) -> str:
    """What was raised, and where; the text is clean."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return clean(f"{type(error).__name__} in {Path(where.filename).name}, line {where.lineno}: {error}")


def contained(listener: Callable[..., None]) -> Callable[..., None]:
    """A listener to Locust's events, a method of `Live`, that lets nothing out but `SystemExit`."""

    @wraps(listener)
    def contained(self: Any, **given: Any) -> None:
        try:
            listener(self, **given)
        except HarnessError as error:
            self.give_up(str(error), error.exit_code)
        except Exception as error:  # noqa: BLE001 -- Locust would print a traceback, and go on
            self.give_up(f"{FAULT}: {words(error)}", ExitCode.HARNESS)

    return contained
