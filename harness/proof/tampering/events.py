"""Lies about what events say. Payloads are searched, since the document names few of their fields."""

from collections.abc import Iterable
from typing import Any, ClassVar

from harness.history.eventstream import ServerSentEvent
from harness.proof.tampering.lie import Lie, encode, lie, payload_of, retold

_SEVEN = 7


class _Payload(Lie):
    """A lie about the payload of the events of one name."""

    name: ClassVar[str]

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        payload = payload_of(event) if event.name == self.name else None
        return [encode(event)] if payload is None else [retold(event, self.wrong(payload))]

    def wrong(self, payload: dict[str, Any]) -> Any:
        """What is told in place of it."""
        raise NotImplementedError


@lie("unknown-event")
class UnknownEvent(Lie):
    """An event of a name that the document does not know."""

    trips = ("EVENT-1",)

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        stranger = ServerSentEvent("telemetry", "{}", event.id)
        return [encode(event), encode(stranger)] if event.name == "status" else [encode(event)]


@lie("data-is-no-object")
class DataIsNoObject(_Payload):
    """The data of a status is a list."""

    trips = ("EVENT-1",)
    name = "status"

    def wrong(self, payload: dict[str, Any]) -> Any:
        return [payload]


@lie("progress-in-percent")
class ProgressInPercent(_Payload):
    """Progress goes to 100."""

    trips = ("EVENT-2",)
    name = "status"

    def wrong(self, payload: dict[str, Any]) -> Any:
        progress = payload.get("progress")
        return payload | {"progress": 1 + 99 * progress} if isinstance(progress, int | float) else payload


@lie("progress-falls")
class ProgressFalls(_Payload):
    """The last status has no progress at all."""

    trips = ("EVENT-3",)
    name = "status"

    def wrong(self, payload: dict[str, Any]) -> Any:
        return payload | {"progress": 0.0} if payload.get("phase") == "completed" else payload


@lie("transcript-twice")
class TranscriptTwice(Lie):
    """Every transcript comes twice."""

    trips = ("EVENT-4",)

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        return [encode(event)] * (2 if event.name == "final_transcript" else 1)


@lie("confidence-beyond-one")
class ConfidenceBeyondOne(_Payload):
    """Confidence is told in percent."""

    trips = ("EVENT-4",)
    name = "final_transcript"

    def wrong(self, payload: dict[str, Any]) -> Any:
        return _edited(payload, lambda name, value: 97.5 if "confiden" in name and _is_number(value) else value)


@lie("six-emotions")
class SixEmotions(_Payload):
    """The distribution has six numbers."""

    trips = ("EVENT-5",)
    name = "emotion"

    def wrong(self, payload: dict[str, Any]) -> Any:
        return _edited(payload, lambda _, value: _shortened(value))


@lie("no-rationale")
class NoRationale(_Payload):
    """A cognitive event has numbers alone."""

    trips = ("EVENT-6",)
    name = "cognitive"

    def wrong(self, payload: dict[str, Any]) -> Any:
        return _edited(payload, lambda _, value: "" if isinstance(value, str) and " " in value else value)


@lie("no-summary")
class NoSummary(Lie):
    """Nothing is ever summed up."""

    trips = ("EVENT-7",)

    def event(self, event: ServerSentEvent) -> Iterable[bytes]:
        return [] if event.name == "summary_update" else [encode(event)]


@lie("error-without-code")
class ErrorWithoutCode(_Payload):
    """Errors have no code."""

    trips = ("EVENT-8",)
    name = "error"

    def wrong(self, payload: dict[str, Any]) -> Any:
        return {name: value for name, value in payload.items() if name != "code"}


@lie("done-without-conversation")
class DoneWithoutConversation(_Payload):
    """`done` names no conversation."""

    trips = ("EVENT-9",)
    name = "done"

    def wrong(self, payload: dict[str, Any]) -> Any:
        return {name: value for name, value in payload.items() if name != "conversation_id"}


@lie("conversations-repeat")
class ConversationsRepeat(_Payload):
    """All sessions are told the same conversation id."""

    trips = ("EVENT-9",)
    name = "done"

    def wrong(self, payload: dict[str, Any]) -> Any:
        first = self.shared.seen.setdefault("conversation", payload.get("conversation_id"))
        return payload | {"conversation_id": first}


@lie("emotion-of-nobody")
class EmotionOfNobody(_Payload):
    """An emotion belongs to an utterance that is never transcribed."""

    trips = ("EVENT-10",)
    name = "emotion"

    def wrong(self, payload: dict[str, Any]) -> Any:
        return _edited(payload, lambda name, value: "nobody" if "id" in name and isinstance(value, str) else value)


def _edited(value: Any, change: Any, name: str = "") -> Any:
    """The same JSON with each value changed that `change(name, value)` changes; containers after what they hold."""
    if isinstance(value, dict):
        value = {key: _edited(item, change, key.lower()) for key, item in value.items()}
    elif isinstance(value, list):
        value = [_edited(item, change, name) for item in value]
    return change(name, value)


def _shortened(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == _SEVEN and all(map(_is_number, value.values())):
        return dict(list(value.items())[1:])
    if isinstance(value, list) and len(value) == _SEVEN:
        return value[1:]
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
