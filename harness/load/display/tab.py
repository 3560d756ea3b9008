"""The run in Locust's web UI: a tab *Live capture*, and a page of its own, `/live`, with more than a table can hold.

Locust draws a tab of others' as one table (`extended_tabs`, `extended_tables`), whose rows come with its own statistics
every two seconds (`extended_stats`). It escapes them, and keeps their order as long as none has a `name`.
"""

import secrets
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, json, request
from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined

from harness.load.display.view import FIGURES, View, view
from harness.load.display.watch import Watch

_KEY: Final = "live-capture"
_COLUMNS: Final = {
    "what": "Live capture (all on one page: /live)",
    "value": "state / count",
    **{each: each for each in FIGURES},
}


def add_tab(web_ui: Any, prefix: str, watched: Callable[[], Watch | None]) -> None:
    """Add both to Locust's web UI, under its base path; `watched` gives the run to be shown, if there is one."""
    pages = Blueprint("live", __name__, url_prefix=prefix)
    templates = Environment(
        loader=PrefixLoader({room: PackageLoader(f"harness.{room}", ".") for room in ("load.display", "report")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def shown() -> str:
        watch = watched()
        return templates.get_template("load.display/live_body.html.j2").render(view=view(watch) if watch else None)

    def body() -> Response:
        return _guarded(shown(), "'none'")

    def page() -> Response:
        nonce = secrets.token_urlsafe()
        html = templates.get_template("load.display/live.html.j2").render(body=shown(), nonce=nonce)
        return _guarded(html, f"'nonce-{nonce}'")

    def extend(response: Response) -> Response:
        # Who is refused, or has to log in first, gets none of ours.
        if request.path == f"{prefix}/stats/requests" and response.status_code == HTTPStatus.OK and response.is_json:
            watch = watched()
            rows = list(_rows(view(watch))) if watch else []
            response.set_data(json.dumps({**(response.json or {}), "extended_stats": [{"key": _KEY, "data": rows}]}))
        return response

    for path, function in {"/live": page, "/live/body": body}.items():
        pages.add_url_rule(path, function.__name__, web_ui.auth_required_if_enabled(function))
    pages.after_app_request(extend)
    web_ui.app.register_blueprint(pages)
    structure = [{"key": key, "title": title} for key, title in _COLUMNS.items()]
    web_ui.template_args["extended_tabs"] = [{"title": "Live capture", "key": _KEY}]
    web_ui.template_args["extended_tables"] = [{"key": _KEY, "structure": structure}]


def _guarded(html: str, scripts: str) -> Response:
    response = Response(html)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src {scripts}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _rows(shown: View) -> Iterator[dict[str, str]]:
    """As one table."""
    yield _row(shown.name, shown.state)
    yield _row("verdict", shown.standing)
    if shown.report:
        yield _row("report", shown.report)
    for slo in shown.slos:
        verdict = "no valid figure" if slo.met is None else "met" if slo.met else "missed"
        words = f"{verdict}: {slo.value}" + (f" ({slo.why})" if slo.why else "")
        yield _row(f"SLO {slo.measure} {slo.threshold}", words)
    for what, words in shown.lines.items():
        yield _row(what, words)
    for measure in shown.measures:
        figures = {each: measure[each].replace(" ", "\N{NO-BREAK SPACE}") for each in FIGURES}
        yield {"what": measure["name"], "value": measure["count"], **figures}
    for each in shown.news:
        words = f"expected: {each.expected}; happened: {each.happened}; in session {each.session}"
        yield _row(f"finding: {each.requirement}", words)
    for verdict, requirements in shown.verdicts:
        yield _row(f"{verdict} ({len(requirements)})", ", ".join(requirements))
    for name, counts in shown.ledger.items():
        yield _row(f"ledger: {name}", counts)


def _row(what: str, value: str) -> dict[str, str]:
    return dict.fromkeys(_COLUMNS, "") | {"what": what, "value": value}
