"""From a call and a seed to a plan."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.documents.located import Place
from harness.errors import UsageError
from harness.scenario import steps
from harness.scenario.audio.files import load_file
from harness.scenario.call import Call, Chunks, Pace, Retries
from harness.scenario.loader import find
from harness.scenario.plan import (
    GOAL,
    Abandon,
    Artifacts,
    Attach,
    Await,
    Control,
    Detach,
    Expire,
    Malformation,
    Metrics,
    Push,
    Retry,
    Silence,
    Start,
    Together,
)
from harness.scenario.planner import plan
from harness.scenario.sequence import Steps
from harness.scenario.sound import MARKS, AudioFile, Rendering

SHORT = Rendering(length=6.0, speech="noise")
CHUNKS = Chunks(size=32 * 1024)
MAX = Pace(speed=float("inf"))
RETRIES = Retries()


def call_of(*doing, audio=SHORT, chunks=CHUNKS, pace=MAX, retry=RETRIES):
    listed = Steps(steps.Step(do, Place(Path("file.yaml"), line)) for line, do in enumerate(doing, 1))
    return Call(name="c", audio=audio, chunks=chunks, pace=pace, retry=retry, steps=listed)


def actions_of(*doing, seed=0, **kinds):
    return plan(call_of(steps.Start(), *doing, **kinds), seed).actions[1:]


def right(seq, **fields):
    """The push that is right at the pace `max`, of chunks of 32 KiB."""
    return Push(seq=seq, begin=seq * 32 * 1024, end=(seq + 1) * 32 * 1024, **fields)


# Simple steps


@pytest.mark.parametrize(
    ("step", "actions"),
    [
        (steps.Attach(), [Attach()]),
        (steps.Attach("second"), [Attach(second=True)]),
        (steps.Attach(fault="wrong-key"), [Attach(key="wrong")]),
        (steps.Detach(), [Detach()]),
        (steps.Reattach(), [Detach(), Attach()]),
        (steps.Silence(steps.Pause(seconds=8.0)), [Silence(seconds=8.0)]),
        (steps.Silence(steps.Pause(ttl=0.6)), [Silence(ttl=0.6)]),
        (steps.Keepalive(), [Control(action="keepalive")]),
        (steps.Keepalive(fault="no-key"), [Control(action="keepalive", key="missing", right=False)]),
        (steps.Finalize(), [Control(action="finalize")]),
        (steps.Finalize(fault="wrong-key"), [Control(action="finalize", key="wrong", right=False)]),
        (steps.Cancel("why not"), [Control(action="cancel", reason="why not")]),
        (steps.Control("rewind"), [Control(action="rewind", right=False)]),
        (steps.Await("error", 5.0), [Await(what="error", timeout=5.0)]),
        (steps.Expire(), [Expire()]),
        (steps.Metrics(), [Metrics()]),
        (steps.Artifacts(), [Artifacts()]),
        (steps.Abandon(), [Abandon()]),
        (steps.Push(chunks=2), [right(0), right(1)]),
    ],
)
def test_steps_become_actions(step, actions):
    assert list(actions_of(step)) == actions


def test_a_start_names_the_audio_and_says_what_it_is_for():
    call = call_of(steps.Start(fault="no-key"), steps.Start(goal="Listen", filename="mine.wav"))
    assert plan(call, 0).actions == (
        Start(filename="noise.wav", goal=GOAL, key="missing"),
        Start(filename="mine.wav", goal="Listen"),
    )


@pytest.mark.parametrize(
    ("fault", "changed"),
    [("no-filename", {"filename": None}), ("no-goal", {"goal": None}), ("empty-goal", {"goal": ""})],
)
def test_a_start_may_lack_something(fault, changed):
    [odd] = plan(call_of(steps.Start(goal="Listen", fault=fault)), 0).actions
    assert odd == Start(**{"filename": "noise.wav", "goal": "Listen", "open": True} | changed)


def test_an_empty_goal_that_is_asked_for_is_no_fault():
    assert plan(call_of(steps.Start(goal="")), 0).actions == (Start(filename="noise.wav", goal=""),)


def test_control_after_the_end_of_ingestion_is_not_what_the_document_asks_for():
    over = actions_of(steps.Finalize(), steps.Keepalive(), steps.Cancel())
    assert [action.right for action in over] == [True, False, False]


def test_the_retry_policy_is_the_calls_own():
    made = plan(call_of(steps.Start(), retry=Retries(frozenset({"cut"}), (0.1, 2.0), 3)), 0)
    assert made.retry == Retry(on=frozenset({"cut"}), first=0.1, most=2.0, tries=3)


# Pushes with a fault


@pytest.mark.parametrize(
    ("fault", "changed"),
    [
        ("duplicate", {"seq": 1, "begin": 32 * 1024, "end": 64 * 1024}),
        ("backwards", {"seq": 0, "begin": 0, "end": 32 * 1024, "right": False}),
        ("wrong-key", {"key": "wrong", "right": False}),
        ("no-key", {"key": "missing", "right": False}),
    ],
)
def test_faults_beside_the_audio(fault, changed):
    *_, slip, after = actions_of(steps.Push(2), steps.Push(fault=fault), steps.Push())
    assert slip == msgspec.structs.replace(right(2), **changed)
    assert after == right(2)


@given(st.integers(0, 2**64))
def test_drawn_faults_beside_the_audio(seed):
    first, zero, gap, broken, one = actions_of(
        steps.Push(fault="first-not-zero"),
        steps.Push(),
        steps.Push(fault="gap"),
        steps.Push(fault="malformed"),
        steps.Push(),
        seed=seed,
    )
    assert (zero, one) == (right(0), right(1))
    assert first == msgspec.structs.replace(right(0), seq=first.seq, right=False)
    assert gap == msgspec.structs.replace(right(1), seq=gap.seq, right=False)
    assert broken == right(1, malformed=broken.malformed, right=False)
    assert 1 <= first.seq <= 5
    assert 2 <= gap.seq <= 4
    assert broken.malformed in get_args(Malformation)


def test_an_empty_push_bears_the_next_number():
    _, empty, after = actions_of(steps.Push(), steps.Push(fault="empty"), steps.Push())
    assert empty == Push(seq=1, begin=32 * 1024, end=32 * 1024, open=True, extra=True, right=False)
    assert after == right(1)


@pytest.mark.parametrize("pushed", [1, 30])
def test_a_huge_push_takes_what_audio_there_is(pushed):
    long = Rendering(length=40.0, speech="noise")
    *_, huge, _ = actions_of(steps.Push(pushed), steps.Push(fault="huge"), steps.Push(), audio=long)
    assert huge == Push(seq=pushed, begin=huge.begin, end=huge.begin + 2**20, extra=True, right=False)
    assert huge.begin == min(pushed * 32 * 1024, len(long.for_session(0).data) - 2**20)


def test_a_huge_push_needs_enough_audio():
    with pytest.raises(UsageError, match=r"file.yaml:2: a huge push has 1,048,576 bytes, the audio .* longer audio"):
        actions_of(steps.Push(fault="huge"))


def test_other_bytes_come_under_the_last_number():
    made = plan(call_of(steps.Start(), steps.Push(2), steps.Push(fault="other-bytes")), 0)
    *_, last, other = made.actions
    assert other == Push(seq=1, begin=0, end=32 * 1024, open=True, right=False)
    assert made.audio.data[other.begin : other.end] != made.audio.data[last.begin : last.end]


def test_two_at_once_are_the_next_two():
    together, after = actions_of(steps.Push(fault="two-at-once"), steps.Push())
    assert together == Together(pushes=(right(0, open=True), right(1, open=True)))
    assert after == right(2)


def test_two_at_once_are_due_when_the_first_of_them_is():
    one, two = actions_of(steps.Push(2), pace=Pace())
    [together] = actions_of(steps.Push(fault="two-at-once"), pace=Pace())
    assert (together.at, [push.at for push in together.pushes]) == (one.at, [one.at, two.at])


def test_two_at_once_need_audio_for_both():
    with pytest.raises(UsageError, match="chunk 8 of the audio, which is sure to have 6"):
        actions_of(steps.Push(4), steps.Push(2, fault="two-at-once"))


def test_the_first_chunk_may_be_of_another_size():
    cut = actions_of(steps.Push("rest"), chunks=Chunks(size=32 * 1024, first=21))
    assert [(push.begin, push.end) for push in cut[:3]] == [(0, 21), (21, 32789), (32789, 65557)]
    with pytest.raises(UsageError, match="sure to have 7"):
        actions_of(steps.Push(8), chunks=Chunks(size=32 * 1024, first=21))


def test_keepalives_of_its_own_accord_are_part_of_the_plan():
    manual, auto = (plan(msgspec.structs.replace(call_of(steps.Start()), keepalive=k), 0) for k in ("manual", "auto"))
    assert (manual.keepalive, auto.keepalive) == (False, True)
    assert manual.digest != auto.digest


def test_a_malformation_can_be_chosen():
    [broken] = actions_of(steps.Push(fault="malformed", how="no-file"))
    assert broken == right(0, malformed="no-file", right=False)


@pytest.mark.parametrize("ending", [steps.Finalize(), steps.Cancel(), steps.Expire()])
def test_a_late_push_is_the_next_one(ending):
    assert actions_of(steps.Push(), ending, steps.Push(fault="late"))[-1] == right(1, right=False)


def test_a_late_push_is_not_waited_for():
    assert actions_of(steps.Push(), steps.Finalize(), steps.Push(fault="late"), pace=Pace())[-1].at is None


def test_a_late_push_repeats_the_last_bytes_when_the_audio_is_used_up():
    *_, last, _finalize, late = actions_of(steps.Push("rest"), steps.Finalize(), steps.Push(fault="late"))
    assert late == Push(seq=last.seq + 1, begin=last.begin, end=last.end, right=False)


def test_a_lost_reply_is_followed_by_the_same_push():
    assert actions_of(steps.Push(fault="lost-reply"), steps.Push()) == (right(0, drop_reply=True), right(0), right(1))


@given(st.integers(0, 2**64))
def test_an_aborted_upload_is_followed_by_the_same_push(seed):
    broken, *after = actions_of(steps.Push(fault="abort-upload"), steps.Push(), seed=seed)
    assert broken == right(0, abort=broken.abort)
    assert 0.1 <= broken.abort <= 0.9
    assert after == [right(0), right(1)]


def test_a_slow_upload_is_spread():
    slow = actions_of(steps.Push(chunks=2, fault="slow-upload", over=0.5), steps.Push())
    assert slow == (right(0, spread=0.5), right(1, spread=0.5), right(2))


def test_too_many_pushes_for_the_audio_are_told_where_they_stand():
    with pytest.raises(UsageError, match=r"file.yaml:3: chunk 7 of the audio, which is sure to have 6; expected fewer"):
        actions_of(steps.Push(4), steps.Push(3))


def test_a_number_of_pushes_is_judged_alike_for_every_seed():
    jittery = {"chunks": Chunks(size=32 * 1024, jitter=0.5)}
    for seed in range(20):
        assert len(actions_of(steps.Push(4), seed=seed, **jittery)) == 4
        with pytest.raises(UsageError, match="sure to have 4"):
            actions_of(steps.Push(5), seed=seed, **jittery)


# Time


def test_a_chunk_is_due_when_its_last_byte_was_spoken():
    made = plan(call_of(steps.Start(), steps.Push("rest"), pace=Pace(speed=4.0)), 0)
    pushes = made.actions[1:]
    assert [push.at for push in pushes] == pytest.approx(
        [made.audio.time_of(push.end) / 4 for push in pushes], abs=1e-6
    )
    assert pushes[-1].at == pytest.approx(6.0 / 4)


def test_a_silence_puts_off_what_follows_but_not_the_start_of_the_clock():
    pause = steps.Silence(steps.Pause(seconds=8.0))
    steady = [a.at for a in actions_of(steps.Push(3), pace=Pace())]
    before = [a.at for a in actions_of(pause, steps.Push(3), pace=Pace())]
    between = [a.at for a in actions_of(steps.Push(), pause, steps.Push(2), pace=Pace())]
    by_ttl = [a.at for a in actions_of(steps.Push(), steps.Silence(steps.Pause(ttl=0.6)), steps.Push(2), pace=Pace())]
    assert before == [None, *steady]
    assert between == [steady[0], None, *(round(at + 8.0, 6) for at in steady[1:])]
    assert by_ttl == [steady[0], None, *steady[1:]]


def test_a_fault_is_due_when_the_next_chunk_is():
    _, gap, one = actions_of(steps.Push(), steps.Push(fault="gap"), steps.Push(), pace=Pace())
    assert gap.at == one.at
    lost, again, _ = actions_of(steps.Push(fault="lost-reply"), steps.Push(), pace=Pace())
    assert (lost.at is None, again.at) == (False, None)


# Any plan

PACED_STEPS = st.one_of(
    st.sampled_from((*get_args(steps.ChunkFault), "gap", "duplicate", "backwards", "malformed", "wrong-key", None)).map(
        lambda fault: steps.Push(fault=fault)
    ),
    st.floats(0, 9).map(lambda seconds: steps.Silence(steps.Pause(seconds=seconds))),
    st.just(steps.Keepalive()),
    st.just(steps.Reattach()),
)
CALLS = st.builds(
    lambda middle, form, size, spread, speed, late: call_of(
        steps.Start(),
        steps.Attach(),
        steps.Push(2),
        *middle,
        steps.Push("rest"),
        steps.Finalize(),
        audio=Rendering(length=6.0, speech="noise", format=form, mark=0),
        chunks=Chunks(size=size, jitter=spread),
        pace=Pace(speed=speed, jitter=late),
    ),
    st.lists(PACED_STEPS, max_size=5),
    st.sampled_from(["wav", "mp3"]),
    st.integers(1024, 3072),
    st.floats(0, 1),
    st.sampled_from([1.0, 4.0, float("inf")]),
    st.floats(0, 3),
)


@given(CALLS, st.integers(0, 2**64))
def test_the_same_seed_makes_the_same_plan(call, seed):
    assert plan(call, seed) == plan(call, seed)


@given(CALLS, st.integers(0, 2**64))
def test_right_pushes_cover_the_audio_once_and_in_order(call, seed):
    made = plan(call, seed)
    pushes = [action for action in made.actions if isinstance(action, Push) and action.right]
    ranges = {push.seq: (push.begin, push.end) for push in pushes}
    assert all(ranges[push.seq] == (push.begin, push.end) for push in pushes)
    assert [b.seq - a.seq for a, b in pairwise(pushes) if b.seq - a.seq not in {0, 1}] == []
    assert list(ranges) == list(range(len(ranges)))
    assert b"".join(made.audio.data[begin:end] for begin, end in ranges.values()) == made.audio.data


@given(CALLS, st.integers(0, 2**64))
def test_due_times_never_go_back(call, seed):
    due = [action.at for action in plan(call, seed).actions if action.at is not None]
    assert due == sorted(due)
    assert min(due, default=0.0) >= 0.0
    assert (due == []) == (call.pace.speed == float("inf"))


@given(CALLS, st.integers(0, 2**64))
def test_jitter_keeps_its_bounds(call, seed):
    made = plan(call, seed)
    pushes = {action.seq: action for action in made.actions if isinstance(action, Push) and action.right}
    sizes = [push.end - push.begin for push in pushes.values()]
    most = call.chunks.size * (1 + call.chunks.jitter) + 1
    least = max(1, call.chunks.size * (1 - call.chunks.jitter) - 1)
    assert all(least <= size <= most for size in sizes[:-1])
    assert 0 < sizes[-1] <= most


# Digests


def test_a_digest_stands_for_all_that_decides_the_plan():
    base = {"pace": Pace(jitter=0.1)}
    variations = [
        plan(call_of(steps.Start(), steps.Push(), **base), 1),
        plan(call_of(steps.Start(), steps.Push(), **base), 2),
        plan(call_of(steps.Start(), steps.Push(2), **base), 1),
        plan(call_of(steps.Start(), steps.Push(), **base, retry=Retries(tries=2)), 1),
        plan(call_of(steps.Start(), steps.Push(), **base, audio=Rendering(length=5.0, speech="noise")), 1),
    ]
    assert len({made.digest for made in variations}) == len(variations)
    assert all(len(made.digest) == 16 for made in variations)


def test_a_plan_is_the_same_in_every_process():
    # Sets of strings have another order in each process.
    code = (
        "from harness.scenario import loader, planner; print(planner.plan(loader.find('gap', loader.Call), 7).digest)"
    )
    elsewhere = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }
    assert elsewhere == {plan(find("gap", Call), 7).digest}


# Audio


def test_sessions_share_few_renderings_unless_the_mark_is_given():
    speaking = Rendering(length=3.0)
    marks = [plan(call_of(steps.Start(), audio=speaking), seed).audio.utterances[0].mark[:2] for seed in range(6)]
    assert marks == [f"{seed % MARKS:02}" for seed in range(6)]
    chosen = Rendering(length=3.0, mark=42)
    assert plan(call_of(steps.Start(), audio=chosen), 5).audio.utterances[0].mark[:2] == "42"


def test_an_own_file_is_sent_as_it_is(tmp_path):
    file = tmp_path / "own.wav"
    file.write_bytes(SHORT.for_session(0).data)
    made = plan(call_of(steps.Start(), audio=AudioFile(str(file))), 9)
    assert made.audio == load_file(file)
    assert made.actions[0].filename == "own.wav"
