"""What the gate would say, as the text of a failed test."""

import io

import pytest
from rich.console import Console

from harness.gate.verdict import Conclusion
from harness.oracle.assessment import Assessment
from harness.report.console import print_findings
from harness.report.run import Run

_WIDTH = 100


class JudgedError(Exception):
    """The contract was broken, or not enough was seen of it. Its text is all that the user needs: no traceback."""


def failure(
    name: str, verdict: Conclusion, assessment: Assessment, config: pytest.Config, replays: dict[str, str] | None = None
) -> JudgedError:
    """The error to raise."""
    run = Run(
        kind="conform",
        name=name,
        host=config.getoption("live_host") or "",
        started=0.0,
        seconds=0.0,
        seed=config.getoption("live_seed"),
        profile="",
        exit_code=verdict.exit_code,
        headline=verdict.headline,
        assessment=assessment,
        notes=verdict.notes,
        replays=replays or {},
    )
    text = io.StringIO()
    print_findings(run, Console(file=text, width=_WIDTH))
    return JudgedError("\n".join(line.rstrip() for line in text.getvalue().strip("\n").splitlines()))
