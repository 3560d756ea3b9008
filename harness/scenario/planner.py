"""From a call and a seed to a plan. The same two give the same plan."""

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from harness.scenario import steps
from harness.scenario.call import Call
from harness.scenario.cutting import cut, fewest
from harness.scenario.plan import (
    GOAL,
    Abandon,
    Action,
    Artifacts,
    Attach,
    Await,
    Control,
    Detach,
    Expire,
    Metrics,
    Outlive,
    Plan,
    Retry,
    Silence,
    Start,
)
from harness.scenario.pushing import KEYS, Pusher

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def plan(call: Call, seed: int) -> Plan:
    """What a session with this seed will do. Raise `UsageError` where the audio is too short for the steps."""
    audio = call.audio.for_session(seed)
    draw = random.Random(seed)
    pusher = Pusher(cut(audio, call.chunks, call.pace, draw), fewest(audio, call.chunks), draw)
    actions = tuple(_actions(call.steps, audio.name, pusher))
    first, most = call.retry.backoff
    retry = Retry(on=call.retry.on, first=first, most=most, tries=call.retry.tries)
    made = Plan(call.name, seed, actions, audio, retry, keepalive=call.keepalive == "auto")
    decides = _ENCODER.encode((actions, audio.digest, retry, made.keepalive))
    return msgspec.structs.replace(made, digest=hashlib.blake2s(decides, digest_size=8).hexdigest())


def _actions(listed: Sequence[steps.Step], filename: str, pusher: Pusher) -> Iterator[Action]:
    over = False
    for do, place in listed:
        match do:
            case steps.Push():
                try:
                    yield from pusher.push(do)
                except ValueError as problem:
                    raise place.error(str(problem)) from None
            case steps.Silence(lasting=pause):
                pusher.silence(pause.seconds)
                yield Silence(seconds=pause.seconds, ttl=pause.ttl)
            case steps.Start():
                yield _start(do, filename)
            case steps.Keepalive() | steps.Finalize() | steps.Cancel() | steps.Control():
                yield _control(do, over=over)
            case _:
                yield from _plain(do, over=over)
        over = over or do.ends_ingestion


def _start(step: steps.Start, filename: str) -> Start:
    goal = GOAL if step.goal is None else step.goal
    return Start(
        filename=None if step.fault == "no-filename" else step.filename or filename,
        goal={"no-goal": None, "empty-goal": ""}.get(step.fault or "", goal),
        key=KEYS.get(step.fault, "right"),
        open=step.fault in {"no-filename", "no-goal", "empty-goal"},
    )


def _control(step: steps.Keepalive | steps.Finalize | steps.Cancel | steps.Control, *, over: bool) -> Control:
    return Control(
        action=step.action if isinstance(step, steps.Control) else step.word(),
        reason=step.reason if isinstance(step, steps.Cancel) else None,
        key=KEYS[step.fault],
        # Once ingestion is over, the document says nothing of any of them.
        right=not (over or step.fault or isinstance(step, steps.Control)),
    )


def _plain(
    step: steps.Attach
    | steps.Detach
    | steps.Reattach
    | steps.Await
    | steps.Outlive
    | steps.Expire
    | steps.Metrics
    | steps.Artifacts
    | steps.Abandon,
    *,
    over: bool,
) -> list[Action]:
    match step:
        case steps.Attach():
            return [Attach(key=KEYS[step.fault], second=step.consumer == "second", open=over)]
        case steps.Reattach():
            return [Detach(), Attach(open=over)]
        case steps.Await():
            return [Await(what=step.event, timeout=step.within)]
    return [_SAME[type(step)]()]


_SAME: Final[dict[type, Callable[[], Action]]] = {
    steps.Detach: Detach,
    steps.Outlive: Outlive,
    steps.Expire: Expire,
    steps.Metrics: Metrics,
    steps.Artifacts: Artifacts,
    steps.Abandon: Abandon,
}
