"""The log of a session: what takers get, what is kept from them, and what they can't do to one another."""

import errno
import os

import msgspec
import pytest

from harness.client.clock import VirtualClock
from harness.client.exchanges import Exchanges
from harness.client.transport import Reply, Request
from harness.errors import UsageError
from harness.history.blot import Blot
from harness.history.draft import Draft, Spool
from harness.history.file import PIECE, HistoryWriter, encode, open_history, read_history
from harness.history.log import Faults, Log
from harness.history.observations import Ended, Event, Returned, Sent, StreamBytes, StreamClosed, Waited

KEY = "sk/s3cret+7f3a"


def test_a_taker_that_raises_starves_nobody_and_is_remembered():
    def broken(observation):
        raise ValueError(f"not for me: {observation.at}")

    seen, faults = [], Faults()
    log = Log([broken, seen.append], fault=faults)
    for n in range(100):
        log.add(Ended(float(n), "done"))
    assert len(seen) == 100
    assert 1 < len(faults.words) < 100
    assert "broken: ValueError('not for me: 0.0')" in faults.words[0]


def test_who_is_told_of_faults_hears_who_raised_what():
    def broken(observation):
        raise error

    error, heard = ValueError("oh"), []
    Log([broken], fault=lambda *told: heard.append(told)).add(Ended(0.0, "done"))
    assert heard == [(broken, error)]


def test_whatever_takes_the_user_down_passes_through():
    def interrupted(observation):
        raise KeyboardInterrupt

    faults = Faults()
    log = Log([interrupted], fault=faults)
    with pytest.raises(KeyboardInterrupt):
        log.add(Ended(0.0, "done"))
    assert not faults.words


@pytest.mark.parametrize("key", ["12", "1", "at", "returned", "saw", "timeout", "200"])
def test_a_key_that_looks_like_part_of_a_line_leaves_the_line_as_it_is(key):
    seen, faults = [], Faults()
    returned = Returned(12, 1.12, failure="timeout", detail=f"as {KEY} has it", body={"at": [12, 1.5, None, True]})
    log = Log([seen.append], key, faults)
    log.add(returned)
    log.add(StreamBytes(1, 1.12, b'data: {"p": 0.12}\n\n'))
    assert seen[0].failure == "timeout"
    assert (seen[0].n, seen[0].at, list(seen[0].body.values())) == (12, 1.12, [[12, 1.5, None, True]])
    assert seen[2].payload == {"p": 0.12}
    assert not faults.words


def test_the_key_is_blotted_out_of_strings_and_names_at_any_depth():
    seen = []
    body = {"a": [{KEY: f"x{KEY}y"}], "n": 1}
    Log([seen.append], KEY).add(Returned(1, 0.0, status=200, date=KEY, content_type=KEY, body=body, is_json=True))
    stars = "*" * len(KEY)
    assert seen[0].body == {"a": [{stars: f"x{stars}y"}], "n": 1}
    assert (seen[0].date, seen[0].content_type) == (stars, stars)


@pytest.mark.parametrize("size", range(1, 40, 3))
def test_json_may_escape_the_slashes_of_a_key_also_in_pieces(size):
    seen = []
    log = Log([seen.append], KEY)
    slashed = KEY.replace("/", "\\/")
    text = f'data: {{"a": "{slashed}"}}\n\ndata: {slashed}\n\nfin {slashed[:9]}'.encode()
    for start in range(0, len(text), size):
        log.add(StreamBytes(1, 0.0, text[start : start + size]))
    log.add(StreamClosed(1, 0.0, "cut"))
    stars = "*" * len(KEY)
    assert [o.data for o in seen if isinstance(o, Event)] == [f'{{"a": "{stars}"}}', stars]
    stored = b"".join(o.data for o in seen if isinstance(o, StreamBytes))
    assert stored == text.replace(slashed.encode(), stars.encode())


def test_an_event_that_spells_the_key_in_escapes_is_walked():
    seen = []
    spelled = "".join(f"\\u{ord(c):04X}" for c in KEY)
    Log([seen.append], KEY).add(StreamBytes(1, 0.0, f'data: {{"{spelled}": ["{spelled}"], "n": 7}}\n\n'.encode()))
    stars = "*" * len(KEY)
    assert seen[-1].payload == {stars: [stars], "n": 7}
    assert msgspec.json.decode(seen[-1].data) == seen[-1].payload


def test_json_too_deep_to_be_searched_is_not_kept():
    deep = {"key": KEY}
    for _ in range(5000):
        deep = [deep]
    seen, faults = [], Faults()
    log = Log([seen.append], KEY, faults)
    log.add(Returned(1, 0.0, status=200, body=deep, is_json=True))
    assert "nested too deeply" in seen[0].body
    assert not faults.words


@pytest.mark.parametrize("before", range(1980, 2001))
def test_a_key_at_the_end_of_a_long_text_is_not_left_there_by_halves(before):
    class Rambling:
        def send(self, request, deadline):
            return Reply(500, (), b"x" * before + KEY.encode() + b"y" * 50, 0.0)

    seen, clock = [], VirtualClock()
    Exchanges(Rambling(), clock, Log([seen.append], KEY), 1.0).send(Sent(0, "start", 0.0, 0.0), Request("GET", "/"))
    assert len(seen[-1].body) == 2000
    assert set(seen[-1].body) <= set("xy*")


def test_a_blot_without_a_secret_changes_nothing():
    assert Blot("").out_of_bytes(b"abc") == b"abc"
    assert Blot("").out_of_json({"": [""]}) == {"": [""]}


@pytest.mark.parametrize("line", [b'{"saw":"ended","why":"\xff"}', b"\xff\xfe", b'{"saw":' + b"[" * 100_000])
def test_a_line_that_can_not_be_read_is_named(line, tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(line + b"\n")
    with pytest.raises(UsageError, match=r"x\.jsonl:1: not a line of a history"):
        list(read_history(path))


def test_a_history_of_depths_is_refused_with_its_line(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"saw":"returned","n":1,"at":0,"body":' + b"[" * 3000 + b"]" * 3000 + b"}\n")
    with pytest.raises(UsageError, match=r"x\.jsonl:1: not a line of a history"):
        list(read_history(path))


@pytest.mark.parametrize("path", [".", "file/below"])
def test_a_history_that_can_not_be_written_is_a_usage_error(path, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="no history can be written here"):
        open_history(tmp_path / path)


def test_the_folder_of_a_history_is_made(tmp_path):
    path = tmp_path / "new" / "folder" / "session.jsonl"
    assert open_history(path).close()
    assert path.read_bytes() == b""


def waited(n):
    return Waited("silence", float(n), n + 0.5, "elapsed")


@pytest.fixture(params=["writer", "draft"])
def new(request, tmp_path):
    """What makes writers of both kinds."""
    spool = Spool(tmp_path)
    return HistoryWriter if request.param == "writer" else lambda path: Draft(path, spool)


def test_a_history_is_written_in_pieces_and_in_order(tmp_path):
    path = tmp_path / "session.jsonl"
    writer = HistoryWriter(path)
    observations = [waited(n) for n in range(2000)]
    on_disk = set()
    for observation in observations:
        writer(observation)
        on_disk.add(path.stat().st_size if path.exists() else 0)
    assert len(on_disk) > 3
    writer.close()
    assert path.read_bytes() == b"".join(map(encode, observations))


def test_an_older_file_is_written_over(new, tmp_path):
    path = tmp_path / "session.jsonl"
    path.write_text("something older\n")
    writer = new(path)
    writer(waited(1))
    assert writer.close()
    assert path.read_bytes() == encode(waited(1))


@pytest.mark.parametrize("count", [1, 2000])
def test_a_history_that_nobody_wants_leaves_nothing(new, count, tmp_path):
    path = tmp_path / "session.jsonl"
    writer = new(path)
    for n in range(count):
        writer(waited(n))
    writer.discard()
    assert not list(tmp_path.iterdir())


def test_a_history_ends_where_it_could_not_be_written(tmp_path):
    path, faults = tmp_path / "folder" / "session.jsonl", Faults()
    writer = HistoryWriter(path)
    log = Log([writer], fault=faults)
    for n in range(2000):
        log.add(waited(n))
    assert len(faults.words) == 1
    path.parent.mkdir()
    for n in range(2000):
        log.add(waited(n))
    assert not writer.close()
    assert not path.exists()


# Drafts


def test_a_draft_is_no_file_before_it_is_closed(tmp_path):
    draft = Draft(tmp_path / "session.jsonl", Spool(tmp_path))
    observations = [waited(n) for n in range(2000)]
    for observation in observations:
        draft(observation)
    assert not list(tmp_path.iterdir())
    assert draft.close()
    assert draft.path.read_bytes() == b"".join(map(encode, observations))


def test_drafts_of_a_spool_do_not_mix(tmp_path):
    spool = Spool(tmp_path)
    drafts = [Draft(tmp_path / f"{n}.jsonl", spool) for n in range(6)]
    seen = [[] for _ in drafts]
    for n in range(3000):
        which = n * n % 6 if n < 2000 else 3 + n % 3
        if n == 1500:
            drafts[1].discard()
            drafts[1] = Draft(tmp_path / "1.jsonl", spool)
            seen[1].clear()
        long = Waited("silence" * (n % 97), float(n), n + 0.5, "elapsed")
        drafts[which](long)
        seen[which].append(long)
    assert all(draft.close() for draft in drafts)
    assert [draft.path.read_bytes() for draft in drafts] == [b"".join(map(encode, each)) for each in seen]


def test_a_line_longer_than_a_block_is_kept_whole(tmp_path):
    draft = Draft(tmp_path / "session.jsonl", Spool(tmp_path))
    observations = [StreamBytes(1, 0.0, bytes(size)) for size in (1, 3 * PIECE, PIECE - 200, 5, 7 * PIECE)]
    for observation in observations:
        draft(observation)
    assert draft.close()
    assert draft.path.read_bytes() == b"".join(map(encode, observations))


@pytest.mark.parametrize("end", ["close", "discard"])
def test_a_spool_grows_with_what_waits_and_not_with_the_run(tmp_path, end):
    spool, sizes = Spool(tmp_path), set()
    for number in range(20):
        drafts = [Draft(tmp_path / f"{number}-{n}.jsonl", spool) for n in range(3)]
        for n in range(1000):
            drafts[n % 3](waited(n))
        for draft in drafts:
            getattr(draft, end)()
        sizes.add(os.fstat(spool._fd).st_size)
    assert len(sizes) == 1


@pytest.mark.parametrize("written", [0, 100])
def test_a_draft_without_room_is_none(tmp_path, monkeypatch, written):
    def full(_, data, offset):
        if written:
            return written
        raise OSError(errno.ENOSPC, "No space left on device")

    spool, faults = Spool(tmp_path), Faults()
    draft, other = (Draft(tmp_path / name, spool) for name in "ab")
    log = Log([draft], fault=faults)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        for n in range(1000):
            log.add(waited(n))
    for n in range(1000):
        log.add(waited(n))
        other(waited(n))
    assert ["No space left" in fault for fault in faults.words] == [True]
    assert (draft.close(), other.close()) == (False, True)
    assert other.path.read_bytes() == b"".join(encode(waited(n)) for n in range(1000))
    assert not draft.path.exists()


def test_a_spool_closes_its_file_when_nobody_has_it(tmp_path):
    draft = Draft(tmp_path / "session.jsonl", Spool(tmp_path))
    for n in range(1000):
        draft(waited(n))
    descriptor = draft._spool._fd
    os.fstat(descriptor)
    del draft
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_what_is_frequent_waits_for_company():
    seen = []
    log = Log([seen.append], batch=3)
    sent = [Sent(n, "chunk", float(n), float(n)) for n in range(5)]
    for each in sent[:2]:
        log.add(each)
    assert not seen
    log.add(sent[2])
    assert seen == sent[:3]
    log.add(sent[3])
    log.add(StreamClosed(1, 5.0, "ended"))  # anything else is no matter of costs
    assert seen == [*sent[:4], StreamClosed(1, 5.0, "ended")]


def test_nothing_waits_while_somebody_is_to_act_on_it():
    seen = []
    log = Log([seen.append], batch=3)
    log.add(Sent(1, "chunk", 0.0, 0.0))
    with log.at_once():
        assert [each.n for each in seen] == [1]
        log.add(Sent(2, "chunk", 0.0, 0.0))
        assert [each.n for each in seen] == [1, 2]
    log.add(Sent(3, "chunk", 0.0, 0.0))
    assert [each.n for each in seen] == [1, 2]
    log.hand_on()
    assert [each.n for each in seen] == [1, 2, 3]
