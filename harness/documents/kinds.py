"""Types of fields that are written as quantities."""

from typing import Annotated

from harness.documents import quantities
from harness.documents.convert import written

_UNSIGNED = r"[0-9]+(\.[0-9]+)? ?"

Duration = Annotated[
    float, written(quantities.duration, "a duration such as 5s or 200ms", pattern=rf"^{_UNSIGNED}(ms|s|m|h)$")
]
"""Seconds."""
DurationRange = Annotated[
    tuple[float, float],
    written(quantities.duration_range, "two durations such as 200ms..5s", pattern=r"^.+\.\..+$"),
]
"""Seconds, the lesser first."""
Size = Annotated[
    int, written(quantities.size, "a size such as 64KiB or 32kB", pattern=rf"^{_UNSIGNED}(B|kB|KiB|MB|MiB)$")
]
"""Bytes."""
Frequency = Annotated[int, written(quantities.frequency, "a frequency such as 16kHz", pattern=rf"^{_UNSIGNED}k?Hz$")]
"""Hertz."""
Rate = Annotated[float, written(quantities.rate, "a rate such as 5/s or 90/m", pattern=rf"^{_UNSIGNED}/[smh]$")]
"""Times a second."""
Percentage = Annotated[float, written(quantities.percentage, "a percentage such as 20%", pattern=rf"^{_UNSIGNED}%$")]
"""A fraction, 0 to 1."""
Level = Annotated[float, written(quantities.level, "a level such as -20 dBFS", pattern=r"^(-.+|0) ?dBFS$")]
"""Decibels below full scale, 0 or negative."""
Speed = Annotated[
    float, written(quantities.speed, "realtime, max or a factor such as 4x", pattern=rf"^(realtime|max|{_UNSIGNED}x)$")
]
"""Media seconds a second; infinite for `max`."""
