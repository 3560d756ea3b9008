"""Every mutant is killed by the probes, and for the reason that it declares; no variant is accused of anything."""

import hashlib

import pytest

from harness.contract.catalogue import load_catalogue
from harness.oracle.checks import CHECKED
from harness.oracle.verdicts import Verdict
from harness.proof.in_memory import assess, probes, serve
from harness.proof.matrix import row
from harness.sandbox.mutants import MUTANTS
from harness.sandbox.outlet import Outlet
from harness.sandbox.service import Service
from harness.sandbox.variants import VARIANTS

PROBES = probes()


def proven(altered):
    return row(altered, assess(serve(altered.service)), 0.0)


def test_the_sandbox_passes_every_checked_requirement():
    assessment = assess(serve(Service))
    assert {name for name in assessment.tallies if assessment.verdict(name) is Verdict.PASS} == CHECKED
    assert not assessment.problems
    assert not assessment.too_long


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_is_killed_for_what_it_breaks_and_nothing_else(mutant):
    found = proven(mutant)
    assert not found.crashes
    assert found.tripped.keys() == set(mutant.trips), found.tripped


class Overheard:
    """All that services of a kind do on the wire, and when, as a digest."""

    def __init__(self, kind, monkeypatch):
        self._digest = hashlib.blake2s()
        self._now = 0.0
        handle, advance, put, close = kind.handle, kind.advance, Outlet.put, Outlet.close
        monkeypatch.setattr(kind, "advance", lambda service, now, wall: self._at(now) or advance(service, now, wall))
        monkeypatch.setattr(kind, "handle", lambda service, *request: self._handle(handle, service, *request))
        monkeypatch.setattr(Outlet, "put", lambda outlet, data: self._note(data) or put(outlet, data))
        monkeypatch.setattr(Outlet, "close", lambda outlet: self._note(outlet.closed) or close(outlet))

    def _handle(self, handle, service, *request):
        served = handle(service, *request)
        self._note(served.status, served.headers, served.body, served.delay)
        return served

    def _at(self, now):
        self._now = now

    def _note(self, *seen):
        self._digest.update(repr((self._now, seen)).encode())

    @property
    def all(self):
        return self._digest.hexdigest()


@pytest.fixture(scope="module")
def sandbox():
    with pytest.MonkeyPatch.context() as patch:
        overheard = Overheard(Service, patch)
        assess(serve(Service))
        return overheard.all


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_a_variant_is_different_and_not_accused(variant, sandbox, monkeypatch):
    overheard = Overheard(variant.service, monkeypatch)
    found = proven(variant)
    assert not found.crashes
    assert not found.tripped
    assert not found.undecided
    assert overheard.all != sandbox or variant.service.shell != Service.shell


def test_every_checked_requirement_has_a_mutant_and_a_probe_that_aims_at_it():
    assert {name for mutant in MUTANTS.values() for name in mutant.trips} == CHECKED
    aims = {name for probe in PROBES for name in probe.exercises}
    assert aims >= CHECKED
    assert aims <= {requirement.id for requirement in load_catalogue().requirements}


@pytest.mark.parametrize("probe", PROBES, ids=[probe.name for probe in PROBES])
def test_a_probe_exercises_what_it_aims_at(probe):
    assessment = assess(serve(Service), [probe])
    passed = {name for name in assessment.tallies if assessment.verdict(name) is Verdict.PASS}
    assert set(probe.exercises) & CHECKED <= passed
