"""What the metrics show, whether it is true, and a server with live capture switched off."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.messages import EVENT_NAMES
from harness.contract.profile import Profile
from harness.history.observations import Ended, Event, Header, Returned, Sent, StreamClosed, Withheld
from harness.oracle.counting import agrees, disagreement
from harness.oracle.exposition import Sample, read_exposition
from harness.oracle.judge import Judge
from harness.oracle.metrics import agent_latencies, event_counters, perhaps_latencies
from harness.oracle.verdicts import Verdict
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.service import Service
from harness.sandbox.variants import VARIANTS
from harness.scenario.call import Call
from harness.scenario.loader import find

STARTED = {
    "session_id": "a",
    "chunk_endpoint": "/a/chunk",
    "events_endpoint": "/a/events",
    "control_endpoint": "/a/control",
    "expires_at": 2e9,
}
PASS, FAIL, OPEN = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


# Histories


class History:
    """Writes a history by saying what happened, a second apart."""

    def __init__(self, *, strict=True, disabled=False, alone=True):
        facts = {"strict": strict, "disabled": disabled, "alone": alone}
        self.lines = [Header("s", "p", 1, "", "", "", "http://sut", Profile(), 0.0, 0.0, **facts)]
        self.n = 0

    def ask(self, status, body, *, failure=None, **sent):
        self.n += 1
        at = float(len(self.lines))
        self.lines += [
            Sent(self.n, due=at, at=at, **sent),
            Returned(self.n, at + 0.1, status=status, failure=failure, body=body, is_json=isinstance(body, dict)),
        ]
        return self

    def look(self, body, status=200, path="/metrics"):
        return self.ask(status, body, kind="metrics", path=path)

    def call(self, how="ended", **received):
        """A whole call, with so many events by name."""
        self.ask(200, STARTED, kind="start").ask(200, None, kind="attach")
        stream = self.n
        for name, count in received.items():
            self.lines += [Event(stream, float(len(self.lines)), name, "{}", payload={})] * count
        self.lines.append(StreamClosed(stream, float(len(self.lines)), how))
        return self

    def verdicts(self):
        judge = Judge(Profile())
        for line in [*self.lines, Ended(float(len(self.lines)), "done")]:
            judge.observe(line)
        assert not judge.crashes
        found = {name: tally.verdict for name, tally in judge.tallies.items()}
        return {name: found[name] for name in ("OPS-1", "OPS-2", "AVAIL-1", "START-1", "START-2") if name in found}

    def said(self):
        judge = Judge(Profile())
        for line in [*self.lines, Ended(float(len(self.lines)), "done")]:
            judge.observe(line)
        reasons = [reason for tally in judge.tallies.values() for reason in tally.reasons]
        return " ".join([*(f"{f.expected}: {f.happened}" for f in judge.findings), *reasons])


def shows(latency="agent_latency_seconds_avg 0.1", **events):
    lines = [f'live_events_total{{event="{name}"}} {count}' for name, count in events.items()]
    return "\n".join([*lines, latency, ""])


def operations(*looks, before=({}, {}), received=None, **history):
    """Two looks, a call of four events, and two more looks."""
    history = History(**history)
    for counts in before:
        history.look(shows(**counts))
    history.call(**(received or {"emotion": 3, "status": 1}))
    for counts in looks:
        history.look(counts if isinstance(counts, str) else shows(**counts))
    return history


RIGHT = {"emotion": 3, "status": 1}


def test_events_after_the_last_look_are_not_held_against_it():
    history = History().look(shows()).look(shows()).ask(200, STARTED, kind="start").ask(200, None, kind="attach")
    stream = history.n
    history.look(shows(status=1)).look(shows(status=1))
    at = float(len(history.lines))
    history.lines += [Event(stream, at, name, "{}", payload={}) for name in ("status", "done")]
    history.lines.append(StreamClosed(stream, at, "ended"))
    assert "OPS-2" not in history.verdicts()


@pytest.mark.parametrize(
    ("looks", "options", "verdict"),
    [
        ((RIGHT, RIGHT), {}, PASS),
        (({"emotion": 1}, RIGHT), {}, PASS),  # they had to settle
        (({"emotion": 5, "status": 2},) * 2, {"before": ({"emotion": 2, "status": 1},) * 2}, PASS),
        (({"emotion": 3},) * 2, {}, PASS),  # only results are counted
        (({"emotion": 3, "heartbeat": 9, "status": 1},) * 2, {}, PASS),
        (({"emotion": 3, "moment": 0, "status": 1},) * 2, {}, PASS),
        ((shows(live=3),) * 2, {}, PASS),  # a total of the results
        ((shows(live=6),) * 2, {}, PASS),  # and of heartbeats
        (({"emotion": 0, "status": 0},) * 2, {}, FAIL),
        (({"emotion": 6, "status": 2},) * 2, {}, FAIL),
        (({"emotion": 2, "status": 1},) * 2, {}, FAIL),
        (({"emotion": 3, "moment": 1, "status": 1},) * 2, {}, FAIL),
        (({"emotion": 3, "status": 0},) * 2, {}, FAIL),
        (({"status": 1},) * 2, {}, FAIL),
        ((shows(live=2),) * 2, {}, FAIL),
        ((shows(live=8),) * 2, {}, FAIL),
        # somebody else is there
        (({"emotion": 9, "status": 4},) * 2, {"before": ({}, {"emotion": 1})}, OPEN),
        (({"emotion": 4, "status": 1}, {"emotion": 9, "status": 1}), {}, OPEN),
        (({"emotion": 9, "status": 4},) * 2, {"alone": False}, OPEN),
        ((RIGHT, RIGHT), {"alone": False}, PASS),
        # nothing to compare
        ((RIGHT,), {}, None),
        ((RIGHT, RIGHT), {"before": ()}, None),
        ((RIGHT, RIGHT), {"strict": False}, None),
        ((RIGHT, RIGHT), {"received": {"emotion": 3, "status": 1, "Status": 1}}, None),
        ((RIGHT, RIGHT), {"received": {"emotion": 3, "how": "cut"}}, None),
        (("agent_latency 1\n",) * 2, {}, None),  # OPS-1 is broken
    ],
)
def test_counters_grow_by_what_was_received(looks, options, verdict):
    assert operations(*looks, **options).verdicts().get("OPS-2") is verdict


def test_a_finding_names_both_sides():
    said = operations({"emotion": 6}, {"emotion": 6}).said()
    assert "counters grow by the events received: emotion 3, status 1: grown: live_events by emotion 6" in said


@pytest.mark.parametrize(
    ("body", "verdict", "words"),
    [
        (shows(**RIGHT), PASS, ""),
        (shows(latency="", **RIGHT), FAIL, "average latency of agents: there are live_events"),
        (shows(latency="agent_latency NaN", **RIGHT), FAIL, "agent_latency is nan"),
        (shows(latency="agent_latency -1", **RIGHT), FAIL, "agent_latency is -1"),
        (shows(latency="agent_latency_sum 0\nagent_latency_count 0", **RIGHT), FAIL, "agent_latency is nan"),
        (shows(latency="agent_latency_count 4\nagent_latency_sum 2", **RIGHT), PASS, ""),
        (shows(latency='agent_ms{a="x"} NaN\nagent_ms{a="y"} 3', **RIGHT), PASS, ""),
        (shows(latency="inference_seconds 0.1", **RIGHT), OPEN, "inference_seconds may be the agents' latency"),
        (shows(latency="process_cpu_seconds_total 5\nuptime_seconds 9", **RIGHT), FAIL, "average latency of agents"),
        (shows(), FAIL, "counters of events: there are agent_latency_seconds_avg"),
        ("<html>Not here</html>", FAIL, "nothing reads as one"),
        ("", FAIL, "nothing reads as one"),
        (None, FAIL, "nothing reads as one"),
        ({"events": {"emotion": 3}, "agents": {"avgLatencyMs": 4}}, PASS, ""),
        ({"events": {"emotion": 3}}, FAIL, "average latency of agents"),
    ],
)
def test_counters_and_latency_are_exposed(body, verdict, words):
    history = History().call(**RIGHT).look(body)
    assert history.verdicts()["OPS-1"] is verdict
    assert words in history.said()


def test_before_there_are_results_there_need_be_nothing_to_show():
    assert "OPS-1" not in History().look("").call(**RIGHT).verdicts()
    assert "OPS-1" not in History().call(status=1).look("").verdicts()


@pytest.mark.parametrize(
    ("status", "verdict"), [(404, FAIL), (500, FAIL), (405, FAIL), (401, OPEN), (403, OPEN), (None, OPEN)]
)
def test_metrics_that_can_not_be_read(status, verdict):
    history = History().look(None, status, "/gw/metrics").look(None, status)
    assert history.verdicts() == {"OPS-1": verdict}
    assert "/gw/metrics and /metrics" in history.said()


def test_metrics_are_looked_for_until_they_are_found():
    history = History().call(**RIGHT).look(None, 404, "/gw/metrics").look(shows(**RIGHT))
    assert history.verdicts()["OPS-1"] is PASS


def test_metrics_elsewhere_are_a_matter_of_the_profile_and_no_finding():
    history = History()
    history.lines.append(Withheld("metrics", 1.0, "http://other/metrics"))
    history.lines.append(Withheld("artifact", 1.0, "http://store/timeline"))
    assert history.verdicts() == {"OPS-1": OPEN}


# What is read


@pytest.mark.parametrize(
    ("body", "counters"),
    [
        (
            'live_events_total{event="emotion",w="1"} 2\nlive_events_total{event="emotion",w="2"} 3\n',
            {"live_events": {"emotion": 5}},
        ),
        (
            'events_total{type="transcript"} 1\nevents_created{type="transcript"} 1e9\n',
            {"events": {"final_transcript": 1}},
        ),
        ('events{name="analytics.summary-update",status="done"} 1\n', {"events": {"summary_update": 1}}),
        ("live_events_total 7\n", {"live_events": {"": 7}}),
        (
            "# TYPE my_emotions counter\nmy_emotions_total 3\n# TYPE my_transcripts counter\nmy_transcripts_total 4",
            {"my_*": {"emotion": 3, "final_transcript": 4}},
        ),
        ('# TYPE agent_runs counter\nagent_runs_total{agent="emotion"} 3\n', {"agent_runs": {"emotion": 3}}),
        ("# TYPE sse_messages counter\nsse_messages_total 3\n", {"sse_messages": {"": 3}}),
        ("live_emotions 3\n", {}),  # neither a counter nor of events by its words
        ("events_dropped_total 1\nevent_queue_size 2\nlast_event_seconds 3\nevents_per_second 4\n", {}),
        ("# TYPE event_bytes summary\nevent_bytes_sum 3\nevent_bytes_count 1\n", {}),
        (
            {"events": {"emotion": 3, "by": {"moment": 1}}, "eventsTotal": 9, "ok": True},
            {"events_*": {"emotion": 3}, "events_by_*": {"moment": 1}, "eventsTotal": {"": 9}},
        ),
        ([{"name": "events_total", "labels": {"event": "moment"}, "value": 2}], {"events": {"moment": 2}}),
        (
            'events_total{event="emotion"} 1 # {trace="x"} 0.5\n<garbage>\nevents_total{event="moment"} 2\n# EOF\n',
            {"events": {"emotion": 1, "moment": 2}},
        ),
    ],
)
def test_counters_of_events_are_found(body, counters):
    assert event_counters(read_exposition(body)) == counters


@pytest.mark.parametrize(
    ("body", "latencies"),
    [
        ("agent_latency_seconds_sum 3\nagent_latency_seconds_count 2\n", {"agent_latency_seconds": [1.5]}),
        (
            '# TYPE l_latency histogram\nl_latency_bucket{le="+Inf"} 2\nl_latency_count 2\nl_latency_sum 1\n',
            {"l_latency": [0.5]},
        ),
        (
            '# TYPE s_latency summary\ns_latency{quantile="0.5"} 9\ns_latency_count 1\ns_latency_sum 1\n',
            {"s_latency": [1.0]},
        ),
        ("# TYPE agent_seconds_total counter\nagent_seconds_total 9\n", {}),
        ({"agents": {"emotion": {"avgMs": 5}}}, {"agents_emotion_avgMs": [5.0]}),
        ("agents 4\nlive_seconds 3\n", {}),
    ],
)
def test_the_average_latency_is_found(body, latencies):
    assert agent_latencies(read_exposition(body)) == latencies


def test_a_latency_without_a_count_is_not_a_number():
    [value] = agent_latencies(read_exposition("agent_latency_sum 0\nagent_latency_count 0\n"))["agent_latency"]
    assert math.isnan(value)


def test_times_that_are_no_agents_are_told_apart():
    body = "inference_seconds 1\nhttp_request_duration_seconds 1\nprocess_cpu_seconds 1\nsession_ttl_seconds 1\n"
    assert perhaps_latencies(read_exposition(body)) == ["inference_seconds"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
LINES = st.lists(
    st.sampled_from(["# TYPE a counter", "a_total 1", 'a{b="c"} 2', "a_sum NaN", "{", "# TYPE", 'x{y="\\', "a 1 # {"])
    | st.text(max_size=12)
).map("\n".join)


@given(JSON | LINES)
def test_whatever_is_shown_can_be_read(body):
    samples = read_exposition(body)
    assert all(isinstance(sample, Sample) and isinstance(sample.value, float) for sample in samples)
    assert all(isinstance(count, float) for counts in event_counters(samples).values() for count in counts.values())
    assert all(isinstance(value, float) for values in agent_latencies(samples).values() for value in values)


RECEIVED = st.dictionaries(st.sampled_from(EVENT_NAMES), st.integers(1, 9), min_size=1)


@given(RECEIVED)
def test_a_counter_that_counted_what_was_received_agrees(received):
    assert agrees("events", {event: float(count) for event, count in received.items()}, received)
    assert agrees("events", {"": float(sum(received.values()))}, received)


@given(RECEIVED, st.sampled_from([0.0, 2.0]))
def test_one_that_counted_nothing_or_all_twice_does_not(received, times):
    counted = {event: times * count for event, count in received.items()}
    assert not agrees("events", counted, received)
    results = {event: count for event, count in received.items() if event not in {"status", "error", "done"}}
    assert agrees("events", {"": times * sum(received.values())}, received) == (times == 0.0 and not results)


@pytest.mark.parametrize(
    ("name", "grown", "expected"),
    [
        ("live_*", {"emotion": 2.0}, True),
        ("live_*", {"emotion": 2.0, "moment": 0.0}, True),
        ("live_*", {"emotion": 3.0}, False),
        ("live_*", {"moment": 0.0}, False),  # says nothing
        ("messages", {"": 5.0}, False),
        ("events", {"emotion": 2.0}, False),
        ("events", {"emotion": 2.0, "": 3.0}, True),
        ("events", {"emotion": 2.0, "": 2.0}, False),
    ],
)
def test_a_counter_is_held_to_what_it_speaks_of(name, grown, expected):
    assert agrees(name, grown, {"emotion": 2, "final_transcript": 3, "done": 1}) is expected


def test_counters_of_something_else_must_have_grown_at_all():
    assert disagreement({"live_*": {"emotion": 1.0}}) is None
    assert disagreement({"live_*": {"emotion": 0.0}}) == "grown: live_* by emotion 0"


# Live capture switched off


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (403, {}, PASS),
        (404, {}, PASS),
        (503, {}, PASS),
        (501, {}, PASS),
        (200, STARTED, FAIL),
        (201, {"session_id": 5}, FAIL),
        (200, {"error": "disabled"}, OPEN),
        (401, {}, OPEN),
        (500, {}, OPEN),
        (429, {}, OPEN),
        (None, None, OPEN),
    ],
)
def test_where_live_capture_is_switched_off_no_session_starts(status, body, verdict):
    history = History(disabled=True).ask(status, body, kind="start", wellformed=False)
    assert history.verdicts() == {"AVAIL-1": verdict}


def test_where_it_is_switched_on_nothing_is_said_of_that():
    assert "AVAIL-1" not in History().ask(200, STARTED, kind="start").verdicts()


# The probes


def test_the_operations_of_the_sandbox_pass(perform):
    assert {"OPS-1", "OPS-2"} <= perform(find("operations", Call)).verdicts(PASS)
    assert perform(find("disabled", Call)).verdicts(PASS) == {"AVAIL-1"}


OURS = ("OPS-1", "OPS-2", "AVAIL-1")


@pytest.mark.parametrize("mutant", [m for m in MUTANTS.values() if set(m.trips) & set(OURS)], ids=lambda m: m.name)
def test_their_mutants_are_killed_by_these_two_probes(mutant, perform):
    broken = [perform(find(name, Call), mutant.service).broken for name in ("operations", "disabled")]
    assert set().union(*broken) == set(mutant.trips)


@pytest.mark.parametrize("name", [n for n, v in VARIANTS.items() if v.service.__module__.endswith(".operations")])
def test_their_variants_are_judged_and_not_accused(name, perform):
    done = [perform(find(probe, Call), VARIANTS[name].service) for probe in ("operations", "disabled")]
    assert set(OURS) <= set().union(*(each.verdicts(PASS) for each in done))
    assert not set().union(*(each.broken for each in done))


def test_a_session_that_starts_all_the_same_is_cancelled(perform):
    class Stubborn(Service):
        def is_enabled(self, endpoint):
            return True

    done = perform(find("disabled", Call), Stubborn)
    assert done.broken == {"AVAIL-1"}
    assert [o.kind for o in done.observations if isinstance(o, Sent)] == ["start", "discard"]
