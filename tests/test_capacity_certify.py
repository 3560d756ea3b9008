"""From literal histories of levels to what they prove: the interval, what gives, how, and whether it is valid."""

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.capacity.certify import certify
from harness.capacity.terms import Pace, Terms
from harness.report.certificate import Attainment, Level
from harness.report.course import Figures

TERMS = Terms()
PACE = Pace(call=60.0, longest=60.0, chunks=30.0, interval=2.0)


def ack(value, bound=0.5):
    return Attainment(measure="ack.p99", threshold="< 500 ms", bound=bound, value=value)


def success(value, bound=0.99):
    return Attainment(measure="session.success", threshold="≥ 99%", bound=bound, value=value)


def p95(**times):
    return {name.replace("lag_", "lag."): Figures(100, time, time, time, time) for name, time in times.items()}


def level(size, outcome="kept", *slos, number=0, why="", **more):
    """At a fixed pace: a chunk every 2 seconds, 1.5 events a chunk."""
    measured = {"live": size, "chunks": size / 2, "events": size * 0.75, "attainments": list(slos), **more}
    return Level(
        number=number,
        level=size,
        purpose="rise",
        outcome=outcome,
        why=why,
        began=0.0,
        settled=10.0,
        ended=40.0,
        **measured,
    )


def kept(size, *slos, **more):
    return level(size, "kept", *slos, **more)


def missed(size, *slos, binding="ack.p99", **more):
    return level(size, "missed", *slos, binding=binding, **more)


def hasty(size):
    return kept(size, provisional=True, why="too short for a verdict")


def unresolved(size, why="the verdict straddles the bound"):
    return level(size, "unresolved", why=why)


def invalid(size, why="the generator fell behind"):
    return level(size, "invalid", why=why)


def certified(*levels, terms=TERMS, **more):
    numbered = [msgspec.structs.replace(each, number=number) for number, each in enumerate(levels, start=1)]
    return certify(numbered, terms, PACE, **more)


@pytest.mark.parametrize(
    ("levels", "low", "high"),
    [
        ([], 0, None),
        ([kept(8)], 8, None),
        ([missed(8)], 0, 8),
        ([kept(8), kept(16), missed(32), kept(24), missed(28)], 24, 28),
        ([kept(8), unresolved(12), missed(16)], 8, 16),
        ([kept(8), invalid(12), missed(16)], 8, 16),
        ([kept(8), invalid(16)], 8, None),
        ([unresolved(8), invalid(16)], 0, None),
        # The last verdict on a level rests on all that was seen of it; where it is open, nothing is known.
        ([kept(8), missed(16), missed(12), kept(12)], 12, 16),
        ([kept(8), missed(16), kept(12), missed(12)], 8, 12),
        ([kept(8), missed(16), kept(12), unresolved(12)], 8, 16),
        ([kept(8), missed(16), missed(12), unresolved(12)], 8, 16),
        ([kept(8), missed(16), missed(12), unresolved(12), kept(14)], 8, 16),
        ([kept(8), missed(16), kept(12), invalid(12)], 12, 16),
        # What held for a moment only proves nothing.
        ([hasty(8), hasty(16), missed(32)], 0, 32),
        ([hasty(8), kept(8), hasty(16), missed(32)], 8, 32),
        ([kept(8), missed(16, provisional=True), invalid(16)], 8, 16),
        ([kept(8), missed(16, provisional=True), unresolved(16)], 8, None),
        # It speaks against nothing that was held.
        ([kept(8), missed(12, provisional=True), kept(14), missed(16)], 14, 16),
        # What was cut short takes nothing back.
        ([kept(8), missed(12), level(8, "unresolved", early=True), level(12, "unresolved", early=True)], 8, 12),
        # What contradicts itself is spanned.
        ([kept(8), missed(12), kept(14), missed(16)], 8, 16),
        ([kept(8), missed(12), kept(14)], 8, None),
        ([missed(12), kept(14), missed(16)], 0, 16),
    ],
)
def test_the_interval(levels, low, high):
    found = certified(*levels)
    assert (found.low, found.high) == (low, high)
    assert low <= found.best <= (high or found.best)


def test_a_server_that_does_not_recover_gets_no_certificate():
    found = certified(hasty(8), hasty(16), missed(32), missed(12), missed(8))
    assert (found.low, found.high, found.valid) == (0, 8, False)
    assert "16 had gone well for a while, and 8 did not later" in found.reasons[1]
    assert certified(hasty(8), missed(16), kept(8)).valid


@pytest.mark.parametrize(
    ("levels", "best"),
    [
        # The figure grows from 0.25 s to 1 s: half way at the bound, in logarithms.
        ([kept(100, ack(0.25)), missed(120, ack(1.0))], 109),
        ([kept(100, ack(0.1)), kept(100, ack(0.25)), missed(120, ack(9.0)), missed(120, ack(1.0))], 109),
        # As many as were let in.
        ([kept(100), missed(120, binding="session.success", live=112.3, sessions={"failed": 9})], 112),
        # Neither figure crosses, and nothing is held up.
        ([kept(100, ack(0.25)), missed(120, ack(0.4))], 100),
        ([kept(100), missed(120, binding="CHUNK-3")], 100),
        # Events are: 112 sessions would have offered 84 a second.
        ([kept(100), missed(120, binding="growing lag", events=84.0)], 112),
        ([kept(100), missed(120, binding="growing lag", events=60.0)], 100),
        # By the pace of the plan, where no level was kept.
        ([missed(120, binding="growing lag", chunks=45.0)], 90),
        ([kept(100)], 100),
    ],
)
def test_the_best_single_estimate(levels, best):
    assert certified(*levels).best == best


@pytest.mark.parametrize("more", [0.0010000000000000002, 0.0010000000000000004, 0.00100001])
def test_figures_that_hardly_differ_cross_nowhere(more):
    assert certified(kept(1, ack(0.001)), missed(2, ack(more))).best == 1


def test_arrivals_are_no_whole_numbers():
    terms = Terms(unit="arrivals per second")
    levels = [kept(2.0, ack(0.25)), missed(3.0, ack(1.0))]
    assert certified(*levels, terms=terms).best == pytest.approx(6**0.5)
    assert certified(missed(3.0, binding="growing lag", chunks=60.0), terms=terms).best == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("levels", "valid", "reason"),
    [
        ([], False, "no level gave evidence (none was tried)"),
        ([invalid(8)], False, "no level gave evidence (the generator fell behind)"),
        ([unresolved(8)], False, "no level gave evidence (the verdict straddles the bound)"),
        ([kept(8), kept(16), invalid(32)], False, "beyond 16, the generator and not the API was the limit (the gen"),
        ([missed(12), kept(14)], False, "14 was held, although 12 was missed"),
        ([kept(8), unresolved(8)], False, "no level gave evidence (the verdict straddles the bound)"),
        ([kept(8), invalid(16), kept(32), missed(33)], True, None),
        ([kept(8), kept(16)], True, "no level was found that is too much (the time was up)"),
        ([kept(9000)], True, "nothing beyond 9,000 was asked for"),
        ([missed(8)], True, "nothing less than 8 was shown to hold (the time was up)"),
        ([kept(8), missed(9)], True, None),
        ([kept(100), missed(104)], True, None),
        ([kept(100), missed(120)], True, "as wide as 18% of its middle, and 5% was asked for (the time was up)"),
        ([kept(100), unresolved(110), missed(120)], True, "110 gave no evidence: the verdict straddles the bound"),
        ([kept(100), invalid(110), missed(120)], True, "110 gave no evidence: the generator fell behind"),
        ([kept(100), missed(102), kept(103), missed(104)], True, "103 was held, although 102 was missed"),
        ([kept(100), missed(104, provisional=True)], True, "104 was missed in haste, and that was not shown again"),
        ([hasty(8)], False, "no level gave evidence (too short for a verdict)"),
        ([hasty(100), missed(104)], True, "nothing less than 104 was shown to hold"),
    ],
)
def test_whether_it_is_valid_and_how_sharp(levels, valid, reason):
    found = certified(*levels, stopped="the time was up")
    assert found.valid is valid
    assert any(reason in each for each in found.reasons) if reason else found.reasons == []


@pytest.mark.parametrize(
    ("within", "beyond", "limiting"),
    [
        ({}, None, ""),
        (
            {"figures": p95(ack=0.04, lag_final_transcript=0.8)},
            {"binding": "lag.final_transcript.p95", "figures": p95(ack=0.05, lag_final_transcript=5.1)},
            "analysis falls behind (final_transcript comes 5.1 s after its audio at p95, while acks take 50 ms)",
        ),
        (
            {"figures": p95(ack=0.04, lag_final_transcript=0.8)},
            {"binding": "lag.final_transcript.p95", "figures": p95(ack=4.0, lag_final_transcript=5.1)},
            "the API as a whole slows down (final_transcript comes 5.1 s after its audio at p95, and acks take 4 s)",
        ),
        (
            {"figures": p95(ack=0.04, lag_emotion=0.8, lag_summary=0.1)},
            {"binding": "growing lag", "figures": p95(ack=0.04, lag_emotion=9.0, lag_summary=0.1)},
            "analysis falls behind (emotion comes 9 s after its audio at p95, while acks take 40 ms)",
        ),
        ({}, {"binding": "growing lag"}, "events come too late"),
        (
            {},
            {"binding": "session.success", "trouble": {"start: 503": 9, "chunk: timeout": 1}, "live": 112.3},
            "starts are refused with 503 (a limit on sessions, or on how many start at a time)",
        ),
        (
            {},
            {"binding": "session.success", "trouble": {"chunk: 500": 9}},
            "errors come with 120 sessions in flight (chunk: 500 (9))",
        ),
        (
            {},
            {"binding": "session.success", "sessions": {"done": 90, "failed": 9}},
            "errors come with 120 sessions in flight (failed (9))",
        ),
        (
            {},
            {"binding": "findings", "broken": ["ACK-1", "CHUNK-3"]},
            "correctness fails before speed does (ACK-1, CHUNK-3)",
        ),
        (
            {"figures": p95(ack=0.04, lag_emotion=0.8)},
            {
                "binding": "lag.emotion.p95",
                "figures": p95(ack=0.05, lag_emotion=5.1),
                "attainments": [Attainment(measure="lag.emotion.p95", threshold="", bound=3.0, value=4.9)],
            },
            "analysis falls behind (emotion comes 4.9 s after its audio at p95, while acks take 50 ms)",
        ),
        ({}, {"binding": "throughput"}, "sessions hang, so that less comes through than they offer"),
        ({}, {"binding": "ack.p99"}, "uploads slow down"),
        ({}, {"binding": "ack.p99", "trouble": {"start: 503": 1}}, "uploads slow down"),
    ],
)
def test_what_was_the_limit(within, beyond, limiting):
    levels = [kept(100, **within)] + ([missed(120, **beyond)] if beyond else [])
    found = certified(*levels)
    assert found.limiting == limiting
    assert found.binding == (beyond["binding"] if beyond else "")


def test_a_time_that_is_too_long_is_told_with_its_figures():
    found = certified(kept(100, ack(0.25)), missed(120, ack(1.0)))
    assert found.limiting == "uploads slow down (acks take 1 s instead of 250 ms)"
    assert certified(missed(120, ack(1.0))).limiting == "uploads slow down (acks take 1 s)"


def test_a_requirement_is_told_in_the_words_of_the_catalogue():
    found = certified(kept(100), missed(120, binding="CHUNK-3", broken=["CHUNK-3"]))
    assert found.limiting.startswith("correctness fails before speed does (")
    assert len(found.limiting) > len("correctness fails before speed does (CHUNK-3)")


def test_of_repeats_beyond_the_last_says_what_gave():
    assert certified(kept(8), missed(9), missed(9, binding="CHUNK-3")).binding == "CHUNK-3"


@pytest.mark.parametrize(
    ("levels", "kind", "why"),
    [
        ([kept(100)], "unknown", "No level was missed"),
        ([missed(100)], "unknown", "No level was held"),
        ([kept(100), missed(104)], "unknown", "no figures of ack.p99"),
        ([kept(100, ack(0.3)), missed(104)], "unknown", "no figures of ack.p99"),
        ([kept(100, ack(0.4)), missed(104, ack(0.55))], "slope", "from 400 ms at 100 to 550 ms at 104"),
        ([kept(100, ack(0.4)), missed(104, ack(4.0))], "cliff", "about 10 times as bad"),
        # Further out it is told better what comes next.
        ([kept(100, ack(0.4)), missed(104, ack(0.55)), missed(110, ack(4.0))], "cliff", "4 s at 110"),
        ([kept(100, ack(0.4)), missed(104, ack(0.55)), missed(200, ack(0.8))], "slope", "800 ms at 200"),
        ([kept(100, ack(0.1)), missed(200, ack(5.0))], "slope", "from 100 ms at 100 to 5 s at 200"),
        (
            [kept(100, success(1.0)), missed(104, success(0.5), binding="session.success")],
            "cliff",
            "100% at 100 to 50%",
        ),
        ([kept(100, success(0.991)), missed(104, success(0.989), binding="session.success")], "slope", "to 98.9%"),
        ([kept(100, success(1, 1)), missed(104, success(0.9, 1), binding="session.success")], "cliff", "to 90% at 104"),
        ([kept(100), missed(104, binding="CHUNK-3")], "cliff", "holds at 100 and is broken at 104"),
        ([kept(100), missed(104, binding="growing lag")], "cliff", "further behind"),
    ],
)
def test_how_it_degrades_beyond(levels, kind, why):
    found = certified(*levels).degradation
    assert found.kind == kind
    assert why in found.why


def test_the_lowest_level_at_which_each_requirement_was_broken():
    found = certified(
        missed(64, broken=["ACK-1", "CHUNK-3"]),
        kept(16),
        missed(32, broken=["CHUNK-3"]),
        level(24, "invalid", broken=["ACK-1"]),
    )
    assert found.breaks == {"ACK-1": 24, "CHUNK-3": 32}


def test_throughput_is_that_of_the_capacity():
    assert certified(kept(100), kept(100, chunks=52.0), missed(104)).throughput == 52.0
    assert certified(missed(104)).throughput == 0.0


def test_of_two_targets_each_has_its_own():
    levels = [kept(8, target="old"), missed(9, target="old"), kept(16, target="new"), missed(17, target="new")]
    assert certified(*levels, target="old").low == 8
    new = certified(*levels, target="new")
    assert (new.low, new.target, len(new.levels)) == (16, "new", 2)


def test_the_fit_is_told_or_why_there_is_none():
    assert certified(kept(8), missed(9)).no_usl
    held_up = [0.5 * n / (1 + 0.02 * (n - 1)) for n in (8, 16, 32, 64, 128, 256)]
    levels = [kept(8 * 2**k, chunks=chunks, events=1.5 * chunks) for k, chunks in enumerate(held_up)]
    found = certified(*levels)
    assert found.usl.contention.best == pytest.approx(0.02)
    assert found.no_usl == ""


times = st.floats(0.001, 10.0)
rates = st.just(0.0) | st.floats(0.1, 50.0)
slos = st.builds(ack, times) | st.builds(success, st.floats(0.0, 1.0))
bindings = st.sampled_from(["ack.p99", "session.success", "growing lag", "findings", "CHUNK-3", "drain.p95"])
evidence = st.builds(
    level,
    st.integers(1, 40),
    st.sampled_from(["kept", "missed"]),
    slos,
    binding=bindings,
    chunks=rates,
    events=rates,
    number=st.integers(1, 1000),
)
void = st.builds(level, st.integers(1, 40), st.sampled_from(["unresolved", "invalid"]), number=st.integers(1, 1000))


@given(st.lists(evidence | void, max_size=12), st.sampled_from(["sessions", "arrivals per second"]))
def test_the_best_estimate_lies_in_the_interval(levels, unit):
    found = certify(levels, Terms(unit=unit), PACE)
    assert found.low <= found.best
    assert found.high is None or found.best <= found.high
    assert found.high is None or found.low < found.high


@given(st.lists(evidence, max_size=10), st.lists(void, max_size=4))
def test_what_is_no_evidence_never_narrows_the_interval(levels, more):
    without, with_ = certify(levels, TERMS, PACE), certify(levels + more, TERMS, PACE)
    assert with_.low <= without.low
    assert with_.high is None or (without.high is not None and with_.high >= without.high)
    assert without.valid or not with_.valid


@given(st.lists(evidence | void, max_size=10, unique_by=lambda each: each.number), st.randoms())
def test_the_order_in_which_levels_are_handed_over_does_not_matter(levels, chance):
    shuffled = chance.sample(levels, len(levels))
    assert msgspec.json.encode(certify(shuffled, TERMS, PACE)) == msgspec.json.encode(certify(levels, TERMS, PACE))


@given(st.lists(evidence, min_size=1, max_size=10), evidence)
def test_a_level_that_contradicts_no_other_never_widens_the_interval(levels, one):
    assume(one.level not in {each.level for each in levels})
    before, after = certify(levels, TERMS, PACE), certify([*levels, one], TERMS, PACE)
    if not any("although" in each for each in before.reasons + after.reasons):
        assert after.low >= before.low
        assert before.high is None or (after.high is not None and after.high <= before.high)
