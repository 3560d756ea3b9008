"""A request with its reply, and how the reply is to be taken."""

from enum import Enum
from typing import Any, Final

import msgspec

from harness.history.observations import UNSENT, Returned, Sent
from harness.oracle.beliefs import Belief, Role


class Answer(Enum):
    """What a reply means, whatever the request was."""

    ACCEPTED = "accepted"  # 2xx
    REFUSED = "refused"  # 4xx that speaks of the request
    UNAUTHORISED = "unauthorised"  # 401: speaks of the key alone, so it is no refusal of anything else
    UNKNOWN = "indeterminate"  # no reply, 3xx, 5xx, or "come again": the server may or may not have acted
    UNTOUCHED = "untouched"  # the request never reached the server


# Reading a member off its class takes longer than all else that is done with it.
_ACCEPTED, _REFUSED, _UNAUTHORISED = Answer.ACCEPTED, Answer.REFUSED, Answer.UNAUTHORISED
_RIGHT: Final = Role.RIGHT

# RFC 9110 section 15.5.9 (408), RFC 8470 section 5.2 (425), RFC 6585 section 4 (429): come again, whatever you asked.
_COME_AGAIN = frozenset({408, 425, 429})


class Standing(msgspec.Struct, frozen=True, gc=False):
    """What a request was to the server when it left.

    Events that it brings on may overtake its reply, so that what is known then is no measure for it any more.
    """

    role: Role = Role.UNKNOWN
    """Of a chunk."""
    ingesting: bool = False
    """The session surely took chunks."""
    stream: int | None = None
    """The exchange whose event stream was open."""
    before: Belief | None = None
    """Of a chunk that surely was the next one, and its number plainly told: what was believed until then."""


class Exchange(msgspec.Struct, frozen=True, gc=False):
    """One request and what came of it."""

    sent: Sent
    returned: Returned
    answer: Answer
    was: Standing
    is_right: bool
    """The request has the right key and the right form."""
    accepted: bool
    turned_down: bool
    """Refused, for whatever reason."""
    is_next: bool
    """A chunk whose number was the next one."""

    @classmethod
    def of(cls, sent: Sent, returned: Returned, was: Standing | None = None) -> "Exchange":
        """Pair them, and take the reply for what it is."""
        was = was or _NOTHING
        too_many = was.stream is not None and returned.status == 429 and sent.kind == "attach"  # one consumer at a time
        is_right = sent.key == "right" and sent.wellformed
        meant = _REFUSED if too_many else answer(returned)
        turned_down = meant is _REFUSED or meant is _UNAUTHORISED
        return cls(sent, returned, meant, was, is_right, meant is _ACCEPTED, turned_down, was.role is _RIGHT)

    @property
    def body(self) -> Any:
        """The reply's JSON, or None."""
        return self.returned.body if self.returned.is_json else None

    @property
    def is_sized_right(self) -> bool:
        """Whether a chunk has a size that must be taken: "between 32-128 kB", and small ones; others are open."""
        return 0 < self.sent.size <= _LARGEST

    @property
    def in_words(self) -> str:
        """The reply, as a finding says it."""
        if self.returned.status is not None:
            return f"answered {self.returned.status}"
        return f"not answered ({self.returned.detail or self.returned.failure})"


_NOTHING = Standing()
_LARGEST = 128_000


def answer(returned: Returned) -> Answer:
    """What a reply means by itself."""
    status = returned.status
    if status is None:
        return Answer.UNTOUCHED if returned.failure in UNSENT else Answer.UNKNOWN
    if 200 <= status < 300:
        return _ACCEPTED
    if status == 401:
        return Answer.UNAUTHORISED
    if 400 <= status < 500 and status not in _COME_AGAIN:
        return Answer.REFUSED
    return Answer.UNKNOWN
