"""Keys of which each is for one session at a time: how they are dealt out, how long they rest, and their file."""

import gevent
import pytest

from harness.contract.profile import Profile
from harness.errors import UsageError
from harness.history.observations import Ended, Event, Returned, Sent
from harness.load.cluster.keys import Deal, Keys, Tenure, read_keys
from harness.load.options import settle


def test_the_keys_of_a_lost_worker_are_dealt_to_nobody():
    deal = Deal("1234")
    assert deal.out(["a", "b"]) == {"a": (["1", "2"], 2), "b": (["3", "4"], 2)}
    assert deal.out(["b"]) == {"b": ([], 2)}
    assert deal.out(["b", "c"]) == {"b": ([], 1), "c": ([], 1)}


def test_a_session_waits_for_a_key_and_gets_the_one_that_was_free_for_longest():
    keys = Keys()
    keys.deal(["1", "2"], 2)
    for name, key in ("a", "1"), ("b", "2"):
        assert keys.wait() == key
        keys.lodge(name, key, Profile())
    assert keys.take() is None
    waiting = gevent.spawn(keys.wait)
    gevent.sleep(0)
    assert not waiting.ready()
    keys.leave("b", 0.0)
    assert waiting.get(timeout=5) == "2"


def test_keys_beyond_a_processs_own_are_given_up_when_they_are_free():
    given = []
    keys = Keys(given.extend)
    keys.deal(["1", "2", "3"], 3)
    keys.lodge("a", keys.wait(), Profile())
    keys.deal([], 1)
    assert given == ["2", "3"]
    keys.deal([], 0)
    assert given == ["2", "3"]
    keys.leave("a", 0.0)
    assert given == ["2", "3", "1"]


DATE = "Sun, 22 Nov 2026 12:00:00 GMT"
STARTED = {
    "session_id": "s",
    "chunk_endpoint": "/c",
    "events_endpoint": "/e",
    "control_endpoint": "/x",
    "expires_at": "2026-11-22T12:00:30Z",
}
START = [Sent(1, "start", 0.0, 0.0), Returned(1, 0.5, 200, date=DATE, body=STARTED, is_json=True)]
CANCEL = Sent(2, "control", 9.0, 9.0, action="cancel")


@pytest.mark.parametrize(
    ("history", "rest"),
    [
        ([], 0),
        ([START[0], Returned(1, 0.5, 429)], 0),
        ([START[0], Returned(1, 0.5, failure="unreachable")], 0),
        ([START[0], Returned(1, 10.0, failure="timeout")], 900 + 225),  # there may be one of which we never heard
        ([*START, CANCEL, Returned(2, 9.5, 200)], 0),
        ([*START, CANCEL, Returned(2, 10.0, failure="timeout")], 30 + 7.5),
        ([*START, Returned(3, 10.0, 200)], 30 + 7.5),  # abandoned: its last request may have extended it
        ([*START, Event(2, 9.0, "done", "{}")], 0),
        ([*START, Ended(50.0, "expired")], 0),
    ],
)
def test_a_key_rests_as_long_as_the_sut_may_hold_its_session(history, rest):
    tenure = Tenure(Profile())
    for observation in history:
        tenure(observation)
    assert tenure.rest(10.0) == pytest.approx(rest)


def test_a_key_file(tmp_path):
    file = tmp_path / "keys.txt"
    file.write_text("# of staging\n\n first \nsecond#1\n")
    assert read_keys(file) == ("first", "second#1")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("# none\n", "holds no keys"),
        ("s3cr3t\nother\ns3cr3t\n", "line 3: the same key as in line 1"),
        ("s3cr3t\x07\n", "line 1: a key with characters"),
        ("s3cr\u00e9t\n", "line 1: a key with characters"),
    ],
)
def test_a_key_file_of_no_use_is_told_of_without_its_keys(tmp_path, text, fault):
    file = tmp_path / "keys.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=fault) as problem:
        read_keys(file)
    assert "s3cr" not in str(problem.value)


def test_a_key_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match=r"keys\.txt: can't be read: No such file"):
        read_keys(tmp_path / "keys.txt")


def test_keys_are_for_a_host_and_instead_of_a_single_one(tmp_path, monkeypatch):
    monkeypatch.setenv("LIVE_API_KEY", "the-single-one")
    file = tmp_path / "keys.txt"
    file.write_text("first\nsecond\n")
    given = {"host": "http://127.0.0.1:9", "api_key": None, "keys": str(file), "mutant": None, "profile": None}
    given |= {"record": "none", "scenario": "plain", "seed": 1, "verify": True, "allow_production": False}
    settings = settle(given, (), embedded=False)
    assert (settings.key, settings.keys) == ("first", str(file))
    assert "first" not in repr(settings)
    with pytest.raises(UsageError, match="--keys is for a --host"):
        settle(given, (), embedded=True)
    with pytest.raises(UsageError, match="--keys and --api-key"):
        settle(given | {"api_key": "other"}, (), embedded=False)
