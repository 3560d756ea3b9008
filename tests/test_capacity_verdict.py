"""How a search ends: the exit code for everything that can be true of it, and the sentence."""

import pytest

from harness.capacity.verdict import conclude, headline
from harness.errors import ExitCode
from harness.report.certificate import Certificate, Degradation, Level


def certificate(low=118.0, high=124.0, *, best=None, binding="", limiting="", unit="sessions", **more):
    return Certificate(
        unit=unit,
        low=low,
        best=low if best is None else best,
        high=high,
        confidence=0.95,
        binding=binding,
        limiting=limiting,
        degradation=Degradation(kind="unknown", why=""),
        **more,
    )


FOUND = certificate()
OPEN = certificate(high=None)
NOTHING = certificate(0.0, None)
TOO_LITTLE = certificate(0.0, 8.0)
HASTY = Level(
    number=1,
    level=4,
    purpose="rise",
    outcome="kept",
    why="too short",
    provisional=True,
    began=0.0,
    settled=5.0,
    ended=9.0,
)
HARDLY_TRIED = certificate(0.0, 8.0, levels=[HASTY])
INVALID = certificate(high=None, valid=False, reasons=["the generator was the limit"])
VOID = certificate(0.0, None, valid=False, reasons=["no level gave evidence (the generator was the limit)"])
BREAKS = certificate(breaks={"CHUNK-3": 124.0})


@pytest.mark.parametrize(
    ("found", "demanded", "circumstances", "code"),
    [
        (FOUND, None, {}, ExitCode.OK),
        (OPEN, None, {}, ExitCode.OK),
        (NOTHING, None, {}, ExitCode.NO_VERDICT),
        (TOO_LITTLE, None, {}, ExitCode.BROKEN),
        (HARDLY_TRIED, None, {}, ExitCode.NO_VERDICT),
        (INVALID, None, {}, ExitCode.NO_VERDICT),
        (VOID, None, {}, ExitCode.NO_VERDICT),
        (BREAKS, None, {}, ExitCode.BROKEN),
        (FOUND, 117, {}, ExitCode.OK),
        (FOUND, 118, {}, ExitCode.OK),
        (FOUND, 119, {}, ExitCode.NO_VERDICT),
        (FOUND, 123, {}, ExitCode.NO_VERDICT),
        (FOUND, 124, {}, ExitCode.BROKEN),
        (FOUND, 200, {}, ExitCode.BROKEN),
        (OPEN, 118, {}, ExitCode.OK),
        (OPEN, 200, {}, ExitCode.NO_VERDICT),
        (INVALID, 118, {}, ExitCode.OK),
        (INVALID, 119, {}, ExitCode.NO_VERDICT),
        (NOTHING, 1, {}, ExitCode.NO_VERDICT),
        (TOO_LITTLE, 7, {}, ExitCode.NO_VERDICT),
        (TOO_LITTLE, 8, {}, ExitCode.BROKEN),
        (BREAKS, 100, {}, ExitCode.BROKEN),
        (FOUND, 100, {"broken": ["EVENT-2"]}, ExitCode.BROKEN),
        (NOTHING, None, {"unreached": True}, ExitCode.UNUSABLE),
        (NOTHING, 100, {"unreached": True}, ExitCode.UNUSABLE),
        (FOUND, None, {"interrupted": True}, ExitCode.INTERRUPTED),
        (BREAKS, None, {"interrupted": True}, ExitCode.INTERRUPTED),
        (FOUND, 200, {"interrupted": True}, ExitCode.INTERRUPTED),
        (BREAKS, None, {"interrupted": True, "crashes": ["Check.event: boom"]}, ExitCode.HARNESS),
    ],
)
def test_the_exit_code(found, demanded, circumstances, code):
    assert conclude(found, demanded, **circumstances).exit_code is code


@pytest.mark.parametrize(
    ("found", "demanded", "told"),
    [
        (FOUND, None, "Holds 118 live sessions, not 124."),
        (
            certificate(binding="lag.final_transcript.p95", limiting="analysis falls behind"),
            None,
            "Holds 118 live sessions, not 124: lag.final_transcript.p95 is missed there, since analysis falls behind.",
        ),
        (
            certificate(binding="growing lag", limiting="analysis falls behind"),
            None,
            "Holds 118 live sessions, not 124: lag keeps growing there, since analysis falls behind.",
        ),
        (
            certificate(binding="CHUNK-3", limiting="correctness fails before speed does"),
            None,
            "Holds 118 live sessions, not 124: CHUNK-3 is broken there, since correctness fails before speed does.",
        ),
        (
            certificate(1180.0, 1240.0, unit="arrivals per second"),
            1000,
            "Holds 1,180 arrivals a second, not 1,240. The 1,000 demanded are held.",
        ),
        (FOUND, 120, "Holds 118 live sessions, not 124. Whether the 120 demanded are held is open."),
        (FOUND, 130, "Holds 118 live sessions, not 124. The 130 demanded are not held."),
        (OPEN, None, "Holds at least 118 live sessions."),
        (INVALID, None, "Holds at least 118 live sessions: the generator was the limit."),
        (VOID, None, "No verdict: no level gave evidence (the generator was the limit)."),
        (
            certificate(0.0, 8.0, binding="ack.p99", limiting="uploads slow down"),
            None,
            "Holds not even 8 live sessions: ack.p99 is missed there, since uploads slow down.",
        ),
    ],
)
def test_the_headline(found, demanded, told):
    assert headline(found, demanded) == told


def test_whatever_decides_stands_first():
    assert conclude(BREAKS).headline == "Not conformant: CHUNK-3 broken. Holds 118 live sessions, not 124."
    assert conclude(FOUND, broken=["EVENT-2"]).headline.startswith("Not conformant: EVENT-2 broken.")
    assert conclude(FOUND, interrupted=True).headline == "Interrupted; so far: Holds 118 live sessions, not 124."
    assert "boom" in conclude(FOUND, crashes=["Check.event: boom"]).headline
