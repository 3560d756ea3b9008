"""How figures went from run to run: what is kept apart, what is named and left out, and what is drawn."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.cli import main
from harness.errors import ExitCode
from harness.oracle.assessment import Assessment
from harness.oracle.ledger import Ledger
from harness.report.certificate import Certificate, Degradation, Estimate
from harness.report.environment import Environment
from harness.report.folder import write_report
from harness.report.run import Run, SloResult
from harness.report.trend.charts import charts
from harness.report.trend.page import page
from harness.report.trend.series import series

EVIL = "<script>alert(1)</script>\x1b[31m"
DAY = 86_400.0
HERE = Environment(scenario="s", system="Linux", processor="p", cores=2, python="3")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "250")


def run(day, kind="capacity", **fields):
    shared = {
        "name": "capacity",
        "host": "http://h",
        "started": 1.7e9 + day * DAY,
        "seconds": 60.0,
        "seed": 1,
        "profile": "default",
        "exit_code": 0,
        "headline": "Fine.",
        "assessment": Assessment(ledger=Ledger({"done": 100})),
        "environment": HERE,
    }
    return Run(kind, **{**shared, **fields})


def search(day, low, high, *, valid=True, **fields):
    certificate = Certificate(
        unit="sessions",
        low=low,
        best=low,
        high=high,
        confidence=0.95,
        valid=valid,
        reasons=[] if valid else ["the generator was the limit"],
        degradation=Degradation(kind="unknown", why=""),
    )
    return run(day, capacity=[certificate], **fields)


def load(day, figure=0.1, bound=0.2, **fields):
    slo = SloResult("ack.p95", "< 200 ms", "", True, "", bound, figure, 0.95 * figure, 1.05 * figure, 900)
    return run(day, "load", name="mixed", slos=[slo], **fields)


def stored(**runs):
    for name, told in runs.items():
        folder = Path("reports", name)
        folder.mkdir(parents=True)
        write_report(told, folder)


def changes(**runs):
    [one] = series(runs)
    return [entry.change for entry in one.entries]


def test_each_run_is_held_against_the_valid_one_before_it():
    told = changes(d=search(4, 86, 90), a=search(1, 98, 103), b=search(2, 40, 44, valid=False), c=search(3, 99, 104))
    assert told == [
        "the first valid one",
        "-",
        "No evidence either way.",
        "Worse: capacity -13.1% (-17.3% to -9.1%).",
    ]


def test_runs_that_are_not_alike_are_not_compared():
    other = Environment(scenario="t", system="Linux", processor="q", cores=8, python="3")
    [_, change] = changes(a=search(1, 98, 103), b=search(2, 40, 44, environment=other))
    assert change == "Not alike: the scenarios differ in what they send, or when; processor: p against q; 1 more"


def test_scenarios_are_kept_apart(capsys):
    stored(a=search(1, 98, 103), b=load(2), c=search(3, 86, 90), d=load(4, 0.2))
    assert main(["history"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert [each.title for each in series({"a": search(1, 98, 103), "b": load(2), "c": search(3, 1, 2)})] == [
        "capacity",
        "load mixed",
    ]
    assert "capacity 98 (98 to 103)" in out
    assert "ack.p95 200 ms (186 ms to 214 ms)" in out
    assert "Worse: ack.p95 +100.0%" in out


def test_what_holds_no_such_report_is_named_and_left_out(capsys):
    stored(good=search(1, 98, 103), gate=run(2, "conform", name="conform"), broken=load(3))
    Path("reports/broken/summary.json").write_text("{")
    Path("reports/foreign").mkdir()
    Path("reports/file.txt").touch()
    assert main(["history", "reports", "--html", "t.html"]) == ExitCode.OK
    out = capsys.readouterr().out
    for words in ("broken: not a report", "foreign: holds no report", "gate: a conform run without figures"):
        assert f"left out: reports/{words}" in out
        assert words in Path("t.html").read_text()
    assert "left out: reports/latest" not in out
    assert "file.txt" not in out


def test_invalid_runs_are_shown_as_such(capsys):
    stored(a=search(1, 98, 103), b=search(2, 40, 44, valid=False), c=search(3, 0, None, valid=False))
    main(["history"])
    out = capsys.readouterr().out
    assert "INVALID: the generator was the limit" in out
    assert "- (no verdict)" in out


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: "nowhere", "nowhere: expected a folder of reports: No such file"),
        (lambda: Path("file").touch() or "file", "file: expected a folder of reports: Not a directory"),
        (lambda: Path("empty").mkdir() or "empty", "empty: no report of a load run or a capacity search in it"),
        (lambda: stored(a=search(1, 98, 103)) or "reports/a", "reports/a: is a report itself; name the folder"),
        (
            lambda: stored(a=run(1, "conform", name="conform")) or "reports",
            "reports/a: a conform run without figures",
        ),
    ],
)
def test_a_folder_without_such_reports_gets_a_clear_word(make, words, capsys):
    assert main(["history", make()]) == ExitCode.USAGE
    assert words in capsys.readouterr().err


def test_a_page_that_can_not_be_written_is_named(capsys):
    stored(a=search(1, 98, 103))
    assert main(["history", "--html", "none/t.html"]) == ExitCode.USAGE
    assert "--html none/t.html: can't be written" in capsys.readouterr().err


# What is drawn


def drawn(**runs):
    [one] = series(runs)
    [chart] = charts(one)
    return chart


def test_a_line_joins_what_can_be_compared_and_never_leads_over_an_invalid_run():
    a, b, c, d = search(1, 98, 100), search(2, 90, 100), search(3, 50, 60, valid=False), search(4, 80, 90)
    [curve] = drawn(a=a, b=b, c=c, d=d).curves
    assert [part.count("L") for part in curve.path.split("M")[1:]] == [1, 0]
    other = Environment(scenario="t", system="Linux", processor="p", cores=2, python="3")
    [curve] = drawn(a=a, b=search(2, 90, 100, environment=other), d=d).curves
    assert curve.path.count("M") == 3
    [curve] = drawn(c=c).curves
    assert curve.path == ""


def test_a_dot_has_its_interval_and_an_invalid_one_its_own_look():
    chart = drawn(a=search(1, 50, 100), b=search(2, 50, None), c=search(3, 25, 50, valid=False))
    assert [(dot.look, dot.y, dot.low, dot.high) for dot in chart.dots] == [
        ("kept", 50, 50, 100),
        ("kept", 50, 50, 100),  # there is no bound above
        ("invalid", 25, 25, 50),
    ]
    assert "INVALID, 25 (25 to 50)" in chart.spots[2].title
    assert chart.spots[1].title.endswith("b: 50 (50 or more); No evidence either way.")


@pytest.mark.parametrize(("bound", "shown"), [(0.2, ["SLO: 200 ms"]), (5.0, []), (None, [])])
def test_an_slo_is_drawn_where_it_leaves_room_for_the_figures(bound, shown):
    chart = drawn(a=load(1, 0.1, bound), b=load(2, 0.1, bound))
    assert [limit.label for limit in chart.limits] == shown
    assert chart.rows[-1].label in {"200 ms", "150 ms", "120 ms"}


def test_many_runs_have_few_labels():
    chart = drawn(**{f"r{n}": search(n, 98, 103) for n in range(50)})
    assert len(chart.columns) <= 4
    assert len(chart.spots) == len(chart.dots) == 50


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.names = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        assert not any(name.startswith("on") or name == "src" for name, _ in attrs)


def test_the_page_stands_by_itself_and_nothing_foreign_acts_in_it():
    runs = {EVIL: search(1, 98, 103, name=EVIL, host=EVIL), "b": search(2, 1, 2, name=EVIL, host=EVIL, valid=False)}
    text = page(series(runs), Path(EVIL), [EVIL])
    assert "script" not in Tags(text).names
    assert "\x1b" not in text
    assert not re.search(r"(?:href|url)\W+https?:", text)
    assert "prefers-color-scheme: dark" in text
    assert Tags(text).names.count("figure") == 1


def test_figures_are_kept_as_they_were():
    [one] = series({"a": search(1, 98, 103), "b": search(2, 98, None)})
    assert [entry.figures["capacity"].value for entry in one.entries] == [
        Estimate(98.0, 98.0, 103.0),
        Estimate(98.0, 98.0, float("inf")),
    ]
