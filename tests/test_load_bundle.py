"""Files that workers may not have."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.load.cluster import bundle
from harness.load.cluster.bundle import pack
from harness.load.workload import load_workload


@pytest.fixture
def master_files(tmp_path, monkeypatch):
    """A load file with a call beside it, and that with audio of the user's own; and the folder of a worker."""
    here = tmp_path / "master"
    (here / "mine").mkdir(parents=True)
    speech = load_workload("plain").mix[0][0].audio.for_session(0)
    (here / "mine" / "speech.wav").write_bytes(speech.data)
    (here / "mine" / "load.yaml").write_text("load: mine\nmix: {spoken: 1, ../other.yaml: 2, plain: 1}\n")
    (here / "mine" / "spoken.yaml").write_text("call: spoken\naudio: {file: speech.wav}\nsteps: [start]\n")
    (here / "other.yaml").write_text("call: other\nsteps: [start]\n")
    (tmp_path / "worker").mkdir()
    monkeypatch.chdir(here)
    return tmp_path


def packed():
    workload = load_workload("mine/load.yaml")
    return pack("mine/load.yaml", None, [call for call, _ in workload.mix])


def test_a_worker_gets_the_texts_and_finds_its_audio(master_files, monkeypatch):
    sent = packed()
    assert sorted(sent.texts) == ["mine/../other.yaml", "mine/load.yaml", "mine/spoken.yaml"]
    monkeypatch.chdir(master_files / "worker")
    Path("mine").mkdir()
    (master_files / "master" / "mine" / "speech.wav").rename("mine/speech.wav")
    sent.unpack(master_files / "unpacked")
    workload = load_workload(sent.here("mine/load.yaml", master_files / "unpacked"))
    assert [call.name for call, _ in workload.mix] == ["spoken", "other", "plain"]
    assert workload.mix[0][0].audio.for_session(0).digest == sent.audio["mine/speech.wav"]


def test_audio_that_a_worker_lacks_or_has_otherwise_is_named(master_files, monkeypatch):
    sent = packed()
    monkeypatch.chdir(master_files / "worker")
    with pytest.raises(UsageError, match=r"mine/speech\.wav: can't be read \(No such file"):
        sent.unpack(master_files / "unpacked")
    Path("mine").mkdir()
    Path("mine/speech.wav").write_bytes((master_files / "master/mine/speech.wav").read_bytes()[:-2000])
    with pytest.raises(UsageError, match=r"mine/speech\.wav: is another audio than the master's"):
        sent.unpack(master_files / "unpacked again")


def test_shipped_files_and_names_need_no_sending():
    assert pack("mixed", "sandbox", [call for call, _ in load_workload("mixed").mix]).texts == {}


def test_another_version_of_the_harness_is_refused(tmp_path, monkeypatch):
    sent = pack("plain", None, [])
    monkeypatch.setattr(bundle, "__version__", "9.9")
    with pytest.raises(UsageError, match=r"the master has harness .*, and this worker 9\.9"):
        sent.unpack(tmp_path)
