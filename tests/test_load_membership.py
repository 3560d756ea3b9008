"""Who takes part in a run on several processes: what master and workers tell each other."""

from types import SimpleNamespace

import gevent
import pytest

from harness.load.conductor import Step
from harness.load.part import Part
from harness.load.workload import load_workload
from harness.oracle.assessment import Assessment
from harness.oracle.ledger import Ledger
from tests.locust_runs import unpatched


def nothing():
    return Part(), {}


class Node:
    """Locust's idea of a worker."""

    def __init__(self):
        self.state = "running"
        self.heartbeat = 3


class Wire:
    """A Locust master's runner, with workers whose messages arrive at once."""

    def __init__(self, cluster, worker, *names):
        self.clients = {}
        self.environment = SimpleNamespace(stop_timeout=0, shape_class=None)
        self.listeners = {}
        self.indexes = {}
        self.told = {}
        self.workers = {}
        self.lost = set()
        self._worker = worker.Worker
        self.master = cluster.Master(self)
        for name in names:
            self.connect(name)

    def connect(self, name):
        self.indexes[name] = len(self.indexes)
        self.clients[name] = Node()
        self.told[name] = SimpleNamespace(shares=[], steps=[], keys=[], most=None)
        far = Far(self, name)
        told = self.told[name]
        self.workers[name] = far.worker = self._worker(
            far, told.shares.append, told.steps.append, lambda keys, most: take(told, keys, most)
        )

    def get_worker_index(self, name):
        return self.indexes[name]

    def register_message(self, message, listener):
        self.listeners[message] = listener

    def send_message(self, message, data, worker=None):
        for name in {worker} if worker else self.clients.keys() - self.lost:
            self.workers[name]._runner.hear(message, data)

    def lose(self, name):
        """This worker was killed, and Locust has noticed."""
        self.clients[name].state = "missing"
        self.lost.add(name)

    def get_ready(self, *names):
        """These workers are ready; returns when all of them know their shares."""
        for name in names:
            self.workers[name].begin("run")
            self.workers[name].ready(nothing)
        wait_for(lambda: all(self.told[name].shares for name in names))


class Far:
    """A Locust worker's runner, at the other end of the wire."""

    def __init__(self, wire, name):
        self.wire = wire
        self.name = name
        self.listeners = {}
        self.worker = None
        self.stopped = False

    def register_message(self, message, listener, concurrent=False):
        self.listeners[message] = listener

    def hear(self, message, data):
        self.listeners[message](SimpleNamespace(data=data, node_id="master"))

    def send_message(self, message, data):
        self.wire.listeners[message](SimpleNamespace(data=data, node_id=self.name))

    def stop(self):
        self.stopped = True


def take(told, keys, most):
    told.keys += keys
    told.most = most


def wait_for(condition):
    with gevent.Timeout(5):
        while not condition():
            gevent.sleep(0.01)


@pytest.fixture(scope="module")
def modules():
    """The master's and the worker's."""
    return unpatched("harness.load.cluster.master"), unpatched("harness.load.cluster.worker")


def shares(wire):
    return {name: [(share.index, share.count) for share in told.shares] for name, told in wire.told.items()}


def test_nothing_is_shared_out_before_all_are_ready(modules):
    wire = Wire(*modules, "a", "b")
    wire.master.begin("run")
    wire.workers["b"].begin("run")
    wire.workers["b"].ready(nothing)
    gevent.sleep(0.25)
    assert shares(wire) == {"a": [], "b": []}
    wire.get_ready("a")
    wait_for(lambda: wire.told["b"].shares)
    assert shares(wire) == {"a": [(0, 2)], "b": [(1, 2)]}
    assert wire.told["a"].shares[0].since == 0.0


def test_a_late_worker_and_a_lost_one_change_the_shares_of_the_others(modules):
    wire = Wire(*modules, "a", "b")
    wire.master.begin("run")
    wire.get_ready("a", "b")
    wire.connect("c")
    wire.get_ready("c")
    assert shares(wire) == {"a": [(0, 2), (0, 3)], "b": [(1, 2), (1, 3)], "c": [(2, 3)]}
    late = wire.told["c"].shares[0]
    assert late.since > late.elapsed
    wire.lose("a")
    wait_for(lambda: len(wire.told["c"].shares) == 2)
    assert (shares(wire)["b"][-1], shares(wire)["c"][-1]) == ((0, 2), (1, 2))


def test_the_end_names_who_did_not_see_it(modules):
    wire = Wire(*modules, "a", "b", "c")
    wire.master.begin("run")
    wire.get_ready("a", "b", "c")
    five = Part(assessment=Assessment(ledger=Ledger(sessions={"done": 5})))
    wire.workers["b"].tell(five, {})  # it left early
    wire.lose("c")
    whole, _, lost = wire.master.collect()
    assert whole.assessment.ledger.sessions == {"done": 5}
    assert list(lost) == ["worker 1 (b)", "worker 2 (c)"]
    assert lost["worker 1 (b)"].startswith("left ")
    assert "told nothing" in lost["worker 2 (c)"]


def test_a_worker_that_can_not_take_part_says_why(modules):
    wire = Wire(*modules, "a")
    wire.master.begin("run")
    wire.workers["a"].begin("run")
    wire.workers["a"].tell_trouble("speech.wav: can't be read")
    del wire.clients["a"]
    *_, lost = wire.master.collect()
    assert lost == {"worker 0 (a)": "could not take part: speech.wav: can't be read"}


def test_a_worker_that_is_long_gone_is_forgotten_before_locust_starts_all_anew(modules):
    wire = Wire(*modules, "a", "b")
    wire.master.begin("run")
    wire.clients["b"].state, wire.clients["b"].heartbeat = "missing", -31
    wait_for(lambda: list(wire.clients) == ["a"])


def test_what_is_told_of_the_time_course_arrives(modules):
    wire = Wire(*modules, "a")
    heard = []
    wire.master.progress = heard.append
    wire.master.begin("run")
    wire.workers["a"].begin("run")
    wire.workers["a"].tell_progress(b"interval")
    wire.workers["a"].begin("another run")
    wire.workers["a"].tell_progress(b"too late")
    assert heard == [b"interval"]


def test_the_step_of_a_run_is_told_to_all_and_to_who_joins_late(modules):
    wire, step = Wire(*modules, "a", "b"), Step(1, 2.0, rate=5.0)
    wire.master.begin("run")
    wire.get_ready("a", "b")
    wire.master.announce(step)
    assert [wire.told[name].steps for name in "ab"] == [[step], [step]]
    wire.connect("c")
    wire.get_ready("c")
    wait_for(lambda: wire.told["c"].steps == [step])
    assert wire.master.count() == 3


def test_a_master_that_can_not_be_reached_is_no_fault_of_ours(modules):
    wire = Wire(*modules, "a")
    wire.master.begin("run")
    wire.get_ready("a")
    worker = wire.workers["a"]

    def unreachable(*_):
        raise modules[1].RPCError

    worker._runner.send_message = unreachable
    worker.tell_trouble("speech.wav: can't be read")
    worker.give_back(["1"])
    worker.tell(Part(), {})
    assert not worker.has_heard_the_end


def test_a_worker_has_heard_the_end_of_the_run_that_the_master_ended(modules):
    wire = Wire(*modules, "a")
    wire.master.begin("run")
    wire.get_ready("a")
    wire.connect("b")
    wire.master.collect()
    assert [worker.has_heard_the_end for worker in wire.workers.values()] == [True, True]
    wire.workers["a"].begin("run 2")
    assert not wire.workers["a"].has_heard_the_end


def test_the_time_that_is_shown_counts_from_the_begin_of_the_run(modules, monkeypatch):
    sight = unpatched("harness.load.display.sight")
    flags = SimpleNamespace(headless=False)
    wire, shown = Wire(*modules, "a"), sight.Sight(SimpleNamespace(web_ui=None, parsed_options=flags))
    wire.master.begin("run")
    shown.begin(load_workload("plain"), 60.0, wire.master)
    gevent.sleep(0.05)
    assert shown.watch.elapsed == 0.0
    wire.get_ready("a")
    gevent.sleep(0.05)
    assert 0.0 < shown.watch.elapsed < 5
    shown.end()
    lasted = shown.watch.elapsed
    assert shown.end() == []  # the next run, which could not begin
    assert shown.watch.elapsed == lasted
    wire.master.collect()


def test_the_master_looks_after_its_workers_again_after_a_fault(modules, monkeypatch):
    monkeypatch.setattr(modules[0], "_SETTLING", 0.0)
    wire, calls = Wire(*modules, "a"), []

    def started():
        calls.append(None)
        if len(calls) == 1:
            raise ValueError

    look = wire.master._share_out
    wire.master._share_out = lambda crew: (started(), look(crew))
    wire.master.begin("run")
    wire.get_ready("a")
    assert (len(calls), shares(wire)) == (2, {"a": [(0, 1)]})


def test_workers_have_different_keys_and_a_late_one_gets_what_others_give_back(modules):
    wire = Wire(*modules, "a", "b")
    wire.master.begin("run", tuple("12345"))
    wire.get_ready("a", "b")
    assert (wire.told["a"].keys, wire.told["b"].keys) == (["1", "2", "3"], ["4", "5"])
    wire.connect("c")
    wire.get_ready("c")
    assert (wire.told["a"].most, wire.told["b"].most, wire.told["c"].most) == (2, 2, 1)
    assert wire.told["c"].keys == []
    wire.workers["a"].give_back(["2"])
    assert wire.told["c"].keys == ["2"]
