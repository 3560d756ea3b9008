"""What one session has to say when sessions are held against each other: small, and complete once it is over."""

from collections.abc import Callable
from hashlib import blake2s
from typing import Any, Final, TypeGuard

import msgspec

from harness.history.observations import Event, Observation, Returned, Sent
from harness.oracle.knowledge import Knowledge

ACROSS: Final = frozenset({"START-4", "STREAM-7", "STREAM-8"})
"""Ids of the requirements that only sessions held against each other can show to be kept."""
SMALL: Final = " in small chunks"
"""Said of a format."""
COUNTED: Final = ("emotion", "cognitive")
"""Events of which an utterance has its own."""

_UTTERANCES: Final = 200
"""Sessions with more are not compared by what was heard in them."""
_SPOKEN: Final = 3.0
"""Seconds of speech, of which something should be heard."""
_MOST: Final = 0.9
"""Share of the audio that must have been taken in for that."""
_SMALL: Final = 2_000
"""Bytes that a chunk has on the average where chunks are called small."""
_SAYINGS: Final = 5
_SAYING: Final = 300


class Who(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A session, as it is found again."""

    label: str
    scenario: str
    seed: int


class Spoken(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An utterance, as a session's stream told of it; None is what it did not tell."""

    start: float | None
    """Seconds of media time."""
    end: float | None
    text: str

    def __str__(self) -> str:
        said = f" ({self.text!r:.60})" if self.text else ""
        return f"{self.start:.2f}-{self.end:.2f} s{said}" if self.start is not None and self.end is not None else said


class Account(msgspec.Struct, frozen=True):
    """Of one session."""

    who: Who
    alone: bool = False
    """It was the only one of its run at the time."""
    session: str = ""
    """Its id; empty where none was started."""
    conversation: str = ""
    """What its `done` names."""
    audio: str = ""
    """Digest of the audio that the SUT accepted, and of how it was cut; empty unless the session was finalized, and one
    consumer read its stream from before the first chunk to `done`, and no request's fate is unknown."""
    spoken: tuple[Spoken, ...] = ()
    """Its utterances, in the order in which they came."""
    counts: tuple[int, ...] = ()
    """How many events there were, for each of `COUNTED`."""
    names: tuple[str, ...] = ()
    """Ids of other sessions, or of none that is known, that its events name."""
    reason: str = ""
    """Of its cancel."""
    errors: tuple[str, ...] = ()
    """What its error events say."""
    format: str = ""
    """Of the audio, where it is known that something is said in it, and was taken in; else empty. Chunks of a size that
    is seldom seen make a format of their own (`SMALL`)."""

    @property
    def heard(self) -> bool:
        """Whether its events tell of something that was said."""
        return bool(self.spoken) or any(self.counts)


class Accountant:
    """Keeps the account of one session. It stays small, however long the session is."""

    def __init__(self, known: Knowledge) -> None:
        """What is `known` is up to date before each observation is taken in."""
        self._known = known
        self._pending: dict[int, Sent] = {}
        self._conversation = self._reason = ""
        self._stream: int | None = None
        self._whole = True
        self._finalized = False
        self._done = False
        self._pushed = False
        self._next = 0
        self._size = 0
        self._last = ("", 0)
        self._doubtful: str | None = None
        self._audio = blake2s(digest_size=8)
        self._spoken: list[Spoken] = []
        self._counts = dict.fromkeys(COUNTED, 0)
        self._names: dict[str, None] = {}
        self._errors: dict[str, None] = {}
        self._takers: dict[type, Callable[[Any], None]] = {
            Sent: self._sent,
            Returned: self._returned,
            Event: self._event,
        }

    def __call__(self, observation: Observation) -> None:
        """Take in an observation."""
        take = self._takers.get(type(observation))
        if take is not None:
            take(observation)

    @property
    def account(self) -> Account:
        """As far as it goes."""
        header, start = self._known.header, self._known.start
        comparable = self._whole and self._done and self._finalized and self._doubtful is None
        return Account(
            who=Who(header.session, header.scenario, header.seed) if header else Who("", "", 0),
            alone=header is not None and header.alone,
            session=start.session_id if start else "",
            conversation=self._conversation,
            audio=self._audio.hexdigest() if comparable and len(self._spoken) <= _UTTERANCES else "",
            spoken=tuple(self._spoken),
            counts=tuple(self._counts.values()),
            names=tuple(self._names),
            reason=self._reason,
            errors=tuple(self._errors),
            format=self._spoken_format() if comparable else "",
        )

    def _spoken_format(self) -> str:
        media = self._known.header.media if self._known.header else None
        is_told = media is not None and media.speech >= _SPOKEN and self._size >= _MOST * (media.lead + media.sound)
        small = SMALL if self._size <= _SMALL * self._next else ""
        return media.format + small if media is not None and is_told else ""

    def _sent(self, sent: Sent) -> None:
        if sent.key != "right":
            return
        self._pending[sent.n] = sent
        if sent.kind == "chunk":
            self._pushed = True
        elif sent.action == "finalize":
            self._finalized = True
        elif sent.action == "cancel":
            self._reason, self._whole = sent.reason or "", False

    def _returned(self, returned: Returned) -> None:
        sent = self._pending.pop(returned.n, None)
        if sent is None:
            return
        accepted = returned.status is not None and 200 <= returned.status < 300
        if sent.kind == "chunk":
            self._chunk(sent, returned, accepted=accepted)
        elif sent.kind == "attach" and accepted:
            self._whole = self._whole and self._stream is None and not self._pushed
            self._stream = sent.n

    def _chunk(self, sent: Sent, returned: Returned, *, accepted: bool) -> None:
        if accepted:
            pushed = (sent.audio, sent.size)
            if sent.wellformed and sent.seq == str(self._next):
                self._audio.update(f"{sent.audio} {sent.size};".encode())
                self._next, self._last = self._next + 1, pushed
                self._size += sent.size
            elif not (sent.wellformed and sent.seq == str(self._next - 1) and pushed == self._last):
                self._whole = False  # what was taken in is not known
            self._doubtful = None if self._doubtful == sent.seq else self._doubtful
        elif returned.status is None or returned.status >= 500:
            self._doubtful = sent.seq

    def _event(self, event: Event) -> None:
        payload, start = event.payload, self._known.start
        if not isinstance(payload, dict) or start is None:
            return
        named = payload.get(self._known.profile.fields.start.session_id)
        if isinstance(named, str | int) and str(named) != start.session_id and len(self._names) < _SAYINGS:
            self._names[str(named)] = None
        if event.name == "final_transcript":
            if len(self._spoken) <= _UTTERANCES:
                told = self._known.reader.utterance(event, self._known.pushed.seconds)
                self._spoken.append(Spoken(told.start, told.end, told.text or ""))
        elif event.name in self._counts:
            self._counts[event.name] += 1
        elif event.name == "error":
            if len(self._errors) < _SAYINGS:
                self._errors[" ".join(filter(_is_text, payload.values()))[:_SAYING]] = None
        elif event.name == "done":
            self._done = True
            conversation = payload.get("conversation_id")
            self._conversation = str(conversation) if isinstance(conversation, str | int) else ""


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)
