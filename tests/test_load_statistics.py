"""What Locust is told of broken requirements and of steps that fail."""

from harness.load.statistics import Statistics
from harness.oracle.judge import Finding


class Judged:
    """A judge that has found something."""

    def __init__(self, *findings):
        self.findings = [
            Finding(requirement, "s", "quick", 1, 0.5, "it is refused", happened) for requirement, happened in findings
        ]


def told(*judged):
    entries = []
    statistics = Statistics(lambda **entry: entries.append(entry))
    for judge in judged:
        statistics.broken(judge)
    return entries


def test_one_entry_for_each_requirement_that_a_session_broke():
    entries = told(Judged(("CHUNK-3", "answered 200"), ("CHUNK-2", "5, not 4"), ("CHUNK-3", "answered 201")))
    assert sorted((e["request_type"], e["name"], e["response_time"]) for e in entries) == [
        ("CHECK", "CHUNK-2", None),
        ("CHECK", "CHUNK-3", None),
    ]
    texts = {e["name"]: str(e["exception"]) for e in entries}
    assert texts["CHUNK-3"] == "expected: it is refused; happened: answered 200"


def test_each_session_counts():
    assert len(told(*[Judged(("CHUNK-3", "answered 200"))] * 3)) == 3


def test_a_session_without_findings_says_nothing():
    assert told(Judged()) == []


def test_locust_gets_few_different_texts_for_one_entry():
    entries = told(*(Judged(("CHUNK-2", f"{total} bytes")) for total in range(100)))
    texts = {repr(e["exception"]) for e in entries}
    assert (len(entries), len(texts)) == (100, 6)
    assert "further texts: see the report" in texts


def test_hostile_text_has_no_power():
    [entry] = told(Judged(("EVENT-1", "\x1b[31m\n" + "x" * 10_000)))
    shown = str(entry["exception"])
    assert shown.isprintable()
    assert len(shown) < 400
