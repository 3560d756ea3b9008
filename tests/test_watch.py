"""What the driver waits for: nothing is missed, wherever it falls between looking and waiting."""

import pytest

from harness.client.clock import SystemClock
from harness.client.watch import Watch
from harness.history.observations import Event, Returned, Sent, StreamClosed


class Contrary(SystemClock):
    """Just before it clears a signal, something happens that sets it."""

    def __init__(self):
        self.happens = lambda: None

    def signal(self):
        signal = super().signal()
        clear = signal.clear

        def after_it_happened():
            self.happens()
            clear()

        signal.clear = after_it_happened
        return signal

    def wait(self, signal, timeout):
        assert signal.is_set(), "it waits for what has happened already"
        return True


def attached(clock):
    watch = Watch(clock)
    watch(Sent(1, "attach", 0.0, 0.0))
    watch(Returned(1, 0.0, status=200))
    return watch


@pytest.fixture
def clock():
    return Contrary()


def test_a_stop_at_the_wrong_moment_ends_a_rest(clock):
    watch = Watch(clock)
    clock.happens = watch.stop
    assert not watch.rest(60.0)


def test_a_stop_at_the_wrong_moment_ends_a_wait_and_is_no_timeout(clock):
    watch = attached(clock)
    clock.happens = watch.stop
    assert watch.wait("done", 60.0) == "stopped"


def test_an_event_at_the_wrong_moment_is_claimed_once(clock):
    watch = attached(clock)
    watch(Event(1, 0.0, "done", "{}"))
    assert watch.wait("done", 60.0) == "came"
    clock.happens = lambda: watch(Event(1, 0.0, "done", "{}"))
    assert watch.wait("done", 60.0) == "came"
    clock.happens = lambda: watch(StreamClosed(1, 0.0, "ended"))
    assert watch.wait("done", 60.0) == "stream-over"
    assert watch.wait("end", 60.0) == "came"


def test_the_last_event_of_a_stream_that_ends_while_we_look_has_come():
    class Looked(Watch):
        """The stream's last event and its end come just before the state of the stream is looked at."""

        @property
        def attached(self):
            self(Event(1, 0.0, "done", "{}"))
            self(StreamClosed(1, 0.0, "ended"))
            return super().attached

    watch = Looked(SystemClock())
    watch(Sent(1, "attach", 0.0, 0.0))
    watch(Returned(1, 0.0, status=200))
    assert watch.wait("done", 60.0) == "came"
