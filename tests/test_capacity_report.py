"""What a capacity search found, in its reports."""

import base64
import hashlib
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from harness.cli import main
from harness.errors import ExitCode, UsageError
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding, Tally
from harness.report.capacity.charts import charts
from harness.report.capacity.trace import trace
from harness.report.capacity.verdict import first, interval
from harness.report.capacity.words import allowance, amount, aside, boundary, held, span
from harness.report.capacity.words import outcome as word
from harness.report.certificate import Attainment, Certificate, Degradation, Estimate, Level, Usl
from harness.report.charts import charts as course_charts
from harness.report.console import print_capacity
from harness.report.course import Figures, Slice
from harness.report.environment import Environment
from harness.report.folder import write_report
from harness.report.markdown import markdown
from harness.report.page import page as page_of
from harness.report.run import SCHEMA, Run
from harness.report.schema import schema
from harness.report.stored import read_report
from harness.report.summary import summary

EVIL = (
    "<script>alert(1)</script>'\" onload=x \x1b[31m |a| `c` @octocat {{ 7*7 }} \u202egnp </title></svg> ]]>"
    + "A" * 9_000
)

LAG = "growing lag"
SLOW = "lag.final_transcript.p95"
TRIED = (
    # level, purpose, outcome, seconds: ramp and settle, hold; ack p99, lag p95, share of success; binding
    (8, "rise", "kept", 6, 30, 0.021, 0.41, 1.0, ""),
    (16, "rise", "kept", 6, 30, 0.022, 0.42, 1.0, ""),
    (32, "rise", "kept", 6, 30, 0.022, 0.42, 1.0, ""),
    (64, "rise", "kept", 6, 30, 0.024, 0.43, 1.0, ""),
    (128, "rise", "kept", 7, 30, 0.026, 0.45, 1.0, ""),
    (256, "rise", "kept", 8, 30, 0.031, 0.49, 1.0, ""),
    (512, "rise", "kept", 10, 30, 0.043, 0.62, 1.0, ""),
    (1024, "rise", "kept", 14, 30, 0.091, 1.31, 0.9994, ""),
    (2048, "rise", "missed", 9, 8, 0.890, 34.0, 0.71, LAG),
    (1536, "bisection", "missed", 11, 9, 0.610, 21.0, 0.88, LAG),
    (1280, "bisection", "missed", 12, 14, 0.310, 7.8, 0.981, SLOW),
    (1152, "bisection", "kept", 14, 34, 0.140, 2.30, 0.9981, ""),
    (1216, "bisection", "invalid", 13, 12, 0.700, 4.2, 0.99, ""),
    (1216, "repeat", "missed", 14, 28, 0.210, 4.1, 0.9962, SLOW),
    (1184, "bisection", "unresolved", 14, 40, 0.170, 2.98, 0.9974, ""),
    (1184, "repeat", "missed", 13, 44, 0.180, 3.41, 0.9971, SLOW),
    (1152, "repeat", "unresolved", 13, 40, 0.150, 2.81, 0.9975, ""),
    (1152, "repeat", "kept", 12, 40, 0.145, 2.42, 0.9979, ""),
    (1184, "repeat", "missed", 12, 38, 0.190, 3.55, 0.9968, SLOW),
    (1168, "bisection", "unresolved", 14, 40, 0.160, 2.95, 0.9972, ""),
    (1168, "repeat", "kept", 13, 46, 0.155, 2.66, 0.9976, ""),
    (1184, "repeat", "missed", 14, 36, 0.185, 3.48, 0.9970, SLOW),
    (1168, "repeat", "kept", 13, 44, 0.158, 2.71, 0.9974, ""),
)
WHY = {
    "kept": "every SLO is met with 95% confidence, and nothing was broken",
    "missed": "lag.final_transcript.p95 is surely above 3 s",
    "unresolved": "lag.final_transcript.p95 may be on either side of 3 s",
    "invalid": "the generator, not the API, was the limit: it waited for a CPU 61% of the time",
}


def levels(scale=1.0, target="", why=WHY):
    told, at = [], 0.0
    for number, (tried, purpose, outcome, settle, hold, ack, lag, success, binding) in enumerate(TRIED, start=1):
        level = tried * scale
        live, samples = level * 0.98, int(level * hold / 2)
        told.append(
            Level(
                number=number,
                target=target,
                level=round(level),
                purpose=purpose,
                outcome=outcome,
                why=why[outcome],
                binding=binding,
                early=hold < 30,
                began=at,
                settled=at + settle,
                ended=at + settle + hold,
                live=live,
                chunks=0.49 * level / (1 + 3.1e-7 * level**2) * (1 + number % 3 / 100),
                events=live * 0.7,
                failed=(1 - success) * live / 20,
                trouble={"chunk: timeout": 12} if success < 0.99 else {},
                sessions={"done": int(live), "failed": int(live * (1 - success))},
                figures={
                    "ack": Figures(samples, ack / 8, ack / 2, ack, ack * 3),
                    "start": Figures(samples // 9, ack / 4, ack / 2, ack, ack * 2),
                    "lag.final_transcript": Figures(samples // 3, lag / 2, lag, lag * 1.4, lag * 2),
                    "lag.emotion": Figures(samples // 5, lag / 3, lag * 0.8, lag, lag * 1.5),
                },
                attainments=[
                    slo("ack.p99", "< 500 ms", 0.5, ack, samples),
                    slo(SLOW, "< 3 s", 3.0, lag, samples // 3),
                    slo("session.success", "≥ 99.5%", 0.995, success, int(live)),
                    Attainment(
                        measure="findings", threshold="= 0", bound=0.0, value=float(level >= 1536), met=level < 1536
                    ),
                ],
                broken=["CHUNK-2"] if level >= 1536 else [],
            )
        )
        at = told[-1].ended + 2.0
    return told


def slo(measure, threshold, bound, value, samples):
    share = measure == "session.success"
    low, high = (value * 0.999, min(value * 1.0005, 1.0)) if share else (value * 0.92, value * 1.08)
    met = (
        (low >= bound or (None if high >= bound else False))
        if share
        else (high < bound or (None if low < bound else False))
    )
    shared = {"low": low, "high": high, "samples": samples, "effective": samples / 12, "met": met}
    return Attainment(measure=measure, threshold=threshold, bound=bound, value=value, **shared)


def certificate(scale=1.0, target="", **fields):
    shared = {
        "unit": "sessions",
        "low": round(1168 * scale),
        "best": round(1176 * scale),
        "high": round(1184 * scale),
        "confidence": 0.95,
        "binding": SLOW,
        "limiting": "events came late while acks stayed fast: the analysis behind the API was the limit, not its front",
        "throughput": 396.2 * scale,
        "breaks": {"CHUNK-2": 1536.0 * scale},
        "degradation": Degradation(
            kind="cliff", why="8% more sessions than the capacity make the lag three times as long"
        ),
        "usl": Usl(
            rate=Estimate(0.48, 0.49, 0.5),
            contention=Estimate(0.0, 0.00002, 0.00006),
            coherency=Estimate(2e-7, 3.1e-7, 4.5e-7),
            peak=Estimate(1490 * scale, 1795 * scale, 2230 * scale),
            error=0.021,
        ),
        "levels": levels(scale, target),
        "target": target,
    }
    return Certificate(**{**shared, **fields})


def run(*certificates, **fields):
    last = max((level.ended for each in certificates for level in each.levels), default=10.0)
    course = [
        Slice(
            start=10.0 * n,
            length=10.0,
            live=20 * n,
            chunks=90 * n,
            events=120 * n,
            figures={
                "ack": Figures(900, 0.01, 0.02, 0.03 + n / 1e3, 0.4),
                "lag.final_transcript": Figures(90, 0.4, 0.9, 1.1, 2.0),
            },
        )
        for n in range(int(last / 10))
    ]
    trail = ()
    shared = {
        "name": "mixed",
        "host": "http://127.0.0.1:1",
        "started": 1.7e9,
        "seconds": last,
        "seed": 7,
        "profile": "default",
        "exit_code": 0,
        "headline": "Holds 1,168 live sessions; lag.final_transcript.p95 is missed first.",
        "assessment": Assessment(
            tallies={"CHUNK-2": Tally(99_000, 3, 0), "START-1": Tally(12_000, 0, 0)},
            findings=[Finding("CHUNK-2", "s-1", "coaching", 7, 2.0, "a total of 9", "a total of 8", trail)],
        ),
        "course": course,
        "capacity": [*certificates],
    }
    return Run("capacity", **{**shared, **fields})


def page(told):
    return page_of(told, Path("nowhere"))


def printed(told, width=100):
    console = Console(file=io.StringIO(), width=width)
    print_capacity(told, console)
    return console.file.getvalue()


def hostile():
    """Every string that a server or a file may have a part in."""
    bad = certificate(
        target=EVIL,
        binding=EVIL,
        limiting=EVIL,
        valid=False,
        reasons=[EVIL],
        degradation=Degradation(kind="slope", why=EVIL),
        no_usl=EVIL,
        usl=None,
        levels=[
            msgspec.structs.replace(
                level,
                target=EVIL,
                why=EVIL,
                binding=EVIL,
                broken=[EVIL],
                trouble={EVIL: 3},
                sessions={EVIL: 1},
                figures=level.figures | {EVIL: Figures(3, 0.1, 0.2, 0.3, 0.4)},
                attainments=[
                    *level.attainments,
                    Attainment(measure=EVIL, threshold=EVIL, bound=1.0, value=0.5, why=EVIL),
                ],
            )
            for level in levels()
        ],
    )
    return run(bad, bad, headline=EVIL, notes=[EVIL], name=EVIL, host=EVIL)


class Parsed(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data)


def words(text):
    """What a reader sees of a page."""
    bare = re.sub(r"(?s)<style>.*?</style>|<script>.*?</script>", "", text)
    return " ".join("".join(Parsed(bare).texts).split())


# Nothing that a server sends acts


def test_hostile_text_does_nothing_in_the_page():
    text = page(hostile())
    parsed = Parsed(text)
    assert parsed.tags.count("script") == 1
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert not [value for name, value in parsed.attributes if name in {"href", "src"} and ":" in value]
    assert "<script>alert(1)</script>" in "".join(parsed.texts)
    assert "{{ 7*7 }}" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "A" * 1_000 not in text


def test_no_script_runs_but_that_of_the_page():
    text = page(hostile())
    [script] = re.findall(r"(?s)<script>(.*?)</script>", text)
    [policy] = [value for name, value in Parsed(text).attributes if name == "content" and "default-src" in value]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; " in policy
    assert "innerHTML" not in script


def test_hostile_text_does_nothing_in_markdown_or_on_the_console():
    text, shown = markdown(hostile()), printed(hostile(), 20_000)
    for told in (text, shown):
        assert "\x1b" not in told
        assert "\u202e" not in told
        assert "A" * 1_000 not in told
    assert not re.search(r"(?<!\\)<script|@\w", text)
    for rows in re.findall(r"(?m)(?:^\|.*\n)+", text):
        assert len({row.count("|") for row in rows.splitlines()}) == 1


# What they tell


@pytest.mark.parametrize("tell", [lambda told: words(page(told)), markdown, printed])
def test_the_verdict_is_told_with_its_interval_and_what_gave_first(tell):
    text = " ".join(tell(run(certificate())).replace("\\", "").split())
    for told in (
        "1,168 live sessions",
        "held at 1,168, and no longer at 1,184: each verdict on a level with 95% confidence",
        "lag.final_transcript.p95: 3.48 s at 1,184 (SLO: < 3 s)",
        "the analysis behind the API was the limit",
        "8% more sessions",
    ):
        assert told in text


@pytest.mark.parametrize("tell", [lambda told: words(page(told)), markdown, printed])
def test_a_certificate_that_is_not_valid_says_so_and_why(tell):
    told = certificate(valid=False, reasons=["a worker was lost"])
    text = tell(run(told)).lower()
    assert "not valid" in text
    assert "a worker was lost" in text


@pytest.mark.parametrize(
    ("low", "high", "figure", "sentence"),
    [
        (1168.0, 1184.0, "1,168", "held at 1,168, and no longer at 1,184"),
        (9000.0, None, "9,000 or more", "nothing was missed at any level"),
        (0.0, 8.0, "fewer than 8", "the lowest at which they did not is 8"),
        (0.0, None, "- (no verdict)", "No level was decided."),
    ],
)
def test_the_figure_says_no_more_than_was_found(low, high, figure, sentence):
    told = certificate(low=low, high=high)
    assert " ".join(held(told)).removesuffix(" live sessions") == figure
    assert sentence in interval(told)
    assert figure in words(page(run(told)))


def test_a_level_is_told_by_its_figure():
    assert [amount(level) for level in (8, 12.5, 99.96, 1168.0)] == ["8", "12.5", "100", "1,168"]


@pytest.mark.parametrize(
    ("measure", "bound", "value", "share"),
    [
        ("ack.p99", 0.5, 0.25, "50%"),
        ("session.success", 0.995, 0.9975, "50% of the failures"),
        ("session.success", 0.995, 1.0, "0% of the failures"),
        ("session.success", 1.0, 0.9, "-"),
        ("findings", 0.0, 3.0, "-"),
        ("ack.p99", 0.5, None, "-"),
        ("ack.p99", 0.5, 34.0, "6,800%"),
    ],
)
def test_how_much_is_used_of_what_an_slo_allows(measure, bound, value, share):
    assert allowance(Attainment(measure=measure, threshold="", bound=bound, value=value)) == share


def test_a_requirement_that_gave_first_is_told_with_its_level():
    broke = [msgspec.structs.replace(level, binding="CHUNK-2") for level in levels() if level.outcome == "missed"]
    assert first(certificate(binding="CHUNK-2", levels=broke)) == "CHUNK-2 at 1,184"


def tried(*levels_):
    """From the number of sessions and the outcome of each level."""
    given = [{"level": float(level), "outcome": outcome} for level, outcome in levels_]
    pairs = enumerate(zip(levels(), given, strict=False), start=1)
    return [msgspec.structs.replace(level, number=n, **fields) for n, (level, fields) in pairs]


@pytest.mark.parametrize(
    "levels_",
    [
        [(60, "kept"), (62, "missed"), (64, "missed"), (62, "unresolved"), (62, "unresolved")],
        [(60, "kept"), (62, "kept"), (64, "missed"), (62, "unresolved")],
        [(8, "missed"), (64, "missed"), (60, "kept"), (8, "unresolved")],
    ],
)
def test_what_was_taken_back_later_is_no_boundary(levels_):
    told = certificate(low=60.0, high=64.0, best=62.0, binding=SLOW, levels=tried(*levels_))
    assert [(level.level, level.outcome) for level in boundary(told)] == [(60, "kept"), (64, "missed")]
    assert " at 64 " in first(told)


def test_without_a_bound_nothing_first():
    told = certificate(
        low=60.0, high=None, best=60.0, binding="", levels=tried((64, "missed"), (64, "unresolved"), (60, "kept"))
    )
    assert [level.level for level in boundary(told)] == [60]
    assert first(told) == ""


@pytest.mark.parametrize("tell", [lambda told: words(page(told)), markdown])
def test_the_interval_stands_beside_the_figure(tell):
    assert "1,168 live sessions, 1,168 to 1,184" in tell(run(certificate())).replace("*", "")
    assert (span(certificate(high=None)), span(certificate(low=0.0))) == ("", "")


@pytest.mark.parametrize("tell", [lambda told: words(page(told)), markdown, printed])
def test_what_the_headline_says_is_not_said_again(tell):
    limit = certificate().limiting
    for headline in (f"Holds 1,168 live sessions, not 1,184: lag grows there, since {limit}.", "Holds 1,168."):
        assert " ".join(tell(run(certificate(), headline=headline)).split()).count(limit) == 1


def test_every_level_is_in_the_table_with_its_outcome():
    text = page(run(certificate()))
    [rows] = re.findall(r'(?s)<table class="levels">(.*?)</table>', text)
    signs = re.findall(r'<span class="badge \w+">(.) (\w+)</span>', rows)
    assert signs == [
        ({"kept": "●", "missed": "✕", "unresolved": "◇", "invalid": "□"}[tried[2]], tried[2]) for tried in TRIED
    ]


def test_conformance_under_load_names_where_a_requirement_broke_first():
    assert "CHUNK-2" in words(page(run(certificate()))).partition("Conformance under load")[2]
    assert "1,536 live sessions" in words(page(run(certificate())))
    whole = run(certificate(breaks={}), assessment=Assessment())
    assert "No requirement was broken at any level that was tried." in words(page(whole))


@pytest.mark.parametrize("levels_", [[], levels()[:1]])
def test_a_search_that_was_cut_short_has_a_page(levels_):
    nothing = {
        "low": 0.0,
        "best": 0.0,
        "high": None,
        "binding": "",
        "usl": None,
        "no_usl": "too few levels",
        "breaks": {},
    }
    short = run(certificate(**nothing, levels=levels_, degradation=Degradation(kind="unknown", why="")))
    assert "No level was decided." in words(page(short))
    assert "too few levels" in words(page(short))
    assert "No level was decided." in markdown(short)
    assert "No level was decided." in printed(short)


def test_two_deployments_stand_side_by_side_on_the_same_axes():
    two = [certificate(target="https://a.example"), certificate(0.5, target="https://b.example")]
    text = words(page(run(*two)))
    assert "https://a.example" in text
    assert "584 live sessions" in text
    drawn = charts(two)
    for ours, theirs in zip(drawn[::2], drawn[1::2], strict=True):
        assert ours.title.removesuffix("https://a.example") == theirs.title.removesuffix("https://b.example")
        assert (ours.rows, ours.columns) == (theirs.rows, theirs.columns)


def test_a_capacity_that_is_too_small_has_broken_nothing():
    small = run(certificate(breaks={}), exit_code=ExitCode.BROKEN, assessment=Assessment())
    assert "1 (SLO MISSED)" in words(page(small))


def test_the_page_says_where_it_was_driven_from():
    where = Environment(system="Linux x86_64", processor=EVIL, cores=2, python="CPython 3.11", settings={"users": "9"})
    text = page(run(certificate(), environment=where))
    assert "driven from 2 cores of" in words(text).replace("driven from", "driven from ").replace("  ", " ")
    assert "<script>alert(1)" not in text


TELL = [lambda told: words(page(told)), markdown, printed]


@pytest.mark.parametrize("tell", TELL)
def test_what_was_tried_in_haste_is_no_verdict(tell):
    hasty = [msgspec.structs.replace(level, provisional=True) for level in levels()[:9]]
    assert [word(level) for level in hasty] == ["passed"] * 8 + ["failed"]
    text = " ".join(tell(run(certificate(levels=[*hasty, *levels()[9:]]))).split())
    for told in ("● passed", "✕ failed", "● kept", "✕ missed"):
        assert told in text


def test_a_level_that_only_passed_is_no_boundary():
    first_, last = (msgspec.structs.replace(level, level=64.0) for level in levels()[:2])
    told = certificate(low=64.0, high=None, levels=[first_, msgspec.structs.replace(last, provisional=True)])
    assert boundary(told) == [first_]


@pytest.mark.parametrize("tell", TELL)
def test_what_was_missed_and_is_no_slo_stands_beside_the_slos(tell):
    grew = "lag.emotion grew by 496 ms in 32 s, without end"
    tried_ = [
        msgspec.structs.replace(level, binding=LAG, why=grew) if level.level == 1184 else level for level in levels()
    ]
    told = certificate(binding=LAG, levels=tried_)
    assert aside(boundary(told)) == [LAG, "none seen", grew]
    assert "none seen" in tell(run(told))
    assert aside(boundary(certificate())) == aside([]) == []


@pytest.mark.parametrize("tell", TELL)
def test_without_a_verdict_there_is_no_figure(tell):
    nothing = certificate(low=0.0, best=0.0, high=None, binding="", breaks={}, throughput=0.0, valid=False)
    text = " ".join(tell(run(nothing)).replace("*", "").split())
    assert "- (no verdict)" in text.replace("\\", "")
    assert "- (nothing was held)" in text.replace("\\", "")
    assert "? live" not in text


def test_markdown_names_the_run_and_tells_of_conformance():
    text = markdown(run(certificate()))
    assert text.startswith("## capacity mixed of ")
    assert "conformance under load: CHUNK-2 is broken from 1,536 on" in text.replace("\\", "")
    assert "beyond: a cliff: 8% more sessions" in text.replace("\\", "")


@pytest.mark.parametrize("valid", [True, False])
def test_the_terminal_and_markdown_call_a_reason_the_same(valid):
    told = run(certificate(valid=valid, reasons=["too wide"]))
    assert ("less sharp" if valid else "not valid") in printed(told)
    assert ("less sharp" if valid else "not valid") in markdown(told)


def test_without_contention_there_is_no_fit_to_speak_of():
    flat = Usl(
        rate=Estimate(0.4, 0.5, 0.6), contention=Estimate(0, 0, 1e-3), coherency=Estimate(0, 1e-9, 1e-6), error=0.01
    )
    text = words(page(run(certificate(usl=flat))))
    assert "Throughput grew in proportion to the load, up to the boundary." in text
    assert "Contention" not in text


# What is drawn


def test_an_axis_that_ends_early_says_so():
    [over] = [chart for chart in charts([certificate()]) if chart.title.startswith("Used of")]
    assert over.rows[-1].label == "≥ 200%"
    [within] = [chart for chart in charts([certificate(levels=levels()[:6])]) if chart.title.startswith("Used of")]
    assert "≥" not in within.rows[-1].label


def test_a_chart_of_failures_is_left_out_where_there_were_none():
    assert "Failed requests" in {chart.title for chart in charts([certificate()])}
    assert "Failed requests" not in {chart.title for chart in charts([certificate(levels=levels()[:6])])}


def test_the_main_chart_has_the_slos_and_the_boundary():
    main_chart = charts([certificate()])[0]
    assert main_chart.main
    assert [curve.name for curve in main_chart.curves] == ["ack.p99", SLOW]
    assert [limit.label for limit in main_chart.limits] == ["SLO: ack.p99 < 500 ms", f"SLO: {SLOW} < 3 s"]
    [band] = main_chart.bands
    assert band.look == "boundary"
    assert (band.x, band.x + band.width) == pytest.approx((100 * 1168 / 2500, 100 * 1184 / 2500))
    assert [(dot.look, dot.curve) for dot in main_chart.dots[: len(TRIED)]] == [(tried[2], 1) for tried in TRIED]
    assert all(0 <= dot.low <= dot.y <= dot.high <= 100 for dot in main_chart.dots)


def test_what_an_ill_generator_measured_is_no_part_of_a_curve():
    ill = [msgspec.structs.replace(level, outcome="invalid") for level in levels() if level.level == 2048]
    path = charts([certificate(levels=[*levels()[:8], *ill])])[0].curves[0].path
    assert path.count("L") == 7


def test_where_nothing_gave_what_was_not_tried_is_marked():
    open_end = certificate(high=None, levels=levels()[:8], low=1024.0)
    [band] = charts([open_end])[0].bands
    assert (band.look, band.label) == ("untried", "not tried")


def test_without_an_slo_on_a_time_acks_and_lag_are_drawn():
    bare = [msgspec.structs.replace(level, attainments=[]) for level in levels()]
    assert [curve.name for curve in charts([certificate(levels=bare)])[0].curves] == ["ack.p95", SLOW]


def test_pointing_at_a_level_tells_of_all_its_tries():
    [spot] = [spot for spot in charts([certificate()])[0].spots if spot.title.startswith("1,152 ")]
    assert spot.title.split("; ") == [
        "1,152 live sessions",
        f"● kept (level 12): ack.p99 140 ms, {SLOW} 2.3 s",
        f"◇ unresolved (level 17): ack.p99 150 ms, {SLOW} 2.81 s",
        f"● kept (level 18): ack.p99 145 ms, {SLOW} 2.42 s",
    ]


def test_the_trace_tells_ramp_hold_and_why():
    drawn = trace(certificate())
    assert [band.look for band in drawn.bands[:2]] == ["ramp", "held kept"]
    assert drawn.bands[0].height == drawn.bands[1].height == pytest.approx(100 * 8 / 2500)
    told = f"level 1: 8 live sessions; ● kept: {WHY['kept']}; from 0:00: 6 s until it had settled, then held for 30 s"
    assert drawn.spots[0].title == told


def test_the_time_course_shows_the_levels():
    chart = course_charts(run(certificate()))[0]
    assert len(chart.bands) == len(TRIED)
    assert [band.label for band in chart.bands if band.label][:3] == ["1", "2", "3"]
    assert chart.spots[0].title == "0:00 to 0:10 (level 1, 8 ●): live 0"


# For programs


def test_a_search_comes_back_out_of_its_folder(tmp_path):
    told = run(certificate(), certificate(0.9, target="https://b.example"))
    write_report(told, tmp_path)
    again = read_report(tmp_path)
    assert again.capacity == told.capacity
    assert summary(again) == summary(told)
    assert page_of(again, tmp_path) == (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_summary_names_what_was_searched_for():
    told = json.loads(summary(run(certificate())))
    assert told["schema"] == SCHEMA == 2
    assert told["against"] is None
    assert told["capacity"]["sessions"] == {"low": 1168, "best": 1176, "high": 1184}
    assert told["capacity"]["arrivals"] is None
    assert (told["capacity"]["confidence"], told["capacity"]["binding"], told["capacity"]["valid"]) == (
        0.95,
        SLOW,
        True,
    )
    rate = json.loads(summary(run(certificate(unit="arrivals per second", target="a"), certificate(target="b"))))
    assert rate["capacity"]["sessions"] is None
    assert rate["capacity"]["arrivals"]["low"] == 1168
    assert rate["against"]["target"] == "b"
    assert json.loads(summary(run()))["capacity"] is None


def test_a_report_of_schema_1_is_still_read(tmp_path):
    write_report(run(), tmp_path)
    path = tmp_path / "summary.json"
    old = json.loads(path.read_text())
    for name in ("capacity", "against", "environment"):
        old.pop(name, None)
    path.write_text(json.dumps({**old, "schema": 1}))
    assert read_report(tmp_path).capacity == []


@pytest.mark.parametrize("version", [3, 2.5, "2", None])
def test_a_report_of_another_schema_is_refused(tmp_path, version):
    write_report(run(), tmp_path)
    path = tmp_path / "summary.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": version}))
    with pytest.raises(UsageError, match=f"its schema is {version!r}, and this live-harness reads"):
        read_report(tmp_path)


def test_the_schema_is_documented(capsys):
    assert main(["report", "--schema"]) == ExitCode.OK
    told = json.loads(capsys.readouterr().out)
    assert capsys.readouterr().out == ""
    assert told == json.loads(schema())
    parts = told["$defs"]
    assert parts["Capacity"]["properties"]["binding"]["description"].startswith("What gave first")
    assert parts["Summary"]["properties"]["headline"]["description"] == "The verdict in a sentence."
    written = json.loads(summary(run(certificate())))
    assert set(written) == set(parts["Summary"]["properties"])
    assert set(written["capacity"]) == set(parts["Capacity"]["properties"])
    assert {key for level in written["capacity"]["levels"] for key in level} == set(parts["Level"]["properties"])


def test_the_terminal_tells_a_search_again(tmp_path, capsys):
    write_report(run(certificate()), tmp_path)
    assert main(["report", str(tmp_path)]) == ExitCode.OK
    assert "1,168 live sessions" in capsys.readouterr().out
