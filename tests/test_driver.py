"""The driver over the memory transport: what it does when all goes well, and when it does not."""

import msgspec
import pytest

from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.exchanges import Result
from harness.client.known_session import KnownSession
from harness.client.over_memory import MemoryTransports
from harness.client.session import open_session
from harness.client.upkeep import Upkeep
from harness.client.urls import ForeignOriginError, split_host, target
from harness.contract.profile import Profile
from harness.contract.references import references
from harness.errors import UsageError
from harness.history.file import HistoryWriter, encode, read_history
from harness.history.log import Log
from harness.history.observations import (
    Ended,
    Event,
    Header,
    Returned,
    Sent,
    StreamBytes,
    StreamClosed,
    Waited,
    Withheld,
)
from harness.oracle.judge import Judge
from harness.oracle.verdicts import Verdict
from harness.sandbox.exchange import json_reply, text_reply
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.sandbox.variants import VARIANTS
from harness.scenario.call import Call
from harness.scenario.loader import find, shipped
from harness.scenario.planner import plan


def of(performed, kind):
    return [o for o in performed.observations if isinstance(o, kind)]


def sent(performed, *kinds):
    return [o for o in of(performed, Sent) if o.kind in kinds]


def test_a_whole_call_takes_its_own_time_on_the_virtual_clock(perform):
    done = perform(find("plain", Call))
    assert done.ended.ending == "done"
    assert not done.broken
    chunks = sent(done, "chunk")
    assert [o.seq for o in chunks] == [str(k) for k in range(len(chunks))]
    assert chunks[-1].at > 19
    assert all(o.at >= o.due for o in chunks)


def test_a_ttl_of_a_quarter_of_an_hour_costs_no_time(perform):
    done = perform(find("keepalive", Call), ttl=900.0, max_wait=3600)
    assert done.clock.now() > 900
    assert "CTRL-3" in done.verdicts(Verdict.PASS)
    expired = perform(find("expiry", Call), ttl=900.0, max_wait=3600)
    assert "TTL-2" in expired.verdicts(Verdict.PASS)
    assert expired.ended.ending == "expired"


def test_a_wait_longer_than_allowed_ends_the_session_and_says_what_it_needs(perform):
    done = perform(find("keepalive", Call), ttl=900.0, max_wait=60)
    assert done.ended.ending == "abandoned"
    assert [o.outcome for o in of(done, Waited)] == ["over-budget"]
    assert 1120 < done.books.too_long["outliving its TTL"] < 1135
    assert "CTRL-3" not in done.judge.tallies


class Overloaded(Service):
    """Answers the first chunks with 503."""

    failures = 2

    def chunk(self, call, session):
        if self.failures:
            self.failures -= 1
            return json_reply({"error": "overloaded"}, 503)
        return super().chunk(call, session)


class Broken(Overloaded):
    """Never accepts a chunk."""

    failures = 10**6


def test_a_failed_request_is_sent_again_with_the_same_number_after_a_growing_pause(perform):
    done = perform(find("plain", Call), Overloaded)
    assert done.ended.ending == "done"
    first = [o for o in sent(done, "chunk") if o.seq == "0"]
    assert len(first) == 3
    assert len({o.due for o in first}) == 1
    assert first[2].at - first[1].at == pytest.approx(2 * (first[1].at - first[0].at), rel=0.05)


def test_when_all_tries_fail_the_session_fails_and_is_cancelled_at_the_sut(perform):
    done = perform(find("plain", Call), Broken)
    assert done.ended.ending == "failed"
    assert "503" in done.ended.why
    assert len(sent(done, "chunk")) == 5
    assert sent(done, "control")[-1].action == "cancel"


def test_a_refused_start_ends_the_session_at_once(perform):
    class Full(Service):
        started = 0

        def start(self, call):
            self.started += 1
            return super().start(call) if self.started <= 8 else json_reply({}, 429)  # eight for the preflight

    done = perform(find("plain", Call), Full)
    assert done.ended.ending == "failed"
    assert {o.kind for o in of(done, Sent)} == {"start"}


def test_a_url_at_another_origin_is_not_followed(perform):
    done = perform(find("plain", Call), MUTANTS["urls-elsewhere"].service)
    assert [o.kind for o in of(done, Withheld)] == ["chunk"]
    assert not sent(done, "chunk")
    assert done.broken == {"START-2"}


def test_an_abandoned_session_hears_nothing_more_from_us(perform, tmp_path):
    file = tmp_path / "gone.yaml"
    file.write_text("call: gone\nsteps: [start, attach, push: 2, abandon]\n")
    done = perform(find(str(file), Call))
    assert done.ended.ending == "abandoned"
    assert of(done, Sent)[-1].kind == "chunk"


# What the document leaves open


def call(tmp_path, *lines):
    """A call of these lines; its steps are the last ones."""
    file = tmp_path / "open.yaml"
    file.write_text("\n".join(["call: open", *lines]) + "\n")
    return find(str(file), Call)


class OneAtATime(Service):
    """Holds one session at a time, and opens none without a filename."""

    def start(self, call):
        if any(not session.is_over for session in self.sessions.values()) or b"filename" not in call.body:
            return json_reply({}, 409)
        return super().start(call)


@pytest.mark.parametrize(("service", "opened"), [(Service, 3), (OneAtATime, 2)])
def test_sessions_of_odd_starts_are_cancelled_before_the_right_one_begins(service, opened, perform):
    done = perform(find("odd-starts", Call), service)
    assert done.ended.ending == "cancelled"
    bodies = {tuple(o.body.items()): o.wellformed for o in sent(done, "start")}
    name, goal = ("filename", "two-speakers.wav"), ("goal", "A call of a test")
    assert bodies == {(goal,): False, (name,): False, (name, ("goal", "")): False, (name, goal): True}
    assert len(sent(done, "discard")) == opened
    assert not done.broken


def test_a_session_that_starts_without_the_key_is_cancelled_with_it(perform):
    done = perform(find("start-key", Call), MUTANTS["start-with-any-key"].service)
    assert done.broken == {"AUTH-1"}
    assert [o.key for o in sent(done, "discard")] == ["right"] * len(sent(done, "discard"))
    assert len(sent(done, "discard")) >= 2


class Lenient(Service):
    """Takes empty chunks under a number of their own."""

    def chunk(self, call, session):
        if b"\r\n\r\n\r\n" in call.body:
            session.next_seq += 1
            return json_reply({"received_bytes": session.received})
        return super().chunk(call, session)


class Small(Service):
    """Has no room for a large chunk."""

    def chunk(self, call, session):
        return json_reply({}, 413) if len(call.body) > 2**20 else super().chunk(call, session)


@pytest.mark.parametrize(
    ("fault", "service", "numbers"),
    [
        ("empty", Service, ["0", "1", "1"]),
        ("empty", Lenient, ["0", "1", "2"]),
        ("huge", Service, ["0", "1", "2"]),
        ("huge", Small, ["0", "1", "1"]),
    ],
)
def test_numbers_go_on_from_what_was_taken(fault, service, numbers, perform, tmp_path):
    steps = f"steps: [start, push, push: {{fault: {fault}}}, push, finalize]"
    done = perform(call(tmp_path, "pace: {speed: max}", steps), service)
    assert done.ended.ending == "done"
    assert [o.seq for o in sent(done, "chunk")] == numbers
    assert sent(done, "chunk")[1].size == {"empty": 0, "huge": 2**20}[fault]
    assert not done.broken


def test_a_retry_with_other_bytes_shows_that_it_has_other_bytes(perform, tmp_path):
    done = perform(call(tmp_path, "pace: {speed: max}", "steps: [start, push: 2, push: {fault: other-bytes}, push]"))
    _, last, other, after = sent(done, "chunk")
    assert (last.seq, other.seq, after.seq) == ("1", "1", "2")
    assert last.audio != other.audio
    assert last.size == other.size
    assert not done.broken


class OnePushAtATime(Service):
    """Turns a chunk away while it is still at the one before it."""

    last = -1.0

    def chunk(self, call, session):
        if self.now == self.last:
            return json_reply({}, 409)
        self.last = self.now
        return super().chunk(call, session)


@pytest.mark.parametrize(
    ("service", "numbers"),
    [
        (Service, ["0", "1", "2"]),
        (OnePushAtATime, ["0", "1", "1", "2"]),
        (Overloaded, ["0", "1", "0", "1", "2"]),
    ],
)
def test_of_two_at_once_what_is_not_taken_is_sent_again(service, numbers, perform, tmp_path):
    steps = "steps: [start, push: {fault: two-at-once}, push, finalize]"
    done = perform(call(tmp_path, "pace: {speed: max}", steps), service, request_delay=0.3)
    assert done.ended.ending == "done"
    one, two, *_ = of(done, Sent)[1:]
    first_reply = next(o for o in of(done, Returned) if o.n == one.n)
    assert one.at == two.at < first_reply.at
    assert [o.seq for o in sent(done, "chunk")] == numbers
    assert not done.broken


# Keepalives of its own accord


SLOW = ["audio: {length: 12s}", "steps: [start, attach, push: 2, silence: 5s, push: rest, finalize, await: done]"]


def test_a_session_that_is_kept_alive_survives_a_short_ttl_and_slow_replies(perform, tmp_path):
    done = perform(call(tmp_path, "keepalive: auto", *SLOW), ttl=3.0, request_delay=0.3)
    assert done.ended.ending == "done"
    assert not done.broken
    actions = [o.action for o in sent(done, "control")]
    assert actions.count("keepalive") > 5
    assert actions[-1] == "finalize"


def test_without_being_asked_the_client_keeps_nothing_alive(perform, tmp_path):
    done = perform(call(tmp_path, *SLOW), ttl=3.0, request_delay=0.3)
    assert done.ended.ending == "failed"
    assert "keepalive" not in [o.action for o in sent(done, "control")]


def test_a_silence_measured_by_the_ttl_is_a_silence(perform, tmp_path):
    steps = "steps: [start, push, silence: 70% of ttl, abandon]"
    done = perform(call(tmp_path, "keepalive: auto", "pace: {speed: max}", steps))
    [waited] = of(done, Waited)
    assert not [o for o in sent(done, "control") if waited.since <= o.at < waited.at]


# Beside the session


class Chatty(Service):
    """Shows long metrics, with the key among them."""

    def show_metrics(self):
        return text_reply(f"# {DEFAULT_KEY} {'x' * 50_000}\n{super().show_metrics().body.decode()}")


def test_metrics_are_kept_whole_but_for_the_key(perform):
    done = perform(find("operations", Call), Chatty)
    bodies = [o.body for o in of(done, Returned) if o.content_type.startswith("text/plain")]
    assert len(bodies) == 4
    assert all(len(body) > 50_000 and DEFAULT_KEY not in body for body in bodies)
    assert {"OPS-1", "OPS-2"} <= done.verdicts(Verdict.PASS)


def test_every_artifact_is_fetched_at_the_origin(perform):
    done = perform(find("operations", Call))
    paths = [o.path.rpartition("/")[2] for o in sent(done, "artifact")]
    assert sorted(paths) == ["segmentation", "summary", "timeline"]


def test_artifacts_and_metrics_at_another_origin_are_not_asked_for(perform):
    profile = Profile(metrics="http://other:9090/metrics")
    done = perform(find("operations", Call), VARIANTS["artifacts-elsewhere"].service, profile=profile)
    assert {o.kind for o in of(done, Withheld)} == {"artifact", "metrics"}
    assert not sent(done, "artifact", "metrics")
    assert not done.broken


class Gateway(Service):
    """Answers below a path prefix; the metrics are at the top."""

    def handle(self, method, target, headers, body, now, wall):  # noqa: PLR0917 - the service's own
        known = target.removeprefix("/gw") if "/metrics" not in target or target == "/metrics" else "/nothing"
        return super().handle(method, known, headers, body, now, wall)


def test_metrics_are_looked_for_beside_the_api_and_at_the_top():
    clock = VirtualClock()
    transports = MemoryTransports(Gateway(Settings()), clock)
    observations = []
    sut = Deployment("http://memory", "/gw", DEFAULT_KEY)
    open_session(
        plan(find("operations", Call), 1), sut, transports.connect(), clock, [observations.append], label="x"
    ).perform()
    paths = [o.path for o in observations if isinstance(o, Sent) and o.kind == "metrics"]
    assert paths == ["/gw/metrics", *["/metrics"] * 4]


@pytest.mark.parametrize("payload", [None, 5, "x", {"a": "b/c", "d": "text"}, []])
def test_payloads_without_references(payload):
    assert references(payload) == []


def test_references_are_found_wherever_they_stand_and_each_once():
    payload = {"a": {"b": ["/x", {"url": "https://h/y"}]}, "again": "/x", "s3": "s3://bucket/z", "kind": "text/plain"}
    assert references(payload) == ["/x", "https://h/y", "s3://bucket/z"]
    assert len(references([f"/{n}" for n in range(100)])) == 20


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_whoever_takes_the_user_down_the_session_is_cancelled_first(error, performing):
    def pull_the_plug(observation):
        if isinstance(observation, Sent) and observation.seq == "2":
            raise error

    observations = []
    with pytest.raises(error):
        performing(find("plain", Call), [observations.append, pull_the_plug]).perform()
    assert [o.action for o in observations if isinstance(o, Sent)][-1] == "cancel"
    assert observations[-1].ending == "interrupted"


def test_stop_ends_whatever_is_being_waited_for(performing):
    observations = []

    def stop_in_silence(observation):
        if isinstance(observation, Sent) and observation.seq == "2":
            driver.stop()

    driver = performing(find("plain", Call), [observations.append, stop_in_silence])
    assert driver.perform().ending == "interrupted"
    assert [o.seq for o in observations if isinstance(o, Sent) and o.kind == "chunk"] == ["0", "1", "2"]


class Talkative(Service):
    """Echoes the key wherever it can; split over two reads, too."""

    def start_reply(self, session):
        return super().start_reply(session) | {"key": DEFAULT_KEY, "deep": [{"key": f"it is {DEFAULT_KEY}!"}]}

    def encode(self, name, payload):
        return super().encode(name, payload | {"key": DEFAULT_KEY})


def test_the_key_stands_in_no_observation_even_if_the_sut_echoes_it(perform):
    done = perform(find("plain", Call), Talkative)
    assert done.ended.ending == "done"
    assert DEFAULT_KEY not in repr(done.observations)
    assert any("*" * len(DEFAULT_KEY) in o.data for o in of(done, Event))


@pytest.mark.parametrize("name", ["retry", "second-consumer", "malformed"])
@pytest.mark.parametrize("mutant", ["ack-double-counts-retry", "progress-falls", "second-consumer-admitted"])
def test_a_history_from_a_file_is_judged_as_it_was_live(name, mutant, perform, tmp_path):
    live = perform(find(name, Call), MUTANTS[mutant].service)
    path = tmp_path / "session.jsonl"
    writer = HistoryWriter(path)
    for observation in live.observations:
        writer(observation)
    writer.close()
    again = list(read_history(path))
    assert again == live.observations
    judge = Judge(Profile())
    for observation in again:
        judge.observe(observation)
    assert judge.findings == live.judge.findings
    assert judge.tallies == live.judge.tallies


def test_a_history_that_was_cut_off_is_read_as_far_as_it_goes(perform, tmp_path):
    lines = [encode(o) for o in perform(find("start", Call)).observations if not isinstance(o, Event)]
    path = tmp_path / "session.jsonl"
    path.write_bytes(b"".join(lines)[:-7])
    assert len([o for o in read_history(path) if not isinstance(o, Event)]) == len(lines) - 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"saw":"sent"}\n', ":1: not a line of a history"),
        ("hello\n", ":1: not a line of a history"),
        ('{"saw":"ended","at":1,"ending":"done"}\n', ":1: a history begins with a header"),
        (None, "can't be read"),
    ],
)
def test_a_file_that_is_no_history_is_refused_with_its_line(text, message, tmp_path):
    path = tmp_path / "x.jsonl"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match=message):
        list(read_history(path))


def test_a_history_of_a_newer_format_is_refused(perform, tmp_path):
    header = msgspec.structs.replace(of(perform(find("start", Call)), Header)[0], format=99)
    path = tmp_path / "x.jsonl"
    path.write_bytes(encode(header))
    with pytest.raises(UsageError, match="newer"):
        list(read_history(path))


def test_stream_bytes_are_kept_as_they_came(perform):
    done = perform(find("plain", Call))
    text = b"".join(o.data for o in of(done, StreamBytes)).decode()
    assert text.count("event: final_transcript") == sum(o.name == "final_transcript" for o in of(done, Event))
    assert all(o.date.endswith("GMT") for o in of(done, Returned))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/analyze/live/a/chunk", "/analyze/live/a/chunk"),
        ("http://sut:80/x?y=1", "/x?y=1"),
        ("http://SUT/x", "/x"),
        ("http://sut:/x", "/x"),
        ("x", "/x"),
        ("?a=b", "/?a=b"),
        ("//sut/x", "/x"),
    ],
)
def test_urls_at_the_origin_are_followed(url, expected):
    assert target("http://sut", "", url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/analyze/live/a", "/gw/v1/analyze/live/a"),
        ("/gw/v1/analyze/live/a", "/gw/v1/analyze/live/a"),
        ("http://sut/gw/v1/a", "/gw/v1/a"),
        ("analyze", "/gw/v1/analyze"),
    ],
)
def test_a_gateways_path_prefix_is_kept_and_not_doubled(url, expected):
    assert target("http://sut", "/gw/v1", url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://sut/x",
        "http://sut:81/x",
        "http://sut.evil/x",
        "//evil/x",
        "http://sut@evil/x",
        "http://[x",
        "http://sut:0/x",
        "/a b",
        "/a\r\nX: y",
    ],
)
def test_urls_elsewhere_are_not(url):
    with pytest.raises(ForeignOriginError):
        target("http://sut", "", url)


@pytest.mark.parametrize(
    "host",
    [
        *["sut", "ftp://sut", "http://", "http://sut:x", "http://sut:99999", "http://sut:0", "http://a..b"],
        *["http://user:pw@sut", "http://user@sut", "http://:pw@sut", "http://@sut", "http://:p/w@sut", "u:pw@sut"],
    ],
)
def test_a_host_that_is_no_url_is_a_usage_error(host):
    with pytest.raises(UsageError, match="expected an http") as caught:
        split_host(host)
    assert "pw" not in str(caught.value)
    assert "p/w" not in str(caught.value)


@pytest.mark.parametrize("size", range(1, 12))
def test_a_key_that_comes_in_pieces_is_blotted_out_of_bytes_and_events(size):
    seen = []
    log = Log([seen.append], "s3cret")
    text = b'data: {"a": "s3s3cret"}\n\ndata: s3cret\n\ndata: {"a": "\\u00733cret"}\n\nfin s3cr'
    for start in range(0, len(text), size):
        log.add(StreamBytes(1, 0.0, text[start : start + size]))
    log.add(StreamClosed(1, 0.0, "left"))
    assert [o.data for o in seen if isinstance(o, Event)] == ['{"a": "s3******"}', "******", '{"a":"******"}']
    stored = b"".join(o.data for o in seen if isinstance(o, StreamBytes))
    assert stored == text.replace(b"s3cret", b"******")
    assert "s3cret" not in repr(seen)


def test_the_key_is_blotted_out_of_whatever_else_the_sut_says():
    seen = []
    log = Log([seen.append], 'k"y')
    log.add(Ended(0.0, "failed", 'got k"y'))
    log.add(Withheld("chunk", 0.0, 'http://evil/?k"y'))
    log.add(Returned(1, 0.0, status=200, content_type='k"y', body={'k"y': ['k"y']}, is_json=True))
    assert 'k"y' not in repr(seen).replace("\\", "")
    assert [seen[0].why, seen[1].url, seen[2].body] == ["got ***", "http://evil/?***", {"***": ["***"]}]


def test_json_too_deep_to_read_is_a_flaw_of_the_event():
    seen = []
    Log([seen.append]).add(StreamBytes(1, 0.0, b"data: " + b"[" * 100_000 + b"\n\n"))
    assert "not JSON" in seen[-1].flaw


@pytest.mark.parametrize(("slowest", "first"), [(0.0, 3.0), (0.3, 2.4), (60.0, 0.75)])
def test_where_replies_are_slow_a_session_is_kept_alive_sooner(slowest, first):
    clock = VirtualClock()
    known = KnownSession(Profile(), (clock.wall(), clock.wall()))
    body = {"session_id": "s", "chunk_endpoint": "/c", "events_endpoint": "/e", "control_endpoint": "/x"}
    known.start(Result(200, body=body | {"expires_at": clock.wall() + 6.0}))
    known.heard(Result(200, sent=0.0, at=slowest))
    sent = []
    upkeep = Upkeep(clock, known, lambda: sent.append(clock.now()))
    upkeep.begin(0.0)
    assert upkeep() == pytest.approx(first)
    clock.sleep(first)
    upkeep()
    assert sent == [pytest.approx(first)]


@pytest.mark.parametrize("scenario", [each for each in shipped() if isinstance(each, Call)], ids=lambda call: call.name)
def test_observations_are_the_same_in_batches(scenario):
    def observed(batch):
        clock, seen = VirtualClock(), []
        transports = MemoryTransports(Service(Settings(ttl=6.0)), clock)
        sut = Deployment("http://memory", "", DEFAULT_KEY)
        planned = plan(scenario, 1)
        ended = open_session(planned, sut, transports.connect(), clock, [seen.append], label="a", batch=batch).perform()
        return ended, seen

    assert observed(12) == observed(1)
