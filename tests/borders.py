"""What the histories on the borders between verdicts are made of, and how they are judged."""

from harness.history.observations import Media
from harness.oracle.verdicts import Verdict
from tests.histories import (
    DONE,
    TOLD,
    attach,
    chunk,
    control,
    event,
    judged,
    over,
    status,
    verdicts,
)

MINUTE = Media("wav", duration=60.0, lead=0, sound=6000, speech=50.0)
"""A hundred bytes a second, so that a chunk of 1,000 is ten seconds."""

LED = Media("wav", duration=60.0, lead=400, sound=6000, speech=50.0)

AUDIO, LATER = chunk(0, 1000, size=1000), chunk(1, 2000, size=1000)

ERROR = event("error", {"code": "x", "message": "hiccup"})

RECAP = event("summary_update", {"summary": "They spoke."})

COMPLETED = status("completed", 1.0)

FINALIZE, KEEPALIVE = control("finalize"), control("keepalive")

GAP = chunk(4, status=409)

REFUSED = attach(status=409)  # a second consumer

LOST = chunk(1, status=None, failure="reply-dropped")


def transcript(n=0, **fields):
    times = {"start": 2.0 * n, "end": 2.0 * n + 1.5}
    return event("final_transcript", {"utterance_id": f"u{n}"} | TOLD | times | fields)


def emotion(n=0, **fields):
    shares = [0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
    return event("emotion", {"utterance_id": f"u{n}", "pad": [0.1, 0.2, 0.3], "distribution": shares} | fields)


def cognitive(n=0):
    told = {"engagement": 0.7, "focus": 0.6, "load": 0.3, "rationale": "Calm and quick."}
    return event("cognitive", {"utterance_id": f"u{n}"} | told)


def told_of(n):
    return transcript(n), emotion(n), cognitive(n)


CLOSING = (FINALIZE, RECAP, COMPLETED, event("done", DONE), over())


def unreachable(h):
    h.exchange(None, None, kind="attach", failure="unreachable")


def says(status, text, *, seq="0", size=100):
    return lambda h: h.exchange(status, {"error": text}, kind="chunk", seq=seq, size=size)


def first(name, **payload):
    """An event on the first consumer's stream, when a second one was the last to ask."""
    return event(name, payload, n=2)


def lands(history, **expected):
    """Every requirement that fails, once, and every one that is left open; `passed` are kept, `untried` never tried."""
    told = {name: set(names.split()) for name, names in expected.items()}
    judge = judged(*history) if isinstance(history, tuple) else history
    assert verdicts(judge, Verdict.FAIL) == told.get("failed", set())
    assert verdicts(judge, Verdict.INCONCLUSIVE) == told.get("left_open", set())
    assert told.get("passed", set()) <= verdicts(judge, Verdict.PASS)
    assert not told.get("untried", set()) & judge.tallies.keys()
    assert {judge.tallies[name].failed for name in told.get("failed", ())} <= {1}
