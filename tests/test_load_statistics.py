"""What Locust is told of broken requirements and of steps that fail."""

from harness.load.measures.statistics import Statistics
from harness.oracle.judge import Finding


def finding(requirement, happened):
    return Finding(requirement, "s", "quick", 1, 0.5, "it is refused", happened)


def told(*findings):
    entries = []
    statistics = Statistics(lambda **entry: entries.append(entry))
    for each in findings:
        statistics.broken(each)
    return entries


def test_an_entry_for_each_finding():
    entries = told(finding("CHUNK-3", "answered 200"), finding("CHUNK-2", "5, not 4"))
    assert [(e["request_type"], e["name"], e["response_time"]) for e in entries] == [
        ("CHECK", "CHUNK-3", None),
        ("CHECK", "CHUNK-2", None),
    ]
    assert str(entries[0]["exception"]) == "expected: it is refused; happened: answered 200"


def test_locust_gets_few_different_texts_for_one_entry():
    entries = told(*(finding("CHUNK-2", f"{total} bytes") for total in range(100)))
    texts = {repr(e["exception"]) for e in entries}
    assert (len(entries), len(texts)) == (100, 6)
    assert "further texts: see the report" in texts


def test_hostile_text_has_no_power():
    [entry] = told(finding("EVENT-1", "\x1b[31m\n" + "x" * 10_000))
    shown = str(entry["exception"])
    assert shown.isprintable()
    assert len(shown) < 400
