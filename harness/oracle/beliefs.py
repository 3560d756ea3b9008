"""What the server may believe of a session: where it stands, which number comes next, how much audio it has.

A lost reply leaves two possible servers, one that counted the chunk and one that did not; both are kept until an ack
decides. Once the SUT has broken the rules of numbering, its state can't be known any more: there are no beliefs then,
and nothing that follows from them is judged, so that one fault is one finding.
"""

from enum import Enum
from typing import Final

import msgspec
from msgspec.structs import replace

from harness.contract.lifecycle import Answer as Cell
from harness.contract.lifecycle import Happening, State, after
from harness.history.observations import Sent


class Belief(msgspec.Struct, frozen=True, gc=False):
    """One possible truth."""

    state: State
    next: int
    """The number that the next chunk must bear."""
    total: int
    """Audio bytes counted so far."""
    last: tuple[str, int] = ("", 0)
    """Which bytes came under the last number, and how many: a retry brings the same ones."""


class Role(Enum):
    """What a chunk is to the server, by its number."""

    RIGHT = "right"
    RETRY = "retry"  # of the last number; also where it may be the right one, since an earlier reply was lost
    FIRST = "first"  # the first chunk, with a number other than 0
    GAP = "gap"
    ALTERED = "altered"  # the last number, with other bytes
    OLDER = "older"
    LATE = "late"  # after the end of ingestion
    UNKNOWN = "unknown"


ACCEPTABLE: Final = (Role.RIGHT, Role.RETRY)
"""Roles of chunks that a session which takes chunks must accept."""


_INGESTING: Final = State.INGESTING  # reading a member off its class takes longer than all else that is done with it
_RIGHT: Final = Role.RIGHT


class Beliefs:
    """All that may be true; empty before the start, and once track was lost."""

    __slots__ = ("_all",)

    def __init__(self) -> None:
        self._all: tuple[Belief, ...] = ()

    def begin(self) -> None:
        """The session has started."""
        self._all = (Belief(State.INGESTING, 0, 0),)

    def lose_track(self) -> None:
        """The SUT broke a rule on which all that follows depends."""
        self._all = ()

    @property
    def are_lost(self) -> bool:
        """Whether nothing is known: before the start, or since track was lost."""
        return not self._all

    def role(self, sent: Sent) -> Role:
        """What the chunk is to the server."""
        if not sent.wellformed or not _is_number(sent.seq) or not self._all:
            return Role.UNKNOWN
        if len(self._all) == 1:
            return _role(self._all[0], sent)
        roles = {_role(belief, sent) for belief in self._all}
        if roles == {*ACCEPTABLE}:
            return Role.RETRY
        return roles.pop() if len(roles) == 1 else Role.UNKNOWN

    def may_be_new(self, sent: Sent) -> bool:
        """Whether the chunk may be one that the server has not counted yet."""
        return any(_role(belief, sent) is _RIGHT for belief in self._all)

    def totals_with(self, sent: Sent) -> set[int]:
        """The totals that an ack of the chunk may report."""
        return {_with(belief, sent).total for belief in self._all}

    def surely(self, *states: State) -> bool:
        """Whether the session is in one of `states`, whatever else is unknown."""
        return bool(self._all) and all(belief.state in states for belief in self._all)

    def surely_ingesting(self) -> bool:
        """Whether the session takes chunks, whatever else is unknown."""
        for belief in self._all:  # asked for every request
            if belief.state is not _INGESTING:
                return False
        return bool(self._all)

    def surely_has_audio(self) -> bool:
        """Whether some audio was counted, whatever else is unknown."""
        return bool(self._all) and all(belief.total for belief in self._all)

    def has_taken_chunks(self) -> bool:
        """Whether some chunk may have been counted."""
        return any(belief.next for belief in self._all)

    def chunk_counted(self, sent: Sent, total: int | None) -> None:
        """An acceptable chunk was acked with that total; None where the ack has none."""
        counted = [_with(belief, sent) for belief in self._all]
        # Of a wrong total: what counts from now on is what the server believes.
        stated = [each if total is None else _stating(each, total) for each in counted]
        self._all = tuple(dict.fromkeys(stated)) if len(stated) > 1 else tuple(stated)

    def before(self, sent: Sent) -> Belief | None:
        """What is believed, if by that the chunk surely is the next one, and its number plainly told; else None."""
        if len(self._all) != 1:
            return None
        belief = self._all[0]
        is_next = sent.wellformed and belief.state is _INGESTING and sent.seq == str(belief.next)
        return belief if is_next else None

    def is_still(self, belief: Belief) -> bool:
        """Whether nothing has happened since that was believed."""
        return len(self._all) == 1 and self._all[0] is belief

    def next_counted(self, before: Belief, sent: Sent, total: int) -> None:
        """The chunk that surely was the next one was acked with its right total."""
        self._all = (Belief(_INGESTING, before.next + 1, total, (sent.audio, sent.size)),)

    def chunk_in_doubt(self, sent: Sent) -> None:
        """An acceptable chunk got no answer: it may have been counted, or not."""
        self._all = tuple(dict.fromkeys((*self._all, *(_with(belief, sent) for belief in self._all))))

    def happened(self, happening: Happening, *, surely: bool) -> None:
        """Something else happened to the session; or may have."""
        moved = tuple(_moved(belief, happening) for belief in self._all)
        self._all = moved if surely else tuple(dict.fromkeys((*self._all, *moved)))

    def completed(self) -> None:
        """`done` was seen."""
        self._all = tuple(replace(belief, state=State.COMPLETED) for belief in self._all)


def _is_number(seq: str | None) -> bool:
    return seq is not None and seq.isascii() and seq.isdigit()


def _role(belief: Belief, sent: Sent) -> Role:
    if belief.state is not _INGESTING:
        return Role.LATE
    seq = int(sent.seq or 0)
    if seq == belief.next:
        return _RIGHT
    if seq > belief.next:
        return Role.GAP if belief.next else Role.FIRST
    if seq < belief.next - 1:
        return Role.OLDER
    return Role.RETRY if (sent.audio, sent.size) == belief.last else Role.ALTERED


def _with(belief: Belief, sent: Sent) -> Belief:
    if _role(belief, sent) is _RIGHT:
        return Belief(belief.state, belief.next + 1, belief.total + sent.size, (sent.audio, sent.size))
    return belief


def _stating(belief: Belief, total: int) -> Belief:
    return belief if belief.total == total else replace(belief, total=total)


def _moved(belief: Belief, happening: Happening) -> Belief:
    to = after(belief.state, happening)
    return belief if isinstance(to, Cell) else replace(belief, state=to)
