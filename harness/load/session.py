"""One session of a load run: performed, judged, measured and booked while it runs."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from harness.client.clock import Clock
from harness.client.deployment import Deployment
from harness.client.driver import Driver
from harness.client.session import open_session
from harness.client.transport import Transport
from harness.errors import UsageError
from harness.history.file import HistoryWriter
from harness.history.log import Taker
from harness.history.observations import Ended, Observation
from harness.oracle.judge import Finding, Judge
from harness.oracle.ledger import Bookkeeper
from harness.scenario.plan import Plan

_BATCH: Final = 12
"""Observations that are judged together: about three chunks with what comes of them, some seconds of a call."""


class Session:
    """`perform` blocks until it is over; `stop`, from elsewhere, ends it soon."""

    def __init__(
        self,
        plan: Plan,
        deployment: Deployment,
        transport: Transport,
        clock: Clock,
        takers: Sequence[Taker],
        *,
        judge: Judge,
        label: str,
        history: Path | None,
        found: Callable[[Finding], None],
        fault: Callable[[Exception], None],
        unrecorded: Callable[[Exception], None],
        due: float | None = None,
    ) -> None:
        """`judge` takes each observation in first, and `takers` after it.

        `found` is called with the first finding of each requirement, at once; `unrecorded` with why the history can't
        be written, and then there is none of it.
        """
        self.label: Final = label
        self.judge: Final = judge
        self.books: Final = Bookkeeper()
        self.history: Final = history
        self._writer: HistoryWriter | None = None
        self._unrecorded = unrecorded
        self._takers: list[Taker] = [self.judge.observe, self.books, *takers]
        if history:
            self._takers.append(self._record)
            try:
                self._writer = HistoryWriter(history)
            except UsageError as error:
                unrecorded(error)
        self._found = found
        self._seen = 0  # findings
        self._fault = fault
        self._driver: Driver | None = open_session(
            plan, deployment, transport, clock, [self._take], label=label, strict=False, due=due, batch=_BATCH
        )

    def perform(self) -> Ended:
        """Perform the plan, once. Whatever is raised passes through, when the session has left the SUT properly."""
        if self._driver is None:
            raise RuntimeError("a session is performed once")
        try:
            return self._driver.perform()
        finally:
            # Both know methods of this: circles that the garbage collector need not find.
            self._driver = None
            self._takers.clear()

    def keep_history(self, *, wanted: bool) -> bool:
        """Once it is over: have all of its history on the disk, or none of it. Whether it is there."""
        if self._writer:
            try:
                (self._writer.close if wanted else self._writer.discard)()
            except OSError as error:
                self._stop_recording(error, self._writer)
        return wanted and self._writer is not None

    def stop(self) -> None:
        """End the session soon; it is cancelled at the SUT."""
        if self._driver is not None:
            self._driver.stop()

    def _take(self, observation: Observation) -> None:
        for taker in self._takers:
            try:
                taker(observation)
            except Exception as error:  # noqa: BLE001 -- a fault of ours must not change what the client does
                self._fault(error)
        if len(self.judge.findings) > self._seen:
            self._tell(self.judge.findings)

    def _record(self, observation: Observation) -> None:
        if self._writer:
            try:
                self._writer(observation)
            except OSError as error:
                self._stop_recording(error, self._writer)

    def _stop_recording(self, error: OSError, writer: HistoryWriter) -> None:
        self._writer = None
        self._unrecorded(error)
        with suppress(OSError):
            writer.discard()  # a piece of it would look like all of it

    def _tell(self, findings: Sequence[Finding]) -> None:
        before = {finding.requirement for finding in findings[: self._seen]}
        new = {finding.requirement: finding for finding in reversed(findings[self._seen :])}
        self._seen = len(findings)
        for requirement in new.keys() - before:
            self._found(new[requirement])
