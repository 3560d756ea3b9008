"""One session of a load run: performed, judged, measured and booked while it runs."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from harness.client.clock import Clock
from harness.client.deployment import Deployment
from harness.client.driver import Driver
from harness.client.session import open_session
from harness.client.transport import Transport
from harness.history.file import HistoryWriter
from harness.history.log import Taker
from harness.history.observations import Ended, Observation
from harness.oracle.judge import Finding, Judge
from harness.oracle.ledger import Bookkeeper
from harness.scenario.plan import Plan


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
        history: HistoryWriter | None,
        found: Callable[[Finding], None],
        fault: Callable[[Exception], None],
        unrecorded: Callable[[Exception], None],
        due: float | None = None,
        batch: int = 1,
    ) -> None:
        """`judge` takes each observation in first, and `takers` after it; of frequent ones, `batch` together.

        `found` is called with the first finding of each requirement, at once; `fault` with what any of them raises;
        `unrecorded` with why the history can't be written, and then there is none of it.
        """
        self.label: Final = label
        self.judge: Final = judge
        self.books: Final = Bookkeeper()
        self.history: Final = history
        self._found = found
        self._seen = 0  # findings
        self._fault = fault
        self._unrecorded = unrecorded
        all_takers: list[Taker] = [self._observe, self.books, *takers]
        if history is not None:
            all_takers.append(history)
        self._driver: Driver | None = open_session(
            plan,
            deployment,
            transport,
            clock,
            all_takers,
            label=label,
            strict=False,
            fault=self._failed,
            due=due,
            batch=batch,
        )

    def perform(self) -> Ended:
        """Perform the plan, once. Whatever is raised passes through, when the session has left the SUT properly."""
        if self._driver is None:
            raise RuntimeError("a session is performed once")
        try:
            return self._driver.perform()
        finally:
            self._driver = None  # it knows methods of this: a circle that the garbage collector need not find

    def keep_history(self, *, wanted: bool) -> bool:
        """Once it is over: have all of its history on the disk, or none of it. Whether it is there."""
        if self.history is None:
            return False
        try:
            if wanted and self.history.close():
                return True
            self.history.discard()
        except OSError as error:
            self._unrecorded(error)
            with suppress(OSError):
                self.history.discard()  # a piece of it would look like all of it
        return False

    def stop(self) -> None:
        """End the session soon; it is cancelled at the SUT."""
        if self._driver is not None:
            self._driver.stop()

    def _observe(self, observation: Observation) -> None:
        self.judge.observe(observation)
        if len(self.judge.findings) > self._seen:
            self._tell(self.judge.findings)

    def _failed(self, taker: Taker, error: Exception) -> None:
        if taker is self.history and isinstance(error, OSError):
            self._unrecorded(error)
        else:
            self._fault(error)

    def _tell(self, findings: Sequence[Finding]) -> None:
        before = {finding.requirement for finding in findings[: self._seen]}
        new = {finding.requirement: finding for finding in reversed(findings[self._seen :])}
        self._seen = len(findings)
        for requirement in new.keys() - before:
            self._found(new[requirement])
