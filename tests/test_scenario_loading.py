"""Call, probe and load files: what is read, and how faults in them are told."""

import json

import pytest

from harness.documents.quantities import Threshold
from harness.errors import ExitCode, UsageError
from harness.scenario import steps
from harness.scenario.call import Call, Probe
from harness.scenario.load import Closed, Load, Open, Slo
from harness.scenario.loader import SHIPPED, calls_of, find, read, shipped
from harness.scenario.planner import plan
from harness.scenario.schema import json_schema
from harness.scenario.sound import MARKS, AudioFile, Rendering

CALL = "call: c\nsteps:\n"
HEAD = "call: c\nsteps: [start]\n"
STARTED = f"{CALL}  - start\n"
LOAD = "load: l\nmix: {plain: 1}\n"


@pytest.fixture
def loaded(tmp_path):
    """Reads a scenario from its text."""

    def load(text):
        file = tmp_path / "file.yaml"
        file.write_text(text)
        return read(file)

    return load


def done(call):
    """The steps without their places."""
    return [step.do for step in call.steps]


def test_all_that_a_call_can_say(loaded):
    call = loaded("""
        call: c
        about: everything
        audio: {speech: one-speaker, length: 10s, format: wav, rate: 8kHz, level: -12 dBFS, noise: -50 dBFS, mark: 7}
        chunks: {size: 32kB, jitter: 20%}
        pace: {speed: 4x, jitter: 80ms}
        retry: {on: [timeout, cut], backoff: 100ms..1s, tries: 3}
        steps: [start, attach, push: rest, finalize]
    """)
    assert call.audio == Rendering(speech="one-speaker", length=10.0, rate=8000, level=-12.0, noise=-50.0, mark=7)
    assert (call.chunks.size, call.chunks.jitter) == (32_000, 0.2)
    assert (call.pace.speed, call.pace.jitter) == (4.0, 0.08)
    assert (call.retry.on, call.retry.backoff, call.retry.tries) == (frozenset({"timeout", "cut"}), (0.1, 1.0), 3)
    assert done(call) == [steps.Start(), steps.Attach(), steps.Push(chunks="rest"), steps.Finalize()]
    assert not isinstance(call, Probe)


def test_metrics_are_there_before_any_session(loaded):
    call = loaded(f"{CALL}  - metrics\n  - silence: 1s\n  - metrics\n  - start\n")
    assert done(call)[0] == steps.Metrics()


@pytest.mark.parametrize("fault", ["no-filename", "no-goal", "empty-goal"])
def test_a_start_that_lacks_something_is_followed_by_the_right_one(loaded, fault):
    call = loaded(f"{CALL}  - start: {{fault: {fault}}}\n  - start\n  - push\n")
    assert done(call)[:2] == [steps.Start(fault=fault), steps.Start()]


def test_two_at_once_are_two_pushes(loaded):
    loaded(f"{STARTED}  - push: {{fault: two-at-once}}\n  - push: {{fault: backwards}}\n")


def test_a_probe_needs_three_lines(loaded):
    probe = loaded("probe: p\nexercises: [START-1]\nsteps: [start]\n")
    assert isinstance(probe, Probe)
    assert (probe.name, probe.exercises) == ("p", ("START-1",))
    assert plan(probe, 1).actions[0].filename == "two-speakers.wav"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("keepalive", steps.Keepalive()),
        ("keepalive:", steps.Keepalive()),
        ("keepalive: {fault: no-key}", steps.Keepalive(fault="no-key")),
        ("push", steps.Push()),
        ("push: 10", steps.Push(chunks=10)),
        ("push: rest", steps.Push(chunks="rest")),
        ("push: {chunks: 2, fault: slow-upload, over: 500ms}", steps.Push(2, "slow-upload", over=0.5)),
        ("push: {fault: malformed, how: no-file}", steps.Push(fault="malformed", how="no-file")),
        ("silence: 8s", steps.Silence(steps.Pause(seconds=8.0))),
        ("silence: 60% of ttl", steps.Silence(steps.Pause(ttl=0.6))),
        ("silence: {for: 8s}", steps.Silence(steps.Pause(seconds=8.0))),
        ("cancel", steps.Cancel()),
        ("cancel: They hung up", steps.Cancel(reason="They hung up")),
        ("cancel: {reason: They hung up, fault: wrong-key}", steps.Cancel("They hung up", "wrong-key")),
        ("control: rewind", steps.Control("rewind")),
        ("finalize", steps.Finalize()),
        ("expire", steps.Expire()),
        ("abandon", steps.Abandon()),
        ("attach: {fault: no-key}", steps.Attach(fault="no-key")),
        ("push: {fault: empty}", steps.Push(fault="empty")),
        ("push: {fault: huge}", steps.Push(fault="huge")),
        ("push: {fault: two-at-once, chunks: 3}", steps.Push(3, "two-at-once")),
        ("metrics", steps.Metrics()),
    ],
)
def test_forms_of_steps(loaded, written, meant):
    assert done(loaded(f"{STARTED}  - {written}\n")) == [steps.Start(), meant]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("await", steps.Await()),
        ("await: end", steps.Await("end")),
        ("await: final_transcript", steps.Await("final_transcript")),
        ("await: {event: error, within: 5s}", steps.Await("error", 5.0)),
        ("attach: second", steps.Attach("second")),
        ("detach", steps.Detach()),
        ("reattach", steps.Reattach()),
        ("artifacts", steps.Artifacts()),
    ],
)
def test_forms_of_steps_of_a_consumer(loaded, written, meant):
    assert done(loaded(f"{STARTED}  - attach\n  - {written}\n"))[-1] == meant


@pytest.mark.parametrize(
    ("text", "line", "fragments"),
    [
        # the file
        ("- a", 1, ["got a list", "`call: NAME`"]),
        ("cal: c\nsteps: [start]", 1, ["neither a call, a probe nor a load", "did you mean call?"]),
        ("call: c", 1, ["'steps' is missing"]),
        ("call: c\nsteps: []", 2, ["steps: got a list; expected a list of steps, of which `start` is the first"]),
        ("call: c\nsteps: start", 2, ["steps: got 'start'; expected a list of steps"]),
        ("call: c\nstesp: [start]", 2, ["stesp: unknown key", "did you mean steps?"]),
        ("call: Big Call\nsteps: [start]", 1, ["no name", "such as flaky-network"]),
        ("call: c\nexercises: [AUTH-1]\nsteps: [start]", 2, ["exercises: unknown key"]),
        ("probe: p\nsteps: [start]", 1, ["'exercises' is missing"]),
        # audio, chunks, pace, retry
        (f"{HEAD}audio:\n  speech: two-speaker", 4, ["audio.speech: unknown speech 'two-speaker'", "two-speakers"]),
        (f"{HEAD}audio:\n  length: 60", 4, ["audio.length: '60' has no unit; expected a duration"]),
        (f"{HEAD}audio: {{length: 0s}}", 3, ["audio: length is out of range; expected 100ms to 8h"]),
        (f"{HEAD}audio: {{length: 9h}}", 3, ["audio: length is out of range"]),
        (f"{HEAD}audio: {{format: flac}}", 3, ["audio.format: got 'flac'; expected one of mp3, opus, wav"]),
        (f"{HEAD}audio: {{format: opus, rate: 44.1kHz}}", 3, ["audio: rate is 44100 Hz; opus is rendered at one of"]),
        (f"{HEAD}audio: {{noise: 20 dBFS}}", 3, ["audio.noise", "0 dBFS or less"]),
        (f"{HEAD}audio: {{mark: 100}}", 3, ["audio.mark: 100 is out of range"]),
        (f"{HEAD}audio: {{file: missing.wav}}", 3, ["audio.file:", "missing.wav", "can't be read"]),
        (f"{HEAD}audio: {{file: file.yaml}}", 3, ["audio.file:", "begins with b'call: c"]),
        (f'{HEAD}audio: {{file: "a\\0b"}}', 3, ["audio.file:"]),
        (f"{HEAD}audio: {{file: a.wav, length: 5s}}", 3, ["audio.length: unknown key; expected one of file"]),
        (f"{HEAD}chunks: {{size: 64}}", 3, ["chunks.size: '64' has no unit", "64KiB (65,536 bytes)"]),
        (f"{HEAD}chunks: {{size: 0B}}", 3, ["chunks.size: '0B' is out of range", "at least 1"]),
        (f"{HEAD}chunks: {{first: 0B}}", 3, ["chunks.first: '0B' is out of range", "at least 1"]),
        (f"{HEAD}keepalive: on", 3, ["keepalive: got 'on'; expected auto or manual"]),
        ("probe: p\nexercises: []\ndeployment: off\nsteps: [start]", 3, ["got 'off'; expected disabled or enabled"]),
        (f"{HEAD}chunks: {{jitter: 0.2}}", 3, ["chunks.jitter: '0.2' has no unit; expected a percentage such as 20%"]),
        (f"{HEAD}pace: {{speed: quick}}", 3, ["pace.speed", "realtime, max or a factor such as 4x"]),
        (f"{HEAD}retry: {{on: [timeouts]}}", 3, ["retry.on[0]: got 'timeouts'", "did you mean timeout?"]),
        (f"{HEAD}retry: {{backoff: 5s..1s}}", 3, ["retry.backoff", "shorter duration first"]),
        (f"{HEAD}retry: {{tries: 0}}", 3, ["retry.tries: 0 is out of range; expected a whole number, at least 1"]),
        # steps
        (f"{STARTED}  - finalise", 4, ["steps[1]: unknown step 'finalise'", "did you mean finalize?"]),
        (f"{STARTED}  - 5", 4, ["steps[1]: got 5; expected a step"]),
        (f"{STARTED}  - push: 2\n    silence: 2s", 4, ["a step with 2 keys; expected one step an item"]),
        (f"{STARTED}  - {{}}", 4, ["a step with 0 keys"]),
        (f"{STARTED}  - finalize: now", 4, ["finalize takes no such value, got 'now'; expected `finalize` alone"]),
        (f"{STARTED}  - push: 0", 4, ["push: got 0; expected a whole number, at least 1 or rest"]),
        (f"{STARTED}  - push: rset", 4, ["did you mean rest?"]),
        (f"{STARTED}  - push: {{fault: gpa}}", 4, ["push.fault: got 'gpa'", "did you mean gap?"]),
        (f"{STARTED}  - push: {{chunks: rest, fault: gap}}", 4, ["gap sends nothing of the rest"]),
        (f"{STARTED}  - push: {{fault: gap, how: no-seq}}", 4, ["`how` belongs to the fault malformed"]),
        (f"{STARTED}  - silence", 4, ["'for' is missing; expected a duration such as 8s, or a share"]),
        (f"{STARTED}  - silence: 8", 4, ["'8' has no unit"]),
        (f"{STARTED}  - silence: 60%", 4, ["such as 60% of ttl"]),
        (f"{STARTED}  - control", 4, ["'action' is missing"]),
        (f"{STARTED}  - control: finalize", 4, ["expected the step `finalize`"]),
        (f"{STARTED}  - attach\n  - await: dnoe", 5, ["await: got 'dnoe'", "did you mean done?"]),
        # order
        (f"{CALL}  - attach\n  - start", 3, ["attach before start; expected `start` first"]),
        (f"{CALL}  - start: {{fault: no-key}}\n  - push", 4, ["push before start"]),
        (f"{STARTED}  - start", 4, ["a start after the start"]),
        (f"{STARTED}  - start: {{fault: no-key}}", 4, ["a start after the start"]),
        (f"{CALL}  - start: {{fault: no-filename}}\n  - push", 4, ["push before start"]),
        (f"{CALL}  - start: {{fault: no-name}}", 3, ["start.fault: got 'no-name'", "did you mean no-filename?"]),
        (f"{STARTED}  - artifacts", 4, ["artifacts with no consumer attached"]),
        (f"{STARTED}  - push: {{chunks: rest, fault: two-at-once}}", 4, ["expected a number of pairs"]),
        (f"{STARTED}  - push\n  - push: {{fault: other-bytes}}", 5, ["other-bytes needs two pushes before it"]),
        (f"{STARTED}  - attach: second", 4, ["a second consumer without a first"]),
        (f"{STARTED}  - attach\n  - attach", 5, ["attached already", "`attach: second`"]),
        (f"{STARTED}  - detach", 4, ["detach with no consumer attached"]),
        (f"{STARTED}  - attach\n  - detach\n  - reattach", 6, ["reattach with no consumer attached"]),
        (f"{STARTED}  - attach: {{fault: no-key}}\n  - await: done", 5, ["await with no consumer attached"]),
        (f"{STARTED}  - finalize\n  - push", 5, ["push after finalize; use `push: {fault: late}`"]),
        (f"{STARTED}  - cancel: Why not\n  - push: {{fault: gap}}", 5, ["push after cancel; use"]),
        (f"{STARTED}  - expire\n  - push: rest", 5, ["push after expire; use"]),
        (f"{STARTED}  - abandon\n  - keepalive", 5, ["a step after abandon"]),
        (f"{STARTED}  - push: {{fault: late}}", 4, ["late push needs a `finalize`"]),
        (f"{STARTED}  - push\n  - push: {{fault: first-not-zero}}", 5, ["first-not-zero comes before any other push"]),
        (f"{STARTED}  - push: {{fault: duplicate}}", 4, ["a duplicate needs a push before it"]),
        (f"{STARTED}  - push\n  - push: {{fault: backwards}}", 5, ["backwards needs two pushes before it"]),
        (f"{STARTED}  - push: rest\n  - push", 5, ["push after `push: rest`; the audio is used up"]),
        # loads
        ("load: l", 1, ["'mix' is missing"]),
        ("load: l\nmix: {}", 2, ["mix: got a mapping; expected calls and their weights"]),
        ("load: l\nmix:\n  plian: 5", 3, ["mix.plian: unknown call 'plian'", "did you mean plain?"]),
        ("load: l\nmix: {mixed: 5}", 2, ["unknown call 'mixed'"]),
        ("load: l\nmix: {file.yaml: 5}", 2, ["mix.file.yaml:", "a load; expected a call"]),
        ("load: l\nmix: {other.yaml: 5}", 2, ["mix.other.yaml:", "can't be read"]),
        ("load: l\nmix: {plain: 0}", 2, ["mix.plain: got 0; expected a weight, more than 0"]),
        ("load: l\nmix: {plain: all}", 2, ["mix.plain: got 'all'; expected a weight"]),
        (f"{LOAD}arrivals: {{users: 5}}", 3, ["arrivals: 'model' is missing; expected closed or open"]),
        (f"{LOAD}arrivals: {{model: opne, rate: 5/s}}", 3, ["did you mean open?"]),
        (f"{LOAD}arrivals: {{model: open}}", 3, ["arrivals: 'rate' is missing; expected a rate such as 5/s"]),
        (f"{LOAD}arrivals: {{model: open, users: 5}}", 3, ["arrivals.users: unknown key"]),
        (f"{LOAD}arrivals: {{model: open, rate: 5}}", 3, ["arrivals.rate: '5' has no unit"]),
        (f"{LOAD}stages:\n  - for: 2m\n    ramp-to: 5/s", 5, ["stages[0].ramp-to: per second in the other model"]),
        (
            f"{LOAD}arrivals: {{model: open, rate: 1/s}}\nstages: [{{for: 2m, ramp-to: 5}}]",
            4,
            ["users in the other model"],
        ),
        (f"{LOAD}arrivals: {{model: open, rate: -5/s}}", 3, ["arrivals.rate: '-5/s' is negative"]),
        (
            f"{LOAD}arrivals: {{model: open, rate: 5/s, spacing: odd}}",
            3,
            ["spacing: got 'odd'; expected even or poisson"],
        ),
        (f"{LOAD}arrivals: {{model: open, rate: 5/s, most: 0}}", 3, ["arrivals.most: 0 is out of range"]),
        (
            f"{LOAD}arrivals: {{model: open, rate: 0/s}}",
            1,
            ["no session would ever begin; expected a rate such as 5/s"],
        ),
        (f"{LOAD}stages: [{{for: 2m, ramp-to: 0}}]", 1, ["no session would ever begin; expected 200"]),
        (f"{LOAD}stages: [{{for: 0s}}]", 3, ["stages[0].for: '0s' is out of range", "more than 0"]),
        (f"{LOAD}stages: [{{for: 2m, ramp-to: -5}}]", 3, ["stages[0].ramp-to: '-5' is negative"]),
        (f"{LOAD}stages: [{{for: 2m, step-too: 5}}]", 3, ["stages[0].step-too: unknown key", "did you mean step-to?"]),
        (f"{LOAD}stages: [{{for: 2m, spike-to: 5/s}}]", 3, ["stages[0].spike-to: per second in the other model"]),
        (
            f"{LOAD}stages:\n  - {{for: 2m, ramp-to: 5, spike-to: 9}}",
            4,
            ["stages[0]: a stage has two targets; expected one of ramp-to, step-to, spike-to"],
        ),
        (f"{LOAD}warm-up: 10", 3, ["warm-up: '10' has no unit; expected a duration"]),
        (
            f"{LOAD}stages: [{{for: 10s}}]\nwarm-up: 10s",
            1,
            ["as long as all stages, so that nothing would be measured"],
        ),
        (f"{LOAD}stages: [{{for: 2m, ramp-to: many}}]", 3, ["'many' can't be read; expected a rate such as 5/s"]),
        (f"{LOAD}stages: [{{ramp-to: 5}}]", 3, ["stages[0]: 'for' is missing"]),
        (f"{LOAD}slo:\n  akc.p99: < 1s", 4, ["slo.akc.p99: unknown measure 'akc.p99'", "did you mean ack.p99?"]),
        (f"{LOAD}slo: {{lag.final_transcripts.p95: < 1s}}", 3, ["did you mean lag.final_transcript.p95?"]),
        (f"{LOAD}slo: {{ack.p99: 500ms}}", 3, ["slo.ack.p99: '500ms' is no threshold; expected one such as < 500ms"]),
        (f"{LOAD}slo: {{ack.p99: < 5%}}", 3, ["slo.ack.p99: '< 5%' does not fit; expected a duration such as < 500ms"]),
        (f"{LOAD}slo: {{session.success: < 5s}}", 3, ["does not fit; expected a share such as ≥ 99.5%"]),
        (f"{LOAD}slo: {{findings: = 0%}}", 3, ["does not fit; expected = 0"]),
    ],
)
def test_faults_are_located(loaded, text, line, fragments):
    with pytest.raises(UsageError) as caught:
        loaded(text)
    message = str(caught.value)
    assert f"file.yaml:{line}: " in message
    assert [fragment for fragment in fragments if fragment not in message] == []
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_call_of_an_own_audio_file(tmp_path):
    rendered = plan(find("plain", Call), 0).audio
    (tmp_path / "own.wav").write_bytes(rendered.data)
    file = tmp_path / "own.yaml"
    file.write_text("call: own\naudio: {file: own.wav}\nsteps: [start, push: rest]\n")
    call = read(file)
    assert isinstance(call.audio, AudioFile)
    audio = plan(call, 1).audio
    assert (audio.data, audio.name) == (rendered.data, "own.wav")
    assert plan(call, 2).audio.digest == audio.digest


def test_all_that_a_load_can_say(loaded, tmp_path):
    (tmp_path / "mine.yaml").write_text("call: mine\nsteps: [start]\n")
    load = loaded("""
        load: l
        about: everything
        mix: {plain: 80, mine.yaml: 0.5}
        arrivals: {model: open, rate: 90/m}
        stages: [{for: 2m, ramp-to: 5/s}, {for: 10m}]
        slo: {ack.p99.9: "<= 500ms", lag.final_transcript.p95: < 3s, session.success: ≥ 99.5%, findings: = 0}
    """)
    assert load.arrivals == Open(rate=1.5)
    ramp, hold = load.stages
    assert (ramp.lasting, ramp.ramp_to.amount, ramp.ramp_to.unit) == (120.0, 5.0, "per second")
    assert (hold.lasting, hold.ramp_to) == (600.0, None)
    assert load.slo[0] == Slo("ack.p99.9", Threshold("≤", 0.5, "seconds"))
    assert [(slo.measure, slo.threshold.bound) for slo in load.slo[1:]] == [
        ("lag.final_transcript.p95", 3.0),
        ("session.success", 0.995),
        ("findings", 0),
    ]
    assert [(call.name, weight) for call, weight in calls_of(load)] == [("plain", 80.0), ("mine", 0.5)]


def test_stages_step_and_spike_in_either_model(loaded):
    load = loaded(f"""{LOAD}
arrivals: {{model: open, rate: 90/m, spacing: even, most: 500}}
stages: [{{for: 1m, step-to: 5/s}}, {{for: 10s, spike-to: 50/s}}, {{for: 1m}}]
warm-up: 30s
""")
    assert load.arrivals == Open(rate=1.5, spacing="even", most=500)
    step, spike, hold = load.stages
    assert (step.step_to.amount, spike.spike_to.amount, hold.target) == (5.0, 50.0, None)
    assert (step.target, spike.target) == (step.step_to, spike.spike_to)
    assert load.warm_up == 30.0
    [spike] = loaded(f"{LOAD}stages: [{{for: 1m, spike-to: 200}}]").stages
    assert (spike.target.amount, spike.target.unit) == (200, "users")


def test_a_rate_may_begin_with_nothing(loaded):
    load = loaded(f"{LOAD}arrivals: {{model: open, rate: 0/s}}\nstages: [{{for: 1m, ramp-to: 5/s}}]")
    assert load.arrivals == Open(rate=0.0)
    assert (load.arrivals.spacing, load.arrivals.most, load.warm_up) == ("poisson", None, 0.0)


def test_a_closed_load_leaves_the_rest_to_locust(loaded):
    assert loaded(LOAD).arrivals == Closed(users=None, spawn_rate=None)
    assert loaded(f"{LOAD}arrivals: {{model: closed, users: 20, spawn-rate: 2/s}}").arrivals == Closed(20, 2.0)
    [stage] = loaded(f"{LOAD}stages: [{{for: 1m, ramp-to: 200}}]").stages
    assert (stage.ramp_to.amount, stage.ramp_to.unit) == (200, "users")


def test_scenarios_are_found_by_name_and_by_path():
    by_name = find("coaching", Call)
    by_path = find("calls/coaching.yaml", Call, SHIPPED)
    assert by_name.name == by_path.name == "coaching"
    assert isinstance(find("gap", Call), Probe)
    assert isinstance(find("mixed", Load), Load)


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("caoching", Call, "unknown call 'caoching'; expected a YAML file's path, or one of coaching, "),
        ("caoching", Call, "did you mean coaching?"),
        ("gpa", Probe, "did you mean gap?"),
        ("coaching", Probe, "unknown probe 'coaching'"),
        ("coaching", Load, "unknown load 'coaching'"),
        ("calls/coaching.yaml", Load, "a call; expected a load"),
        ("calls/missing.yaml", Call, "can't be read"),
        ("../coaching", Call, "unknown call '../coaching'"),
    ],
)
def test_what_is_not_found(name, kind, message):
    with pytest.raises(UsageError) as caught:
        find(name, kind, SHIPPED)
    assert message in str(caught.value)


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*/*.yaml")), ids=lambda file: file.stem)
def test_names_are_those_of_the_files(file):
    first, second = file.read_text().splitlines()[:2]
    assert first == f"{file.parent.name[:-1]}: {file.stem}"
    assert second.startswith("about: ")


def test_all_that_is_shipped_loads_and_compiles():
    everything = shipped()
    names = [scenario.name for scenario in everything]
    assert {"coaching", "gap", "mixed"} <= set(names)
    assert (
        len(set(names))
        == len(names)
        == len([*SHIPPED.glob("calls/*"), *SHIPPED.glob("probes/*"), *SHIPPED.glob("loads/*")])
    )
    for call in everything:
        assert call.about
        if isinstance(call, Call):
            assert all(plan(call, seed).actions for seed in (0, MARKS))  # two draws of one rendering


def test_probes_reach_every_requirement_that_a_client_can_stimulate():
    exercised = {requirement for probe in shipped() if isinstance(probe, Probe) for requirement in probe.exercises}
    chapters = {"AUTH": 4, "START": 3, "CHUNK": 11, "CTRL": 5, "TTL": 2, "STREAM": 6, "EVENT": 10, "OPS": 3, "AVAIL": 1}
    assert {f"{chapter}-{n + 1}" for chapter, count in chapters.items() for n in range(count)} <= exercised


def references(schema):
    if isinstance(schema, dict):
        return {schema["$ref"]} if "$ref" in schema else set().union(*map(references, schema.values()))
    return set().union(*map(references, schema)) if isinstance(schema, list) else set()


def test_the_schema_is_whole():
    schema = json.loads(json.dumps(json_schema(), allow_nan=False))
    assert references(schema) == {f"#/$defs/{name}" for name in schema["$defs"]}
    bare, mapping = schema["$defs"]["Step"]["anyOf"]
    assert set(mapping["properties"]) == set(steps.STEPS)
    assert set(steps.STEPS) - set(bare["enum"]) == {"silence", "control"}


def test_the_schema_speaks_of_quantities_as_they_are_written():
    defs = json_schema()["$defs"]
    assert defs["Chunks"]["properties"]["size"]["type"] == "string"
    assert defs["Waits"]["properties"]["drain"]["pattern"].endswith("(ms|s|m|h)$")
    assert defs["Load"]["properties"]["slo"]["properties"]["ack.p99"] == {"type": "string"}
    assert defs["Probe"]["required"] == ["probe", "steps", "exercises"]


def test_a_loads_calls_are_sought_beside_it_before_the_shipped_ones(tmp_path):
    (tmp_path / "calls").mkdir()
    (tmp_path / "loads").mkdir()
    (tmp_path / "calls" / "plain.yaml").write_text("call: plain\nabout: mine\nsteps: [start]\n")
    (tmp_path / "loads" / "own.yaml").write_text("load: own\nmix: {plain: 1, beside: 1, coaching: 1}\n")
    (tmp_path / "loads" / "beside.yaml").write_text("call: beside\nsteps: [start]\n")
    calls = [call for call, _ in calls_of(read(tmp_path / "loads" / "own.yaml"))]
    assert [(call.name, call.about == "mine") for call in calls] == [
        ("plain", True),
        ("beside", False),
        ("coaching", False),
    ]
