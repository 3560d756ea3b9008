"""What the generators are to do: the harness's calls and loads, and the plain Locust file that does the same."""

from pathlib import Path

from generator import ENTRIES, HERE, Generator

CALL = """\
call: live
about: Speech at a pace of {pace}.
audio: {{speech: two-speakers, length: {length}s}}
chunks: {{size: {size}B}}
pace: {{speed: {pace}}}
steps: [start, attach, push: rest, finalize, await: done]
"""
LOAD = """\
load: live
about: So many sessions, one soon after the other, and then no more.
mix: {{live.yaml: 1}}
arrivals: {arrivals}
stages: {stages}
warm-up: {warm_up:.3f}s
"""
ARRIVALS = {
    "open": (
        "{{model: open, rate: {rate}/s, spacing: even}}",
        "[{{for: {ramp:.3f}s}}, {{for: {rest:.3f}s, step-to: 0/s}}]",
    ),
    "closed": ("{{model: closed, users: {sessions}, spawn-rate: {rate}/s}}", "[{{for: {seconds:.3f}s}}]"),
}
CHUNK = 64 * 1024
BYTES = 32_000  # of audio in a second: 16 kHz, 16 bit
RAMP = 300  # sessions a second


class Ours:
    """The harness with every check on: `sessions` calls of `length` seconds, all of which begin in a row."""

    def __init__(
        self,
        folder,
        sessions,
        length,
        *flags,
        seconds,
        pace="realtime",
        size=CHUNK,
        rate=RAMP,
        warm_up=0,
        model="open",
    ):
        """The run takes `seconds`. In the closed model, each call that is over is followed by another one."""
        rate = min(rate, sessions)
        ramp = sessions / rate
        Path(folder, "live.yaml").write_text(CALL.format(pace=pace, length=length, size=size))
        arrivals, stages = (
            text.format(sessions=sessions, rate=rate, ramp=ramp, rest=seconds - ramp, seconds=seconds)
            for text in ARRIVALS[model]
        )
        self._load = Path(folder, "load.yaml")
        self._load.write_text(LOAD.format(arrivals=arrivals, stages=stages, warm_up=warm_up))
        self._flags = flags

    def run(self, url, *, profiled=False):
        """Against the server at `url`."""
        return Generator(url, ENTRIES / "live.py", ["--scenario", self._load, *self._flags], profiled=profiled)


class Plain:
    """What people write with Locust, to do the same: nothing is checked."""

    def __init__(self, sessions, length, *flags, seconds, pace="realtime", size=CHUNK):
        self._flags = ["-u", sessions, "-r", min(RAMP, sessions), "-t", f"{round(seconds)}s", "--only-summary", *flags]
        self._variables = {
            "PLAIN_PERIOD": str(size / BYTES if pace == "realtime" else 0),
            "PLAIN_CHUNKS": str(length * BYTES // size),
            "PLAIN_SIZE": str(size),
        }

    def run(self, url):
        """Against the server at `url`."""
        return Generator(url, HERE / "plain_locust.py", self._flags, variables=self._variables)
