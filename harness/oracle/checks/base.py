"""What a check is: something that looks at the observations of one session, one after another."""

from typing import Final, get_args

from harness.contract.profile import Refusal
from harness.history.observations import BESIDE, Ended, Event, Kind, StreamClosed, Waited, Withheld
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, Outcomes, failed, inconclusive, passed

ROUNDING: Final = 1e-3
"""Seconds that adding times up may lose."""
KINDS: Final[tuple[Kind, ...]] = tuple(kind for kind in get_args(Kind) if kind not in BESIDE)


class Check:
    """Judges some requirements on one session. A subclass overrides the hooks that it needs.

    Hooks see what was known *before* the observation. What a check remembers must not grow with the session, and has a
    slot of its own: there are thousands of sessions at once.
    """

    __slots__ = ("known",)

    judges: tuple[str, ...] = ()
    """Ids of the requirements that it may speak of."""
    requests: tuple[Kind, ...] = KINDS
    """Kinds of requests that `exchanged` is asked of."""
    events: tuple[str, ...] | None = None
    """Names of the events that `event` is asked of; None for all, whatever they are called."""

    def __init__(self, known: Knowledge) -> None:
        self.known = known

    @classmethod
    def requirements(cls) -> tuple[str, ...]:
        """What it judges."""
        return cls.judges

    def exchanged(self, exchange: Exchange) -> Outcomes:
        """A request has its reply, or will have none."""
        return ()

    def awaits_chunks(self, exchange: Exchange) -> bool:
        """Whether it must see each ordinary chunk that follows this one, though it said nothing of this one."""
        return False

    def aside(self, exchange: Exchange) -> Outcomes:
        """The same for a request that is no part of the session, such as a look at the metrics."""
        return ()

    def event(self, event: Event) -> Outcomes:
        """An event of the stream."""
        return ()

    def rests(self) -> bool:
        """Whether no event but `done` means anything to it, until a request out of the ordinary has its reply."""
        return False

    def named(self, event: Event) -> Outcomes:
        """An event that names a session, this one or another."""
        return ()

    def illegal(self, event: Event) -> Outcomes:
        """Bytes of the stream that are none of an event stream."""
        return ()

    def closed(self, closed: StreamClosed) -> Outcomes:
        """A stream is over."""
        return ()

    def waited(self, waited: Waited) -> Outcomes:
        """The client has waited for something."""
        return ()

    def withheld(self, withheld: Withheld) -> Outcomes:
        """The client did not send a request."""
        return ()

    def ended(self, ended: Ended) -> Outcomes:
        """The session is over for the client: the last word."""
        return ()


def refused(known: Knowledge, requirement: str, exchange: Exchange, pin: Refusal, what: str) -> Outcome:
    """Judge a request that the SUT must refuse, where no later request needs to prove why it did."""
    if exchange.accepted:
        return failed(requirement, f"{what} is refused", exchange.in_words)
    if not is_refusal(known, exchange, pin):
        return inconclusive(
            requirement, f"{what} was {exchange.in_words}, which is neither an acceptance nor a refusal"
        )
    return pinned(known, requirement, exchange, pin) or passed(requirement)


def is_refusal(known: Knowledge, exchange: Exchange, pin: Refusal | None) -> bool:
    """Whether the reply speaks of the request: by its nature, or since the profile pins it as the refusal."""
    return exchange.answer is Answer.REFUSED or (pin is not None and _pin(known, pin) == exchange.returned.status)


def pinned(known: Knowledge, requirement: str, exchange: Exchange, pin: Refusal | None) -> Outcome | None:
    """The failure of a refusal whose status differs from the one that the profile pins."""
    status = _pin(known, pin) if pin else None
    if status is None or exchange.returned.status == status:
        return None
    return failed(requirement, f"a refusal with {status}, as the profile pins it ({pin})", exchange.in_words)


def _pin(known: Knowledge, pin: Refusal) -> int | None:
    return known.profile.refusals.get(pin)
