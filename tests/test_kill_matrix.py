"""Every mutant is killed by the probes, and for the reason that it declares; no variant is accused of anything."""

import pytest

from harness.contract.catalogue import load_catalogue
from harness.oracle.checks import CHECKED
from harness.oracle.verdicts import Verdict
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.variants import VARIANTS
from harness.scenario.call import Probe
from harness.scenario.loader import shipped

PROBES = [scenario for scenario in shipped() if isinstance(scenario, Probe)]


def verdicts(perform, verdict, *service):
    return set().union(*(perform(probe, *service).verdicts(verdict) for probe in PROBES))


def test_the_sandbox_passes_every_checked_requirement(perform):
    assert verdicts(perform, Verdict.PASS) == CHECKED
    assert verdicts(perform, Verdict.FAIL) == set()
    assert verdicts(perform, Verdict.INCONCLUSIVE) == set()


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_is_killed_for_what_it_breaks_and_nothing_else(mutant, perform):
    assert verdicts(perform, Verdict.FAIL, mutant.service) == set(mutant.trips)


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_a_variant_is_not_accused(variant, perform):
    assert verdicts(perform, Verdict.FAIL, variant.service) == set()
    assert verdicts(perform, Verdict.INCONCLUSIVE, variant.service) == set()


def test_every_checked_requirement_has_a_mutant_and_a_probe_that_aims_at_it():
    assert {name for mutant in MUTANTS.values() for name in mutant.trips} == CHECKED
    aims = {name for probe in PROBES for name in probe.exercises}
    assert aims >= CHECKED
    assert aims <= {requirement.id for requirement in load_catalogue().requirements}


@pytest.mark.parametrize("probe", PROBES, ids=[probe.name for probe in PROBES])
def test_a_probe_exercises_what_it_aims_at(probe, perform):
    passed = perform(probe).verdicts(Verdict.PASS)
    assert set(probe.exercises) & CHECKED <= passed
