"""Variants that number and queue otherwise when there are several sessions."""

import itertools
from typing import Any

from harness.sandbox.audio.listener import Heard
from harness.sandbox.events import Payload
from harness.sandbox.exchange import Call, Served, json_reply
from harness.sandbox.pipeline import Pipeline
from harness.sandbox.registry import variant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


@variant("sessions-numbered")
class SessionsNumbered(Service):
    """Ids are numbers as text, counted from 1000."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._numbers = itertools.count(1000)

    def new_id(self, kind: str) -> str:  # noqa: ARG002 - the signature of what is replaced
        return str(next(self._numbers))


class _OtherUtteranceIds(Service):
    """A base: utterances have ids of another kind."""

    def utterance_id(self, session: Session) -> object:
        """Of the next one."""
        raise NotImplementedError

    def results(self, session: Session, heard: Heard) -> list[tuple[str, Payload]]:
        named = {"utterance_id": self.utterance_id(session)}
        return [(name, payload | named) for name, payload in super().results(session, heard)]


@variant("utterances-counted-by-the-server")
class UtterancesCountedByTheServer(_OtherUtteranceIds):
    """Utterance ids come from one counter for all sessions."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._numbers = itertools.count()

    def utterance_id(self, session: Session) -> int:  # noqa: ARG002 - the signature of what is replaced
        return next(self._numbers)


@variant("utterances-counted-anew")
class UtterancesCountedAnew(_OtherUtteranceIds):
    """Utterance ids count from 0 in each session."""

    def utterance_id(self, session: Session) -> str:
        return str(len(session.utterances))


@variant("events-name-their-session")
class EventsNameTheirSession(Service):
    """Every event says which session it is of."""

    def emit(self, session: Session, name: str, payload: Any) -> None:
        super().emit(session, name, payload | {"session_id": session.id})


@variant("five-sessions-a-key")
class FiveSessionsAKey(Service):
    """A start is answered with 429 while five sessions live under the key."""

    most = 5

    def start(self, call: Call) -> Served:
        if sum(not session.is_over for session in self.sessions.values()) >= self.most:
            return json_reply({"error": "the key has all its sessions"}, 429)
        return super().start(call)


@variant("one-session-a-key-for-now")
class OneSessionAKeyForNow(FiveSessionsAKey):
    """A start is answered with 429 while a session lives under the key."""

    most = 1


@variant("one-agent")
class OneAgent(Service):
    """One agent of a third of a second serves everybody, so that results of a crowd come late."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._pipeline = Pipeline(workers=1, latency=0.33)


@variant("hears-by-chance")
class HearsByChance(Service):
    """The beginning of an utterance is found a little earlier or later each time, and some are not understood."""

    def results(self, session: Session, heard: Heard) -> list[tuple[str, Payload]]:
        (name, transcript), *others = super().results(session, heard)
        moved = {"start": max(transcript["start"] - self._random.uniform(0.0, 0.6), 0.0)}
        text = self._random.choice([transcript["text"], "something or other"])
        return [(name, transcript | moved | {"text": text}), *others]


@variant("hears-nearly-the-same")
class HearsNearlyTheSame(Service):
    """Times are found anew each time, to some milliseconds, and a word is spelt otherwise now and then."""

    def results(self, session: Session, heard: Heard) -> list[tuple[str, Payload]]:
        (name, transcript), *others = super().results(session, heard)
        moved = {"end": transcript["end"] + self._random.uniform(0.0, 0.08)}
        text = self._random.choice([transcript["text"], transcript["text"].capitalize()])
        return [(name, transcript | moved | {"text": text}), *others]
