"""The checks, one module a chapter of the catalogue."""

from harness.oracle.checks.acceptance import RightRequestsAreAccepted
from harness.oracle.checks.auth import KeysAreRequired
from harness.oracle.checks.base import Check
from harness.oracle.checks.chunks import ChunksAreCounted
from harness.oracle.checks.control import CancelTearsDown, FinalizeLetsThePipelineFinish, UnknownActionsAreRefused
from harness.oracle.checks.events import ErrorsAreStructured, EventsAreKnown, StatusIsWellFormed, StatusMovesForward
from harness.oracle.checks.start import SessionUrlsWork, StartRepliesAreComplete
from harness.oracle.checks.stream import DoneIsLast, OneConsumerAtATime, StreamsAreEventStreams
from harness.oracle.checks.ttl import KeepaliveExtends, SessionsLiveAsPromised

ALL: tuple[type[Check], ...] = (
    RightRequestsAreAccepted,
    KeysAreRequired,
    StartRepliesAreComplete,
    SessionUrlsWork,
    ChunksAreCounted,
    FinalizeLetsThePipelineFinish,
    CancelTearsDown,
    KeepaliveExtends,
    UnknownActionsAreRefused,
    SessionsLiveAsPromised,
    StreamsAreEventStreams,
    OneConsumerAtATime,
    DoneIsLast,
    EventsAreKnown,
    ErrorsAreStructured,
    StatusIsWellFormed,
    StatusMovesForward,
)

CHECKED: frozenset[str] = frozenset(requirement for check in ALL for requirement in check.judges)
"""Ids of the requirements that some check judges."""

__all__ = ["ALL", "CHECKED", "Check"]
