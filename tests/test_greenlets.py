"""The network transports under Locust's monkey-patching: the same code, in greenlets."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.client.clock import SystemClock
from harness.load.greenlet_clock import GreenletClock
from tests.scripted_peer import CHUNKED, HTTP, OK, Ear, Peer, get, post, server_context, soon

CLOCKS = {"system": SystemClock, "greenlets": GreenletClock}

IN_GREENLETS = """
import gevent.monkey
gevent.monkey.patch_all()
from tests.test_greenlets import fifty_sessions
print(fifty_sessions({over!r}, {clock!r}))
"""


def script(talk):
    """Echoes posts; a stream ends by itself, or stays open."""
    head, body = talk.request()
    while head.startswith(b"POST"):
        talk.send(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        head, body = talk.request()
    talk.send(CHUNKED + b"2\r\nhi\r\n")
    if head.startswith(b"GET /ends"):
        talk.send(b"0\r\n\r\n")
    else:
        talk.rest()


def session(factory, clock, n):
    """Two streams, and posts beside them."""
    transport = factory.connect()
    ends, stays = Ear(clock), Ear(clock)
    transport.subscribe(get("/ends"), soon(), ends)
    transport.subscribe(get("/stays"), soon(), stays)
    for size in (0, n, 200_000):
        assert transport.send(post(b"a" * size), soon()).body == b"a" * size
    assert ends.wait_for_end() == "ended"
    stays.wait(lambda: stays.body == b"hi")
    transport.close()
    assert (ends.heard, stays.heard) == (["opened", b"hi", "ended"], ["opened", b"hi", "left"])
    return n


def fifty_sessions(over, clock):
    """With and without TLS; called in a process of its own, where everything is patched."""
    import gevent  # noqa: PLC0415 - in that process only

    clock = CLOCKS[clock]()
    served = 0
    for tls in (None, server_context()):
        peer = Peer(script, tls)
        factory = HTTP[over](peer.url, clock, verify=False)
        greenlets = [gevent.spawn(session, factory, clock, n) for n in range(50)]
        gevent.joinall(greenlets, raise_error=True)
        served += sum(greenlet.value for greenlet in greenlets)
        peer.close()
    return served


@pytest.mark.parametrize(("over", "clock"), [("http1", "system"), ("http1", "greenlets"), ("httpx", "system")])
def test_fifty_sessions_at_once(over, clock):
    code = IN_GREENLETS.format(over=over, clock=clock)
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{2 * sum(range(50))}\n", "")
