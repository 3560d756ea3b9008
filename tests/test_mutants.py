"""The registers of mutants and variants. That each one does what it says is shown by the kill matrix."""

import re

import pytest

from harness.sandbox.mutants import MUTANTS
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.variants import VARIANTS

ALTERED = {**MUTANTS, **VARIANTS}


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED)
def test_each_one_says_what_is_different_in_a_line(altered):
    assert re.fullmatch(r"[A-Z`].{10,110}\.", altered.about)
    assert altered.service.__doc__ != Service.__doc__


@pytest.mark.parametrize("altered", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_names_the_requirements_that_it_breaks(altered):
    assert altered.trips
    assert list(altered.trips) == sorted(set(altered.trips), key=lambda trip: (trip.split("-")[0], len(trip), trip))
    assert all(
        re.fullmatch(r"(AUTH|AVAIL|START|CHUNK|CTRL|TTL|STREAM|EVENT|OPS)-[1-9]\d?", trip) for trip in altered.trips
    )


def test_a_variant_breaks_none():
    assert not any(altered.trips for altered in VARIANTS.values())


@pytest.mark.parametrize("name", ALTERED)
def test_names_can_be_typed(name):
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name)
    assert not (name in MUTANTS and name in VARIANTS)


def test_no_two_are_the_same_service():
    assert len({altered.service for altered in ALTERED.values()}) == len(ALTERED)


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="'gap-accepted' is taken by GapAccepted"):
        mutant("gap-accepted", trips=("CHUNK-3",))(Service)
