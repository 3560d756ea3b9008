"""A run on several real processes: workers come and go, keys are dealt out, and what was told is kept."""

import json
import re
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from harness.history.observations import Ended, Event
from harness.sandbox.child import Sandbox
from harness.sandbox.settings import DEFAULT_KEY
from tests.locust_runs import ROOT, Locust, free_port, headless, over

CALL = """
call: quick
audio: {speech: one-speaker, length: 4s}
chunks: {size: 32KiB}
pace: {speed: 4x}
steps: [start, attach, push: rest, finalize, await: done]
"""

EYES = """
import json, os, pathlib
import harness.load.cluster.worker

harness.load.cluster.worker._TELLING = 0.3
tell, told = harness.load.cluster.worker.Worker._tell, []

def seen(worker, part, times, *, last):
    tell(worker, part, times, last=last)
    told.append(sum(part.assessment.ledger.sessions.values()))
    sight = {"index": worker._runner.worker_index, "sessions": sum(told[:-2])}
    path = pathlib.Path(os.environ["EYES"], f"{os.getpid()}.json")
    path.with_suffix(".new").write_text(json.dumps(sight))
    path.with_suffix(".new").rename(path)

harness.load.cluster.worker.Worker._tell = seen
"""
"""A locustfile beside the tested one: workers tell more often, and a file says what they told well before now."""

SUT = """
import sys
from harness.sandbox.server import serve
from harness.sandbox.service import Service
from harness.sandbox.settings import Settings
from harness.sandbox.exchange import refuse

class OneSessionAKey(Service):
    holders = {}

    def start(self, call):
        key = call.headers["x-api-key"]
        if any(not s.is_over and self.holders[s.id] == key for s in self.sessions.values()):
            refuse("session_over", "the key has its one session already")
        known = set(self.sessions)
        served = super().start(call)
        self.holders |= dict.fromkeys(self.sessions.keys() - known, key)
        return served

keys, latency = frozenset(sys.argv[1].split(",")), float(sys.argv[2])
service = OneSessionAKey(Settings(api_keys=keys, agent_latency=latency))
serve(service, "127.0.0.1", 0, lambda url: print(url, flush=True), sys.stdin.fileno())
"""
"""A sandbox that allows one session a key."""


class Cluster:
    """A master, its workers and an SUT; whatever a test starts is stopped when it is over."""

    def __init__(self, folder, stack):
        self.folder = folder
        self._stack = stack
        self._port = free_port()
        self._eyes = folder / "eyes.py"
        self._eyes.write_text(EYES)
        (folder / "sut.py").write_text(SUT)
        (folder / "quick.yaml").write_text(CALL)
        (folder / "elsewhere").mkdir()  # where workers live: they have none of the master's files

    def sut(self, *keys, latency=0.05):
        command = [sys.executable, str(self.folder / "sut.py"), ",".join(keys), str(latency)]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._stack.enter_context(process)
        self._stack.callback(process.kill)
        return process.stdout.readline().strip()

    def master(self, host, *flags, key=None):
        ports = ("--master-bind-port", self._port, "--master-bind-host", "127.0.0.1", "--master-port", self._port)
        given = (*headless(self.folder, "quick.yaml"), "-H", host, "--record", "all", *ports)
        return self._locust("master", self.folder, *given, *flags, key=key)

    def worker(self, name):
        address = ("--master-host", "127.0.0.1", "--master-port", self._port)
        return self._locust(name, self.folder / "elsewhere", "--worker", *address)

    def _locust(self, name, cwd, *flags, key=None):
        variables = {"EYES": str(self.folder), "TMPDIR": str(self.folder)}
        run = Locust(self.folder, *flags, beside=[self._eyes], name=name, cwd=cwd, key=key, **variables)
        return self._stack.enter_context(run)

    def tell_workers(self, text):
        """More for the locustfile beside the tested one."""
        self._eyes.write_text(EYES + text)

    def told(self, worker):
        """What a worker told its master, and surely has arrived."""
        path = self.folder / f"{worker.process.pid}.json"
        return json.loads(path.read_text()) if path.exists() else {"sessions": 0}


def done(master, worker):
    """Histories of sessions of this worker that came to their end."""
    return over([path for path in master.recorded if f"-w{worker}-" in path.name], "done")


@pytest.fixture
def cluster(tmp_path):
    with ExitStack() as stack:
        yield Cluster(tmp_path, stack)


@pytest.fixture
def sandbox():
    with Sandbox() as started:
        yield started.url


def endings(histories):
    return Counter(o.ending for history in histories for o in history if isinstance(o, Ended))


def test_workers_are_killed_join_late_and_leave_and_the_rest_is_kept(cluster, sandbox):
    flags = ("--master", "--expect-workers", "2", "-u", "4", "-r", "4")
    master = cluster.master(sandbox, *flags, key=DEFAULT_KEY)
    cluster.worker("first")
    second = cluster.worker("second")
    second.until(lambda: cluster.told(second)["sessions"])
    killed, told = (cluster.told(second)[name] for name in ("index", "sessions"))
    second.process.kill()
    third = cluster.worker("third")
    third.until(lambda: done(master, 2))
    third.interrupt()
    assert third.ended() == 0, third.output
    master.until(lambda: "to missing" in master.output)
    master.quit()
    assert master.ended() == 4, master.output

    summary = master.summary
    notes = "\n".join(summary["notes"])
    assert re.search(rf"worker {killed} \(\S+\) did not see the run through; what it told", notes)
    assert re.search(r"worker 2 \(\S+\) left \d+ s into the run", notes)
    assert summary["headline"].startswith("Invalid: worker ")
    kept = endings(history for name, history in master.histories().items() if f"-w{killed}-" not in name)
    of_the_lost = Counter(summary["ledger"]["sessions"]) - kept
    assert of_the_lost["done"] >= told > 0
    assert kept["done"] + of_the_lost["done"] == summary["ledger"]["sessions"]["done"]


def test_a_worker_that_can_write_no_histories_takes_no_part_and_says_why(cluster, sandbox):
    (cluster.folder / "elsewhere" / "mine").touch()
    flags = ("--master", "--expect-workers", "1", "-u", "1", "--report", "mine")
    master = cluster.master(sandbox, *flags, key=DEFAULT_KEY)
    worker = cluster.worker("worker")
    assert (worker.ended(), master.ended()) == (2, 4), master.output
    assert re.search(r"can't take part: \S+/histories: no histories can be written here", master.output)


def test_workers_end_when_their_master_is_lost(cluster, sandbox):
    cluster.tell_workers("import locust.runners\nlocust.runners.MASTER_HEARTBEAT_TIMEOUT = 5\n")
    master = cluster.master(sandbox, "--master", "--expect-workers", "1", "-u", "1", key=DEFAULT_KEY)
    worker = cluster.worker("worker")
    worker.until(lambda: cluster.told(worker)["sessions"])
    master.process.kill()
    assert worker.ended() == 4, worker.output
    assert "the master is gone" in worker.output


def test_each_session_has_a_key_of_its_own_and_what_ends_last_is_counted(cluster):
    keys = [f"s3cr3t-{number}" for number in range(4)]
    host = cluster.sut(*keys, latency=0.4)
    (cluster.folder / "keys.txt").write_text("\n".join(keys))
    flags = ("--processes", "2", "-u", "6", "-r", "6", "--keys", "keys.txt", "--stop-timeout", "25")
    master = cluster.master(host, *flags)
    master.until(lambda: done(master, 0) and done(master, 1))
    arguments = Path(f"/proc/{master.process.pid}/cmdline").read_text()
    stopped = time.monotonic()
    master.quit()
    assert master.ended() == 0, master.output

    summary, histories = master.summary, master.histories()
    count = len(histories)
    assert endings(histories.values()) == {"done": count}
    assert summary["ledger"]["sessions"] == {"done": count}
    assert summary["ledger"]["trouble"] == {}
    last = [o.at for history in histories.values() for o in history if isinstance(o, Event) and o.name == "done"]
    assert max(last) > stopped  # after the workers were told to end
    measures = {measure["name"]: measure for measure in summary["measures"]}
    assert {name: measures[name]["count"] for name in ("drain", "session", "key_wait")} == dict.fromkeys(
        ("drain", "session", "key_wait"), count
    )
    assert "6 users and 4 API keys" in master.output
    written = [path for path in cluster.folder.rglob("*.*") if path.is_file() and path.name != "keys.txt"]
    assert not [path for path in written if b"s3cr3t" in path.read_bytes()]
    assert "s3cr3t" not in arguments
