"""The language of literal histories: each a few lines that say what happened."""

from email.utils import formatdate

import msgspec

from harness.contract.profile import Profile
from harness.history.observations import Ended, Event, Header, Returned, Sent, StreamClosed, Waited
from harness.oracle.judge import Judge

WALL = 1_800_000_000.0
TTL = 60.0


class History:
    """Writes a history by saying what happened; the server's clock is ours plus `WALL`."""

    def __init__(self, *, strict=True, media=None):
        header = Header("s", "probe", 1, "", "", "", "http://sut", Profile(), WALL, 0.0, strict=strict, media=media)
        self.lines = [header]
        self.now = 0.0
        self.n = 0

    def __add__(self, other):
        return other(self) or self

    def exchange(self, status, body, *, failure=None, content_type="", **sent):
        self.n += 1
        self.lines.append(Sent(self.n, due=self.now, at=self.now, **sent))
        self.now += 0.01
        date = formatdate(int(WALL + self.now), usegmt=True)
        self.lines.append(
            Returned(
                self.n,
                self.now,
                status=status,
                failure=failure,
                body=body,
                is_json=body is not None,
                date=date,
                content_type=content_type,
            )
        )


def start(*, key="right", status=200, expires_in=TTL, **body):
    def happen(h):
        reply = {
            "session_id": "a",
            "chunk_endpoint": "/a/chunk",
            "events_endpoint": "/a/events",
            "control_endpoint": "/a/control",
            "expires_at": WALL + h.now + expires_in,
        } | body
        h.exchange(status, {k: v for k, v in reply.items() if v is not None}, kind="start", key=key)

    return happen


def chunk(seq, total=None, *, size=100, status=200, key="right", **more):
    return lambda h: h.exchange(
        status,
        None if total is None else {"received_bytes": total},
        kind="chunk",
        seq=str(seq),
        size=size,
        key=key,
        **more,
    )


def control(action, *, status=200, reason=None, key="right", **body):
    return lambda h: h.exchange(status, body or {}, kind="control", action=action, reason=reason, key=key)


def attach(*, status=200, key="right", content_type="text/event-stream"):
    return lambda h: h.exchange(status, None, kind="attach", key=key, content_type=content_type)


def asking_for_events(h):
    h.lines.append(Sent(99, "attach", h.now, h.now))


def slowly(control, *meanwhile):
    """The same exchange, with what happens before its reply comes."""

    def happen(h):
        control(h)
        reply = h.lines.pop()
        for each in meanwhile:
            each(h)
        h.lines.append(reply)

    return happen


def event(name, payload=None, *, n=None, data=None, flaw=""):
    if data is None:
        data = "{}" if payload is None else msgspec.json.encode(payload).decode()

    def happen(h):
        stream = n or next(o.n for o in reversed(h.lines) if isinstance(o, Sent) and o.kind == "attach")
        h.lines.append(Event(stream, h.now, name, data, payload=payload if not flaw else None, flaw=flaw))

    return happen


def status(phase, progress):
    return event("status", {"phase": phase, "progress": progress})


def over(how="ended", *, n=None):
    def happen(h):
        stream = n or next(o.n for o in reversed(h.lines) if isinstance(o, Sent) and o.kind == "attach")
        h.lines.append(StreamClosed(stream, h.now, how))

    return happen


def wait(seconds):
    def happen(h):
        h.now += seconds

    return happen


def waited(what, seconds, outcome="timeout"):
    def happen(h):
        h.now += seconds
        h.lines.append(Waited(what, h.now - seconds, h.now, outcome))

    return happen


def end(h):
    h.lines.append(Ended(h.now, "done"))


def judged(*happenings, profile=None, strict=True, media=None):
    history = History(strict=strict, media=media)
    for happen in (*happenings, end):
        happen(history)
    judge = Judge(profile or Profile())
    for line in history.lines:
        judge.observe(line)
    assert not judge.crashes
    return judge


DONE = {"conversation_id": "c", "artifacts": "/artifacts/c"}
TWO = (chunk(0, 100), chunk(1, 200))
FINISHED = (
    control("finalize"),
    status("processing", 0.9),
    status("completed", 1.0),
    event("done", DONE),
    over(),
)
OPEN = (start(), attach(), status("ingesting", 0.0))
TOLD = {"speaker": "A", "start": 0.5, "end": 1.5, "confidence": 0.9, "text": "so"}
UTTERANCE = event("final_transcript", TOLD)


def verdicts(judge, verdict):
    return {name for name, tally in judge.tallies.items() if tally.verdict is verdict}
