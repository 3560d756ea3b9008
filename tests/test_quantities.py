"""Quantities as people write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.documents import quantities


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (quantities.duration, "200ms", 0.2),
        (quantities.duration, "5s", 5.0),
        (quantities.duration, "5 s", 5.0),
        (quantities.duration, "2m", 120.0),
        (quantities.duration, "1.5h", 5400.0),
        (quantities.duration, "0s", 0.0),
        (quantities.duration_range, "200ms..5s", (0.2, 5.0)),
        (quantities.duration_range, "1s..1s", (1.0, 1.0)),
        (quantities.size, "100B", 100),
        (quantities.size, "32kB", 32_000),
        (quantities.size, "64KiB", 65_536),
        (quantities.size, "1.5KiB", 1536),
        (quantities.size, "2MB", 2_000_000),
        (quantities.size, "1MiB", 1_048_576),
        (quantities.frequency, "16kHz", 16_000),
        (quantities.frequency, "44.1kHz", 44_100),
        (quantities.frequency, "8000Hz", 8000),
        (quantities.rate, "5/s", 5.0),
        (quantities.rate, "90/m", 1.5),
        (quantities.rate, "3600/h", 1.0),
        (quantities.percentage, "20%", 0.2),
        (quantities.percentage, "99.5%", 0.995),
        (quantities.percentage, "100%", 1.0),
        (quantities.level, "-20 dBFS", -20.0),
        (quantities.level, "-3.5dBFS", -3.5),
        (quantities.level, "0 dBFS", 0.0),
        (quantities.speed, "realtime", 1.0),
        (quantities.speed, "4x", 4.0),
        (quantities.speed, "0.5x", 0.5),
        (quantities.speed, "max", math.inf),
        (quantities.share_of_ttl, "60% of ttl", 0.6),
        (quantities.share_of_ttl, "120% of ttl", 1.2),
        (quantities.threshold, "< 500ms", ("<", 0.5, "seconds")),
        (quantities.threshold, "<500ms", ("<", 0.5, "seconds")),
        (quantities.threshold, "≤ 3s", ("≤", 3.0, "seconds")),
        (quantities.threshold, "<= 3s", ("≤", 3.0, "seconds")),
        (quantities.threshold, "≥ 99.5%", ("≥", 0.995, "fraction")),
        (quantities.threshold, ">= 99.5%", ("≥", 0.995, "fraction")),
        (quantities.threshold, "> 1%", (">", 0.01, "fraction")),
        (quantities.threshold, "= 0", ("=", 0, "count")),
    ],
)
def test_what_is_understood(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (quantities.duration, "5", "'5' has no unit; expected a duration such as 200ms"),
        (quantities.duration, "-5s", "'-5s' is negative"),
        (quantities.duration, "", "can't be read"),
        (quantities.duration, "s", "can't be read"),
        (quantities.duration, "5 seconds", "can't be read"),
        (quantities.duration, "1:30", "can't be read"),
        (quantities.duration, "1e3s", "can't be read"),
        (quantities.duration, "infs", "can't be read"),
        (quantities.duration, "\N{ARABIC-INDIC DIGIT FIVE}s", "can't be read"),
        (quantities.duration, "5s\n", "can't be read"),
        (quantities.duration, "9" * 400 + "h", "can't be read"),
        (quantities.duration_range, "5s", "expected two durations such as 200ms..5s"),
        (quantities.duration_range, "5s..200ms", "shorter duration first"),
        (quantities.duration_range, "5s..", "can't be read"),
        (quantities.size, "64KB", "64KiB (65,536 bytes)"),
        (quantities.size, "0.5B", "not a whole number"),
        (quantities.frequency, "16", "expected a frequency such as 16kHz"),
        (quantities.frequency, "16khz", "expected a frequency such as 16kHz"),
        (quantities.rate, "5", "expected a rate such as 5/s"),
        (quantities.percentage, "101%", "0% to 100%"),
        (quantities.percentage, "0.2", "expected a percentage such as 20%"),
        (quantities.level, "20 dBFS", "0 dBFS or less, such as -20 dBFS"),
        (quantities.level, "-20", "such as -20 dBFS"),
        (quantities.speed, "fast", "realtime, max or a factor such as 4x"),
        (quantities.speed, "0x", "stands still"),
        (quantities.share_of_ttl, "60%", "such as 60% of ttl"),
        (quantities.threshold, "500ms", "expected one such as < 500ms"),
        (quantities.threshold, "< 0.5", "expected a duration"),
        (quantities.threshold, "≥ 200%", "0% to 100%"),
    ],
)
def test_what_is_turned_down_gets_an_example(read, text, message):
    with pytest.raises(ValueError, match=r"expected") as caught:
        read(text)
    assert message in str(caught.value)


READERS = [
    quantities.duration,
    quantities.duration_range,
    quantities.size,
    quantities.frequency,
    quantities.rate,
    quantities.percentage,
    quantities.level,
    quantities.speed,
    quantities.share_of_ttl,
    quantities.threshold,
]


@given(st.sampled_from(READERS), st.text("0123456789.-+ smhBkKiMHz/%xofdtl<>=≥≤FS", max_size=12) | st.text(max_size=8))
def test_any_text_is_understood_or_turned_down(read, text):
    try:
        value = read(text)
    except ValueError as error:
        assert "expected" in str(error)  # noqa: PT017 - either outcome is right
    else:
        numbers = [part for part in (value if isinstance(value, tuple) else (value,)) if not isinstance(part, str)]
        assert numbers
        assert not any(math.isnan(number) for number in numbers)
        assert read is quantities.level or min(numbers) >= 0


@given(st.integers(0, 10**9))
def test_whole_milliseconds_survive(milliseconds):
    assert round(quantities.duration(f"{milliseconds}ms") * 1000) == milliseconds
