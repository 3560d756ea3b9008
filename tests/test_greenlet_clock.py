"""The clock of load runs: its waits end when they should, whoever ends them."""

import socket
import threading
import time

import gevent
import pytest

from harness.client.clock import SystemClock
from harness.load.greenlet_clock import GreenletClock

LONG = 60.0  # seconds that nothing here takes


@pytest.fixture
def clock():
    return GreenletClock()


def test_a_wait_ends_with_its_time(clock):
    before = clock.now()
    assert not clock.wait(clock.signal(), 0.02)
    assert clock.now() - before >= 0.02


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_no_time_is_none(seconds, clock):
    assert not clock.wait(clock.signal(), seconds)


def test_what_is_set_is_not_waited_for(clock):
    signal = clock.signal()
    signal.set()
    assert clock.wait(signal, LONG)
    assert clock.wait(signal, LONG)
    signal.clear()
    assert not clock.wait(signal, 0.001)


def test_another_greenlet_ends_a_wait(clock):
    signal = clock.signal()
    gevent.spawn_later(0.001, signal.set)
    before = clock.now()
    assert clock.wait(signal, LONG)
    assert clock.now() - before < LONG / 2


def test_another_thread_ends_a_wait(clock):
    signal = clock.signal()
    thread = threading.Thread(target=lambda: (time.sleep(0.01), signal.set()))
    thread.start()
    before = clock.now()
    assert clock.wait(signal, LONG)
    assert clock.now() - before < LONG / 2
    thread.join()


def test_a_signal_that_is_set_twice_ends_one_wait(clock):
    signal = clock.signal()
    gevent.spawn_later(0.001, lambda: (signal.set(), signal.set()))
    assert clock.wait(signal, LONG)
    signal.clear()
    assert not clock.wait(signal, 0.02)


def test_the_signal_of_another_clock_is_refused(clock):
    with pytest.raises(TypeError, match="the signals that it made"):
        clock.wait(SystemClock().signal(), 1.0)


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    ours.settimeout(0.0)
    with ours, theirs:
        yield ours, theirs


def test_what_is_there_is_read(clock, pair):
    ours, theirs = pair
    theirs.send(b"hi")
    assert clock.recv(ours, 10, LONG) == b"hi"
    theirs.close()
    assert clock.recv(ours, 10, LONG) == b""


def test_what_comes_is_waited_for(clock, pair):
    ours, theirs = pair
    gevent.spawn_later(0.001, theirs.send, b"hi")
    assert clock.recv(ours, 10, LONG) == b"hi"


class Hasty:
    """A socket that is called ready too early, for so many times."""

    def __init__(self, sock, times):
        self._sock, self.times, self.fileno = sock, times, sock.fileno

    def recv(self, size):
        self.times -= 1
        if self.times >= 0:
            raise BlockingIOError
        return self._sock.recv(size)


def test_a_socket_that_was_called_ready_too_early_is_waited_for_again(clock, pair):
    ours, theirs = pair
    theirs.send(b"hi")
    assert clock.recv(Hasty(ours, 3), 10, LONG) == b"hi"
    theirs.send(b"hi")
    with pytest.raises(TimeoutError):
        clock.recv(Hasty(ours, 10**9), 10, 0.02)


def test_what_does_not_come_is_waited_for_as_long_as_was_said(clock, pair):
    before = clock.now()
    with pytest.raises(TimeoutError):
        clock.recv(pair[0], 10, 0.02)
    assert clock.now() - before >= 0.02


def test_a_busy_moment_before_a_wait_does_not_shorten_it(clock):
    gevent.sleep(0)
    time.sleep(0.05)  # nothing is patched here: the loop learns nothing of it
    before = clock.now()
    assert not clock.wait(clock.signal(), 0.02)
    assert clock.now() - before >= 0.02
