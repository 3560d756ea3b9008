"""A run as one HTML page that opens offline: nothing from elsewhere, all foreign text escaped.

Its one script is ours, and named by its hash in the policy, so that no other runs; the page is whole without it.
"""

import base64
import hashlib
import math
import re
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.report.axis import clock
from harness.report.capacity.page import FILTERS, search
from harness.report.charts import charts
from harness.report.evidence import clean, steps
from harness.report.results import SAYING, WORST_FIRST, counted, duration, observed, results, titled, unjudged
from harness.report.run import Measure, Run
from harness.report.told import tell

_LONGEST: Final = 440
_SCRIPT: Final = Path(__file__).with_name("report.js").read_text(encoding="utf-8")
_HASH: Final = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()


def page(run: Run, folder: Path) -> str:
    """The text of `report.html`; the histories of the run's sessions are read from the report's `folder`."""
    ledger = run.assessment.ledger
    worst_first = sorted(results(run), key=lambda result: WORST_FIRST.index(result.verdict))
    template = environment().get_template("report.html.j2")
    return template.render(
        run=run,
        title=titled(run),
        started=datetime.fromtimestamp(run.started).astimezone().strftime("%Y-%m-%d %H:%M:%S %z"),
        verdicts=[(verdict, list(group)) for verdict, group in groupby(worst_first, lambda result: result.verdict)],
        unjudged=unjudged(run),
        observed=observed(run),
        broken=tell(run, folder),
        saying=SAYING,
        ledger={field: counted(getattr(ledger, field)) or "none" for field in ledger.__struct_fields__},
        strips=_strips(run.measures),
        charts=charts(run),
        capacity=search(run.capacity, run.headline),
        script=Markup(_SCRIPT),  # noqa: S704 -- a file of this package
        script_hash=_HASH,
    )


def environment() -> Environment:
    """Of all pages."""
    made = Environment(
        loader=PackageLoader("harness.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS, counted=counted, duration=duration, steps=steps, code=_code, clock=clock)
    return made


def _finalize(value: object) -> object:
    """Clean every string that the template puts out, so that none can be forgotten."""
    # What is clean already may have grown a little where it was cut.
    return clean(value, _LONGEST) if isinstance(value, str) and not isinstance(value, Markup) else value


def _code(text: str) -> Markup:
    """What stands between backticks as code."""
    escaped = str(escape(clean(text)))
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", escaped))  # noqa: S704 -- escaped before


def _strips(measures: list[Measure]) -> list[tuple[Measure, dict[str, float]]]:
    """Each measure with where its figures stand on a scale, logarithmic and common to all, in percent."""
    times = [time for m in measures for time in (m.p50, m.p95, m.p99, m.max) if time > 0]
    if not times:
        return [(m, {}) for m in measures]
    least, span = min(times), math.log(max(times) / min(times)) or 1.0
    return [
        (m, {f: 100 * math.log(max(getattr(m, f), least) / least) / span for f in ("p50", "p95", "p99", "max")})
        for m in measures
    ]
