"""Several participants under one virtual clock: one at a time, each at its own moment, the same every time."""

import threading

import pytest

from harness.client.clock import SystemClock, VirtualClock


def diary(clock, told, name, *pauses):
    def keep():
        for pause in pauses:
            clock.sleep(pause)
            told.append((name, clock.now()))

    return keep


def test_each_wakes_at_its_own_moment_and_time_never_goes_back():
    clock, told = VirtualClock(), []
    clock.side_by_side([diary(clock, told, "a", 1, 4), diary(clock, told, "b", 2, 1), diary(clock, told, "c", 10)])
    assert told == [("a", 1), ("b", 2), ("b", 3), ("a", 5), ("c", 10)]
    assert clock.now() == 10


def races(seed):
    clock, told = VirtualClock(seed=seed), []
    clock.side_by_side([diary(clock, told, name, 1, 1, 1) for name in "abcdefgh"])
    return told


def test_the_seed_decides_who_is_first_at_the_same_moment():
    assert races(1) == races(1)
    assert races(1) != races(2)


def test_one_at_a_time():
    clock, inside, most = VirtualClock(), [], []

    def visit():
        for _ in range(50):
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            clock.give_way()

    clock.side_by_side([visit] * 8)
    assert max(most) == 1
    assert len(most) == 400


def test_giving_way_lets_no_time_pass():
    clock, told = VirtualClock(), []

    def polite(name):
        for _ in range(3):
            clock.give_way()
            told.append(name)

    clock.side_by_side([lambda: polite("a"), lambda: polite("b")])
    assert clock.now() == 0
    assert sorted(told) == list("aaabbb")
    assert told != sorted(told)


def test_one_alone_needs_no_thread():
    clock, threads = VirtualClock(), []
    clock.side_by_side([lambda: threads.append(threading.current_thread())])
    clock.give_way()
    assert threads == [threading.current_thread()]


def test_nobody_side_by_side_is_over_at_once():
    clock = VirtualClock()
    clock.side_by_side([])
    assert clock.now() == 0


def test_a_signal_wakes_who_waits_for_it():
    clock, told = VirtualClock(), []
    signal = clock.signal()

    def waiter():
        told.append((clock.wait(signal, 100.0), clock.now()))

    def setter():
        clock.sleep(3)
        signal.set()

    clock.side_by_side([waiter, setter])
    assert told == [(True, 3)]


def test_a_wait_for_a_signal_that_never_comes_ends_in_time():
    clock, told = VirtualClock(), []
    clock.side_by_side([lambda: told.append(clock.wait(clock.signal(), 5.0)), lambda: clock.sleep(1)])
    assert (told, clock.now()) == ([False], 5)


def test_what_is_due_happens_before_those_who_sleep_until_then():
    clock, told = VirtualClock(), []
    clock.call_at(2.0, lambda: told.append("due"))
    clock.side_by_side([diary(clock, told, "a", 2), diary(clock, told, "b", 1)])
    assert told == [("b", 1), "due", ("a", 2)]


def test_a_signal_may_be_set_by_what_is_due():
    clock, told = VirtualClock(), []
    signal = clock.signal()
    clock.call_at(2.0, signal.set)
    clock.side_by_side([lambda: told.append(clock.wait(signal, 9.0)), lambda: clock.sleep(1)])
    assert (told, clock.now()) == ([True], 2)


def test_one_that_dies_holds_nobody_up():
    clock, told = VirtualClock(), []

    def dies():
        clock.sleep(1)
        raise ValueError("oh")

    with pytest.raises(ValueError, match="oh"):
        clock.side_by_side([dies, diary(clock, told, "a", 2), dies])
    assert told == [("a", 2)]
    clock.sleep(1)
    assert clock.now() == 3


def test_what_is_due_and_raises_breaks_everybody_off():
    clock, told = VirtualClock(), []

    def broken():
        raise RuntimeError("the service is broken")

    def tries_on():
        try:
            clock.sleep(9)
        finally:
            told.append(clock.now())
            with pytest.raises(RuntimeError):
                clock.sleep(1)  # there is no time any more

    clock.call_at(1.0, broken)
    before = set(threading.enumerate())
    with pytest.raises(RuntimeError, match="broken"):
        clock.side_by_side([tries_on, tries_on])
    assert told == [1.0, 1.0]
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()


def test_ctrl_c_breaks_everybody_off():
    clock, told = VirtualClock(), []

    def interrupt():
        raise KeyboardInterrupt

    def sleeps():
        try:
            clock.sleep(9)
        except KeyboardInterrupt:
            told.append("left")
            raise

    clock.call_at(1.0, interrupt)
    with pytest.raises(KeyboardInterrupt):
        clock.side_by_side([sleeps] * 3)
    assert told == ["left"] * 3


def test_on_the_systems_clock_all_begin_together():
    clock = SystemClock()
    barrier = threading.Barrier(5)
    clock.side_by_side([lambda: barrier.wait(60)] * 5)
    assert not barrier.broken


def test_on_the_systems_clock_a_fault_is_raised_when_all_are_over():
    clock, told = SystemClock(), []

    def dies():
        raise ValueError("oh")

    with pytest.raises(ValueError, match="oh"):
        clock.side_by_side([dies, lambda: told.append(1), lambda: told.append(2)])
    assert sorted(told) == [1, 2]
