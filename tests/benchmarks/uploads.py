"""What a chunk costs, as fast as it goes."""

from contextlib import ExitStack
from functools import partial
from tempfile import TemporaryDirectory

import wrk
from figures import Bound, at_most, in_turns, profile_table, table
from generator import child, serving
from loads import Ours, Plain

CLIENTS = {
    "http1 (harness), by itself": "http1",
    "geventhttpclient, form ready-made": "geventhttpclient",
    "FastHttpSession (Locust), files=": "fasthttp",
    "httpx, as in Recipe 2": "httpx",
}
WRK = "wrk"
WHOLE, PLAIN = "harness under Locust, all checks on", "FastHttpUser under Locust, no checks"
TURNS, SESSIONS, LENGTH = 7, 20, 600  # LENGTH: seconds of audio, 293 chunks
SETTLE, WINDOW, LIMIT = 1, 5, 60  # seconds
MOST_OF_WRK, MOST_OF_PLAIN = 3, 0.3


def measured():
    """The tables, and the bounds."""
    with serving("--quiet") as url:
        alone, whole = _alone(url), _whole()
    figures = {WHOLE: whole[WHOLE], **alone, PLAIN: whole[PLAIN]}
    yield table(
        "Upload of a 64 KiB chunk, as fast as it goes",
        "us",
        figures,
        f"CPU time of the generator's process for one multipart chunk and its ack; {SESSIONS} sessions at once, and no "
        "events.",
    )
    ours = whole[WHOLE].median
    bounds = [
        at_most("CPU of a chunk, against wrk", MOST_OF_WRK, ours / alone[WRK].median, " x")
        if alone[WRK]
        else Bound("CPU of a chunk, against wrk", f"≤ {MOST_OF_WRK} x", "wrk is not installed", reached=None),
        at_most("CPU of a chunk, against FastHttpUser", MOST_OF_PLAIN, ours / whole[PLAIN].median, " x"),
    ]
    yield from bounds
    if any(bound.reached is False for bound in bounds):
        yield profile_table("Where the harness spends it", _profile())


def _alone(url):
    with ExitStack() as stack:
        measures = {WRK: partial(wrk.measured, url)} if wrk.PROGRAM else {}
        for name, client in CLIENTS.items():
            process = stack.enter_context(child("uploading.py", client, url, options=("-m", "gevent.monkey")))
            measures[name] = partial(_ask, process)
        in_turns(measures, 1)  # the first one connects
        return {WRK: None, **in_turns(measures, TURNS)}


def _ask(process):
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def _whole():
    with TemporaryDirectory(prefix="bench-") as folder:
        return in_turns({WHOLE: lambda: _run(_ours(folder)).each_chunk, PLAIN: lambda: _run(_plain()).each_chunk}, 2)


def _ours(folder):
    return Ours(folder, SESSIONS, LENGTH, pace="max", seconds=LIMIT, model="closed")


def _plain():
    return Plain(SESSIONS, LENGTH, pace="max", seconds=LIMIT)


def _run(load):
    with serving("--quiet") as url, load.run(url) as generator:
        return generator.stretch(SESSIONS, SETTLE, WINDOW)


def _profile():
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        serving("--quiet") as url,
        _ours(folder).run(url, profiled=True) as generator,
    ):
        generator.stretch(SESSIONS, SETTLE, WINDOW)
        return generator.profile()
