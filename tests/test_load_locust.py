"""Whole load runs: Locust in a process of its own, against a sandbox of the run's own."""

import json
import re
import socket
from collections import Counter
from functools import partial

import httpx
import pytest

from harness.history.observations import Ended, Event, Sent
from harness.load.seeds import arrival_seed
from harness.sandbox.child import Sandbox
from tests.locust_runs import BOUND, Locust, free_port, headless, over

LEFT = {"cancel", "finalize"}
"""The last that the SUT is asked of a session that it should not go on with; one that is finalised ends by itself."""

CALL = """
call: quick
audio: {speech: one-speaker, length: 4s}
chunks: {size: 32KiB}
pace: {speed: 4x}
steps:
  - start
  - attach
  - push: 1
  - push: {fault: gap}
  - push: rest
  - finalize
  - await: done
"""

OPEN = """
load: open-quick
mix: {quick.yaml: 1}
arrivals: {model: open, rate: 3/s, spacing: even}
stages: [{for: 2s}, {for: 8s, step-to: 0/s}]
"""


def finished(folder, *flags, load=None, until=None, interrupt=False, key="a-key-of-ours"):
    """A load run that has ended. `until` tells from the paths of the histories when to end it; else the flags do.

    `load` is the text of a load file, in place of three users.
    """
    (folder / "quick.yaml").write_text(CALL)
    (folder / "load.yaml").write_text(load or "")
    given = headless(folder, folder / ("load.yaml" if load else "quick.yaml"))
    users = () if load else ("-u", "3", "-r", "3")
    with Locust(folder, *given, *users, *flags, key=key) as run:
        if until:
            run.until(lambda: until(run.recorded))
            (run.interrupt if interrupt else run.quit)()
        run.ended()
    assert "Traceback" not in run.output
    assert key not in run.output
    return run


def books(histories):
    """The ledger's counts, once more."""
    seen = [observation for history in histories.values() for observation in history]
    return {
        "sessions": Counter(o.ending for o in seen if isinstance(o, Ended)),
        "requests": Counter(o.kind for o in seen if isinstance(o, Sent)),
        "events": Counter(o.name for o in seen if isinstance(o, Event)),
    }


def adds_up(summary):
    """Whether the run's time course tells of all that its books tell of."""
    course, ledger = summary["course"], summary["ledger"]
    ended = Counter()
    for each in course:
        ended.update(each["ended"])
    [acks] = [measure["count"] for measure in summary["measures"] if measure["name"] == "ack"]
    assert sum(each["started"] for each in course) == ended.total() == ledger["requests"]["start"]
    assert ended == ledger["sessions"]
    assert sum(each["chunks"] for each in course) == ledger["chunks"]["accepted"]
    assert sum(each["events"] for each in course) == sum(ledger["events"].values())
    assert sum(each["figures"]["ack"]["count"] for each in course if "ack" in each["figures"]) == acks
    return course[-1]["live"] == 0


def is_fine(summary):
    """Whether the SUT passed, however much else the machine had to do: then the generator alone may have failed."""
    invalid = summary["invalid"]
    blamed = all(reason.startswith("the generator, not the API, was the limit") for reason in invalid)
    return blamed and summary["exit_code"] == (4 if invalid else 0)


def ports():
    """Flags of a master that workers of its own find, and no others."""
    port = free_port()
    return "--master-port", port, "--master-bind-port", port, "--master-bind-host", "127.0.0.1"


def workers(paths):
    """The indices of the processes that the histories come from."""
    return {re.search(r"-w(\d)-", path.name)[1] for path in paths}


def test_a_conformant_sut(tmp_path):
    run = finished(tmp_path, "--record", "all", until=lambda paths: len(over(paths, "done")) >= 3)
    assert run.process.returncode == run.summary["exit_code"]
    assert is_fine(run.summary), run.output
    assert run.ledger["sessions"]["done"] >= 3
    assert run.ledger["trouble"] == {}
    assert {field: run.ledger[field] for field in ("sessions", "requests", "events")} == books(run.histories())
    assert adds_up(run.summary)
    assert re.search(r"^POST +chunk +\d+ +0\(0.00%\)", run.output, re.MULTILINE)
    assert not list(tmp_path.rglob("*a-key-of-ours*"))
    assert not [path for path in run.folders[0].rglob("*.*") if "a-key-of-ours" in path.read_text()]


def test_a_broken_contract(tmp_path):
    run = finished(tmp_path, "--mutant", "gap-accepted", until=over)
    assert run.process.returncode == 1, run.output
    assert re.search(r"^CHECK +CHUNK-3 +\d+ +\d+\(100.00%\)", run.output, re.MULTILINE)
    assert "live-harness replay" in run.output
    kept = run.histories()
    assert len(kept) >= 1
    assert all(any(isinstance(o, Ended) for o in history) for history in kept.values())


def test_two_processes_give_one_report(tmp_path):
    flags = ("-u", "4", "--processes", "2", "--record", "all", *ports())
    run = finished(tmp_path, *flags, until=lambda paths: workers(over(paths, "done")) == {"0", "1"})
    assert is_fine(run.summary), run.output
    histories = run.histories()
    assert {field: run.ledger[field] for field in ("sessions", "requests", "events")} == books(histories)
    assert sum(run.ledger["sessions"].values()) == len(histories)
    assert adds_up(run.summary)


def test_ctrl_c_leaves_the_sut_properly_and_a_report(tmp_path):
    run = finished(tmp_path, "--record", "all", until=lambda paths: len(paths) >= 3, interrupt=True)
    assert (run.process.returncode, run.summary["exit_code"]) == (130, 130), run.output
    assert run.ledger["trouble"] == {}
    for history in run.histories().values():
        actions = [o.action for o in history if isinstance(o, Sent)]
        started = any(o.kind == "start" for o in history if isinstance(o, Sent))
        ended = [o.ending for o in history if isinstance(o, Ended)]
        assert not started or ended == ["done"] or actions[-1] in LEFT


def test_a_host_that_nobody_listens_at(tmp_path):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        run = finished(tmp_path, "--host", host)
    assert run.process.returncode == 3, run.output
    assert f"{host} can't be reached" in run.output
    assert "Traceback" not in run.output
    assert not list(tmp_path.glob("reports/*"))


def test_a_key_that_is_refused(tmp_path):
    with Sandbox(api_key="another key") as sandbox:
        run = finished(tmp_path, "--host", sandbox.url)
    assert run.process.returncode == 3, run.output
    assert "refused the API key (401)" in run.output
    assert not list(tmp_path.glob("reports/*"))


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--scenario", "quikc"], "unknown scenario 'quikc'"),
        (["--mutant", "gap-acepted"], "did you mean gap-accepted?"),
        (["--host", "https://api.illocution.ai"], "--allow-production"),
    ],
)
def test_faulty_flags(tmp_path, flags, message):
    run = finished(tmp_path, "-t", "3s", *flags)
    assert (run.process.returncode, run.folders) == (2, [])
    assert message in run.output


def begun(run):
    """The seeds of an open load's sessions, by the numbers of their arrivals."""
    heads = [history[0] for history in run.histories().values()]
    return {int(head.session.rpartition("-a")[2]): head.seed for head in heads}


def test_open_arrivals_begin_when_they_are_due(tmp_path):
    run = finished(tmp_path, "--record", "all", load=OPEN)
    assert (is_fine(run.summary), run.ledger["sessions"]) == (True, {"done": 6}), run.output
    due = sorted(history[1].due for history in run.histories().values())
    assert [moment - due[0] for moment in due] == pytest.approx([number / 3 for number in range(6)])
    assert begun(run) == {number: arrival_seed(1, number) for number in range(6)}
    assert "6 sessions were due (0.6/s on average), 6 were begun" in " ".join(run.output.split())


def test_open_arrivals_are_the_same_ones_on_two_processes(tmp_path):
    run = finished(tmp_path, "--processes", "2", "--record", "all", *ports(), load=OPEN)
    assert (is_fine(run.summary), run.ledger["sessions"]) == (True, {"done": 6}), run.output
    assert begun(run) == {number: arrival_seed(1, number) for number in range(6)}


def test_an_open_load_has_no_users(tmp_path):
    run = finished(tmp_path, "-u", "5", load=OPEN)
    assert (run.process.returncode, run.folders) == (2, [])
    assert "load open-quick: its sessions begin at a rate of its own" in run.output


def test_the_run_time_is_stronger_than_the_stages(tmp_path):
    run = finished(tmp_path, "-t", "9", "--record", "all", load=OPEN.replace("for: 8s", "for: 8h"))
    assert (is_fine(run.summary), run.ledger["sessions"]) == (True, {"done": 6}), run.output


def test_arrivals_without_room_are_told_and_make_the_run_invalid(tmp_path):
    run = finished(tmp_path, "--record", "all", load=OPEN.replace("even", "even, most: 1"))
    assert run.process.returncode == 4, run.output
    turned_away = 6 - len(run.histories())
    assert turned_away > 0
    assert any(note.startswith(f"{turned_away} arrivals were turned away") for note in run.summary["notes"])


def test_ctrl_c_ends_an_open_run(tmp_path):
    endless = OPEN.replace("for: 2s", "for: 8h")
    run = finished(tmp_path, "--record", "all", load=endless, until=lambda paths: len(paths) >= 3, interrupt=True)
    assert (run.process.returncode, run.summary["exit_code"]) == (130, 130), run.output
    for history in run.histories().values():
        actions = [o.action for o in history if isinstance(o, Sent)]
        assert [o.ending for o in history if isinstance(o, Ended)] == ["done"] or actions[-1] in LEFT


def test_steps_of_users_are_steps(tmp_path):
    load = "load: steps\nmix: {quick.yaml: 1}\narrivals: {model: closed, users: 2}\n"
    stages = "stages: [{for: 3s}, {for: 4s, spike-to: 6}, {for: 3s}]"
    run = finished(tmp_path, "--record", "all", load=load + stages)
    assert is_fine(run.summary), run.output
    firsts = {
        re.search(r"-u(\d+)-s0", name)[1]: history[1].at for name, history in run.histories().items() if "-s0" in name
    }
    assert sorted(firsts) == ["0", "1", "2", "3", "4", "5"]
    later = [firsts[user] - firsts["0"] for user in ("2", "3", "4", "5")]
    assert min(later) > 1  # they came with the spike
    assert max(later) - min(later) < 1  # and all at once


def test_the_web_ui_begins_and_ends_open_runs(tmp_path):
    port = free_port()
    (tmp_path / "quick.yaml").write_text(CALL)
    (tmp_path / "load.yaml").write_text(OPEN.replace("for: 2s", "for: 8h"))
    flags = ("--web-host", "127.0.0.1", "--web-port", port, "--report", tmp_path / "reports", "--record", "all")

    def is_listening():
        with socket.socket() as probing:
            return probing.connect_ex(("127.0.0.1", int(port))) == 0

    with Locust(tmp_path, *flags) as run:

        def has_session(number):
            return number < len(run.folders) and over(run.folders[number].glob("histories/*.jsonl"), "done")

        run.until(is_listening)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=BOUND) as web_ui:
            for number, seed in enumerate((5, 6)):
                form = {"user_count": 7, "spawn_rate": 1, "seed": seed, "scenario": str(tmp_path / "load.yaml")}
                assert web_ui.post("/swarm", data=form).json()["success"]
                run.until(partial(has_session, number))
                assert web_ui.get("/stats/requests").json()["user_count"] == 1
                web_ui.post("/stop")
        run.interrupt()
        code = run.ended()
    told = [json.loads((folder / "summary.json").read_text()) for folder in run.folders]
    assert [each["seed"] for each in told] == [5, 6]
    assert all(map(is_fine, told)), run.output
    assert code == told[-1]["exit_code"]
    assert "Traceback" not in run.output
