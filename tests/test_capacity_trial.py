"""One level, window by window."""

import pytest

from harness.capacity.terms import Pace, Terms
from harness.capacity.trial import Step, Trial
from harness.capacity.window import Window
from harness.documents.quantities import threshold
from harness.scenario.load import Slo

PACE = Pace(call=60.0, longest=60.0, chunks=30, interval=2.0)
SLOS = (Slo("ack.p95", threshold("< 500ms")), Slo("session.success", threshold("≥ 99%")))
WHOLE = Step(100.0, "bisection")
HASTY = Step(100.0, "rise", hasty=True)


def tried(step, windows, *, began=0.0, ramp=10.0, terms=None, **given):
    """A trial with windows of two seconds, each with what `windows` says of it."""
    trial = Trial(step, terms or Terms(), SLOS, PACE, began=began, ramp=ramp, **given)
    for at, fields in enumerate(windows):
        usual = {"live": 100, "chunks": 100, "events": 150, "times": {"ack": {50_000: 100}}, "ended": {"done": 3}}
        trial.take(Window(start=began + 2.0 * at, length=2.0, **(usual | fields)))
        if trial.verdict:
            break
    return trial


SLOW = {"times": {"ack": {900_000: 100}}}
FINE: dict = {}


def test_a_level_is_kept_once_sessions_have_come_to_their_end():
    trial = tried(WHOLE, [FINE] * 60)
    level = trial.level(1, "", 100.0)
    assert (level.outcome, level.provisional) == ("kept", False)
    assert level.ended - level.settled >= PACE.longest
    assert level.settled > 10.0


def test_the_rise_goes_on_as_soon_as_nothing_speaks_against_it():
    level = tried(HASTY, [FINE] * 60).level(1, "", 100.0)
    assert (level.outcome, level.provisional, level.early) == ("kept", True, True)
    assert level.ended <= 20.0


def test_what_comes_while_sessions_begin_does_not_count():
    level = tried(WHOLE, [SLOW] * 7 + [FINE] * 60).level(1, "", 100.0)
    assert level.outcome == "kept"
    assert level.attainments[0].value < 0.1


def test_far_too_slow_is_seen_early():
    level = tried(WHOLE, [SLOW] * 60).level(1, "", 100.0)
    assert (level.outcome, level.binding, level.early) == ("missed", "ack.p95", True)
    assert level.ended <= 22.0


def test_a_little_too_slow_takes_the_whole_hold():
    slight = {"times": {"ack": {50_000: 90, 520_000: 10}}}
    level = tried(WHOLE, [slight] * 60).level(1, "", 100.0)
    assert (level.outcome, level.binding, level.early) == ("missed", "ack.p95", False)


def test_just_at_the_bound_is_open():
    level = tried(WHOLE, [{"times": {"ack": {50_000: 95, 520_000: 5}}}] * 60).level(1, "", 100.0)
    assert level.outcome == "unresolved"
    assert "ack.p95" in level.why


def test_a_broken_requirement_ends_a_level_at_once_even_on_the_way_up():
    level = tried(WHOLE, [{"live": 20}, {"broken": frozenset({"ACK-1"}), "live": 40}]).level(1, "", 4.0)
    assert (level.outcome, level.binding, level.broken, level.live) == ("missed", "ACK-1", ["ACK-1"], 30)
    assert level.settled == level.ended == 4.0, "it never settled"


def test_where_the_generator_was_the_limit_nothing_is_proven_but_what_was_broken():
    ill = {"ill": "it used 97% of a core"}
    assert tried(WHOLE, [FINE] * 10 + [ill]).verdict.outcome == "invalid"
    assert tried(WHOLE, [FINE] * 10 + [ill | {"broken": frozenset({"ACK-1"})}]).verdict.outcome == "missed"
    assert tried(WHOLE, [ill] * 5 + [FINE] * 60).verdict.outcome == "kept", "before it counts"


def test_refused_starts_and_a_generator_that_is_too_slow_are_not_mixed_up():
    refused = {"live": 50, "ended": {"failed": 20}, "failed": 20}
    verdict = tried(HASTY, [refused] * 30).verdict
    assert (verdict.outcome, verdict.binding) == ("missed", "session.success")
    assert tried(HASTY, [{"live": 50}] * 30).verdict.outcome == "invalid"
    waiting = {"live": 50, "failed": 20, "trouble": {"start: 429": 20}}  # they try again, and none has given up yet
    assert tried(HASTY, [waiting] * 30).verdict.binding == "session.success"


def test_sessions_that_hang_are_not_held_however_fast_the_others_are():
    level = tried(WHOLE, [{"chunks": 60}] * 60).level(1, "", 100.0)
    assert (level.outcome, level.binding) == ("missed", "throughput")
    assert level.why.endswith("chunks came through, where about 3,000 were offered: sessions are stuck")
    assert tried(HASTY, [{"chunks": 60}] * 8).verdict is None, "it does not pass in haste"


def test_sessions_that_take_longer_offer_less():
    slow_to_end = {"chunks": 60, "times": {"ack": {50_000: 100}, "session": {100_000_000: 2}}}
    assert tried(WHOLE, [slow_to_end] * 60).verdict.outcome == "kept"


@pytest.mark.parametrize(
    ("window", "outcome"),
    [
        ({"started": 100}, "invalid"),
        ({"started": 100, "ended": {"failed": 2}}, "invalid"),
        ({"started": 100, "ended": {"failed": 60}}, "missed"),
        ({"started": 200, "chunks": 6_000}, "kept"),
    ],
)
def test_too_few_arrivals_are_the_apis_doing_only_where_as_many_failed(window, outcome):
    verdict = tried(HASTY, [window] * 30, terms=Terms(unit="arrivals per second")).verdict
    assert verdict.outcome == outcome
    assert outcome == "kept" or verdict.why.startswith("the generator was the limit") == (outcome == "invalid")
    assert outcome == "kept" or "fewer sessions began than the 100 a second that were wanted" in verdict.why


def test_sessions_that_are_missing_at_the_end_leave_a_level_open_and_are_told():
    verdict = tried(WHOLE, [FINE] * 20 + [{"live": 50}] * 40).verdict
    assert (verdict.outcome, verdict.why) == ("unresolved", "50 sessions were in flight, where 100 were wanted")


def test_lag_that_grows_ends_a_level():
    growing = [{"times": {"ack": {50_000 + 40_000 * at: 100}}} for at in range(30)]
    verdict = tried(WHOLE, growing, ramp=2.0).verdict
    assert (verdict.outcome, verdict.binding) == ("missed", "growing lag")


def test_sessions_that_fail_break_a_level_even_where_no_slo_asks_for_them():
    trial = Trial(HASTY, Terms(), SLOS[:1], PACE, began=0.0, ramp=2.0)
    for at in range(10):
        times = {"ack": {50_000: 100}}
        trial.take(Window(start=2.0 * at, length=2.0, live=100, chunks=100, times=times, ended={"failed": 9}))
    assert trial.verdict.binding == "session.success"


def test_windows_of_the_level_before_say_nothing():
    trial = Trial(HASTY, Terms(), SLOS, PACE, began=100.0, ramp=4.0)
    trial.take(Window(start=98.0, length=2.0, live=50, broken=frozenset({"ACK-1"})))
    assert (trial.verdict, trial.phase) == (None, "ramp")


def test_evidence_of_repeats_is_pooled():
    open_ = {"times": {"ack": {50_000: 96, 520_000: 4}}}
    first = tried(WHOLE, [open_] * 60)
    good = {"times": {"ack": {50_000: 98, 520_000: 2}}}
    second = tried(WHOLE, [good] * 60, began=200.0, before=first.counted)
    level = second.level(2, "", 400.0)
    assert level.outcome == "kept"
    assert level.attainments[0].samples == 6000
    assert level.began == 200.0
    assert level.chunks == pytest.approx(50.0)


def test_a_level_that_is_cut_short_says_so():
    trial = tried(WHOLE, [FINE] * 20)
    trial.stop("the time was over")
    level = trial.level(1, "", 40.0)
    assert (level.outcome, level.early, level.why) == ("unresolved", True, "the time was over")


def test_longer_calls_than_a_level_may_take_are_told():
    level = tried(WHOLE, [FINE] * 60, terms=Terms(hold=20.0)).level(1, "", 100.0)
    assert level.outcome == "kept"
    assert level.why.endswith("s of each session")
