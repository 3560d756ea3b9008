"""Reports: what they say, and that nothing that a server sends acts in any of them."""

import base64
import hashlib
import io
import json
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt  # rich depends on it
from rich.console import Console

from harness.commands.terminal import Terminal
from harness.contract.profile import Profile
from harness.errors import UnusableError, UsageError
from harness.history.file import encode
from harness.history.log import Log
from harness.history.observations import (
    Ended,
    Event,
    Header,
    Returned,
    Sent,
    StreamBytes,
    StreamClosed,
    Withheld,
)
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding, Judge, Tally
from harness.oracle.ledger import Bookkeeper, Ledger
from harness.report.console import StepPrinter, print_findings, print_gate, print_load
from harness.report.course import Figures, Slice
from harness.report.evidence import clean
from harness.report.folder import open_folder, write_report
from harness.report.markdown import markdown
from harness.report.marking import escaped
from harness.report.page import page as page_of
from harness.report.results import broken
from harness.report.run import Measure, Run, SloResult
from harness.report.summary import Summary, findings, summarise, summary

EVIL = (
    "[bold red]x[/]<script>alert(1)</script><img src=x onerror=alert(2)>'\" onload=x :smile: [a](http://e.vil)"
    " </title></svg> ]]>"
    " www.e.vil **b** ~~s~~ $x$ |a|b\\|c| `c` ``` @octocat #1 {{ 7*7 }} {% raw %} &lt;b&gt; \x1b[31m\x1b]0;t\x07"
    " \x9b31m \u202egnp \u2066x \u2028 \r\n# head\n\n- item\n</details></td></table></style>\n```\n~~~\n\0 \ud800 "
) + "A" * 10_000

TRAIL = (
    Sent(1, "start", 50.0, 50.0),
    Returned(1, 50.1, 201, content_type=EVIL, date=EVIL, body={EVIL: [EVIL]}, is_json=True),
    Sent(2, "control", 50.2, 50.2, action="cancel", reason=EVIL),
    Returned(2, 50.3, 502, content_type=EVIL, body=EVIL, skipped=12),
    Returned(3, 50.4, failure="cut", detail=EVIL),
    Event(4, 50.5, EVIL, EVIL, EVIL, {"a": EVIL}, EVIL),
    StreamClosed(4, 50.6, "cut", EVIL),
    Withheld("chunk", 50.7, EVIL),
    Ended(52.0, "failed", EVIL),
)


def run(kind="conform", **fields):
    shared = {
        "name": kind,
        "host": "http://127.0.0.1:1",
        "started": 1.7e9,
        "seconds": 12.0,
        "seed": 1,
        "profile": "default",
        "catalogue": "1",
        "harness": "0",
        "exit_code": 1,
        "headline": "Not conformant: CHUNK-2 broken.",
        "assessment": Assessment(),
    }
    return Run(kind, **{**shared, **fields})


def evil_run():
    return run(
        "load",
        name=EVIL,
        host=EVIL,
        profile=EVIL,
        headline=EVIL,
        notes=[EVIL],
        replays={EVIL: EVIL},
        measures=[Measure(EVIL, 3, 0.1, 0.1, 0.2, 0.3, 0.4), Measure("zero", 0, 0.0, 0.0, 0.0, 0.0, 0.0)],
        slos=[SloResult(EVIL, EVIL, EVIL, met, EVIL, 0.2) for met in (True, False, None)],
        sampled=["histories/" + EVIL.replace("\ud800", ""), "javascript:alert(1)"],
        course=[
            Slice(start=n, length=1.0, live=n, ended={EVIL: 1}, figures={EVIL: Figures(3, 0.1, 0.2, 0.3, 0.4)})
            for n in range(3)
        ],
        assessment=Assessment(
            tallies={
                "CHUNK-2": Tally(3, 2, 0),
                "CHUNK-3": Tally(0, 0, 1, [EVIL]),
                "START-1": Tally(5, 0, 0),
                "STREAM-1": Tally(0, 1, 0),
            },
            findings=[Finding("CHUNK-2", EVIL, EVIL, 7, 2.0, EVIL, EVIL, TRAIL)],
            ledger=Ledger({"done": 1}, {"chunk": 9}, {"refused": 1}, {EVIL: 1}, {EVIL: 2, "status": 3}),
            problems=[EVIL],
            too_long={EVIL: 900.0},
            crashes=[EVIL],
            notes={"CHUNK-3": {"gap": {EVIL: 3, "409": 1}}, "START-5": {"start-fields": {EVIL: 1}}},
        ),
    )


def page(run):
    """The page of a run whose folder holds no history."""
    return page_of(run, Path("nowhere"))


def evil_history(folder):
    """A history as bad as `evil_run`, in its report's folder; and that run with findings in it."""
    profile = Profile(profile=EVIL.replace("\ud800", ""))
    header = Header("evil", "c", 1, "", "1", "0", "http://h", profile, wall=1e9, mono=50.0, server_offset=(0.0, 1.0))
    bad = EVIL.replace("\ud800", "").replace("\0", "")  # UTF-8 has no surrogates
    event = f"event: {bad.splitlines()[0]}\ndata: {bad.splitlines()[0]}\n\n"
    seen = [
        header,
        Sent(1, "start", 50.0, 50.0, body={bad: bad}),
        Returned(1, 50.1, 201, body={"session_id": bad, "expires_at": 55.0, "chunk_endpoint": bad}, is_json=True),
        Sent(2, "attach", 50.2, 50.2),
        Returned(2, 50.3, 200, content_type=bad),
        StreamBytes(2, 50.4, event.encode()),
        Sent(3, "control", 50.4, 50.4, action=bad, reason=bad),
        Returned(3, 50.5, failure="cut", detail=bad),
        Sent(4, "artifact", 50.5, 50.5, path=bad),
        Returned(4, 50.6, 404, body=bad),
        Sent(5, "chunk", 50.6, 50.6, seq=bad),
        StreamClosed(2, 50.7, "cut", bad),
        Withheld("chunk", 50.8, bad),
        Ended(60.0, "failed", bad),
    ]
    (folder / "histories").mkdir()
    (folder / "histories" / "evil.jsonl").write_bytes(b"".join(encode(observation) for observation in seen))
    findings = [
        Finding(name, "evil", bad, 7, at, bad, bad, TRAIL) for name, at in (("CHUNK-2", 0.5), ("STREAM-1", 2.0))
    ]
    told = evil_run()
    told.assessment.findings += findings
    told.sampled.append("histories/evil.jsonl")
    return told


def printed(print_it, *, colours=False, width=80):
    console = Console(
        file=io.StringIO(), width=width, force_terminal=colours, color_system="truecolor" if colours else None
    )
    print_it(console)
    return console.file.getvalue()


def spell_steps(console):
    printer = StepPrinter(console)
    for observation in TRAIL:
        printer(observation)


PRINTS = {
    "gate": lambda console: print_gate(evil_run(), console),
    "load": lambda console: print_load(evil_run(), console),
    "findings": lambda console: print_findings(evil_run(), console),
    "steps": spell_steps,
}


def acting_characters(text):
    """Those that act on a terminal, or on the direction or the lines of a text."""
    return {c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}


# Nothing that a server sends acts


@pytest.mark.parametrize("name", PRINTS)
def test_hostile_text_does_nothing_on_the_console(name):
    assert not acting_characters(printed(PRINTS[name]))
    unwrapped = printed(PRINTS[name], width=20_000)
    assert unwrapped.count("<script>") == unwrapped.count("[bold red]x[/]<script>") > 0
    assert ":smile:" in unwrapped
    assert "A" * 500 not in unwrapped


@pytest.mark.parametrize("name", ["gate", "load", "findings"])
def test_colours_and_folds_are_all_that_a_terminal_adds(name):
    plain = re.sub(r"\x1b\[[0-9;]*m", "", printed(PRINTS[name], colours=True))
    assert "".join(plain.split()) == "".join(printed(PRINTS[name]).split())


def test_the_console_keeps_to_80_columns():
    lines = re.sub(r"\x1b\[[0-9;]*m", "", printed(PRINTS["gate"], colours=True)).splitlines()
    assert {line[:9] for line in lines if len(line) > 80} == {"  replay "}  # which is there to be copied


@pytest.mark.parametrize(("columns", "width"), [(None, 140), ("90", 90)])
def test_what_is_no_terminal_is_wide_unless_told_otherwise(columns, width, monkeypatch, capsys):
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    console = Terminal()
    assert console.width == width
    console.print("x" * (width + 1))
    assert max(map(len, capsys.readouterr().out.splitlines())) == width


@pytest.mark.parametrize(("name", "reply"), [("steps", '← 201 {"'), ("findings", "← 502 ")])
def test_steps_are_folded_on_a_terminal_only(name, reply):
    assert any(len(line) > 300 and reply in line for line in printed(PRINTS[name]).splitlines())
    assert all(len(line) < 100 for line in printed(PRINTS["steps"], colours=True).splitlines() if reply in line)


TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "section", "article", "div", "p", "span", "h1", "h2"),
    *("h3", "dl", "dt", "dd", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "small", "a", "b"),
    *("time", "svg", "rect", "line", "text", "figure", "figcaption", "i", "details", "summary", "g", "path"),
    *("script", "defs", "circle", "use"),
}


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts = set(), [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data)


def test_hostile_text_does_nothing_in_the_page(tmp_path):
    text = page_of(evil_history(tmp_path), tmp_path)
    assert "The whole session" in text  # drawn, with all its titles
    parsed, harmless = Page(text), Page(page(run()))
    assert parsed.tags <= TAGS
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert not [value for name, value in parsed.attributes if name in {"href", "src"} and ":" in value]
    assert not acting_characters(text)
    shown = "".join(parsed.texts)
    for words in ("<script>alert(1)</script><img src=x", "{{ 7*7 }} {% raw %} &lt;b&gt;", r"\x1b[31m\x1b]0;t\x07"):
        assert words in shown
    assert "A" * 1000 not in text
    # The one style sheet, and the policy that forbids all else, are the same whatever the server sent.
    assert (
        text.partition("</style>")[0].partition("<style>")[2]
        == page(run()).partition("</style>")[0].partition("<style>")[2]
    )
    # So is the one script, which it names.
    [script] = re.findall(r"(?s)<script>(.*?)</script>", text)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert ("content", policy) in harmless.attributes
    assert ("content", policy) in parsed.attributes


def test_hostile_text_does_nothing_in_markdown():
    text = markdown(evil_run())
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    meant = {"text", "code_inline", "html_inline", "softbreak"}
    assert {token.type for token in inline} <= meant
    assert {token.content for token in inline if token.type == "html_inline"} == {"<!-- -->"}
    assert "c" not in {token.content for token in inline if token.type == "code_inline"}  # those of the catalogue
    assert [token.info for token in tokens if token.type == "fence"] == ["text", "text"]
    blocks = [token.content for token in tokens if token.type == "html_block"]
    ours = r"<details><summary>(<b>[A-Z]+-\d+</b> )?[^<]*</summary>$|</details>$"
    assert all(re.match(ours, b.strip()) for b in blocks)
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h2"]
    outside = re.sub(r"(?ms)^(`{3,})text$.*?^\1$", "", text)
    assert not re.search(r"@\w|(?<![\\&])#\d|https?://|www\.e", outside)
    assert not acting_characters(text)
    assert "A" * 500 not in text


@given(st.text("\\`*_[]()<>&;~:!@#|ab1 /-.é"))
def test_markdown_shows_a_text_as_it_is(text):
    text = f"x{text}x"
    (paragraph,) = [t for t in MarkdownIt("commonmark").enable("strikethrough").parse(escaped(text)) if t.children]
    assert {child.type for child in paragraph.children} <= {"text", "html_inline"}
    assert "".join(child.content for child in paragraph.children if child.type == "text") == clean(text)


def test_markdown_is_read_raw_as_well():
    words = "it gives: lag.final_transcript < 3 s, R & D!"
    assert escaped(words) == words
    assert escaped("_a_ __b__ <b> &lt; :smile: http://e") == "\\_a\\_ \\_\\_b\\_\\_ \\<b\\> \\&lt; \\:smile: http\\://e"


def test_a_pipe_of_the_server_opens_no_cell():
    text = markdown(evil_run())
    tables = re.findall(r"(?m)(?:^\|.*\n)+", text)
    assert len(tables) == 5
    for table in tables:
        # Counted as the strictest reader would: a backslash does not save a pipe.
        rows = [row.count("|") for row in table.splitlines()]
        assert len(set(rows)) == 1, table


def test_files_for_programs_are_ascii():
    assert summary(evil_run()).isascii()
    assert not acting_characters(summary(evil_run()) + findings(evil_run()))


def test_json_nested_too_deeply_stops_no_report(tmp_path):
    body = []
    for _ in range(100_000):
        body = [body]
    finding = Finding("START-1", "s", "c", 1, 0.0, "a", "b", (Returned(1, 1.0, 200, body=body, is_json=True),))
    write_report(run(assessment=Assessment({"START-1": Tally(0, 1, 0)}, [finding])), tmp_path)
    assert "nested too deeply to be shown" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "findings.jsonl").read_text(encoding="utf-8"))["happened"] == "b"


# What they tell


def test_the_summary_comes_back_as_it_went():
    told = summarise(evil_run())
    assert msgspec.convert(json.loads(summary(evil_run())), Summary) == told
    assert told.schema == 2
    assert told.verdicts["FAIL"] == 2
    assert told.verdicts["INCONCLUSIVE"] == told.verdicts["PASS"] == 1
    assert sum(told.verdicts.values()) == len(told.requirements)
    assert {r.id: (r.verdict, r.passed, r.failed, r.inconclusive) for r in told.requirements}["CHUNK-2"] == (
        "FAIL",
        3,
        2,
        0,
    )
    assert "TTL-3" in told.unjudged["open: observed, not judged"]


def test_findings_hold_the_whole_evidence():
    (line,) = findings(evil_run()).splitlines()
    told = json.loads(line)
    assert told["happened"] == told["replay"] == EVIL
    assert told["trail"][5]["payload"] == {"a": EVIL}
    assert len(told["trail"]) == len(TRAIL)


@pytest.mark.parametrize("tell", [markdown, page])
def test_the_worst_verdicts_come_first(tell):
    text = tell(evil_run())
    found = [text.index(words) for words in ("FAIL", "INCONCLUSIVE", "NOT EXERCISED", "PASS")]
    assert found == sorted(found)


@pytest.mark.parametrize("tell", [markdown, page, lambda r: printed(lambda console: print_gate(r, console))])
def test_what_was_not_exercised_does_not_pass(tell):
    text = re.sub(r"(?s)<style>.*?</style>", "", tell(run(exit_code=4)))
    assert "NOT EXERCISED" in text
    assert "PASS" not in text
    assert "🟢" not in text


def test_nothing_but_a_pass_is_green_on_a_terminal():
    green = re.findall(r"\x1b\[(?:1;)?32m([A-Z ]+)", printed(PRINTS["gate"], colours=True))
    assert {word.strip() for word in green} == {"PASS"}


@pytest.mark.parametrize("tell", [markdown, page, lambda r: printed(lambda console: print_gate(r, console))])
def test_a_finding_is_told_in_full(tell):
    finding = Finding("CHUNK-2", "plain", "plain", 7, 0.5, "a total of 9", "a total of 8", TRAIL[:1])
    found = run(
        assessment=Assessment({"CHUNK-2": Tally(0, 1, 0)}, [finding]),
        replays={"plain": "live-harness replay plain --seed 7"},
        notes=["TTL-2: not exercised"],
    )
    text = tell(found)
    words = ["CHUNK-2", "Recipe 2", "a total of 9", "a total of 8", "+0.500", "start", "replay plain --seed 7", "TTL-2"]
    assert [word for word in words if word not in text] == []


def acks(count, kind="chunk"):
    return tuple(
        seen
        for n in range(count)
        for seen in (Sent(n, kind, 50.0 + n, 50.0 + n, seq=str(n), size=9), Returned(n, 50.5 + n, 200))
    )


TELLERS = [markdown, page, lambda r: printed(lambda console: print_gate(r, console))]


def test_findings_are_told_in_order_of_how_much_there_is_to_read():
    trails = {"compared": (), "beside": acks(1, "metrics"), "long": acks(9), "b-short": acks(2), "a-short": acks(2)}
    found = [Finding("CHUNK-2", name, name, 7, 0.5, "", "", trail) for name, trail in trails.items()]
    ((_, _, told),) = broken(Assessment({"CHUNK-2": Tally(0, 5, 0)}, found))
    assert [finding.session for finding in told] == ["a-short", "b-short", "long", "beside", "compared"]


def test_the_terminal_shows_the_ack_that_led_to_the_finding_however_long_ago():
    begun = (Sent(90, "chunk", 50.0, 50.0, seq="41", size=9), Returned(90, 50.1, 200))
    between = [Event(91, 51.0 + n, "status", "{}") for n in range(20)]
    late = (Sent(92, "chunk", 80.0, 80.0, seq="42", size=9), Returned(92, 80.1, 200))
    finding = Finding("CHUNK-2", "s", "c", 1, 30.1, "", "", (*begun, *between, *late))
    told = run(assessment=Assessment({"CHUNK-2": Tally(0, 1, 0)}, [finding]))
    lines = printed(lambda console: print_findings(told, console)).splitlines()
    assert [line.split("s ", 1)[1] for line in lines if re.search("[→←⇠·] ", line)] == [
        "→ chunk 41 (9 bytes)",
        "← 200",
        "→ chunk 42 (9 bytes)",
        "← 200",
    ]


@pytest.mark.parametrize("tell", TELLERS)
@pytest.mark.parametrize(
    ("tallies", "told"), [({"START-5": Tally(3, 0, 0)}, True), ({"START-1": Tally(3, 0, 0)}, False)]
)
def test_what_only_the_profile_asks_for_says_so(tell, tallies, told):
    text = tell(run(kind="conform", aims=[], assessment=Assessment(tallies)))
    assert ("pinned by the profile" in text) is told


def test_a_finding_that_was_only_counted_is_still_told():
    counted_only = run(assessment=Assessment({"CHUNK-2": Tally(0, 3, 0)}))
    assert "Failed 3 times" in markdown(counted_only)
    assert "Failed 3 times, of which 0 below" in page(counted_only)
    assert "failed 3 times" in printed(lambda console: print_findings(counted_only, console))


def test_the_key_is_nowhere(tmp_path):
    key, judge, books, assessment = "tell-tale-key-0123456789", Judge(Profile()), Bookkeeper(), Assessment()
    log = Log([judge.observe, books], key)
    judge.observe(Header("s", "c", 1, "", "1", "0", "http://h", profile=Profile(), wall=0.0, mono=0.0))
    log.add(Sent(1, "start", 1.0, 1.0))
    log.add(Returned(1, 1.1, 201, body={"session_id": key, key: key}, is_json=True))
    log.add(Sent(2, "attach", 1.2, 1.2))
    log.add(Returned(2, 1.3, 200, content_type="text/event-stream"))
    log.add(StreamBytes(2, 1.4, f'event: {key}\ndata: {{"k": "{key}"}}\n\n'.encode()))
    log.add(Ended(1.5, "done"))
    assessment.add("s", judge, books)
    assert {"START-1", "EVENT-1"} <= set(assessment.broken)
    told = run(assessment=assessment)
    write_report(told, tmp_path)
    written = [path.read_text(encoding="utf-8") for path in tmp_path.glob("*.*")]
    for text in [*written, printed(lambda c: print_gate(told, c)), printed(lambda c: print_load(told, c))]:
        assert key not in text
        assert "session" in text


@pytest.mark.parametrize("tell", [markdown, page])
@pytest.mark.parametrize(("tallies", "outcome"), [({}, "SLO MISSED"), ({"CHUNK-2": Tally(0, 1, 0)}, "BROKEN")])
def test_a_missed_slo_alone_has_broken_nothing(tell, tallies, outcome):
    missed = run("load", slos=[SloResult("ack.p99", "< 1 s", "2 s", met=False)], assessment=Assessment(tallies))
    assert f"1 ({outcome})" in tell(missed).replace("\\", "")


def test_the_count_of_passes_says_how_many_of_them_are_pinned():
    pinned = run("load", assessment=Assessment({"START-5": Tally(3, 0, 0), "START-1": Tally(3, 0, 0)}))
    assert "2 PASS, 1 of them pinned by the profile" in " ".join(printed(lambda c: print_load(pinned, c)).split())
    assert "2, 1 of them pinned by the profile" in page(pinned)


# The folder


def test_a_report_has_its_files_and_is_the_latest(tmp_path):
    parent = tmp_path / "reports"
    folders = [open_folder(parent, "a run/../of mine") for _ in range(3)]
    assert len(set(folders)) == 3
    assert all(re.fullmatch(r"\d{8}-\d{6}-a-run-of-mine(-\d)?", folder.name) for folder in folders)
    for folder in folders:
        write_report(evil_run(), folder)
        assert {path.name for path in folder.iterdir()} == {
            "report.html",
            "report.md",
            "summary.json",
            "findings.jsonl",
        }
        assert (parent / "latest").resolve() == folder.resolve()
    assert {path.name for path in parent.iterdir()} == {"latest", *(folder.name for folder in folders)}


def test_a_name_of_nothing_but_signs_still_makes_a_folder(tmp_path):
    assert open_folder(tmp_path, "../..").parent == tmp_path
    assert open_folder(tmp_path, "\x00").name.partition("-run")[1]


def test_a_folder_called_latest_is_left_alone(tmp_path):
    (tmp_path / "latest").mkdir()
    folder = open_folder(tmp_path, "x")
    write_report(run(), folder)
    assert not (tmp_path / "latest").is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {"latest", folder.name}


def test_an_unwritable_place_is_named(tmp_path):
    (tmp_path / "file").touch()
    for parent in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match=r"file.*: no report can be written here"):
            open_folder(parent, "x")
    with pytest.raises(UnusableError, match="gone: no report can be written here: No such file"):
        write_report(run(), tmp_path / "gone")
