"""Performs a plan: one session from start to end, with its event stream read beside everything else."""

from typing import Final

from harness.client.clock import Clock
from harness.client.deployment import Deployment
from harness.client.exchanges import Exchanges, Result
from harness.client.known_session import KnownSession
from harness.client.passing_time import Ending, OverError, PassingTime
from harness.client.requests import Requests, chunk_seq
from harness.client.transport import Request, Subscription, Transport
from harness.client.urls import ForeignOriginError
from harness.client.watch import Watch
from harness.contract.messages import START_PATH, MalformedReplyError
from harness.history.log import Log
from harness.history.observations import Ended, Kind, Sent, Withheld
from harness.scenario.plan import (
    Abandon,
    Action,
    Attach,
    Await,
    Control,
    Detach,
    Expire,
    Outlive,
    Plan,
    Push,
    Retry,
    Silence,
    Start,
)

_LEAVING: Final = "the client is leaving"
_KEEPALIVE: Final = 0.3
"""Share of the TTL after which a keepalive is sent."""
_PAST: Final = 0.2
"""Seconds added to a wait for expiry, so that the request after it surely comes too late."""


class Driver:
    """One user in one session. `perform` blocks until the session is over; `stop` ends it from another thread."""

    def __init__(self, plan: Plan, deployment: Deployment, transport: Transport, clock: Clock, log: Log) -> None:
        self._plan = plan
        self._sut = deployment
        self._transport = transport
        self._clock = clock
        self._log = log
        self._watch = Watch(clock)
        log.add_taker(self._watch)
        self._requests = Requests(deployment.key, deployment.profile)
        self._exchanges = Exchanges(transport, clock, log, deployment.profile.waits.request)
        self._time = PassingTime(clock, self._watch, log, deployment.max_wait)
        self._session = KnownSession(deployment.profile, deployment.server_offset)
        self._audio = memoryview(plan.audio.data)
        self._subscription: Subscription | None = None
        self._ending: Ending | None = None
        self._in_doubt: set[Kind] = set()  # kinds of requests whose last one got no answer

    def perform(self) -> Ended:
        """Do all that the plan says, leave nothing open at the SUT, and say how it went."""
        try:
            for action in self._plan.actions:
                self._do(action)
            ending, why = self._ending or "cancelled", ""
        except OverError as over:
            ending, why = over.ending, str(over)
        except BaseException:  # the user's Ctrl-C, or the load tool taking the user down: leave properly all the same
            self._leave("interrupted", "")
            raise
        return self._leave(ending, why)

    def stop(self) -> None:
        """End the session soon: whatever it waits for is waited for no longer."""
        self._watch.stop()

    def _leave(self, ending: Ending, why: str) -> Ended:
        try:
            gone = self._ending is not None or ending == "abandoned"
            if self._session.started and not gone:
                self._control(Control(action="cancel", reason=_LEAVING), tries=1)
        except OverError:
            pass  # it was worth a try; the SUT will let the session expire
        finally:
            self._detach()
            self._transport.close()
            ended = Ended(self._clock.now(), ending, why)
            self._log.add(ended)
        return ended

    # Steps

    def _do(self, action: Action) -> None:
        match action:
            case Push():
                self._push(action)
            case Control():
                self._control(action)
            case Silence() | Await() | Outlive() | Expire():
                self._pass_time(action)
            case _:
                self._come_or_go(action)

    def _come_or_go(self, action: Start | Attach | Detach | Abandon) -> None:
        match action:
            case Start():
                self._start(action)
            case Attach():
                self._attach(action)
            case Detach():
                self._detach()
            case Abandon():
                raise OverError("abandoned", "")

    def _pass_time(self, action: Silence | Await | Outlive | Expire) -> None:
        match action:
            case Silence():
                self._silence(action)
            case Await():
                self._await(action)
            case Outlive():
                self._outlive()
            case Expire():
                self._expire()

    def _start(self, action: Start) -> None:
        request = self._requests.start(self._sut.prefix + START_PATH, action)
        result = self._send("start", request, key=action.key)
        if action.key != "right":
            return
        self._insist(result, "the start")
        try:
            self._session.start(result)
        except MalformedReplyError as error:
            raise OverError("failed", f"the start reply can't be used: {error}") from None

    def _attach(self, action: Attach) -> None:
        path = self._target("attach")
        request = self._requests.attach(path, action)
        for pause in self._pauses():
            result, subscription = self._exchanges.subscribe(
                Sent(0, "attach", self._clock.now(), 0.0, key=action.key), request
            )
            self._session.heard(result)
            if action.second or action.key != "right":
                if subscription is not None:
                    subscription.close()
                return
            if subscription is not None:
                self._subscription = subscription
                self._session.lease.hold(attached=True, at=result.at)
                return
            # 4xx too is tried again: a server may take a moment to notice that an earlier consumer has left.
            if pause is None or result.accepted:
                self._insist(result, "the event stream")
                raise OverError("failed", f"the event stream was answered {result.status}, not 200")
            self._time.rest(pause)

    def _detach(self) -> None:
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None
            self._session.lease.hold(attached=False, at=self._clock.now())

    def _push(self, action: Push) -> None:
        due = self._time.due(action.at)
        self._time.rest(due - self._clock.now())
        result = self._send(
            "chunk",
            self._requests.chunk(self._target("chunk"), action, self._audio),
            due=due,
            key=action.key,
            drop_reply=action.drop_reply,
            tries=None if action.right and not action.drop_reply and action.abort is None else 1,
            seq=chunk_seq(action),
            size=0 if action.malformed == "no-file" else action.end - action.begin,
            audio=f"{self._plan.audio.digest}@{action.begin}",
            wellformed=action.malformed is None,
        )
        if action.right and not action.drop_reply and action.abort is None:
            self._insist(result, f"chunk {action.seq}")

    def _control(self, action: Control, tries: int | None = None) -> None:
        result = self._send(
            "control",
            self._requests.control(self._target("control"), action),
            key=action.key,
            tries=tries if action.right else 1,
            action=action.action,
            reason=action.reason,
        )
        if not action.right:
            return
        if action.action == "keepalive":
            self._session.kept_alive(result)
        elif not (result.status == 409 and "control" in self._in_doubt):  # it may have been heard the time before
            self._insist(result, f"`{action.action}`")
        if action.action == "cancel":
            self._ending = "cancelled"
        elif action.action == "finalize":
            self._ending = "done"

    def _silence(self, action: Silence) -> None:
        seconds = action.seconds if action.ttl is None else action.ttl * self._ttl()
        self._time.wait_until(self._clock.now() + seconds, "silence", media_runs=action.ttl is None)

    def _await(self, action: Await) -> None:
        waits = self._sut.profile.waits
        self._time.wait_for(action.what, action.timeout or (waits.close if action.what == "end" else waits.drain))

    def _outlive(self) -> None:
        gone, pause = self._gone_from(), max(_KEEPALIVE * self._ttl(), _PAST)
        self._time.afford(gone - self._clock.now(), "outliving its TTL")
        while self._clock.now() < gone:
            self._time.wait_until(min(self._clock.now() + pause, gone), "silence")
            self._control(Control(action="keepalive"))

    def _expire(self) -> None:
        self._time.wait_until(self._gone_from(), "expiry")
        self._ending = "expired"

    # What the steps share

    def _send(
        self,
        kind: Kind,
        request: Request,
        *,
        due: float | None = None,
        drop_reply: bool = False,
        tries: int | None = None,
        **fields: object,
    ) -> Result:
        """Send, and send again as the retry policy has it, under the same number."""
        sent = Sent(0, kind, self._clock.now() if due is None else due, 0.0, **fields)  # type: ignore[arg-type] # the callers name fields of Sent
        for pause in self._pauses(tries):
            in_doubt = kind in self._in_doubt
            result = self._exchanges.send(sent, request, drop_reply=drop_reply)
            self._session.heard(result)
            if result.lost:
                self._in_doubt.add(kind)
            elif result.status != 409:
                self._in_doubt.discard(kind)
            # A server still at the attempt before this one, or without room for another session, refuses for now.
            for_now = result.status == 409 and (in_doubt or kind == "start")
            again = result.trouble in self._plan.retry.on or for_now
            if pause is None or not again:
                break
            self._time.rest(pause)
        return result

    def _pauses(self, tries: int | None = None) -> list[float | None]:
        """After each try but the last, the seconds until the next one."""
        retry: Retry = self._plan.retry
        return [min(retry.first * 2**k, retry.most) for k in range((tries or retry.tries) - 1)] + [None]

    def _insist(self, result: Result, what: str) -> None:
        if not result.accepted:
            raise OverError("failed", f"{what} {result.in_words}")

    def _target(self, kind: Kind) -> str:
        if not self._session.started:
            raise OverError("failed", "there is no session")
        try:
            return self._session.target(kind, self._sut.origin, self._sut.prefix)
        except ForeignOriginError:
            self._log.add(Withheld(kind, self._clock.now(), self._session.url(kind)))
            raise OverError("failed", f"the {kind} URL leads to another origin") from None

    def _ttl(self) -> float:
        """The session's TTL in seconds; at most that long."""
        if self._session.lease.ttl is None:
            raise OverError("failed", "the TTL is unknown: the start reply has no Date to hold expires_at against")
        return self._session.lease.ttl.high

    def _gone_from(self) -> float:
        """When the session must be gone, if nothing more is sent."""
        ttl, expiry = self._ttl(), self._session.lease.expiry
        gone = self._session.lease.gone_from or (expiry.high if expiry else self._clock.now() + ttl)
        return gone + self._sut.profile.grace(ttl) + _PAST
