"""`make bench`: what the harness itself costs, beside its peers, all measured in one run. It judges nothing."""

import os
import platform
import resource
import sys
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from subprocess import PIPE, Popen

from decoding import DECODERS, HAS_HTTPX_SSE, SIZE
from figures import in_turns, table
from judging import CALL, Recording
from rich.console import Console

HERE = Path(__file__).parent
FILES = 4096  # enough for two connections a session, at both ends
CHUNK_EVERY = 2.0  # seconds
HTTP1 = "http1 (harness)"
UPLOADERS = {
    HTTP1: "http1",
    "bare socket, nothing parsed": "bare-socket",
    "geventhttpclient, form ready-made": "geventhttpclient",
    "FastHttpSession (Locust), files=": "fasthttp",
    "over_httpx (harness)": "over-httpx",
}
OPENERS = {
    "driver, judge, http1 (harness)": "harness",
    "FastHttpSession, as in Recipe 2": "fasthttp",
    "FastHttpSession, forgetful": "fasthttp-forgets",
}


def child(script, *arguments, options=()):
    """A script of this folder in a process of its own. It ends with its standard input: use it as a context."""
    return Popen([sys.executable, *options, str(HERE / script), *arguments], stdin=PIPE, stdout=PIPE, text=True)


in_greenlets = partial(child, options=("-m", "gevent.monkey"))


def ask(process):
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def uploads(port):
    with ExitStack() as stack:
        processes = {
            name: stack.enter_context(in_greenlets("uploading.py", client, port)) for name, client in UPLOADERS.items()
        }
        measures = {name: partial(ask, process) for name, process in processes.items()}
        in_turns(measures, 1)  # the first one connects
        return in_turns(measures, 11)


def upload_table(figures):
    return table(
        "Upload of a 64 KiB chunk",
        "us",
        figures,
        "CPU time of the generator's process for one multipart chunk and its ack; 20 sessions at once under gevent.",
    )


def decoding_table():
    return table(
        f"Decoding of a {SIZE}-byte event",
        "us",
        in_turns(DECODERS, 11),
        "CPU time from the bytes to one event, an event a read; its JSON is left unread."
        + ("" if HAS_HTTPX_SSE else " httpx-sse: not installed."),
    )


def judging_table(chunk):
    recording = Recording()
    judged = in_turns({"judge": recording.judge, "log, decoder, judge": recording.log_and_judge}, 11)
    count, each = len(recording.observations), judged["judge"] * (recording.seconds / len(recording.observations))
    return table(
        "Judging a live session for a second",
        "us",
        {"its uploads by http1": chunk * (1 / CHUNK_EVERY)} | judged,
        f"CPU time a session-second at a 64 KiB chunk every {CHUNK_EVERY:g} s. The call `{CALL}`, {count} observations "
        f"in {recording.seconds:.0f} s: the judge takes {each.median:.1f} us an observation.",
    )


def memory_table(port):
    def opened(client):
        with in_greenlets("resident.py", client, port) as process:
            return float(process.stdout.readline())

    return table(
        "An open session that is idle",
        "KiB",
        in_turns({name: partial(opened, client) for name, client in OPENERS.items()}, 3),
        "Growth of the generator's resident set by a session, over 500 of them, each with its stream open and a chunk "
        "sent. The peers check nothing. Recipe 2 keeps a chunk and its response until the next, the forgetful one not.",
    )


def machine():
    libraries = ", ".join(f"{name} {version(name)}" for name in ("gevent", "geventhttpclient", "locust", "httpx"))
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, load average {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, {libraries}.\n"
        "Ratios are to the first row; medians are of repetitions that take turns."
    )


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES if hard == resource.RLIM_INFINITY else min(FILES, hard), hard))
    console = Console()
    console.print(machine())
    with child("server.py") as server:
        port = server.stdout.readline().strip()
        uploaded = uploads(port)
        console.print("", upload_table(uploaded), "", decoding_table(), "", judging_table(uploaded[HTTP1]), sep="\n")
        console.print("", memory_table(port), sep="\n")


if __name__ == "__main__":
    main()
