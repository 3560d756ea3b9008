"""Histograms, and the stopwatch that fills them: literal histories, and what is measured of each."""

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from harness.client.driver import LEAVING
from harness.contract.profile import Profile
from harness.history.observations import Ended, Event, Returned, Sent, StreamClosed, Waited
from harness.load.measures.counting import Counting
from harness.load.measures.histograms import Measures
from harness.load.measures.lag import Lag
from harness.load.measures.reach import Reach
from harness.load.measures.statistics import Statistics
from harness.load.measures.stopwatch import Stopwatch
from harness.load.measures.times import Times
from harness.oracle.payload import Reader

SECOND = 32_000
"""Bytes of a second of audio."""


class Watched:
    """A stopwatch fed with a history: what was measured, and what Locust was told."""

    def __init__(self, *history, slow=(), warm_until=0.0):
        times = Times(warm_until)
        self.told = []
        lag = Lag(lambda offset: offset / SECOND, Reader(Profile()))
        stopwatch = Stopwatch(times, Counting(), Statistics(lambda **entry: self.told.append(entry)), lag, slow)
        for observation in history:
            stopwatch(observation)
        self.measures = Measures()
        self.measures.add(times.counts)

    @property
    def times(self):
        """Of what was measured: its name, how often, and the longest, in ms."""
        return {m.name: (m.count, round(m.max * 1000)) for m in self.measures.summary()}

    @property
    def entries(self):
        """Of what Locust was told: the name, the time in ms, and the failure."""
        return [(e["name"], round(e["response_time"]), str(e["exception"] or "")) for e in self.told]


def chunk(n, seq, due, at, **fields):
    given = {"audio": f"digest@{seq * 2 * SECOND}", "size": 2 * SECOND} | fields
    return Sent(n, "chunk", due, at, seq=str(seq), **given)


def measured(seconds, name="ack"):
    """Measures of so many times."""
    times, measures = Times(), Measures()
    for each in seconds:
        times.record(name, 5.0, 5.0 + each)
    measures.add(times.take())
    assert times.counts == {}
    return measures


def test_a_histogram_keeps_three_digits():
    measures = measured(millisecond / 1000 for millisecond in range(1, 1001))
    assert measures.count("ack") == 1000
    assert measures.value("ack", "p50") == pytest.approx(0.5, rel=0.001)
    assert measures.value("ack", "p99") == pytest.approx(0.99, rel=0.001)
    assert measures.value("ack", "p99.9") == pytest.approx(0.999, rel=0.001)
    assert measures.value("ack", "max") == pytest.approx(1.0, rel=0.001)
    assert measures.value("ack", "mean") == pytest.approx(0.5005, rel=0.001)


def test_times_beyond_the_range_are_kept_at_its_ends():
    measures = measured([-1.0, 0.0, 1e-9, 10_000.0])
    assert measures.count("ack") == 4
    assert measures.value("ack", "p50") == 1e-6
    assert measures.value("ack", "max") == pytest.approx(3600, rel=0.001)


def test_nothing_measured_is_nothing():
    assert Measures().count("ack") == 0
    assert [Measures().value("ack", statistic) for statistic in ("mean", "max", "p99")] == [0, 0, 0]
    assert Measures().summary() == []


@given(st.lists(st.floats(0, 4_000), min_size=1), st.sampled_from([1.0, 1e-3]))
def test_counting_first_and_recording_then_is_what_recording_is(seconds, unit):
    given = [each * unit for each in seconds]
    histogram = HdrHistogram(1, 3_600_000_000, 3)
    for each in given:
        histogram.record_value(min(max(int((5.0 + each - 5.0) * 1e6), 1), 3_600_000_000))
    times, counted = Times(), HdrHistogram(1, 3_600_000_000, 3)
    for each in given:
        times.record("ack", 5.0, 5.0 + each)
    for value, count in times.counts["ack"].items():
        counted.record_value(value, count)
    assert counted.encode() == histogram.encode()


def test_counts_add_up():
    whole, times = Times(), Times()
    for seconds in (1.0, 1.0, 2.0):
        times.record("ack", 0.0, seconds)
        whole.add(times.take())
    assert whole.counts == {"ack": {999_936: 2, 1_999_872: 1}}


def test_what_was_due_before_the_sut_was_warm_is_left_out():
    history = [chunk(1, 0, due=1.0, at=1.0), Returned(1, 3.0, status=200)]
    history += [chunk(2, 1, due=3.0, at=3.0), Returned(2, 3.1, status=200)]
    history += [transcript(4.0, start=0.0, end=1.5), transcript(4.0, start=0.0, end=3.5)]
    watched = Watched(*history, warm_until=2.0)
    assert (watched.times["ack"], watched.times["schedule_lag"]) == ((1, 100), (1, 0))
    assert watched.times["lag.final_transcript"] == (1, 1000)
    assert [time for name, time, _ in watched.entries if name == "chunk"] == [2000, 100]  # Locust hears of all


def test_a_whole_session():
    watched = Watched(
        Sent(1, "start", 0.0, 0.0),
        Returned(1, 0.05, status=200),
        Sent(2, "attach", 0.05, 0.05),
        Returned(2, 0.06, status=200),
        Event(2, 0.075, "status", "{}", payload={}),
        Event(2, 0.08, "status", "{}", payload={}),
        chunk(3, 0, due=1.0, at=1.001),
        Returned(3, 1.02, status=200),
        Sent(4, "control", 1.02, 1.02, action="finalize"),
        Returned(4, 1.03, status=200),
        Event(2, 1.12, "done", "{}", payload={}),
        Ended(1.2, "done"),
    )
    assert watched.times == {
        "start": (1, 50),
        "attach": (1, 10),
        "first_event": (1, 25),
        "schedule_lag": (2, 1),
        "ack": (1, 20),
        "ack.service": (1, 19),
        "control": (1, 10),
        "drain": (1, 100),
        "session": (1, 1200),
    }
    assert watched.entries == [
        ("start", 50, ""),
        ("attach", 10, ""),
        ("first_event", 25, ""),
        ("chunk", 20, ""),
        ("finalize", 10, ""),
        ("drain", 100, ""),
        ("session", 1200, ""),
    ]


def test_a_chunk_is_timed_from_when_it_was_due_through_all_its_tries():
    watched = Watched(
        chunk(1, 0, due=2.0, at=2.0),
        Returned(1, 2.5, status=503),
        chunk(2, 0, due=2.0, at=2.7),
        Returned(2, 2.8, status=200),
    )
    assert watched.times == {"schedule_lag": (1, 0), "ack": (1, 800), "ack.service": (1, 100)}
    assert watched.entries == [("chunk", 500, "503"), ("chunk", 800, "")]


def test_waiting_for_the_sut_is_no_schedule_lag_of_ours():
    watched = Watched(
        chunk(1, 0, due=2.0, at=2.0),
        Returned(1, 5.0, status=200),  # the next chunk was due at 4.0, and had to wait
        chunk(2, 1, due=4.0, at=5.003),
        Returned(2, 5.1, status=200),
    )
    assert watched.times["schedule_lag"] == (2, 3)
    assert watched.times["ack"] == (2, 3000)


def test_what_the_scenario_wants_is_not_measured():
    slow = chunk(2, 0, due=3.0, at=3.0)
    watched = Watched(
        chunk(1, 0, due=2.0, at=2.0),
        Returned(1, 2.9, failure="reply-dropped"),
        slow,
        Returned(2, 5.0, status=200),
        slow=[slow.audio],
    )
    assert watched.times == {"schedule_lag": (1, 0)}
    assert watched.entries == [("chunk", 2000, "")]


def failures(*history):
    """Names and failures of Locust's entries, after a session that has its stream and one chunk."""
    begun = (
        Sent(1, "attach", 0.0, 0.0),
        Returned(1, 0.0, status=200),
        chunk(2, 0, due=0.0, at=0.0),
        Returned(2, 0.0, status=200),
    )
    return [(name, failure) for name, _, failure in Watched(*begun, *history).entries[2:]]


@pytest.mark.parametrize(
    "provoked",
    [
        chunk(3, 4, due=1.0, at=1.0),  # a gap
        chunk(3, 1, due=1.0, at=1.0, key="wrong"),
        chunk(3, 1, due=1.0, at=1.0, wellformed=False),
        Sent(3, "attach", 1.0, 1.0),  # a second consumer
        Sent(3, "control", 1.0, 1.0, action="explode"),
        Sent(3, "start", 1.0, 1.0, key="missing"),
    ],
)
def test_a_refusal_that_a_fault_provoked_is_no_failure(provoked):
    [(_, refused)] = failures(provoked, Returned(3, 1.1, status=409))
    [(_, in_trouble)] = failures(provoked, Returned(3, 1.1, status=503))
    [(_, unanswered)] = failures(provoked, Returned(3, 1.1, failure="timeout"))
    assert (refused, in_trouble, unanswered) == ("", "503", "timeout")


@pytest.mark.parametrize(
    "right",
    [
        chunk(3, 1, due=1.0, at=1.0),
        chunk(3, 0, due=1.0, at=1.0),  # a retry
        Sent(3, "control", 1.0, 1.0, action="keepalive"),
        Sent(3, "start", 1.0, 1.0),
    ],
)
def test_the_refusal_of_a_right_request_is_a_failure(right):
    [(_, failure)] = failures(right, Returned(3, 1.1, status=409))
    assert failure == "409"


@pytest.mark.parametrize(
    "end",
    [
        [Sent(3, "control", 1.0, 1.0, action="finalize"), Returned(3, 1.1, status=200)],
        [Sent(3, "control", 1.0, 1.0, action="cancel"), Returned(3, 1.1, status=200)],
        [Waited("expiry", 1.0, 2.0, "elapsed")],
    ],
)
def test_after_the_end_of_ingestion_every_refusal_is_fine(end):
    late = [chunk(4, 1, due=3.0, at=3.0), Returned(4, 3.1, status=409)]
    control = [Sent(5, "control", 3.0, 3.0, action="keepalive"), Returned(5, 3.1, status=410)]
    assert failures(*end, *late, *control)[-2:] == [("chunk", ""), ("keepalive", "")]


def test_only_sessions_that_went_as_planned_are_timed():
    begun = (Sent(1, "start", 1.0, 1.0), Returned(1, 1.1, status=200))
    endings = {
        ending: Watched(*begun, Ended(3.0, ending, "why")) for ending in ("done", "cancelled", "failed", "interrupted")
    }
    timed = {ending: "session" in watched.times for ending, watched in endings.items()}
    assert timed == {"done": True, "cancelled": True, "failed": False, "interrupted": False}
    assert endings["failed"].entries[-1] == ("session", 2000, "why")
    assert [name for name, _, _ in endings["interrupted"].entries] == ["start"]


def lags(*events, chunks=4):
    """Lags of events in a session whose chunks of 2 s were due at 2, 4, 6, …"""
    pushed = [chunk(n, n, due=2.0 * n + 2, at=2.0 * n + 2) for n in range(chunks)]
    lag = Lag(lambda offset: offset / SECOND, Reader(Profile()))
    for sent in pushed:
        lag.pushed(sent)
    due = [lag.due(event) for event in events]
    return [None if moment is None else event.at - moment for event, moment in zip(events, due, strict=True)]


def transcript(at, **payload):
    return Event(1, at, "final_transcript", "", payload=payload)


def test_lag_is_told_from_when_the_end_of_the_utterance_was_due():
    assert lags(transcript(5.0, start=1.0, end=3.5)) == [1.0]  # in the chunk that was due at 4
    assert lags(transcript(5.0, start=1.0, end=1.5)) == [3.0]
    assert lags(transcript(9.0, start=1.0, end=8.0)) == [1.0]
    assert lags(transcript(9.0, start=1.0, end=8.4)) == [1.0]  # a little beyond the audio: rounding


def test_lag_reads_the_usual_names_and_units():
    assert lags(transcript(5.0, end_time=3.5)) == [1.0]
    assert lags(transcript(5.0, end_ms=3500)) == [1.0]
    assert lags(transcript(5.0, end=3500)) == [1.0]  # there are no 3,500 s of audio: milliseconds, from now on
    assert lags(transcript(5.0, end=3500), transcript(5.0, end=1)) == [1.0, 3.0]


def test_lag_of_an_event_about_an_utterance_that_is_known():
    spoken = transcript(4.5, end=3.5, utterance_id="u1")
    emotion = Event(1, 5.5, "emotion", "", payload={"utterance_id": "u1"})
    stranger = Event(1, 5.5, "emotion", "", payload={"utterance_id": "u2"})
    assert lags(spoken, emotion, stranger) == [0.5, 1.5, None]


@pytest.mark.parametrize(
    "event",
    [
        transcript(5.0),
        transcript(5.0, end="soon"),
        transcript(5.0, end=True),
        transcript(5.0, end=3_000_000),  # no unit makes sense of it
        Event(1, 5.0, "final_transcript", "[]", payload=[]),
        Event(1, 5.0, "rumour", "", payload={"end": 3.5}),
        Event(1, 5.0, "done", "", payload={"conversation_id": "c"}),
    ],
)
def test_what_does_not_tell_its_time_has_no_lag(event):
    assert lags(event) == [None]


def test_lag_remembers_no_more_than_it_must():
    far = transcript(10_000.0, end=1.0)
    assert lags(far, chunks=256) == [None]
    assert lags(transcript(10_000.0, end=501.0), chunks=256) == [10_000.0 - 502.0]


def test_other_observations_pass_unnoticed():
    assert Watched(StreamClosed(1, 1.0, "ended"), Returned(9, 1.0, status=200)).entries == []


def test_a_start_that_leaves_late_is_late_by_itself_and_its_retry_is_not():
    watched = Watched(
        Sent(1, "start", 5.0, 5.25),
        Returned(1, 5.5, status=503),
        Sent(2, "start", 5.0, 6.0),
        Returned(2, 6.5, status=200),
    )
    assert watched.times == {"schedule_lag": (1, 250), "start": (1, 1500)}


def test_percentiles_are_those_of_the_nearest_rank():
    measures = measured(number / 1000 for number in range(1, 65))
    assert measures.value("ack", "p99") == pytest.approx(0.064, rel=0.001)  # the 64th: 0.99 * 64 is more than 63
    assert measures.value("ack", "p50") == pytest.approx(0.032, rel=0.001)


def test_what_the_end_of_the_run_cuts_off_counts_as_long_as_it_took():
    history = [chunk(1, 0, due=1.0, at=1.0), Ended(9.0, "interrupted")]
    assert Watched(*history).times["ack"] == (1, 8004)
    assert Watched(*history).times["overdue"] == (1, 8004)
    draining = [
        Sent(1, "control", 1.0, 1.0, action="finalize"),
        Returned(1, 1.1, status=200),
        Sent(2, "control", 8.0, 8.0, action="cancel", reason=LEAVING),
        Returned(2, 8.5, status=200),
        Ended(9.0, "interrupted"),
    ]
    assert Watched(*draining).times == {"control": (1, 100), "drain": (1, 8004), "overdue": (1, 8004)}


def test_what_was_hardly_waited_for_is_not_overdue():
    assert "overdue" not in Watched(chunk(1, 0, due=1.0, at=1.0), Ended(2.0, "interrupted")).times


def test_answers_are_ordered_by_the_clock():
    reach = Reach()
    for at in (5.0, 6.0, 7.0):
        reach.missed(at)
    reach.answered(4.0)
    assert reach.unanswered == 3
    reach.answered(6.5)
    assert reach.unanswered == 1
    reach.missed(6.0)
    assert reach.unanswered == 1
