"""The registers of mutants and variants, and that each one really differs from the sandbox."""

import json
import re
from functools import cache

import pytest

from harness.sandbox.audio.features import Measures
from harness.sandbox.audio.listener import Heard
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.settings import Settings
from harness.sandbox.variants import VARIANTS

ALTERED = {**MUTANTS, **VARIANTS}
KEY = ("X-API-Key", "sandbox-key")
TTL = 60.0


class Ears:
    """Hears one utterance in every chunk."""

    duration = 0.0

    def feed(self, data):
        self.duration += 1
        measures = Measures(
            loudness=-20.0,
            pitch=120.0,
            pitch_variation=0.7,
            clarity=0.9,
            brightness=0.1,
            syllable_rate=4.0,
            pauses=0.1,
        )
        return [Heard(self.duration - 1, self.duration, "speaker_1", "speech", 0.9, measures)]

    def finish(self):
        return []


class Trace:
    """Everything that a service answers and emits while it is asked for all that the document tells of."""

    def __init__(self, service):
        self.service = service(Settings(ttl=TTL), listener_factory=Ears)
        self.now = 0.0
        self.seen = []
        self.outlets = []
        for story in (self.keys, self.numbers, self.cancelled, self.kept_alive, self.silent):
            self.urls = self.start()
            story()

    def ask(self, method, target, body=b"", key=KEY, **headers):
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        path = "/" + target.removeprefix("http://sandbox").lstrip("/")
        sent = [*([key] if key else []), ("Host", "sandbox"), *named]
        served = self.service.handle(method, path, sent, body, self.now, 1.8e9 + self.now)
        self.seen.append((served.status, served.headers, served.body))
        if served.outlet:
            self.outlets.append(served.outlet)
        self.look()
        return served

    def look(self):
        self.seen.extend((outlet.take(), outlet.closed) for outlet in self.outlets)

    def wait(self, seconds):
        self.now += seconds
        self.service.advance(self.now, 1.8e9 + self.now)
        self.look()

    def start(self):
        reply = json.loads(self.ask("POST", "/analyze/live/start").body)
        path = f"/analyze/live/{reply.get('session_id')}"
        return {part: f"{path}/{part}" for part in ("chunk", "control", "events")}

    def chunk(self, seq, data=b"audio", key=KEY):
        body = (
            b'--cut\r\nContent-Disposition: form-data; name="chunk_seq"\r\n\r\n%d\r\n'
            b'--cut\r\nContent-Disposition: form-data; name="chunk"; filename="c"\r\n\r\n%s\r\n--cut--\r\n'
            % (seq, data)
        )
        self.ask("POST", self.urls["chunk"], body, key, content_type="multipart/form-data; boundary=cut")

    def control(self, action, key=KEY):
        self.ask("POST", self.urls["control"], json.dumps({"action": action, "reason": "because"}).encode(), key)

    def attach(self, key=KEY):
        return self.ask("GET", self.urls["events"], key=key)

    def keys(self):
        for key in (None, ("X-API-Key", "wrong")):
            self.ask("POST", "/analyze/live/start", key=key)
            self.chunk(0, key=key)
            self.control("keepalive", key)
            self.attach(key)

    def numbers(self):
        self.attach()
        self.attach()
        self.chunk(3)
        for seq in (0, 1, 1, 5, 2, 0, 2, 3, 4, 5, 6):
            self.chunk(seq)
            self.wait(1)
        self.control("finalize")
        self.chunk(7)
        self.wait(10)
        self.chunk(7)
        self.attach()

    def cancelled(self):
        self.attach()
        self.chunk(0)
        self.control("cancel")
        self.chunk(1)
        self.wait(10)

    def kept_alive(self):
        self.control("sing")
        self.wait(TTL * 0.4)
        self.control("keepalive")
        self.wait(TTL * 0.7)
        self.chunk(0)
        self.wait(TTL + 1)
        self.chunk(1)

    def silent(self):
        self.attach().outlet.hang_up()
        self.attach()
        self.wait(TTL * 0.6)
        self.chunk(0)
        self.wait(TTL + 1)
        self.attach()


@cache
def sandbox_trace():
    return Trace(Service).seen


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED)
def test_each_one_can_be_told_from_the_sandbox(altered):
    assert Trace(altered.service).seen != sandbox_trace()


def test_the_sandbox_itself_is_always_the_same():
    assert Trace(Service).seen == sandbox_trace()


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED)
def test_each_one_says_what_is_different_in_a_line(altered):
    assert re.fullmatch(r"[A-Z`].{10,110}\.", altered.about)
    assert altered.service.__doc__ != Service.__doc__


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED)
def test_each_one_replaces_something_that_the_service_has(altered):
    ancestry = altered.service.__mro__
    own = {name for kind in ancestry[: ancestry.index(Service)] for name in vars(kind) if not name.startswith("__")}
    assert any(hasattr(Service, name) for name in own)


@pytest.mark.parametrize("altered", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_names_the_requirements_that_it_breaks(altered):
    assert altered.trips
    assert all(
        re.fullmatch(r"(AUTH|AVAIL|START|CHUNK|CTRL|TTL|STREAM|EVENT|OPS)-[1-9]\d?", trip) for trip in altered.trips
    )


def test_a_variant_breaks_none():
    assert not any(altered.trips for altered in VARIANTS.values())


@pytest.mark.parametrize("name", ALTERED)
def test_names_can_be_typed(name):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert not (name in MUTANTS and name in VARIANTS)


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="'gap-accepted' is taken by GapAccepted"):
        mutant("gap-accepted", trips=("CHUNK-3",))(Service)
