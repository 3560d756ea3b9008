"""Mutants whose ids are not unique."""

import itertools
from typing import Any

from harness.sandbox.mutants.company import Crowded
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Session


@mutant("ids-by-the-second", trips=("START-4",))
class IdsByTheSecond(Service):
    """The session id is the second of the start."""

    def start_reply(self, session: Session) -> dict[str, Any]:
        return super().start_reply(session) | {"session_id": f"live-{int(self.wall)}"}


@mutant("ids-of-places", trips=("START-4",))
class IdsOfPlaces(Service):
    """The session id is one of eight places, given out in turn."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._places = itertools.cycle(range(8))

    def start_reply(self, session: Session) -> dict[str, Any]:
        return super().start_reply(session) | {"session_id": f"place-{next(self._places)}"}


@mutant("ids-shared-at-once", trips=("START-4",))
class IdsSharedAtOnce(Crowded):
    """A session that starts while four others take audio gets the id of one of them."""

    def start_reply(self, session: Session) -> dict[str, Any]:
        reply, others = super().start_reply(session), self.others(session)
        return reply | {"session_id": others[0].id} if len(others) >= 4 else reply


@mutant("conversations-by-the-minute", trips=("EVENT-9",))
class ConversationsByTheMinute(Service):
    """The conversation id is the minute of the start."""

    def new_id(self, kind: str) -> str:
        return f"conv-{int(self.wall / 60)}" if kind == "conv" else super().new_id(kind)


@mutant("conversation-of-the-crowd", trips=("EVENT-9",))
class ConversationOfTheCrowd(Crowded):
    """Sessions that are live together share a conversation id."""

    def open(self, filename: str, goal: str, origin: str) -> Session:
        session = super().open(filename, goal, origin)
        for other in self.others(session):
            session.conversation_id = other.conversation_id
        return session
