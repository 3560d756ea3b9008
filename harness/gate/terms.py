"""What a run must decide, and what its user puts up with."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from harness.contract.catalogue import Catalogue
from harness.gate.baseline import Baseline, Known
from harness.oracle.assessment import Assessment
from harness.oracle.verdicts import Verdict
from harness.report.run import Excuse
from harness.scenario.call import Probe


@dataclass(frozen=True, slots=True)
class Terms:
    """As the user of the gate set them."""

    catalogue: Catalogue
    today: date
    """In UTC."""
    baseline: Baseline
    pin: str = ""
    """The version of the catalogue that the deployment is held to; empty for the newest."""
    waived: Collection[str] = ()
    """Requirements that need no verdict."""
    out_of_reach: Mapping[str, str] = field(default_factory=dict)
    """Requirements that could not be exercised here, and why."""

    def excuses(self, assessment: Assessment, aims: Collection[str]) -> list[Excuse]:
        """Why the run, which aimed at `aims`, does not fail by requirements that broke, or got no verdict."""
        undecided = [row.id for row in assessment.undecided(self.catalogue) if row.id in aims]
        return [e for requirement in (*assessment.broken, *undecided) for e in self._excuses(requirement, assessment)]

    def outdated(self, assessment: Assessment) -> dict[str, str]:
        """Entries of the baseline by which a whole run fails, and why: they have expired, or are stale."""
        told = {}
        for entry in self.baseline.known:
            if entry.expires < self.today:
                told[str(entry)] = f"expired on {entry.expires}"
            elif _verdict(entry, assessment) is Verdict.PASS:
                told[str(entry)] = "stale: it no longer fails, so take the entry out"
        return told

    def unjudged(self, assessment: Assessment) -> list[str]:
        """Entries of the baseline on which the run got no verdict, so that it can't tell whether they still hold."""
        decided = {Verdict.PASS, Verdict.FAIL}
        return [str(entry) for entry in self.baseline.known if _verdict(entry, assessment) not in decided]

    def _excuses(self, requirement: str, assessment: Assessment) -> Iterator[Excuse]:
        failed = assessment.verdict(requirement) is Verdict.FAIL
        if self.pin and requirement in self.catalogue.newer_than(self.pin):
            yield Excuse(requirement, "newer", f"newer than catalogue {self.pin}, which is pinned")
        elif requirement in self.waived and not failed:
            yield Excuse(requirement, "waived", "needs no verdict (--allow-unexercised)")
        elif requirement in self.out_of_reach and not failed:
            yield Excuse(requirement, "out of reach", self.out_of_reach[requirement])
        elif known := [k for k in self.baseline.known if k.requirement == requirement and k.expires >= self.today]:
            yield from (Excuse(requirement, "known", _why(entry), entry.probe) for entry in known)
            probes = {entry.probe for entry in known}
            if failed and "" not in probes and _only_in(probes, requirement, assessment):
                yield Excuse(requirement, "known", f"only in {', '.join(sorted(probes))}, where it is known")


def out_of_reach(probes: Iterable[Probe], *, alone: bool, disabled: bool) -> dict[str, str]:
    """Requirements that only those of the probes exercise which had to be left out, and why.

    They are where sessions have to be `alone` under their key, and where there is no `disabled` deployment.
    """
    reach, missing = set[str](), dict[str, str]()
    for probe in probes:
        if probe.deployment == "disabled" and not disabled:
            why = "needs a deployment on which live capture is switched off (--disabled-host)"
        elif probe.sessions > 1 and alone and not probe.alone:
            why = "needs several sessions at once, which this server does not hold under one key"
        else:
            reach.update(probe.exercises)
            continue
        missing |= dict.fromkeys(probe.exercises, why)
    return {requirement: why for requirement, why in missing.items() if requirement not in reach}


def _verdict(entry: Known, assessment: Assessment) -> Verdict:
    if not entry.probe:
        return assessment.verdict(entry.requirement)
    part = assessment.scenarios.get(entry.probe)
    tally = part.tallies.get(entry.requirement) if part else None
    return tally.verdict if tally else Verdict.NOT_EXERCISED


def _why(entry: Known) -> str:
    return f"known until {entry.expires}: {entry.reason}"


def _only_in(probes: Collection[str], requirement: str, assessment: Assessment) -> bool:
    """Whether it failed in no other probe."""
    seen = (assessment.scenarios[probe].tallies.get(requirement) for probe in probes if probe in assessment.scenarios)
    return sum(tally.failed for tally in seen if tally) == assessment.tallies[requirement].failed
