"""A session that is over leaves no reference cycles: under load the cyclic collector hardly ever runs."""

import contextlib
import gc
import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest

from harness.client.clock import SystemClock, VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.client.session import open_session
from harness.history.file import HistoryWriter
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.scenario.call import Call
from harness.scenario.loader import find
from harness.scenario.plan import Artifacts, Attach, Await, Control, Metrics, Push, Silence, Start, Together
from harness.scenario.planner import plan
from tests.scripted_peer import CHUNKED, HTTP, KEY, OK, Peer

OURS = tuple(f"harness.{package}." for package in ("client", "history", "contract", "scenario"))
SESSION = {name: f"/s/{name}" for name in ("chunk_endpoint", "events_endpoint", "control_endpoint")}
SESSION |= {"session_id": "s", "expires_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}


def reply(value):
    body = json.dumps(value).encode()
    return OK + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def script(talk):
    """Just enough of the API for a session to be performed; what is asked for beside it is malformed."""
    while True:
        head, _ = talk.request()
        match head.split(b" ")[1].rpartition(b"/")[2]:
            case b"start":
                talk.send(reply(SESSION))
            case b"events_endpoint":
                data = b'event: status\ndata: {"phase": "ingesting", "progress": 0.0}\n\nevent: done\ndata: {}\n\n'
                talk.send(CHUNKED + b"%x\r\n%b\r\n" % (len(data), data))
            case b"metrics":
                talk.send(b"HTTP/1.1 200\x00OK\r\n")
            case _:
                talk.send(reply({"received_bytes": 1}))


def pushes(*numbers):
    return tuple(Push(seq=n, begin=100 * n, end=100 * n + 100) for n in numbers)


ACTIONS = {
    "a whole session": (
        Start(),
        Attach(),
        *pushes(0, 1),
        Together(pushes=pushes(2, 3)),
        Silence(seconds=0.01),
        Control(action="keepalive"),
        Metrics(),
        Control(action="finalize"),
        Await(what="done"),
        Artifacts(),
    ),
    "an upload cut off": (Start(), Attach(), Push(seq=0, end=100, abort=0.5, right=False), Control(action="cancel")),
    "one that fails": (Start(), Attach(), Await(what="moment", timeout=0.01)),
    "one without a start": pushes(0),
}


@contextlib.contextmanager
def garbage():
    """A list of what only the cyclic collector would find of what is ours, filled at the end."""
    found = []
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
        found += {
            f"{module}.{getattr(each, '__qualname__', type(each).__qualname__)}"
            for each in gc.garbage
            if (module := getattr(each, "__module__", None) or type(each).__module__).startswith(OURS)
        }
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize("over", HTTP)
@pytest.mark.parametrize("actions", ACTIONS.values(), ids=ACTIONS)
def test_over_http(actions, over, tmp_path):
    peer = Peer(script)
    clock = SystemClock()
    factory = HTTP[over](peer.url, clock)
    sut = Deployment(peer.url, "", KEY)
    planned = plan(find("plain", Call), 1)
    numbers = itertools.count()

    def session():
        writer = HistoryWriter(tmp_path / f"{next(numbers)}.jsonl")
        performed = type(planned)("x", 1, actions, planned.audio, keepalive=True)
        open_session(performed, sut, factory.connect(), clock, [writer], label="x").perform()
        writer.close()

    session()  # what is made once a process is made now
    with garbage() as found:
        session()
    peer.close()
    assert (tmp_path / "1.jsonl").exists()
    assert not found


@pytest.mark.parametrize("name", ["plain", "retry", "second-consumer", "malformed", "cancel"])
def test_over_memory(name):
    clock = VirtualClock()
    transports = MemoryTransports(Service(Settings()), clock)
    sut = Deployment("http://memory", "", DEFAULT_KEY)
    planned = plan(find(name, Call), 1)

    def session():
        return open_session(planned, sut, transports.connect(), clock, [], label=name).perform().ending

    session()
    with garbage() as found:
        assert session() in {"done", "cancelled"}
    assert not found
