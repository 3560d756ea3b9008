"""The sandbox over real HTTP on the loopback, as a child process."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from harness.errors import ExitCode, UnusableError
from harness.sandbox.child import Sandbox
from harness.sandbox.command import main
from harness.scenario.audio.recipe import Recipe
from harness.scenario.audio.render import render

KEY = {"X-API-Key": "test-key"}
PATIENCE = 20  # seconds after which something is taken to hang


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox("--agent-latency", "10ms", api_key="test-key") as running:
        yield running


@pytest.fixture
def client(sandbox):
    with httpx.Client(base_url=sandbox.url, headers=KEY, timeout=PATIENCE) as client:
        yield client


def push(client, session, seq, data):
    return client.post(session["chunk_endpoint"], data={"chunk_seq": str(seq)}, files={"chunk": ("chunk.bin", data)})


def connect(url):
    parts = urlsplit(url)
    return closing(socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE))


# The document's recipes


async def follow(client, url, events):
    async with client.stream("GET", url, headers={"Accept": "text/event-stream"}) as stream:
        stream.raise_for_status()
        name = None
        async for line in stream.aiter_lines():
            if line.startswith("event:"):
                name = line.removeprefix("event:").strip()
            elif line.startswith("data:"):
                events.append((name, json.loads(line.removeprefix("data:"))))


async def upload(client, url, media, size):
    total = 0
    for seq, begin in enumerate(range(0, len(media), size)):
        files = {"chunk": (f"chunk-{seq}.bin", media[begin : begin + size], "application/octet-stream")}
        acked = await client.post(url, data={"chunk_seq": str(seq)}, files=files)
        acked.raise_for_status()
        total = acked.json()["received_bytes"]
    return total


async def capture(url, media):
    """The "full end-to-end async runner"."""
    events = []
    async with httpx.AsyncClient(base_url=url, headers=KEY, timeout=PATIENCE) as client:
        started = await client.post("/analyze/live/start", json={"filename": "call.wav", "goal": "Live coaching"})
        session = started.raise_for_status().json()
        following = asyncio.create_task(follow(client, session["events_endpoint"], events))
        total = await upload(client, session["chunk_endpoint"], media, 64 * 1024)
        finalized = await client.post(session["control_endpoint"], json={"action": "finalize"})
        finalized.raise_for_status()
        await asyncio.wait_for(following, PATIENCE)
    return total, events


@pytest.mark.parametrize("kind", ["wav", "mp3", "opus"])
def test_the_documents_recipes_run(sandbox, client, kind):
    audio = render(Recipe(length=12.0, format=kind))
    total, events = asyncio.run(capture(sandbox.url, audio.data))
    assert total == len(audio.data)
    texts = [payload["text"] for name, payload in events if name == "final_transcript"]
    assert texts == ["digits " + " ".join(utterance.mark) for utterance in audio.utterances]
    name, done = events[-1]
    assert name == "done"
    for url in done["artifacts"].values():
        assert client.get(url).json()["conversation_id"] == done["conversation_id"]


# Consumers that come and go


def test_a_second_consumer_is_turned_away(client):
    session = client.post("/analyze/live/start").json()
    with client.stream("GET", session["events_endpoint"]) as first:
        assert first.headers["content-type"] == "text/event-stream"
        assert client.get(session["events_endpoint"]).status_code == 409
        client.post(session["control_endpoint"], json={"action": "cancel", "reason": "over"})
        assert '"message":"over"' in first.read().decode()


def test_whoever_leaves_can_come_back_at_once(sandbox, client):
    session = client.post("/analyze/live/start").json()
    head = f"GET {session['events_endpoint']} HTTP/1.1\r\nHost: sandbox\r\nX-API-Key: test-key\r\n\r\n".encode()
    for _ in range(25):
        with connect(sandbox.url) as connection:
            connection.sendall(head)
            assert connection.recv(12) == b"HTTP/1.1 200"
    # and over a connection that was open all the time
    with connect(sandbox.url) as waiting:
        with connect(sandbox.url) as connection:
            connection.sendall(head)
            assert connection.recv(12) == b"HTTP/1.1 200"
        waiting.sendall(head)
        assert waiting.recv(12) == b"HTTP/1.1 200"


def test_an_upload_cut_off_half_way_never_happened(sandbox, client):
    session = client.post("/analyze/live/start").json()
    media = render(Recipe(length=2.0)).data
    request = client.build_request(
        "POST", session["chunk_endpoint"], data={"chunk_seq": "0"}, files={"chunk": ("chunk.bin", media)}
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    body = request.read()
    with connect(sandbox.url) as connection:
        connection.sendall(f"POST {request.url.path} HTTP/1.1\r\n{head}\r\n".encode() + body[: len(body) // 2])
    acked = push(client, session, 0, media[:1000])
    assert (acked.status_code, acked.json()["received_bytes"], acked.json()["duplicate"]) == (200, 1000, False)


def test_a_body_that_is_too_large_is_refused(client):
    session = client.post("/analyze/live/start").json()
    assert push(client, session, 0, b"x" * 17 * 2**20).status_code == 413
    assert push(client, session, 0, b"x").status_code == 200


def test_each_reply_has_one_date_and_a_length(client):
    for served in (client.get("/healthz"), client.post("/analyze/live/start", headers={"X-API-Key": "wrong"})):
        names = [name.lower() for name, _ in served.headers.raw]
        assert names.count(b"date") == names.count(b"content-length") == 1


def test_sessions_expire_by_themselves():
    with (
        Sandbox("--ttl", "100ms", "--request-delay", "1ms", api_key="test-key") as brief,
        httpx.Client(base_url=brief.url, headers=KEY, timeout=PATIENCE) as client,
    ):
        session = client.post("/analyze/live/start").json()
        assert '"code":"expired"' in client.get(session["events_endpoint"]).text


# Variants of how replies travel


@pytest.fixture(
    scope="module",
    params=["connections-close", "chunked-replies", "gzip-replies", "byte-by-byte"],
)
def otherwise(request):
    with Sandbox("--variant", request.param, api_key="test-key") as running:
        yield running, request.param


def test_the_recipes_run_however_replies_travel(otherwise):
    running, _ = otherwise
    audio = render(Recipe(length=4.0))
    total, events = asyncio.run(capture(running.url, audio.data))
    assert total == len(audio.data)
    assert [name for name, _ in events][-2:] == ["status", "done"]


def test_each_way_to_travel_is_there_on_the_wire(otherwise):
    running, name = otherwise
    head = b"POST /analyze/live/start HTTP/1.1\r\nHost: s\r\nX-API-Key: test-key\r\nAccept-Encoding: gzip\r\n\r\n"
    with connect(running.url) as connection:
        connection.sendall(head)
        said = b""
        while not said.endswith((b"}", b"0\r\n\r\n")) and b"Content-Encoding" not in said.title():
            said += connection.recv(4096)
        signs = {
            "connections-close": b"connection: close",
            "chunked-replies": b"transfer-encoding: chunked",
            "gzip-replies": b"content-encoding: gzip",
            "byte-by-byte": b"content-length",
        }
        assert signs[name] in said
        if name == "connections-close":
            assert connection.recv(1) == b""


# The process


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_with_streams_open(stop):
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    url = process.stdout.readline().removeprefix("sandbox listening on ").strip()
    with httpx.Client(base_url=url, headers={"X-API-Key": os.environ.get("LIVE_API_KEY", "sandbox-key")}) as client:
        session = client.post("/analyze/live/start").json()
        with client.stream("GET", session["events_endpoint"]) as stream:
            process.send_signal(stop)
            stream.read()
    rest, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, rest) == (0, "")


def test_a_port_in_use_is_one_clear_line(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == ExitCode.UNUSABLE
    complaint = f"sandbox: can't listen on 127.0.0.1, port {port}: Address already in use; choose another one\n"
    assert capsys.readouterr() == ("", complaint)


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--ttl", "6"], "'6' has no unit"),
        (["--ttl", "0s"], "no time at all"),
        (["--analysis-workers", "0"], "no count"),
        (["--port", "70000"], "no port"),
        (["--mutant", "gap-acepted"], "did you mean 'gap-accepted'?"),
        (["--mutant", "done-twice", "--variant", "crlf-stream"], "not allowed with"),
    ],
)
def test_bad_flags_are_bad_usage(flags, complaint, capsys):
    with pytest.raises(SystemExit) as ended:
        main(flags)
    assert ended.value.code == ExitCode.USAGE
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(("flag", "name"), [("--list-mutants", "gap-accepted"), ("--list-variants", "crlf-stream")])
def test_mutants_and_variants_can_be_listed(flag, name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([flag])
    assert ended.value.code == ExitCode.OK
    assert name in capsys.readouterr().out


def test_mutants_and_variants_can_be_served():
    with Sandbox("--mutant", "start-without-key") as mutant, Sandbox("--variant", "start-created") as variant:
        assert httpx.post(f"{mutant.url}/analyze/live/start").status_code == 200
        created = httpx.post(f"{variant.url}/analyze/live/start", headers={"X-API-Key": "sandbox-key"})
        assert created.status_code == 201


def test_disabled_it_still_runs():
    with Sandbox("--disabled") as disabled:
        assert httpx.get(f"{disabled.url}/healthz").text == "ok\n"
        refused = httpx.post(f"{disabled.url}/analyze/live/start", headers={"X-API-Key": "sandbox-key"})
        assert refused.status_code == 503


def test_a_child_that_does_not_start_says_why():
    with pytest.raises(UnusableError, match="no mutant 'nothing'"):
        Sandbox("--mutant", "nothing")


def test_what_a_child_complains_of_is_passed_on_once_it_has_stopped(monkeypatch, capsys):
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")  # CPython then writes to standard error
    with Sandbox() as chatty:
        chatty.stop()
    assert capsys.readouterr().err.count("harness.sandbox.command\n") == 1


PARENT = """
{patch}
import sys, urllib.request
from harness.sandbox.child import Sandbox
with Sandbox() as sandbox:
    print(sandbox.url, urllib.request.urlopen(sandbox.url + "/healthz").read(), flush=True)
    sys.stdin.read()
"""


def test_it_can_be_started_under_gevents_monkey_patching():
    patched = PARENT.format(patch="from gevent import monkey; monkey.patch_all()")
    ended = subprocess.run(
        [sys.executable, "-c", patched], capture_output=True, text=True, input="", timeout=PATIENCE, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("b'ok\\n'\n")


def test_it_never_outlives_its_parent():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(patch="")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent, connect(parent.stdout.readline().split()[0]) as connection:
        parent.kill()
        assert connection.recv(1) == b""
