"""What workers tell, piece by piece: it adds up, and what is missing is missed."""

import msgspec

from harness.load.cluster.gathering import Gathering, Piece
from harness.load.measures.times import Times
from harness.load.part import Part
from harness.oracle.account import Account, Who
from harness.oracle.assessment import Assessment
from harness.oracle.company import Company
from harness.oracle.ledger import Ledger
from harness.oracle.verdicts import Verdict


def part(*, started=1, unanswered=0):
    """What a worker may have seen."""
    ledger = Ledger(sessions={"done": started}, requests={"start": started})
    return Part(assessment=Assessment(ledger=ledger), unanswered=unanswered)


def piece(number, *, last=False, times=(), **seen):
    counted = Times()
    for seconds in times:
        counted.record("ack", 0.0, seconds)
    return Piece(number, part(**seen), counted.counts, last)


def test_pieces_of_what_workers_saw_add_up():
    gathering = Gathering()
    gathering.add("a", piece(0, started=2, times=[0.1, 0.2]), 5.0)
    gathering.add("b", piece(0, started=3, times=[0.3], last=True), 5.0)
    gathering.add("a", piece(1, started=4, times=[0.4], last=True), 9.0)
    assert gathering.whole().assessment.ledger.sessions == {"done": 9}
    assert sum(gathering.times["ack"].values()) == 4
    assert gathering.through == {"a", "b"}


def test_a_worker_that_was_lost_leaves_what_it_told():
    gathering = Gathering()
    gathering.add("a", piece(0, started=2), 12.0)
    assert gathering.whole().assessment.ledger.sessions == {"done": 2}
    assert gathering.through == set()
    assert "what it told in its first 12 s is in this report" in gathering.became("a")
    assert "told nothing" in gathering.became("b")


def test_a_piece_that_never_came_is_missed():
    gathering = Gathering()
    gathering.add("a", piece(0), 5.0)
    gathering.add("a", piece(2, last=True), 15.0)
    assert gathering.through == set()


def test_the_sut_is_gone_when_no_worker_reached_it_at_the_end():
    gathering = Gathering()
    gathering.add("a", piece(0, unanswered=7), 5.0)
    gathering.add("b", piece(0, unanswered=4, last=True), 5.0)
    assert gathering.whole().unanswered == 4
    gathering.add("a", piece(1, started=0, unanswered=0, last=True), 9.0)  # its last requests got their answers
    assert gathering.whole().unanswered == 0


def test_an_id_that_sessions_of_two_workers_have_is_found_out():
    gathering = Gathering()
    for worker, session in (("a", "1"), ("b", "2"), ("c", "1")):
        company = Company()
        company.add(Account(Who(f"quick-{worker}", "quick", 1), session=session))
        told = msgspec.msgpack.encode(Piece(0, Part(assessment=Assessment(company=company)), {}, last=True))
        gathering.add(worker, msgspec.msgpack.decode(told, type=Piece), 5.0)
    assessment = gathering.whole().assessment
    assessment.compare_sessions()
    assert assessment.verdict("START-4") is Verdict.FAIL
    [finding] = assessment.findings
    assert (finding.session, "quick-a" in finding.happened) == ("quick-c", True)
