"""The checks, one module a chapter of the catalogue."""

from harness.oracle.account import ACROSS
from harness.oracle.checks.acceptance import RightRequestsAreAccepted
from harness.oracle.checks.affect import CognitionsAreWhole, EmotionsAreWhole
from harness.oracle.checks.attribution import EventsBelongToUtterances
from harness.oracle.checks.auth import KeysAreRequired
from harness.oracle.checks.availability import NoSessionStartsWhileDisabled
from harness.oracle.checks.base import Check
from harness.oracle.checks.chunks import ChunksAreCounted
from harness.oracle.checks.company import EventsNameTheirSession
from harness.oracle.checks.control import CancelTearsDown, FinalizeLetsThePipelineFinish, UnknownActionsAreRefused
from harness.oracle.checks.done import DoneRefersToArtifacts
from harness.oracle.checks.encoding import StreamsAreLegal
from harness.oracle.checks.events import ErrorsAreStructured, EventsAreKnown, StatusIsWellFormed, StatusMovesForward
from harness.oracle.checks.operations import CountersTellTheTruth, MetricsAreExposed
from harness.oracle.checks.reattach import ConsumersCanComeBack
from harness.oracle.checks.results import FormatsAreHeard, ResultsComeEarly
from harness.oracle.checks.sizes import SizesMayVary
from harness.oracle.checks.start import SessionUrlsWork, StartRepliesAreComplete
from harness.oracle.checks.stream import DoneIsLast, OneConsumerAtATime, StreamsAreEventStreams
from harness.oracle.checks.summary import SummariesRecap
from harness.oracle.checks.transcripts import TranscriptsAreWhole
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
    ConsumersCanComeBack,
    DoneIsLast,
    EventsAreKnown,
    ErrorsAreStructured,
    StatusIsWellFormed,
    StatusMovesForward,
    StreamsAreLegal,
    EventsNameTheirSession,
    ResultsComeEarly,
    FormatsAreHeard,
    SizesMayVary,
    TranscriptsAreWhole,
    EmotionsAreWhole,
    CognitionsAreWhole,
    EventsBelongToUtterances,
    SummariesRecap,
    DoneRefersToArtifacts,
    NoSessionStartsWhileDisabled,
    MetricsAreExposed,
    CountersTellTheTruth,
)

CHECKED: frozenset[str] = ACROSS | {requirement for check in ALL for requirement in check.judges}
"""Ids of the requirements that some check judges, or the comparison of sessions."""

__all__ = ["ALL", "CHECKED", "Check"]
