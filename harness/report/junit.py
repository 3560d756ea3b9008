"""A run as JUnit's XML, which CI systems show test by test: a case for each requirement, and one for each probe.

There is no standard; this keeps to what Jenkins's schema (junit-10.xsd) allows, which the others read as well. It is
green exactly where the exit code is 0: what got no verdict and needed one is an error, what has an excuse is skipped.
"""

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from harness.errors import ExitCode
from harness.oracle.assessment import Part
from harness.oracle.judge import Finding
from harness.oracle.verdicts import Verdict
from harness.report.evidence import clean, steps
from harness.report.results import Broken, Result, broken, results, titled
from harness.report.run import Run

_PREFIX: Final = "live-harness"
_PROPERTIES: Final = ("host", "profile", "seed", "catalogue", "harness")
_DECIDED: Final = frozenset({Verdict.PASS, Verdict.FAIL})

_Outcome = Failure | Error | Skipped | None


def junit(run: Run) -> str:
    """The text of `junit.xml`."""
    failures = {each.requirement.id: each for each in broken(run.assessment)}
    requirements = [_case("requirements", r.id, _requirement(r, failures.get(r.id), run)) for r in results(run)]
    parts = {name: run.assessment.scenarios.get(name, Part()) for name in run.probes}
    probes = [_case("probes", name, _probe(name, part, run), part.seconds) for name, part in parts.items()]
    return _written(run, {"requirements": requirements, "probes": probes, "gate": list(_gate(run))})


def unfinished(run: Run) -> str:
    """What stands in for it until the run is over, and is still there when somebody has killed it."""
    return _written(run, {"gate": [_case("gate", "verdict", Error(run.headline, "unfinished"))]})


def _written(run: Run, cases: dict[str, list[TestCase]]) -> str:
    document = JUnitXml(clean(titled(run)))
    for name, some in cases.items():
        suite = TestSuite(f"{_PREFIX}.{name}")
        suite.timestamp = datetime.fromtimestamp(run.started, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        for field in _PROPERTIES:
            suite.add_property(field, clean(str(getattr(run, field))))
        suite.add_testcases(some)
        document.add_testsuite(suite)
    file = io.BytesIO()
    document.write(file)
    return file.getvalue().decode()


def _case(group: str, name: str, outcome: _Outcome, seconds: float = 0.0) -> TestCase:
    case = TestCase(clean(name), f"{_PREFIX}.{group}", round(seconds, 3))
    if outcome is not None:
        outcome.message = clean(outcome.message or "")
        case.result = [outcome]
    return case


def _requirement(result: Result, failure: Broken | None, run: Run) -> _Outcome:
    if excuse := run.excuse(result.id):
        return Skipped(f"{excuse.kind} ({result.verdict}): {excuse.why}")
    if failure:
        found = [f for f in failure.findings if not run.excuse(result.id, f.scenario)]
        happened = found[0].happened if found else f"failed {failure.failed:,} times"
        return _with_text(Failure(happened, "broken"), _told(result, found[:1], run))
    if not run.fails_by(result.id):
        passed = result.verdict == str(Verdict.PASS)
        return None if passed else Skipped(f"{result.verdict}, and not what this run was for")
    why = ": ".join([result.verdict, *result.reasons[:1]])
    return _with_text(Error(why, "undecided"), [*_told(result, [], run), *map(clean, result.reasons)])


def _probe(name: str, part: Part, run: Run) -> _Outcome:
    failed = [r for r, tally in part.tallies.items() if tally.verdict is Verdict.FAIL]
    counting = [r for r in failed if not run.excuse(r, name)]
    if counting:
        findings = [f for f in run.assessment.findings if f.scenario == name and f.requirement in counting]
        told = (line for finding in findings for line in ("", finding.requirement, *_finding(finding, run)))
        return _with_text(Failure(f"{', '.join(counting)} broken", "broken"), told)
    if failed:
        return Skipped("; ".join(e.why for r in failed if (e := run.excuse(r, name))))
    if not part.sessions:
        return Skipped("it did not run")
    judged = {r: t.verdict for r, t in part.tallies.items() if r in run.probes[name]}
    if not _DECIDED & set(judged.values()):
        return Skipped(f"no verdict came of it alone ({', '.join(run.probes[name])})")
    return None


def _gate(run: Run) -> Iterator[TestCase]:
    """What is no matter of one requirement: the verdict, green only where the exit code is 0, and the baseline."""
    for entry, why in run.outdated.items():
        yield _case("gate", f"baseline: {entry}", Failure(why, "baseline"))
    kind = Failure if run.exit_code == ExitCode.BROKEN else Error
    text = [clean(line) for line in (*run.assessment.crashes, *run.notes)]
    alright = run.exit_code == ExitCode.OK
    yield _case("gate", "verdict", None if alright else _with_text(kind(run.headline, "gate"), text))


def _told(result: Result, findings: Iterable[Finding], run: Run) -> Iterator[str]:
    yield clean(result.text)
    yield f"source: {clean(result.source)}"
    for finding in findings:
        yield from ("", *_finding(finding, run))


def _finding(finding: Finding, run: Run) -> Iterator[str]:
    yield f"expected: {clean(finding.expected)}"
    yield f"happened: {clean(finding.happened)}"
    yield f"session: {clean(finding.session)} (seed {finding.seed}), {finding.at:+.3f}s"
    yield from map(str, steps(finding))
    if replay := run.replays.get(finding.session):
        yield f"replay: {clean(replay)}"


def _with_text(outcome: Failure | Error, lines: Iterable[str]) -> Failure | Error:
    """Every line is clean: none has a character that XML can't hold."""
    outcome.text = "\n".join(lines)
    return outcome
