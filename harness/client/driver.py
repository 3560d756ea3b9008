"""Performs a plan: one session from start to end, with its event stream read beside everything else."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

import msgspec

from harness.client.asides import Asides
from harness.client.clock import Clock
from harness.client.controls import Controls
from harness.client.deployment import Deployment
from harness.client.exchanges import Exchanges
from harness.client.known_session import KnownSession
from harness.client.passing_time import Ending, OverError, PassingTime, no_upkeep
from harness.client.requests import Requests, start_body
from harness.client.retrying import Retrying, insist
from harness.client.targets import Targets
from harness.client.transport import Subscription, Transport
from harness.client.upkeep import Upkeep
from harness.client.uploads import Uploads
from harness.client.waits import Waits
from harness.client.watch import Watch
from harness.contract.messages import START_PATH, MalformedReplyError
from harness.history.log import Log
from harness.history.observations import Ended, Sent
from harness.scenario.plan import (
    Abandon,
    Artifacts,
    Attach,
    Await,
    Control,
    Detach,
    Expire,
    Metrics,
    Outlive,
    Plan,
    Push,
    Silence,
    Start,
    Together,
)

LEAVING: Final = "the client is leaving"
"""The reason of a cancel that is no step of the plan's."""
_LEAVING_TRIES: Final = 3  # a session that is left behind takes another one's room at the SUT until its TTL is over


class Driver:
    """One user in one session. `perform` blocks until the session is over; `stop` ends it from another thread."""

    def __init__(
        self,
        plan: Plan,
        deployment: Deployment,
        transport: Transport,
        clock: Clock,
        log: Log,
        *,
        due: float | None = None,
    ) -> None:
        """`due` is when the session's first request should leave; None is when `perform` is called."""
        self._plan = plan
        self._sut = deployment
        self._transport = transport
        self._clock = clock
        self._log = log
        self._watch = Watch(clock)
        log.add_taker(self._watch)
        self._session = KnownSession(deployment.profile, deployment.server_offset)
        self._requests = Requests(deployment.key, deployment.profile)
        self._exchanges = Exchanges(transport, clock, log, deployment.profile.waits.request)
        self._time = PassingTime(clock, self._watch, log, deployment.max_wait)
        self._retrying = Retrying(self._exchanges, self._session, self._time, plan.retry)
        self._targets = Targets(deployment, self._session, clock, log)
        self._controls = Controls(self._requests, self._retrying, self._session, self._targets, clock)
        self._upkeep = Upkeep(clock, self._session, self._controls.keepalive)
        self._asides = Asides(deployment, self._requests, self._exchanges, clock, log)
        self._subscription: Subscription | None = None
        self._due = due if isinstance(plan.actions[0], Start) else None
        self._left = False  # a consumer of ours has gone, which the SUT may take a moment to notice
        self._ending: Ending | None = None
        self._uploads = Uploads(
            plan, self._requests, self._exchanges, self._retrying, self._session, self._time, self._targets
        )
        self._waits = Waits(deployment.profile, clock, self._time, self._session, self._controls.keepalive)

    def perform(self) -> Ended:
        """Do all that the plan says, leave nothing open at the SUT, and say how it went."""
        try:
            for action in self._plan.actions:
                self._time.upkeep()
                _DOING[type(action)](self)(action)
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
                self._control(Control(action="cancel", reason=LEAVING), tries=_LEAVING_TRIES)
        except OverError:
            pass  # it was worth a try; the SUT will let the session expire
        finally:
            self._detach()
            self._time.upkeep = no_upkeep
            self._transport.close()
            ended = Ended(self._clock.now(), ending, why)
            self._log.add(ended)
        return ended

    # Steps

    def _start(self, action: Start) -> None:
        if self._sut.disabled:
            action = msgspec.structs.replace(action, open=True)
        request = self._requests.start(self._sut.prefix + START_PATH, action)
        due, self._due = self._due, None
        due, body = self._clock.now() if due is None else due, start_body(action)
        sent = Sent(0, "start", due, 0.0, key=action.key, wellformed=not action.open, body=body)
        result = self._retrying.send(sent, request)
        if action.open or action.key != "right":
            self._asides.discard(result)
            return
        insist(result, "the start")
        try:
            self._session.start(result)
        except MalformedReplyError as error:
            raise OverError("failed", f"the start reply can't be used: {error}") from None
        if self._plan.keepalive:
            self._upkeep.begin(result.sent)
            self._time.upkeep = self._upkeep

    def _attach(self, action: Attach) -> None:
        request = self._requests.attach(self._targets.of("attach"), action)
        comes_back = self._left and not action.open
        for pause in self._retrying.pauses(lasting=self._sut.profile.waits.notice if comes_back else 0.0):
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
                if action.open or comes_back:
                    return  # a matter for the judge
                insist(result, "the event stream")
                raise OverError("failed", f"the event stream was answered {result.status}, not 200")
            self._time.pass_until(self._clock.now() + pause)

    def _detach(self, _: Detach | None = None) -> None:
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None
            self._left = True
            self._session.lease.hold(attached=False, at=self._clock.now())

    def _control(self, action: Control, tries: int | None = None) -> None:
        if action.right and action.action != "keepalive":
            self._upkeep.stop()
        result = self._controls.send(action, tries)
        if not action.right or action.action == "keepalive":
            return
        heard_before = result.status == 409 and self._retrying.in_doubt("control")
        if not heard_before:
            insist(result, f"`{action.action}`")
        if action.action == "cancel":
            self._ending = "cancelled"
        elif action.action == "finalize":
            self._ending = "done"

    def _expire(self, _: Expire) -> None:
        self._waits.expire()
        self._ending = "expired"

    def _artifacts(self, _: Artifacts) -> None:
        self._log.hand_on()  # `done` may be among what waits
        done = self._watch.done
        self._asides.artifacts(done and done.payload)

    def _abandon(self, _: Abandon) -> None:
        raise OverError("abandoned", "")


_DOING: Final[dict[type, Callable[[Driver], Callable[[Any], None]]]] = {
    action: attrgetter(method)
    for action, method in {
        Start: "_start",
        Attach: "_attach",
        Detach: "_detach",
        Push: "_uploads.push",
        Together: "_uploads.together",
        Control: "_control",
        Silence: "_waits.silence",
        Await: "_waits.event",
        Outlive: "_waits.outlive",
        Expire: "_expire",
        Metrics: "_asides.metrics",
        Artifacts: "_artifacts",
        Abandon: "_abandon",
    }.items()
}
"""By action, the method that does it."""
