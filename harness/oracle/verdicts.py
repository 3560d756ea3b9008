"""Verdicts, and what a check has to say."""

from collections.abc import Iterable
from enum import IntEnum
from functools import cache

import msgspec


class Verdict(IntEnum):
    """Of a requirement; merged by taking the greatest."""

    NOT_EXERCISED = 0
    PASS = 1
    INCONCLUSIVE = 2
    FAIL = 3

    def __str__(self) -> str:
        return self.name.replace("_", " ")


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """One application of one check."""

    requirement: str
    verdict: Verdict
    expected: str = ""
    """With FAIL: what the contract has happen."""
    happened: str = ""
    """With FAIL and INCONCLUSIVE: what happened instead, or why nothing can be said."""


Outcomes = Iterable[Outcome]
"""What a check has to say at one time: mostly nothing, which is an empty tuple."""


@cache  # most of what is ever said: one of each is enough
def passed(requirement: str) -> Outcome:
    """The requirement was exercised and kept."""
    return Outcome(requirement, Verdict.PASS)


def failed(requirement: str, expected: str, happened: str) -> Outcome:
    """The requirement was broken."""
    return Outcome(requirement, Verdict.FAIL, expected, happened)


def inconclusive(requirement: str, why: str) -> Outcome:
    """The requirement was exercised, but nothing honest can be said."""
    return Outcome(requirement, Verdict.INCONCLUSIVE, happened=why)
