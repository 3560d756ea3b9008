"""The run in Locust's web UI: what its page is handed, and that nothing that a server sends acts in it."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import pytest
from flask import Flask, jsonify, redirect

from harness.documents.quantities import Threshold
from harness.load.course.glimpse import NEWEST, Lookout
from harness.load.display.tab import add_tab
from harness.load.display.watch import Conclusion, Watch
from harness.load.measures.times import Times
from harness.load.web import refuse_faulty_forms
from harness.oracle.assessment import Assessment
from harness.oracle.judge import Finding, Tally
from harness.oracle.ledger import Ledger
from harness.report.course import Health
from harness.report.run import SloResult
from harness.scenario.load import Slo

EVIL = "<script>alert(1)</script>'\" onload=x {{ 7*7 }} \x1b[31m \u202egnp </td>"

STATISTICS = {"stats": [{"name": "chunk"}], "state": "running"}


class Web:
    """Locust's web UI, as far as the tab needs it."""

    def __init__(self, prefix="", watch=None, logged_in=True):
        self.app = Flask(__name__)
        self.template_args = {}
        self.logged_in = logged_in
        self.app.add_url_rule(
            f"{prefix}/stats/requests", "stats", self.auth_required_if_enabled(lambda: jsonify(STATISTICS))
        )
        add_tab(self, prefix, lambda: watch)
        self.client = self.app.test_client()

    def auth_required_if_enabled(self, function):
        def guarded():
            return function() if self.logged_in else redirect("/login")

        guarded.__name__ = function.__name__
        return guarded

    def get(self, path):
        return self.client.get(path)

    @property
    def rows(self):
        [stats] = self.get("/stats/requests").json["extended_stats"]
        assert stats["key"] == self.template_args["extended_tabs"][0]["key"]
        return {row["what"]: row for row in stats["data"]}


def watch(**assessment):
    shown = Watch("mixed", 60.0, lambda: Assessment(**assessment))
    shown.take(*glimpses())
    return shown


def glimpses():
    lookout = Lookout()
    times = Times()
    lookout.opened()
    lookout.counting.chunks = 12
    for n in range(1, 101):
        times.record("ack", 0.0, n / 1000)
        times.record("lag.final_transcript", 0.0, n / 10)
    lookout.measured(times.take())
    lookout.found(Finding("CHUNK-2", EVIL, "call", 1, 0.5, EVIL, EVIL))
    return lookout.glimpses(2.0, Health(cpu=0.25, loop_lag=0.01, memory=1, files=1))


def test_the_tab_is_one_that_locusts_page_draws():
    web = Web(watch=watch())
    [tab], [table] = web.template_args["extended_tabs"], web.template_args["extended_tables"]
    assert tab["title"] == "Live capture"
    assert tab["key"] == table["key"]
    columns = {column["key"] for column in table["structure"]}
    for row in web.rows.values():
        assert row.keys() == columns
        assert all(isinstance(cell, str) for cell in row.values())
        assert "name" not in row  # the page would sort by it


def test_the_names_are_those_of_locusts_own_page():
    assets = Path(find_spec("locust").origin).with_name("webui") / "dist" / "assets"
    script = "".join(path.read_text() for path in assets.glob("*.js"))
    assert "extendedTabs" in script
    assert "extendedTables" in script
    assert "extendedStats" in script


def test_locusts_statistics_stay_as_they_are():
    told = Web(watch=watch()).get("/stats/requests").json
    assert {name: told[name] for name in STATISTICS} == STATISTICS


def test_the_rows_tell_how_the_run_stands():
    rows = Web(
        watch=watch(tallies={"CHUNK-1": Tally(3, 0, 0), "STREAM-2": Tally(0, 0, 1)}, ledger=Ledger({"done": 4}))
    ).rows
    assert rows["mixed"]["value"].startswith("running: 0:0")
    assert rows["mixed"]["value"].endswith(" of 1:00")
    assert rows["verdict"]["value"] == "broken so far: CHUNK-2"
    assert rows["sessions"]["value"] == "1 live, 0.5/s started, 0 failed"
    assert rows["traffic"]["value"] == "6 chunks/s, 0 events/s, 0 requests failed"
    assert rows["generator"]["value"].endswith("CPU 25%, loop lag 10 ms")
    assert rows["ack"]["value"] == "100"
    assert float(rows["ack"]["p50"].split()[0]) == pytest.approx(50, rel=0.01)
    assert float(rows["lag.final_transcript"]["p99"].split()[0]) == pytest.approx(9.9, rel=0.01)
    assert "expected: " in rows["finding: CHUNK-2"]["value"]
    assert rows["PASS (1)"]["value"] == "CHUNK-1"
    assert rows["INCONCLUSIVE (1)"]["value"] == "STREAM-2"
    assert rows["ledger: sessions"]["value"] == "done (4)"


def test_a_finding_that_is_no_longer_among_the_newest_is_not_forgotten():
    shown, lookout = watch(), Lookout()
    for n in range(NEWEST + 1):
        lookout.found(Finding("CHUNK-3", f"s{n}", "call", 1, 0.5, "refused", "accepted"))
    shown.take(*lookout.glimpses(2.0, None))
    rows = Web(watch=shown).rows
    assert rows["verdict"]["value"] == "broken so far: CHUNK-2, CHUNK-3"
    assert rows["findings"]["value"] == f"{NEWEST + 2} findings (CHUNK-2, CHUNK-3)"


def test_without_findings_it_says_how_much_was_exercised():
    shown = Watch("mixed", None, lambda: Assessment(tallies={"CHUNK-1": Tally(3, 0, 0)}))
    assert Web(watch=shown).rows["verdict"]["value"].startswith("nothing broken so far; 1 of ")


def test_a_run_that_is_over_says_so():
    shown = watch()
    shown.end()
    assert Web(watch=shown).rows["mixed"]["value"] == "over"


def test_a_run_that_missed_its_slos_is_not_green():
    shown = watch()
    shown.end()
    missed = SloResult("ack.p95", "< 50 ms", "95 ms", met=False, why="100 samples")
    shown.conclusion = Conclusion("SLO MISSED", "Missed: ack.p95.", "reports/now", [missed])
    web = Web(watch=shown)
    assert web.rows["mixed"]["value"] == "over, SLO MISSED"
    assert web.rows["verdict"]["value"] == "Missed: ack.p95."
    assert web.rows["report"]["value"] == "reports/now"
    assert web.rows["SLO ack.p95 < 50 ms"]["value"] == "missed: 95 ms (100 samples)"
    page = web.get("/live").text
    assert '<header class="slo-missed">' in page
    assert "<h1>Missed: ack.p95.</h1>" in page
    assert "<code>reports/now</code>" in page
    assert '<span class="badge missed">missed</span>' in page


def test_slos_are_held_against_what_was_measured_so_far():
    seconds = [("ack.p90", 0.2), ("ack.p99", 0.2), ("lag.final_transcript.p90", 3.0), ("start.mean", 1.0)]
    slos = [Slo(measure, Threshold("<", bound, "seconds")) for measure, bound in seconds]
    slos.append(Slo("findings", Threshold("=", 0, "count")))
    shown = Watch("mixed", None, lambda: Assessment(tallies={"CHUNK-2": Tally(3, 1, 0)}), slos)
    shown.take(*glimpses())
    rows = Web(watch=shown).rows
    said = {what.split()[1]: row["value"] for what, row in rows.items() if what.startswith("SLO ")}
    assert said["ack.p90"].startswith("met: ")
    assert said["ack.p99"].startswith("no valid figure: ")
    assert said["lag.final_transcript.p90"].startswith("missed: ")
    assert said["start.mean"] == "no valid figure: - (nothing was measured)"
    assert said["findings"] == "missed: 1"


def test_the_warm_up_is_told_while_it_lasts():
    shown = Watch("mixed", 40.0, Assessment, warm_up=10.0)
    shown.begin(3.0)
    assert Web(watch=shown).rows["mixed"]["value"] == "running: 0:03 of 0:40, warming up until 0:10"
    shown.begin(11.0)
    assert Web(watch=shown).rows["mixed"]["value"] == "running: 0:11 of 0:40"


def test_each_column_has_a_title():
    [table] = Web().template_args["extended_tables"]
    assert all(column["title"] for column in table["structure"])


def test_before_the_first_run_there_is_nothing():
    web = Web()
    assert web.rows == {}
    assert "No run yet" in web.get("/live").text


def test_a_base_path_is_kept():
    web = Web(prefix="/here", watch=watch())
    assert web.get("/here/live").status_code == 200
    assert web.get("/here/live/body").status_code == 200
    assert "extended_stats" in web.get("/here/stats/requests").json
    assert web.get("/live").status_code == 404


def test_who_has_to_log_in_sees_nothing():
    web = Web(watch=watch(), logged_in=False)
    for path in ("/live", "/live/body", "/stats/requests"):
        reply = web.get(path)
        assert reply.status_code == 302
        assert "CHUNK-2" not in reply.text


def test_pages_of_other_origins_see_nothing():
    web = Web(watch=watch())
    refuse_faulty_forms(web.app, lambda form: None)
    for path in ("/live", "/live/body", "/stats/requests"):
        assert "CHUNK-2" in web.get(path).text
        reply = web.client.get(path, headers={"Origin": "http://evil.example"})
        assert reply.status_code == 403
        assert "CHUNK-2" not in reply.text


def test_nothing_that_a_server_sends_acts_in_the_page():
    web = Web(watch=watch(ledger=Ledger({"done": 1}, events={EVIL: 3}), tallies={"CHUNK-2": Tally(0, 1, 0)}))
    reply = web.get("/live")
    seen = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: seen.append((tag, dict(attrs)))
    parser.feed(reply.text)
    [script] = [attrs for tag, attrs in seen if tag == "script"]
    assert f"script-src 'nonce-{script['nonce']}'" in reply.headers["Content-Security-Policy"]
    assert not [attrs for _, attrs in seen if any(name.startswith("on") for name in attrs)]
    assert "7*7" in reply.text
    assert "<script>alert" not in reply.text
    for text in (reply.text, json.dumps(web.rows, ensure_ascii=False)):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_each_page_has_a_nonce_of_its_own():
    web = Web(watch=watch())
    first, second = (web.get("/live").headers["Content-Security-Policy"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(("path", "scripts"), [("/live", "script-src 'nonce-"), ("/live/body", "script-src 'none'")])
def test_both_pages_are_kept_from_others_and_from_caches(path, scripts):
    headers = Web(watch=watch()).get(path).headers
    assert scripts in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"


OWN_UI = """
from types import SimpleNamespace
from locust.web import WebUI
from harness.load.display.tab import add_tab
from harness.load.display.watch import Watch
from harness.oracle.assessment import Assessment

environment = SimpleNamespace(runner=None, parsed_options=None, available_user_classes=None)
web_ui = WebUI(environment, "", 0, delayed_start=True, stats_csv_writer=SimpleNamespace())
add_tab(web_ui, "", lambda: Watch("mixed", None, Assessment))
client = web_ui.app.test_client()
assert "nothing broken so far" in client.get("/live").text
[told] = client.get("/stats/requests").json["extended_stats"]
assert told["data"][0]["what"] == "mixed"
"""
"""In a process of its own: whoever imports Locust has all of Python's library made cooperative."""


def test_it_fits_locusts_own_web_ui():
    ended = subprocess.run([sys.executable, "-c", OWN_UI], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
