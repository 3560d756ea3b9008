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


def test_a_stop_ends_every_rest_from_now_on():
    class Stopping(SystemClock):
        """Just before it waits, the run is stopped."""

        def wait(self, signal, timeout):
            watch.stop()
            return super().wait(signal, timeout)

    watch = Watch(Stopping())
    assert not watch.rest(60.0)
    assert not watch.rest(60.0)


def test_nothing_is_kept_of_events_that_nobody_can_wait_for(clock):
    watch = attached(clock)
    for number in range(100):
        watch(Event(1, 0.0, f"status-{number}", "{}"))
    assert not watch._came


def test_no_event_wakes_who_rests():
    class Eventful(SystemClock):
        """Before each wait an event comes; the wait takes no time."""

        waits = 0

        def now(self):
            return 60.0 * self.waits

        def wait(self, signal, timeout):
            watch(Event(1, 0.0, "status", "{}"))
            self.waits += 1
            return signal.is_set()

    clock = Eventful()
    watch = attached(clock)
    assert watch.rest(60.0)
    assert clock.waits == 1
    assert watch.wait("status", 0.0) == "came"


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
