"""A certificate as `summary.json` holds it."""

from typing import Self

import msgspec

from harness.report.certificate import Certificate, Degradation, Level, Unit, Usl


class Interval(msgspec.Struct, frozen=True):
    """In which the capacity lies."""

    low: float
    """The largest level at which all held; 0 where none did."""
    best: float
    high: float | None
    """The smallest level at which something did not; null where none was found."""


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """How much a deployment holds, with the proof."""

    unit: Unit
    sessions: Interval | None
    """At once; null where the arrival rate was searched for."""
    arrivals: Interval | None
    """Sessions begun a second; null where the number of sessions was searched for."""
    confidence: float
    """Of each verdict on a level, such as 0.95."""
    valid: bool
    """Whether it can be relied on; if not, `reasons` say why."""
    reasons: list[str]
    """Why it is not valid, or less sharp than was asked for."""
    binding: str
    """What gave first: an SLO's measure, a requirement, or `growing lag`; empty where nothing did."""
    limiting: str
    """In plain words: what was the limit, as far as can be seen from outside."""
    throughput: float
    """Chunks a second at `low`."""
    target: str
    """The deployment, where two are compared."""
    breaks: dict[str, float]
    """The lowest level at which each requirement was broken."""
    degradation: Degradation
    usl: Usl | None
    """The Universal Scalability Law, where the data bear a fit."""
    no_usl: str
    """Why there is no fit."""
    levels: list[Level]
    """All that were tried, in the order of time."""

    @classmethod
    def of(cls, certificate: Certificate) -> Self:
        """With the interval under the name of what was searched for."""
        found = Interval(certificate.low, certificate.best, certificate.high)
        at_once = certificate.unit == "sessions"
        shared = {name: getattr(certificate, name) for name in _SHARED}
        whole = {**shared, "sessions": found if at_once else None, "arrivals": None if at_once else found}
        # A whole number may stand for a float; here each becomes what it will be when it is read again.
        return msgspec.convert(msgspec.to_builtins(whole), cls)

    def certificate(self) -> Certificate:
        """As it was; raise `ValueError` where there is no interval."""
        found = self.sessions or self.arrivals
        if found is None:
            raise ValueError("a capacity without an interval")
        return Certificate(
            low=found.low, best=found.best, high=found.high, **{name: getattr(self, name) for name in _SHARED}
        )


_SHARED = [name for name in Capacity.__struct_fields__ if name in Certificate.__struct_fields__]
