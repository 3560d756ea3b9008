"""What one session has to say when sessions are held against each other: small, and complete once it is over."""

from functools import lru_cache
from hashlib import blake2s
from typing import Final, TypeGuard

import msgspec

from harness.history.observations import Event, Sent
from harness.oracle.exchange import Exchange
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
    began: float = 0.0
    """Wall time at which that came."""
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

    __slots__ = (
        "_audio",
        "_conversation",
        "_counts",
        "_done",
        "_doubtful",
        "_errors",
        "_finalized",
        "_known",
        "_last",
        "_names",
        "_next",
        "_pushed",
        "_reason",
        "_size",
        "_spoken",
        "_stream",
        "_whole",
    )

    def __init__(self, known: Knowledge) -> None:
        """What is `known` is up to date before each observation is taken in."""
        self._known = known
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
        self._counts = [0] * len(COUNTED)
        self._names: tuple[str, ...] = ()
        self._errors: tuple[str, ...] = ()

    @property
    def account(self) -> Account:
        """As far as it goes."""
        header, start = self._known.header, self._known.start
        comparable = self._whole and self._done and self._finalized and self._doubtful is None
        return Account(
            who=Who(header.session, header.scenario, header.seed) if header else Who("", "", 0),
            alone=header is not None and header.alone,
            session=start.session_id if start else "",
            began=header.wall + self._known.lifetime.started_at - header.mono if header and start else 0.0,
            conversation=self._conversation,
            audio=self._audio.hexdigest() if comparable and len(self._spoken) <= _UTTERANCES else "",
            spoken=tuple(self._spoken),
            counts=tuple(self._counts),
            names=self._names,
            reason=self._reason,
            errors=self._errors,
            format=self._spoken_format() if comparable else "",
        )

    def _spoken_format(self) -> str:
        media = self._known.header.media if self._known.header else None
        is_told = media is not None and media.speech >= _SPOKEN and self._size >= _MOST * (media.lead + media.sound)
        small = SMALL if self._size <= _SMALL * self._next else ""
        return media.format + small if media is not None and is_told else ""

    def sent(self, sent: Sent) -> None:
        """A request leaves."""
        if sent.key != "right":
            return
        if sent.kind == "chunk":
            self._pushed = True
        elif sent.action == "finalize":
            self._finalized = True
        elif sent.action == "cancel":
            self._reason, self._whole = sent.reason or "", False

    def exchanged(self, exchange: Exchange) -> None:
        """It has its reply, or will have none."""
        sent = exchange.sent
        if sent.key != "right":
            return
        if sent.kind == "chunk":
            self._chunk(exchange)
        elif sent.kind == "attach" and exchange.accepted:
            self._whole = self._whole and self._stream is None and not self._pushed
            self._stream = sent.n

    def _chunk(self, exchange: Exchange) -> None:
        sent, status = exchange.sent, exchange.returned.status
        if exchange.accepted:
            self.taken(sent)
        elif status is None or status >= 500:
            self._doubtful = sent.seq

    def taken(self, sent: Sent) -> None:
        """A chunk with the right key was accepted."""
        pushed = (sent.audio, sent.size)
        if sent.wellformed and sent.seq == str(self._next):
            self._audio.update(f"{sent.audio} {sent.size};".encode())
            self._next, self._last = self._next + 1, pushed
            self._size += sent.size
        elif not (sent.wellformed and sent.seq == str(self._next - 1) and pushed == self._last):
            self._whole = False  # what was taken in is not known
        if self._doubtful == sent.seq:
            self._doubtful = None

    def named(self) -> None:
        """The last event names a session."""
        start, named = self._known.start, self._known.reader.session
        if start is not None and named is not None and named != start.session_id:
            self._names = _with(self._names, named)

    def event(self, event: Event) -> None:
        """An event of a stream of its own."""
        payload = event.payload
        if not isinstance(payload, dict) or self._known.start is None:
            return
        if event.name == "final_transcript":
            if len(self._spoken) <= _UTTERANCES:
                told = self._known.utterance(event)
                self._spoken.append(_spoken(told.start, told.end, told.text or ""))
        elif event.name in COUNTED:
            self._counts[COUNTED.index(event.name)] += 1
        elif event.name == "error":
            self._errors = _with(self._errors, " ".join(filter(_is_text, payload.values()))[:_SAYING])
        elif event.name == "done":
            self._done = True
            conversation = payload.get("conversation_id")
            self._conversation = str(conversation) if isinstance(conversation, str | int) else ""


_spoken = lru_cache(maxsize=4096)(Spoken)
"""Sessions with the same audio are told the same: one of each utterance is enough."""


def _with(sayings: tuple[str, ...], another: str) -> tuple[str, ...]:
    return sayings if another in sayings or len(sayings) == _SAYINGS else (*sayings, another)


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)
