"""The SUT's own counters of events, before and after a load run."""

import msgspec
import pytest

from harness.client.deployment import Deployment
from harness.contract.profile import Profile
from harness.load.health.counters import contradiction, read_counters
from harness.oracle.ledger import Ledger
from harness.sandbox.child import Sandbox
from harness.sandbox.settings import DEFAULT_KEY


def held(before, after, *, events, requests=None):
    return contradiction(before, after, Ledger(events=events, requests=requests or {"start": 3, "attach": 3}))


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        ({}, {}, {"emotion": 9}),  # no metrics
        ({}, {"events": {"emotion": 9.0}}, {"emotion": 9}),
        ({"events": {"emotion": 4.0}}, {"events": {"emotion": 90.0}}, {"emotion": 9}),  # others use it, too
        ({"events": {"emotion": 40.0}}, {"events": {"emotion": 3.0}}, {"emotion": 9}),  # it began anew
        ({}, {"events": {"": 12.0}}, {"emotion": 9, "status": 99}),
        ({}, {"events": {"emotion": 9.0}, "events_stored": {"emotion": 2.0}}, {"emotion": 9}),  # one of them agrees
        ({}, {"events": {"status": 0.0}}, {"status": 9}),  # what tells of the session need not be counted
        ({}, {"events": {"emotion": 0.0}}, {}),
    ],
)
def test_counters_that_may_be_right(before, after, events):
    assert held(before, after, events=events) is None


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"events": {"emotion": 8.0}}, "events (emotion 8 of 9)"),
        (
            {"events": {"emotion": 4.0, "cognitive": 1.0}},
            {"events": {"emotion": 5.0, "cognitive": 9.0}},
            "emotion 1 of 9",
        ),
        ({}, {"events": {"": 3.0}}, "events (3 of 12)"),
    ],
)
def test_counters_that_know_of_fewer_events_than_were_received(before, after, told):
    assert told in held(before, after, events={"emotion": 9, "cognitive": 3, "done": 2})


def test_streams_that_were_read_again_may_have_brought_the_same_again():
    after = {"events": {"emotion": 8.0}}
    assert held({}, after, events={"emotion": 9}, requests={"start": 3, "attach": 4}) is None


def test_the_counters_of_a_server_are_read_where_they_are():
    with Sandbox() as sandbox:
        sut = Deployment(sandbox.url, "/behind/a/gateway", DEFAULT_KEY)
        found = read_counters(sut, verify=True)
        foreign = msgspec.structs.replace(sut, profile=Profile(metrics="http://elsewhere.invalid/metrics"))
        assert read_counters(foreign, verify=True) == {}
    assert any("emotion" in counts for counts in found.values())
    assert read_counters(sut, verify=True) == {}  # nobody is there any more
