"""The time course of a load run in its report: what is drawn, and what stands in the files."""

import json
import re
from pathlib import Path

import pytest

from harness.oracle.assessment import Assessment
from harness.report.axis import Linear, Logarithmic, Time, clock
from harness.report.charts import charts
from harness.report.course import Figures, Health, Slice
from harness.report.markdown import markdown
from harness.report.page import page
from harness.report.run import Run, SloResult
from harness.report.summary import summary


def piece(n, length=2.0, **fields):
    figures = {"ack": Figures(9, 0.004, 0.01, 0.02 + n / 1000, 0.05)}
    return Slice(start=n * length, length=length, **{"figures": figures, **fields})


def run(*course, **fields):
    shared = {
        "name": "mixed",
        "host": "http://127.0.0.1:1",
        "started": 1.7e9,
        "seconds": 12.0,
        "seed": 1,
        "profile": "default",
        "exit_code": 0,
        "headline": "Fine.",
        "assessment": Assessment(),
        "course": list(course),
    }
    return Run("load", **{**shared, **fields})


def drawn(title, *course, **fields):
    [chart] = [chart for chart in charts(run(*course, **fields)) if chart.title == title]
    return chart


def points(curve):
    """The points of a curve, as they stand in its path; a part that is not joined to the one before begins anew."""
    return [
        [tuple(map(float, step.split())) for step in re.split("L", part.replace("h.01", ""))]
        for part in re.findall(r"M([^M]+)", curve.path)
    ]


def test_a_curve_goes_from_the_middle_of_each_slice_to_that_of_the_next():
    chart = drawn("Sessions in flight", piece(0, live=0), piece(1, live=5), piece(2, live=10), piece(3, live=10))
    [curve] = chart.curves
    assert points(curve) == [[(12.5, 100), (37.5, 50), (62.5, 0), (87.5, 0)]]


def test_where_nothing_was_measured_it_is_broken():
    chart = drawn("ack", piece(0), piece(1, figures={}), piece(2), piece(3))
    assert [len(part) for part in points(chart.curves[0])] == [1, 2]
    assert [spot.title for spot in chart.spots][1] == "0:02 to 0:04: nothing"


def test_rates_are_by_the_second_however_long_a_slice_is():
    chart = drawn("Traffic", piece(0, chunks=8), Slice(start=2.0, length=8.0, chunks=32, events=8))
    assert "chunks 4/s" in chart.spots[0].title
    assert chart.spots[1].title == "0:02 to 0:10: chunks 4/s, events 1/s"


def test_a_slice_tells_its_figures():
    assert drawn("ack", piece(0), piece(1)).spots[0].title == "0:00 to 0:02: p50 4 ms, p95 10 ms, p99 20 ms"


def test_an_slo_is_drawn_where_it_speaks_of_what_is_drawn():
    slo = SloResult("ack.p99", "< 500 ms", "20 ms", True, "", 0.5)
    [limit] = drawn("ack", piece(0), piece(1), slos=[slo]).limits
    assert limit.label == "SLO, over the whole run: p99 < 500 ms"
    assert limit.at == 100  # it is the greatest of all that is drawn
    assert drawn("Traffic", piece(0), piece(1), slos=[slo]).limits == []


def test_a_measure_is_drawn_if_an_slo_speaks_of_it():
    course = [piece(n, figures={"drain": Figures(1, 0.1, 0.1, 0.1, 0.1)}) for n in range(2)]
    slo = SloResult("drain.p95", "< 2 s", "100 ms", True, "", 2.0)
    assert "drain" not in {chart.title for chart in charts(run(*course))}
    assert drawn("drain", *course, slos=[slo]).limits


def test_a_threshold_that_is_no_time_is_not_drawn():
    slo = SloResult("session.success", "≥ 99.5%", "100%", True)
    assert not any(chart.limits for chart in charts(run(piece(0), piece(1), slos=[slo])))


def test_the_generators_health_is_drawn_where_it_is_known():
    health = Health(cpu=0.5, loop_lag=0.003, memory=300_000_000, files=70)
    titles = {chart.title for chart in charts(run(piece(0, health=health), piece(1, health=health)))}
    assert {title for title in titles if "process" in title} == {
        "CPU of the generator's busiest process",
        "Memory of the generator's largest process",
        "Open files of the process that has most",
    }
    assert not any("process" in chart.title for chart in charts(run(piece(0), piece(1))))
    chart = drawn("Memory of the generator's largest process", piece(0, health=health), piece(1, health=health))
    assert chart.spots[0].title.endswith("resident 300 MB")


def test_the_warm_up_is_shown():
    assert drawn("ack", piece(0), piece(1), warm_up=1.0).warm_up == 25
    text = page(run(piece(0), piece(1), warm_up=1.0), Path("nowhere"))
    assert 'class="warm-up" width="25.0%"' in text
    assert 'class="warm-up"' not in page(run(piece(0), piece(1)), Path("nowhere"))


@pytest.mark.parametrize("count", [0, 1])
def test_a_run_without_a_course_has_no_charts(count):
    shown = run(*(piece(n) for n in range(count)))
    assert charts(shown) == []
    assert "Time course" not in page(shown, Path("nowhere"))


def test_the_page_of_a_long_run_is_whole_and_of_bounded_size():
    health = Health(cpu=0.123456, loop_lag=0.0012345, memory=312_345_678, files=18_123)
    course = [piece(n, 6.0, live=9_000 + n, chunks=27_123, events=39_456, health=health) for n in range(300)]
    text = page(run(*course), Path("nowhere"))
    assert len(text) < 700_000
    paths = re.findall(r'<path class="curve-\d" d="([^"]+)"', text)
    assert {path.count("L") for path in paths} == {299}


def test_the_summary_has_the_course():
    told = json.loads(summary(run(piece(0, live=3, ended={"done": 1}), piece(1), warm_up=1.5)))
    assert told["schema"] == 2
    assert told["warm_up"] == 1.5
    assert [(each["start"], each["live"], each["ended"]) for each in told["course"]] == [
        (0, 3, {"done": 1}),
        (2, 0, {}),
    ]
    assert told["course"][0]["figures"]["ack"]["p95"] == 0.01


def test_the_markdown_has_it_in_a_few_rows():
    course = [piece(n, live=n, started=2, failed=1, findings=n == 7) for n in range(100)]
    rows = [line.strip("| ").split(" | ") for line in markdown(run(*course)).splitlines() if re.match(r"\| \d+:", line)]
    assert len(rows) == 10
    assert rows[0] == ["0:00 to 0:20", "9", "1", "0", "0", "29 ms", "-", "-", "10", "1"]
    assert rows[-1][1] == "99"


def test_the_markdown_of_a_run_without_a_course_has_none():
    assert "Starts/s" not in markdown(run())


def test_counts_have_round_marks():
    assert [mark.label for mark in Linear(9_000).marks] == ["5,000", "10,000"]
    assert [mark.label for mark in Linear(1, "/s").marks] == ["0.5/s", "1/s"]
    assert [mark.label for mark in Linear(0.61, "%").marks] == ["20%", "40%", "60%", "80%"]
    assert Linear(0).marks[-1].label == "1"


def test_times_have_marks_by_powers_of_ten():
    assert [mark.label for mark in Logarithmic(0.003, 4.0).marks] == ["10 ms", "100 ms", "1 s"]
    assert [mark.label for mark in Logarithmic(0.003, 0.018).marks] == ["2 ms", "5 ms", "10 ms", "20 ms"]


def test_all_times_lie_on_their_axis():
    for low, high in ((1e-6, 1e-6), (0.004, 0.004), (0.02, 0.5), (0.001, 3_600.0)):
        axis = Logarithmic(low, high)
        assert 0 <= axis(low) <= axis(high) <= 100
        assert len(axis.marks) >= 2


def test_the_time_has_few_marks_however_long_the_run_is():
    assert [mark.label for mark in Time(24).marks] == ["0:00", "0:05", "0:10", "0:15", "0:20"]
    assert [mark.label for mark in Time(1_800).marks] == ["0:00", "5:00", "10:00", "15:00", "20:00", "25:00", "30:00"]
    for seconds in (2, 60, 7_200, 28_800, 86_400):
        assert 2 <= len(Time(seconds).marks) <= 7


def test_the_clock():
    assert [clock(seconds) for seconds in (0, 80.9, 3_720)] == ["0:00", "1:20", "1:02:00"]
