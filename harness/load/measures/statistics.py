"""Locust's own statistics, for its web UI, its CSV files and its plugins: an entry a step, one a broken requirement.

They are for looking at. What a run is judged by are the assessment and the histograms.
"""

from collections.abc import Callable
from typing import Any, Final

from harness.oracle.judge import Finding
from harness.report.evidence import clean

CHECK: Final = "CHECK"
"""The request type of broken requirements."""

_TYPES: Final = {"attach": "GET", "first_event": "SSE", "drain": "SSE", "session": "LIVE"}
_TEXTS: Final = 5
"""Different ones of an entry, see `_bounded`."""
_LONGEST: Final = 300
"""Characters of a text: it stands in a table."""


class StepError(Exception):
    """A step failed: for Locust's list of failures, never raised."""

    def __repr__(self) -> str:
        """What Locust shows."""
        return str(self)


class Statistics:
    """Reports to Locust; one for each process of a run."""

    def __init__(self, fire: Callable[..., Any]) -> None:
        """`fire` is that of Locust's `request` event."""
        self._fire = fire
        self._texts: dict[str, set[str]] = {}

    def step(self, name: str, seconds: float, failure: str = "") -> None:
        """A step is over; `failure` says in few words why it failed."""
        self._report(_TYPES.get(name, "POST"), name, seconds * 1000, failure)

    def broken(self, finding: Finding) -> None:
        """A session broke a requirement, for the first time."""
        # No time: there is none to speak of, and 0 ms would spoil the totals.
        happened = f"expected: {finding.expected}; happened: {finding.happened}"
        self._report(CHECK, finding.requirement, None, happened)

    def _report(self, kind: str, name: str, milliseconds: float | None, failure: str) -> None:
        error = StepError(self._bounded(name, clean(failure, _LONGEST))) if failure else None
        self._fire(
            request_type=kind,
            name=name,
            response_time=milliseconds,
            response_length=0,
            exception=error,
            context={},
        )

    def _bounded(self, name: str, text: str) -> str:
        """Locust keeps every different text, so that each entry may have a few and no more."""
        texts = self._texts.setdefault(name, set())
        if text not in texts and len(texts) == _TEXTS:
            return "further texts: see the report"
        texts.add(text)
        return text
