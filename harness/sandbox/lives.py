"""The lives of sessions, by the contract's transition table, and the analysis of what is heard in them."""

import random
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from harness.contract.lifecycle import Happening, State, after
from harness.sandbox import events
from harness.sandbox.audio.listener import Heard, Listener
from harness.sandbox.audio.unsupported import UnsupportedAudio
from harness.sandbox.pipeline import Pipeline
from harness.sandbox.session import Session
from harness.sandbox.settings import Settings
from harness.sandbox.streams import Streams

CHOICES: Final = {
    (State.PROCESSING, Happening.FINALIZE): State.PROCESSING,  # the first ack may have been lost
    (State.COMPLETED, Happening.FINALIZE): State.COMPLETED,
    (State.PROCESSING, Happening.CANCEL): State.CANCELLED,
    (State.CANCELLED, Happening.CANCEL): State.CANCELLED,
}
"""Cells of the table that the document leaves silent, and that this server fills; it refuses the others."""


class Lives(Streams):
    """All sessions of a server, from start to end."""

    def __init__(self, settings: Settings, listener_factory: Callable[[], Listener] = Listener) -> None:
        super().__init__(settings)
        self.sessions: dict[str, Session] = {}
        self._listener_factory = listener_factory
        self._pipeline = Pipeline(settings.analysis_workers, settings.agent_latency)
        self._random = random.Random(settings.seed)

    def open(self, filename: str, goal: str, origin: str) -> Session:
        """Begin a session."""
        session = Session(
            id=self.new_id("live"),
            conversation_id=self.new_id("conv"),
            filename=filename,
            goal=goal,
            origin=origin,
            listener=self._listener_factory(),
        )
        self.sessions[session.id] = session
        self.extend(session)
        self.agenda.at(session.deadline, partial(self.watch, session))
        self.metrics.started()
        self.report_progress(session, "ingesting", 0.0)
        return session

    def new_id(self, kind: str) -> str:
        """An id that no other has."""
        return f"{kind}-{self._random.getrandbits(64):016x}"

    def url(self, session: Session, part: str) -> str:
        """Where a part of the session is found."""
        return f"/analyze/live/{session.id}/{part}"

    def next_state(self, session: Session, happening: Happening) -> State | None:
        """What the session turns into; None where that is refused."""
        state = CHOICES.get((session.state, happening), after(session.state, happening))
        return state if isinstance(state, State) else None

    def extend(self, session: Session) -> None:
        """Give it a whole TTL from now."""
        session.deadline = self.now + self.settings.ttl
        session.expires_at = self.wall + self.settings.ttl

    def watch(self, session: Session) -> None:
        """Expire when the deadline has come; look again later when it has moved."""
        if session.state is not State.INGESTING:
            return
        if session.deadline > self.now:
            self.agenda.at(session.deadline, partial(self.watch, session))
        else:
            self.expire(session)

    def expire(self, session: Session) -> None:
        """The TTL has run out."""
        self.tear_down(session, State.EXPIRED, "expired", "neither a chunk nor a keepalive came before expires_at")

    def cancel(self, session: Session, reason: str) -> None:
        """Cancel "tears down the session and emits `error` with your reason" (Recipe 3)."""
        self.tear_down(session, State.CANCELLED, "cancelled", reason or "cancelled by the client")

    def tear_down(self, session: Session, state: State, code: str, message: str) -> None:
        """End it with an error."""
        session.state = state
        self.emit(session, "error", {"code": code, "message": message})
        self.end(session, code)

    def finalize(self, session: Session) -> None:
        """Finalize "stops chunk ingestion and lets the pipeline finish" (Recipe 3)."""
        session.state = State.PROCESSING
        self.report_progress(session, "processing", events.PROCESSING_PROGRESS)
        try:
            self.analyse(session, session.listener.finish())
        except UnsupportedAudio as fault:
            self.tear_down(session, State.CANCELLED, fault.code, fault.message)
        else:
            # The recap is the last analysis: never finished before those of the utterances that it sums up.
            self.agenda.at(self._pipeline.enter(self.now), partial(self.complete, session))

    def complete(self, session: Session) -> None:
        """The pipeline has finished."""
        if self.next_state(session, Happening.DRAINED) is None:
            return  # cancelled meanwhile
        session.state = State.COMPLETED
        if session.utterances:
            self.emit(session, "summary_update", events.summary(session))
        self.report_progress(session, "completed", 1.0)
        self.emit(session, "done", events.done(session, partial(self.url, session)))
        self.end(session, "done")

    def end(self, session: Session, cause: str) -> None:
        """Nothing more happens in it; it can be read for a while."""
        self.metrics.ended(cause)
        self.end_stream(session)
        self.agenda.at(self.now + self.settings.retention, partial(self.forget, session))

    def forget(self, session: Session) -> None:
        """It can be read no longer."""
        del self.sessions[session.id]

    def report_progress(self, session: Session, phase: str, progress: float) -> None:
        """A status event."""
        session.progress = progress
        self.emit(session, "status", {"phase": phase, "progress": progress})

    def analyse(self, session: Session, found: Iterable[Heard]) -> None:
        """Queue utterances for analysis."""
        for heard in found:
            self.agenda.at(self._pipeline.enter(self.now), partial(self.analysed, session, heard, self.now))

    def measure_latency(self, seconds: float) -> None:
        """Take down how long the agents took for an utterance."""
        self.metrics.analysed(seconds)

    def analysed(self, session: Session, heard: Heard, since: float) -> None:
        """The agents have finished with an utterance."""
        self.measure_latency(self.now - since)
        if session.is_over:
            return
        for name, payload in self.results(session, heard):
            self.emit(session, name, payload)
        session.utterances.append(heard)
        if len(session.utterances) % events.SUMMARY_EVERY == 0:
            self.emit(session, "summary_update", events.summary(session))

    def results(self, session: Session, heard: Heard) -> list[tuple[str, events.Payload]]:
        """The events that an utterance leads to, in order."""
        return events.results(session, heard)
