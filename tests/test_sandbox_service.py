"""The service without a network: every request says what time it is."""

import json
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from harness.contract.lifecycle import Happening, State, after
from harness.contract.messages import EVENT_NAMES, StartFields, read_start
from harness.sandbox.audio.features import Measures
from harness.sandbox.audio.listener import Heard
from harness.sandbox.audio.unsupported import UnsupportedAudio
from harness.sandbox.service import Service
from harness.sandbox.settings import Settings

WALL = 1_800_000_000.0
KEY = ("X-API-Key", "sandbox-key")
TTL = 120.0


class Ears:
    """Hears one utterance a second in whatever is sent, and takes a byte for a millisecond."""

    def __init__(self):
        self.duration = 0.0

    def feed(self, data):
        if data.startswith(b"noise"):
            raise UnsupportedAudio("unsupported_format", "this is no audio")
        whole = int(self.duration)
        self.duration += len(data) / 1000
        return [self._utterance(second) for second in range(whole, int(self.duration))]

    def finish(self):
        return [self._utterance(int(self.duration))] if self.duration % 1 else []

    def _utterance(self, second):
        variation = (0.7, 0.0, 1.4)[second % 3]
        measures = Measures(
            loudness=-20.0,
            pitch=120.0,
            pitch_variation=variation,
            clarity=0.9,
            brightness=0.1,
            syllable_rate=4.0,
            pauses=0.1,
        )
        return Heard(second, second + 0.5, "speaker_1", f"second {second}", 0.9, measures)


class Bench:
    """A service, and the time."""

    def __init__(self, **settings):
        self.service = Service(Settings(**settings), listener_factory=Ears)
        self.now = 0.0

    def ask(self, method, target, body=b"", headers=(KEY,)):
        return self.service.handle(method, target, headers, body, self.now, WALL + self.now)

    def wait(self, seconds):
        self.now += seconds
        self.service.advance(self.now, WALL + self.now)

    def start(self, **fields):
        served = self.ask("POST", "/analyze/live/start", json.dumps(fields).encode())
        assert served.status == 200, served.body
        return Client(self, json.loads(served.body))


class Client:
    """One session as its client sees it."""

    def __init__(self, bench, reply):
        self.bench = bench
        self.reply = reply
        self.seq = 0

    def chunk(self, seq, data, headers=(KEY,)):
        body = form(seq, data)
        headers = (*headers, ("Content-Type", "multipart/form-data; boundary=cut"))
        return self.bench.ask("POST", self.reply["chunk_endpoint"], body, headers)

    def push(self, data=b"x" * 400):
        served = self.chunk(self.seq, data)
        assert served.status == 200, served.body
        self.seq += 1
        return json.loads(served.body)

    def control(self, action, **fields):
        body = json.dumps({"action": action, **fields}).encode()
        return self.bench.ask("POST", self.reply["control_endpoint"], body)

    def attach(self, *headers):
        return self.bench.ask("GET", self.reply["events_endpoint"], headers=(KEY, *headers))


def form(seq, data):
    return (
        b'--cut\r\nContent-Disposition: form-data; name="chunk_seq"\r\n\r\n%s\r\n'
        b'--cut\r\nContent-Disposition: form-data; name="chunk"; filename="chunk.bin"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n%s\r\n--cut--\r\n" % (str(seq).encode(), data)
    )


def events(outlet):
    """The (id, name, payload) of what an outlet yields now."""
    told = []
    for block in outlet.take().decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            told.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return told


def names(told):
    return [name for _, name, _ in told]


def refusal(served):
    return served.status, json.loads(served.body)["error"]["code"]


# Start


def test_a_start_reply_is_one_that_the_contract_reads():
    bench = Bench(ttl=TTL)
    reply = read_start(bench.start(filename="a.wav", goal="Coach").reply, StartFields())
    assert reply.expires_at == WALL + TTL


def test_nothing_need_be_said_at_a_start():
    assert Bench().ask("POST", "/analyze/live/start").status == 200


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"goal": 3}', b'{"filename": ["a"]}'])
def test_a_start_that_is_no_object_of_texts_is_refused(body):
    assert refusal(Bench().ask("POST", "/analyze/live/start", body)) == (400, "bad_request")


def test_ids_follow_the_seed():
    first, again, other = (Bench(seed=seed).start().reply["session_id"] for seed in (1, 1, 2))
    assert first == again != other


def test_expires_at_is_never_later_than_the_session_lives():
    bench = Bench(ttl=10.0)
    bench.now = 0.0009
    client = bench.start()
    named = read_start(client.reply, StartFields()).expires_at
    assert named == WALL + 10.0
    assert client.reply["expires_at"].endswith("00.000Z") or client.reply["expires_at"].endswith("10.000Z")


# Who is let in


@pytest.mark.parametrize("headers", [(), (("X-API-Key", ""),), (("X-API-Key", "wrong"),)])
def test_every_endpoint_asks_for_the_key_and_a_refusal_changes_nothing(headers):
    bench = Bench()
    client = bench.start()
    outlet = client.attach().outlet
    assert refusal(bench.ask("POST", "/analyze/live/start", headers=headers)) == (401, "unauthorized")
    assert refusal(client.chunk(0, b"x", headers)) == (401, "unauthorized")
    for part, method in (("control", "POST"), ("events", "GET"), ("artifacts/summary", "GET")):
        target = f"/analyze/live/{client.reply['session_id']}/{part}"
        assert refusal(bench.ask(method, target, b'{"action": "cancel"}', headers)) == (401, "unauthorized")
    assert client.push(b"x" * 10)["received_bytes"] == 10
    assert not outlet.closed
    assert len(bench.service.sessions) == 1


def test_the_key_header_may_be_written_in_any_case():
    assert Bench().ask("POST", "/analyze/live/start", headers=[("x-api-KEY", "sandbox-key")]).status == 200


def test_a_disabled_server_starts_nothing():
    bench = Bench(enabled=False)
    assert refusal(bench.ask("POST", "/analyze/live/start")) == (503, "live_disabled")
    assert not bench.service.sessions


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/analyze/live/start", (405, "method_not_allowed")),
        ("POST", "/analyze/live/x/events", (405, "method_not_allowed")),
        ("DELETE", "/metrics", (405, "method_not_allowed")),
        ("POST", "/analyze/stream", (404, "unknown_path")),
        ("GET", "/analyze/live", (404, "unknown_path")),
        ("GET", "/analyze/live/x/events", (404, "unknown_session")),
        ("POST", "/analyze/live/x/chunk", (404, "unknown_session")),
        ("POST", "/analyze/live/x/control?y=1", (404, "unknown_session")),
    ],
)
def test_what_is_not_there_is_refused(method, target, expected):
    assert refusal(Bench().ask(method, target)) == expected


def test_a_wrong_method_is_told_the_right_one():
    served = Bench().ask("GET", "/analyze/live/start")
    assert ("Allow", "POST, OPTIONS") in served.headers


def test_a_browser_may_ask():
    served = Bench().ask("OPTIONS", "/analyze/live/x/chunk", headers=[("Origin", "http://a.example")])
    allowed = dict(served.headers)
    assert served.status == 204
    assert allowed["Access-Control-Allow-Origin"] == "*"
    assert "X-API-Key" in allowed["Access-Control-Allow-Headers"]


def test_each_reply_has_one_date_and_it_is_the_told_time():
    bench = Bench()
    bench.now = 77.9
    dates = [value for name, value in bench.ask("GET", "/").headers if name == "Date"]
    assert [parsedate_to_datetime(date).timestamp() for date in dates] == [WALL + 77]


def test_a_reply_is_held_back_by_the_delay_that_was_asked_for():
    bench = Bench(request_delay=0.3)
    assert bench.ask("POST", "/analyze/live/start").delay == 0.3
    assert bench.ask("GET", "/metrics").delay == 0.0


# Chunks


def test_acks_count_the_audio():
    client = Bench().start()
    assert [client.push(b"x" * size)["received_bytes"] for size in (10, 1, 100)] == [10, 11, 111]


@pytest.mark.parametrize("data", [b"\r\n--cut", b"\r\n--cut\r", b"--cut--\r\n", b"\x00\xff\r\n\r\n", b"\r\n" * 500])
def test_audio_may_look_like_the_form_around_it(data):
    if data.startswith(b"\r\n--cut"):
        data = data.replace(b"cut", b"cot")  # RFC 2046 forbids the delimiter itself within a part
    assert Bench().start().push(data)["received_bytes"] == len(data)


def test_a_retry_is_acked_like_the_first_time_and_not_counted():
    client = Bench().start()
    client.push(b"a" * 10)
    client.push(b"b" * 10)
    again = client.chunk(1, b"b" * 10)
    assert (again.status, json.loads(again.body)["received_bytes"], json.loads(again.body)["duplicate"]) == (
        200,
        20,
        True,
    )
    assert client.push()["chunk_seq"] == 2


@pytest.mark.parametrize(
    ("seq", "data", "expected"),
    [
        (4, b"x", (409, "gap")),
        (0, b"a" * 10, (409, "older_number")),
        (1, b"other", (409, "retry_differs")),
    ],
)
def test_a_number_out_of_order_is_refused_and_changes_nothing(seq, data, expected):
    client = Bench().start()
    client.push(b"a" * 10)
    client.push(b"b" * 10)
    assert refusal(client.chunk(seq, data)) == expected
    assert client.push(b"c")["received_bytes"] == 21


def test_numbers_begin_at_0():
    client = Bench().start()
    assert refusal(client.chunk(1, b"x")) == (409, "first_not_zero")
    assert client.push(b"x")["received_bytes"] == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        form("", b"x"),
        form("-1", b"x"),
        form("one", b"x"),
        form("9" * 40, b"x"),
        form(0, b""),
        form(0, b"x").replace(b'"chunk_seq"', b'"seq"'),
        form(0, b"x").replace(b'"chunk"', b'"file"'),
        form(0, b"x")[:-6],
        b"--other\r\n" + form(0, b"x"),
    ],
)
def test_a_form_that_is_not_the_documents_is_refused(body):
    bench = Bench()
    client = bench.start()
    headers = (KEY, ("Content-Type", "multipart/form-data; boundary=cut"))
    assert refusal(bench.ask("POST", client.reply["chunk_endpoint"], body, headers)) == (400, "bad_form")
    assert client.push(b"x")["received_bytes"] == 1


@pytest.mark.parametrize(
    "kind", ["", "application/octet-stream", "multipart/form-data", "multipart/mixed; boundary=cut"]
)
def test_a_chunk_that_is_no_form_is_refused(kind):
    bench = Bench()
    target = bench.start().reply["chunk_endpoint"]
    served = bench.ask("POST", target, form(0, b"x"), (KEY, ("Content-Type", kind)))
    assert refusal(served) == (400, "bad_form")


def test_a_body_may_be_too_large():
    client = Bench(max_body=1000).start()
    assert refusal(client.chunk(0, b"x" * 1000)) == (413, "too_large")


def test_what_is_no_audio_ends_the_session_with_an_error():
    client = Bench().start()
    outlet = client.attach().outlet
    assert refusal(client.chunk(0, b"noise")) == (415, "unsupported_audio")
    assert events(outlet)[-1][1:] == ("error", {"code": "unsupported_format", "message": "this is no audio"})
    assert outlet.closed
    assert refusal(client.chunk(0, b"x")) == (409, "late_chunk")


# Control


def test_finalize_lets_the_pipeline_finish():
    bench = Bench(agent_latency=0.5)
    client = bench.start()
    outlet = client.attach().outlet
    client.push(b"x" * 700)
    ack = json.loads(client.control("finalize").body)
    assert (ack["state"], ack["received_bytes"]) == ("processing", 700)
    assert names(events(outlet)) == ["status", "status"]
    bench.wait(0.5)
    told = events(outlet)
    assert names(told) == ["final_transcript", "emotion", "cognitive", "summary_update", "status", "done"]
    assert told[-2][2] == {"phase": "completed", "progress": 1.0}
    assert outlet.closed


def test_done_refers_to_artifacts_that_can_be_fetched_for_a_while():
    bench = Bench(retention=60.0)
    client = bench.start()
    outlet = client.attach().outlet
    client.push(b"x" * 2500)
    missing = f"/analyze/live/{client.reply['session_id']}/artifacts/summary"
    assert refusal(bench.ask("GET", missing)) == (404, "unknown_artifact")
    client.control("finalize")
    bench.wait(1)
    done = events(outlet)[-1][2]
    bundle = {name: json.loads(bench.ask("GET", url).body) for name, url in done["artifacts"].items()}
    assert {artifact["conversation_id"] for artifact in bundle.values()} == {done["conversation_id"]}
    assert [utterance["text"] for utterance in bundle["timeline"]["utterances"]] == ["second 0", "second 1", "second 2"]
    assert bundle["segmentation"]["segments"] == [{"speaker": "speaker_1", "start": 0.0, "end": 2.5}]
    assert bundle["summary"]["utterances"] == 3
    bench.wait(60)
    assert refusal(bench.ask("GET", done["artifacts"]["summary"])) == (404, "unknown_session")


def test_cancel_tells_our_reason_and_ends():
    client = Bench().start()
    outlet = client.attach().outlet
    assert client.control("cancel", reason="wrong number").status == 200
    assert events(outlet)[-1][1:] == ("error", {"code": "cancelled", "message": "wrong number"})
    assert outlet.closed


def test_cancel_stops_a_pipeline_that_was_finishing():
    bench = Bench(agent_latency=0.5)
    client = bench.start()
    outlet = client.attach().outlet
    client.push(b"x" * 1500)
    client.control("finalize")
    client.control("cancel")
    bench.wait(5)
    assert names(events(outlet)) == ["status", "status", "error"]


@pytest.mark.parametrize("action", ["pause", "", None, 7, ["finalize"]])
def test_an_unknown_action_is_refused(action):
    assert refusal(Bench().start().control(action)) == (400, "unknown_action")


def test_a_reason_is_a_text_or_the_session_lives_on():
    client = Bench().start()
    assert refusal(client.control("cancel", reason=7)) == (400, "bad_request")
    client.push()


def test_finalize_and_cancel_may_be_asked_for_again():
    bench = Bench()
    client, other = bench.start(), bench.start()
    for _ in range(2):
        assert client.control("finalize").status == 200
        assert other.control("cancel").status == 200
        bench.wait(1)
    assert client.control("finalize").status == 200
    assert refusal(client.control("keepalive")) == (409, "session_over")
    assert refusal(other.control("finalize")) == (409, "session_over")


@pytest.mark.parametrize("action", ["finalize", "cancel"])
def test_chunks_are_late_after_the_end(action):
    bench = Bench()
    client = bench.start()
    client.push(b"x" * 10)
    client.control(action)
    for seq, data in ((1, b"new"), (0, b"x" * 10)):
        assert refusal(client.chunk(seq, data)) == (409, "late_chunk")
    bench.wait(1)
    assert refusal(client.chunk(1, b"new")) == (409, "late_chunk")


# Time to live


def test_a_session_lives_until_its_deadline_and_no_longer():
    bench = Bench(ttl=TTL)
    client = bench.start()
    outlet = client.attach().outlet
    bench.wait(TTL - 0.001)
    assert not outlet.closed
    bench.wait(0.001)
    assert outlet.closed
    assert events(outlet)[-1][1] == "error"
    assert refusal(client.chunk(0, b"x")) == (410, "expired")
    assert refusal(client.control("finalize")) == (410, "expired")


def test_a_request_finds_the_session_expired_though_nobody_advanced_the_service():
    bench = Bench(ttl=TTL)
    client = bench.start()
    bench.now = TTL
    assert refusal(client.chunk(0, b"x")) == (410, "expired")


def test_chunks_retries_and_keepalives_extend_the_ttl():
    bench = Bench(ttl=10.0)
    client = bench.start()
    bench.wait(9)
    client.push(b"x")
    bench.wait(9)
    assert client.chunk(0, b"x").status == 200
    bench.wait(9)
    named = read_start(client.reply | json.loads(client.control("keepalive").body), StartFields()).expires_at
    assert named == WALL + 37
    bench.wait(9.9)
    client.push()
    bench.wait(10)
    assert refusal(client.chunk(2, b"x")) == (410, "expired")


def test_refused_chunks_extend_nothing():
    bench = Bench(ttl=10.0)
    client = bench.start()
    bench.wait(9)
    client.chunk(7, b"x")
    bench.wait(1)
    assert refusal(client.chunk(0, b"x")) == (410, "expired")


def test_the_service_says_when_it_wants_to_be_woken():
    bench = Bench(ttl=10.0, retention=5.0)
    assert bench.service.next_due() is None
    bench.start()
    assert bench.service.next_due() == 10.0
    bench.wait(10)
    assert bench.service.next_due() == 15.0
    bench.wait(5)
    assert bench.service.next_due() is None
    assert not bench.service.sessions


def test_one_long_sleep_is_like_many_short_ones():
    def told(step):
        bench = Bench(ttl=30.0, agent_latency=0.5)
        client = bench.start()
        outlet = client.attach().outlet
        client.push(b"x" * 5000)
        for _ in range(round(60 / step)):
            bench.wait(step)
        return outlet.take()

    assert told(60) == told(0.25)


# The stream


def test_one_consumer_at_a_time_and_the_first_is_undisturbed():
    bench = Bench(agent_latency=0.0)
    client = bench.start()
    first = client.attach().outlet
    assert refusal(client.attach()) == (409, "second_consumer")
    client.push(b"x" * 1000)
    bench.wait(0)
    assert "final_transcript" in names(events(first))


def test_the_next_consumer_is_told_everything_or_what_it_missed():
    bench = Bench(agent_latency=0.0)
    client = bench.start()
    first = client.attach().outlet
    client.push(b"x" * 2000)
    bench.wait(0)
    seen = events(first)
    first.hang_up()
    client.push(b"x" * 1000)
    bench.wait(0)
    everything = client.attach().outlet
    assert events(everything)[: len(seen)] == seen
    everything.hang_up()
    missed = client.attach(("Last-Event-ID", str(seen[2][0]))).outlet
    assert next(number for number, _, _ in events(missed)) == seen[2][0] + 1
    assert first.take() == b""


@pytest.mark.parametrize("nonsense", ["", "-1", "three", "²", "9" * 30])
def test_a_last_event_id_that_we_never_gave_means_everything(nonsense):
    client = Bench().start()
    assert names(events(client.attach(("Last-Event-ID", nonsense)).outlet)) == ["status"]


def test_a_stream_of_a_session_that_is_over_tells_all_and_ends():
    client = Bench().start()
    client.control("cancel")
    outlet = client.attach().outlet
    assert names(events(outlet)) == ["status", "error"]
    assert outlet.closed


def test_a_silent_stream_beats():
    bench = Bench(heartbeat=15.0)
    outlet = bench.start().attach().outlet
    outlet.take()
    bench.wait(30)
    assert outlet.take() == b": still here\n\n" * 2


def test_whoever_carries_the_stream_is_called():
    client = Bench().start()
    outlet = client.attach().outlet
    outlet.take()
    calls = []
    outlet.on_ready = lambda: calls.append(outlet.closed)
    client.control("cancel")
    assert calls == [False, True]


# Analysis


def test_results_come_while_audio_still_arrives_and_in_order():
    bench = Bench(agent_latency=0.1)
    client = bench.start()
    outlet = client.attach().outlet
    for _ in range(9):
        client.push(b"x" * 1000)
        bench.wait(1)
    told = events(outlet)
    assert [payload["text"] for _, name, payload in told if name == "final_transcript"] == [
        f"second {second}" for second in range(9)
    ]
    assert [number for number, _, _ in told] == list(range(1, len(told) + 1))
    assert {"transition", "moment", "summary_update"} <= set(names(told)) <= set(EVENT_NAMES)
    known = {payload["utterance_id"] for _, name, payload in told if name == "final_transcript"}
    assert known == {payload["utterance_id"] for _, _, payload in told if "utterance_id" in payload}
    for _, name, payload in told:
        if name == "emotion":
            assert len(payload["distribution"]) == 7
            assert sum(payload["distribution"].values()) == pytest.approx(1)


def test_progress_never_falls_and_stays_below_one_until_the_end():
    bench = Bench()
    client = bench.start()
    outlet = client.attach().outlet
    for _ in range(50):
        client.push(b"x" * 20_000)
    client.control("finalize")
    bench.wait(600)
    progress = [payload["progress"] for _, name, payload in events(outlet) if name == "status"]
    assert progress == sorted(progress)
    assert progress[0] == 0
    assert max(progress[:-1]) < progress[-1] == 1


def test_the_capacity_is_workers_by_latency():
    bench = Bench(analysis_workers=2, agent_latency=1.0)
    clients = [bench.start() for _ in range(3)]
    outlets = [client.attach().outlet for client in clients]
    for client in clients:
        client.push(b"x" * 2000)
    finished = []
    for _ in range(3):
        bench.wait(1)
        finished.append(sum(names(events(outlet)).count("final_transcript") for outlet in outlets))
    assert finished == [2, 2, 2]
    metrics = bench.ask("GET", "/metrics", headers=()).body.decode()
    assert "live_agent_latency_seconds_count 6.0" in metrics
    assert "live_agent_latency_seconds_sum 12.0" in metrics


def test_metrics_count_what_consumers_were_told_and_what_became_of_sessions():
    bench = Bench()
    done, cancelled, _ = bench.start(), bench.start(), bench.start()
    outlet = done.attach().outlet
    done.push(b"x" * 1000)
    done.chunk(0, b"x" * 1000)
    done.chunk(5, b"x")
    done.control("finalize")
    cancelled.control("cancel")
    bench.wait(1)
    told = names(events(outlet))
    metrics = bench.ask("GET", "/metrics", headers=()).body.decode().splitlines()
    for name in EVENT_NAMES:
        assert f'live_events_total{{event="{name}"}} {float(told.count(name))}' in metrics
    for line in (
        "live_sessions_started_total 3.0",
        "live_sessions_active 1.0",
        'live_sessions_ended_total{cause="done"} 1.0',
        'live_sessions_ended_total{cause="cancelled"} 1.0',
        'live_chunk_bytes_total{outcome="accepted"} 1000.0',
        'live_chunk_bytes_total{outcome="duplicate"} 1000.0',
        'live_chunk_bytes_total{outcome="refused"} 1.0',
    ):
        assert line in metrics


# Any history


class AnyHistory(RuleBasedStateMachine):
    """Whatever one client does, the service does what the contract's table says."""

    def __init__(self):
        super().__init__()
        self.bench = Bench(ttl=20.0, agent_latency=0.5, analysis_workers=1, retention=1e9)
        self.client = self.bench.start()
        self.outlet = None
        self.state = State.INGESTING
        self.deadline = 20.0
        self.accepted = 0

    @rule(seconds=st.sampled_from([0.4, 15.0]))
    def wait(self, seconds):
        self.bench.wait(seconds)
        if self.state is State.INGESTING and self.bench.now >= self.deadline:
            self.state = State.EXPIRED

    @rule(back=st.integers(-1, 3))
    def chunk(self, back):
        seq = self.accepted - back
        if seq < 0:
            return
        served = self.client.chunk(seq, b"x" * 600)
        welcome = self.state is State.INGESTING and back in {0, 1}
        assert (served.status == 200) == welcome
        if welcome:
            self.accepted += back == 0
            self.deadline = self.bench.now + 20
            assert json.loads(served.body)["received_bytes"] == 600 * self.accepted

    @rule(action=st.sampled_from(["keepalive", "finalize", "cancel"]))
    def control(self, action):
        served = self.client.control(action)
        cell = after(self.state, Happening(action))
        if isinstance(cell, State):
            assert served.status == 200
            self.state, self.deadline = cell, self.bench.now + 20
        elif action == "cancel" and self.state is State.PROCESSING and served.status == 200:
            self.state = State.CANCELLED

    @rule()
    def attach(self):
        served = self.client.attach()
        attached = self.outlet is not None and not self.outlet.closed
        assert served.status == (409 if attached else 200)
        self.outlet = served.outlet or self.outlet

    @precondition(lambda self: self.outlet)
    @rule()
    def leave(self):
        self.outlet.hang_up()
        self.outlet = None

    def teardown(self):
        if self.outlet:
            self.outlet.hang_up()
        self.bench.wait(1000)
        told = names(events(self.client.attach().outlet))
        completes = self.state in {State.PROCESSING, State.COMPLETED}
        assert [name for name in told if name in {"done", "error"}] == told[-1:] == ["done" if completes else "error"]


TestAnyHistory = AnyHistory.TestCase
