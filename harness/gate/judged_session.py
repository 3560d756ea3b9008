"""One session that is judged while it runs."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from harness.client.clock import Clock
from harness.client.deployment import Deployment
from harness.client.session import open_session
from harness.client.transport import Transport
from harness.history.file import open_history
from harness.history.log import Faults, Taker
from harness.history.observations import Observation, Returned, Sent
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Judge
from harness.oracle.ledger import Bookkeeper
from harness.scenario.plan import Plan

_NO_ROOM: Final = frozenset({403, 409, 423, 429, 503})
"""What servers answer to a right start for which they have no room."""


class _Door:
    """A taker: what came of the last right start."""

    def __init__(self) -> None:
        self._starts: set[int] = set()
        self.shut = False

    def __call__(self, observation: Observation) -> None:
        match observation:
            case Sent(kind="start", key="right", wellformed=True):
                self._starts.add(observation.n)
            case Returned() if observation.n in self._starts:
                self.shut = observation.status in _NO_ROOM


class JudgedSession:
    """`perform` blocks until it is over; `stop`, from elsewhere, ends it soon. `takers` see what the judge sees.

    Raise `UsageError` where the history can't be written to the file `history`.
    """

    def __init__(
        self,
        plan: Plan,
        deployment: Deployment,
        transport: Transport,
        clock: Clock,
        *,
        label: str,
        takers: Sequence[Taker] = (),
        history: Path | None = None,
        alone: bool = False,
    ) -> None:
        self._label: Final = label
        self._judge: Final = Judge(deployment.profile)
        self.books: Final = Bookkeeper()
        self._writer = open_history(history) if history else None
        self._faults: Final = Faults()
        self._door: Final = _Door()
        all_takers: list[Taker] = [self._judge.observe, self.books, self._door, *takers]
        if self._writer:
            all_takers.append(self._writer)
        self._driver = open_session(
            plan, deployment, transport, clock, all_takers, label=label, fault=self._faults, alone=alone
        )

    def perform(self) -> None:
        """Perform the plan. Ctrl-C ends it, and whatever else is raised; but first, the session leaves the SUT."""
        try:
            with suppress(KeyboardInterrupt):
                self._driver.perform()
        finally:
            self._close()

    def stop(self) -> None:
        """End the session soon; it is cancelled at the SUT."""
        self._driver.stop()

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped, or ended by Ctrl-C."""
        return self.books.ended is None or self.books.ended.ending == "interrupted"

    @property
    def assessment(self) -> Assessment:
        """What it has shown so far; faults of ours stand among the crashes."""
        assessment = Assessment(crashes=[f"{self._label}: {fault}" for fault in self._faults.words])
        assessment.add(self._label, self._judge, self.books)
        return assessment

    @property
    def found_room(self) -> bool:
        """Whether the SUT had room for it: a session was started, or there is more to say of it than a refusal."""
        return bool(self._judge.account.session or self._judge.findings)

    @property
    def turned_away(self) -> bool:
        """Whether the SUT started no session, and said so in a way in which servers say that there is no room."""
        return self._door.shut and not self.found_room

    def _close(self) -> None:
        if self._writer:
            try:
                self._writer.close()
            except OSError as error:
                self._faults.words.append(f"the history's file: {error}")
