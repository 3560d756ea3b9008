"""What a check is: something that looks at the observations of one session, one after another."""

from collections.abc import Iterator
from typing import Final

from harness.contract.profile import Refusal
from harness.history.observations import Ended, Event, StreamClosed, Waited, Withheld
from harness.oracle.exchange import Answer, Exchange
from harness.oracle.knowledge import Knowledge
from harness.oracle.verdicts import Outcome, failed, inconclusive, passed

ROUNDING: Final = 1e-3
"""Seconds that adding times up may lose."""


class Check:
    """Judges some requirements on one session. A subclass overrides the hooks that it needs.

    Hooks see what was known *before* the observation. What a check remembers must not grow with the session.
    """

    judges: tuple[str, ...] = ()
    """Ids of the requirements that it may speak of."""

    def __init__(self, known: Knowledge) -> None:
        self.known = known

    def exchanged(self, exchange: Exchange) -> Iterator[Outcome]:
        """A request has its reply, or will have none."""
        yield from ()

    def aside(self, exchange: Exchange) -> Iterator[Outcome]:
        """The same for a request that is no part of the session, such as a look at the metrics."""
        yield from ()

    def event(self, event: Event) -> Iterator[Outcome]:
        """An event of the stream."""
        yield from ()

    def illegal(self, event: Event) -> Iterator[Outcome]:
        """Bytes of the stream that are none of an event stream."""
        yield from ()

    def closed(self, closed: StreamClosed) -> Iterator[Outcome]:
        """A stream is over."""
        yield from ()

    def waited(self, waited: Waited) -> Iterator[Outcome]:
        """The client has waited for something."""
        yield from ()

    def withheld(self, withheld: Withheld) -> Iterator[Outcome]:
        """The client did not send a request."""
        yield from ()

    def ended(self, ended: Ended) -> Iterator[Outcome]:
        """The session is over for the client: the last word."""
        yield from ()


def refused(known: Knowledge, requirement: str, exchange: Exchange, pin: Refusal, what: str) -> Outcome:
    """Judge a request that the SUT must refuse, where no later request needs to prove why it did."""
    if exchange.answer is Answer.ACCEPTED:
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
