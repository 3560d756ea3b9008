"""Chunks on their way: right ones, and those with a fault of the scenario's."""

import msgspec

from harness.client.exchanges import Exchanges
from harness.client.known_session import KnownSession
from harness.client.passing_time import PassingTime
from harness.client.requests import Requests, chunk_seq
from harness.client.retrying import Retrying, insist
from harness.client.targets import Targets
from harness.client.transport import Request
from harness.history.observations import Sent
from harness.scenario.plan import Plan, Push, Together


class Uploads:
    """The pushes of one session."""

    def __init__(  # noqa: PLR0917 - the parts of one driver
        self,
        plan: Plan,
        requests: Requests,
        exchanges: Exchanges,
        retrying: Retrying,
        session: KnownSession,
        time: PassingTime,
        targets: Targets,
    ) -> None:
        self._audio = memoryview(plan.audio.data)
        self._digest = plan.audio.digest
        self._requests = requests
        self._exchanges = exchanges
        self._retrying = retrying
        self._session = session
        self._time = time
        self._targets = targets
        self._extra = 0  # pushes beside the audio that were taken

    def push(self, action: Push) -> None:
        """Send one chunk when it is due."""
        due = self._wait(action)
        sent, request = self._chunk(action, due)
        as_asked = action.right and not action.drop_reply and action.abort is None
        result = self._retrying.send(sent, request, drop_reply=action.drop_reply, tries=None if as_asked else 1)
        if as_asked:
            insist(result, f"chunk {sent.seq}")
        if action.extra and result.accepted:
            self._extra += 1

    def together(self, action: Together) -> None:
        """Send some at once, and again what is not taken: there is nothing open about that any more."""
        due = self._wait(action)
        results = self._exchanges.send_together([self._chunk(push, due) for push in action.pushes])
        for push, result in zip(action.pushes, results, strict=True):
            self._session.heard(result)
            if not result.accepted:
                self.push(msgspec.structs.replace(push, at=None, open=False))

    def _wait(self, action: Push | Together) -> float:
        due = self._time.due(action.at)
        self._time.pass_until(due)
        return due

    def _chunk(self, action: Push, due: float) -> tuple[Sent, Request]:
        if self._extra:
            action = msgspec.structs.replace(action, seq=action.seq + self._extra)
        sent = Sent(
            0,
            "chunk",
            due,
            0.0,
            key=action.key,
            seq=chunk_seq(action),
            size=0 if action.malformed == "no-file" else action.end - action.begin,
            audio="" if action.malformed == "no-file" else f"{self._digest}@{action.begin}",
            wellformed=action.malformed is None and not action.open,
            form=action.malformed != "not-multipart",
        )
        return sent, self._requests.chunk(self._targets.of("chunk"), action, self._audio)
