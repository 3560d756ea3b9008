"""Seeds of a load run: stable, apart from each other, and fair."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from harness.load.seeds import pick, session_seed, think_time

PATHS = st.tuples(*[st.integers(0, 10**6)] * 4)


def test_seeds_are_the_same_in_every_version():
    # A finding of an old report is replayed by its seed.
    assert session_seed(1, 0, 0, 0) == 192939144176761
    assert session_seed(1, 0, 0, 1) == 147082237585958
    assert session_seed(1, 0, 1, 0) == 38621739698423
    assert session_seed(1, 1, 0, 0) == 145625341836096
    assert session_seed(2, 0, 0, 0) == 280620982139891


@given(PATHS, PATHS)
def test_different_paths_have_different_seeds(one, other):
    assert (session_seed(*one) == session_seed(*other)) == (one == other)


def test_the_parts_of_a_path_do_not_run_together():
    assert session_seed(1, 11, 1, 1) != session_seed(11, 1, 1, 1) != session_seed(1, 1, 11, 1)


def test_calls_are_picked_by_their_weights():
    picked = Counter(pick([("often", 80.0), ("now and then", 15.0), ("rarely", 5.0)], seed) for seed in range(4_000))
    assert abs(picked["often"] / 4_000 - 0.80) < 0.03
    assert abs(picked["now and then"] / 4_000 - 0.15) < 0.03
    assert abs(picked["rarely"] / 4_000 - 0.05) < 0.02


@given(st.integers(0, 2**48))
def test_a_seed_gives_one_pick_and_one_think_time(seed):
    mix = [("a", 1.0), ("b", 1.0)]
    assert pick(mix, seed) == pick(mix, seed)
    assert 0 <= think_time(seed) == think_time(seed) < 1
