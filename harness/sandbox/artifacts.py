"""The bundle that `done` refers to: "timeline, summary, segmentation" (Production Notes)."""

import itertools
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from harness.sandbox import events
from harness.sandbox.session import Session


def timeline(session: Session) -> dict[str, Any]:
    """Every utterance with its id and times."""
    return {
        "conversation_id": session.conversation_id,
        "utterances": [
            {"utterance_id": events.utterance_id(session, number)} | events.transcript(heard)
            for number, heard in enumerate(session.utterances)
        ],
    }


def summary(session: Session) -> dict[str, Any]:
    """The last recap."""
    return {"conversation_id": session.conversation_id} | events.summary(session)


def segmentation(session: Session) -> dict[str, Any]:
    """Who held the floor from when to when; seconds of media time."""
    turns = (list(turn) for _, turn in itertools.groupby(session.utterances, key=attrgetter("speaker")))
    return {
        "conversation_id": session.conversation_id,
        "segments": [
            {"speaker": turn[0].speaker, "start": round(turn[0].start, 3), "end": round(turn[-1].end, 3)}
            for turn in turns
        ],
    }


BUNDLE: Final[dict[str, Callable[[Session], dict[str, Any]]]] = {
    "timeline": timeline,
    "summary": summary,
    "segmentation": segmentation,
}
