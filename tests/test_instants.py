"""Moments as servers write them."""

import pytest

from harness.contract.messages import read_instant

EIGHT = 1_800_000_000.0  # 2027-01-15, 08:00 UTC


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2027-01-15T08:00:00Z", EIGHT),
        ("2027-01-15t08:00:00.25z", EIGHT + 0.25),
        ("2027-01-15T10:00:00.123456+02:00", EIGHT + 0.123456),
        ("2027-01-15T02:30:00-05:30", EIGHT),
        ("2027-01-15 08:00:00", EIGHT),
        ("Fri, 15 Jan 2027 08:00:00 GMT", EIGHT),
        ("Fri, 15 Jan 2027 10:00:00 +0200", EIGHT),
        (1_800_000_000, EIGHT),
        (1_800_000_000.5, EIGHT + 0.5),
        ("1800000000.5", EIGHT + 0.5),
        (1_800_000_000_500, EIGHT + 0.5),
    ],
)
def test_each_way_of_writing_a_moment_is_read(written, meant):
    assert read_instant(written) == pytest.approx(meant, abs=1e-6)


@pytest.mark.parametrize(
    "written", [None, True, "", "soon", "6s", -1, 0, 1e15, [], "Fri, 15 Jan 99999999999999999999 08:00:00 GMT"]
)
def test_what_is_no_moment_is_none(written):
    with pytest.raises(ValueError):  # noqa: PT011 - callers only need to know that it can't be read
        read_instant(written)
