"""The axes of a chart: from a quantity to percent, with a few round marks."""

import math
from typing import Final, NamedTuple

from harness.report.results import duration
from harness.report.scale import nice

_MARKS: Final = 4
_TIMES: Final = (2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_TIME_MARKS: Final = 6
_BYTES: Final = {9: "G", 6: "M", 3: "k"}
_WHOLE: Final = 100
_DECADES: Final = 2
_FINER: Final = 5


class Mark(NamedTuple):
    """A round value on an axis."""

    at: float
    """Percent."""
    label: str


class Linear:
    """From 0 up, for counts and shares."""

    def __init__(self, highest: float, unit: str = "", marks: int | None = None) -> None:
        """`unit` stands behind each number; for `%`, 1 is a hundred of them. About so many `marks`, or a few."""
        self._unit = unit
        self._factor = 100 if unit == "%" else 1
        highest = highest or 1.0
        self._step = nice(highest / (marks or _MARKS))
        self.top = self._step * math.ceil(highest / self._step - 1e-9)

    def __call__(self, value: float) -> float:
        """Percent from the bottom."""
        return round(100 * value / self.top, 2)

    def told(self, value: float) -> str:
        """`4,200/s`, `0.5/s`, `300 MB`."""
        if self._unit == "B":
            power = next((power for power in _BYTES if value >= 10**power), 0)
            return f"{value / 10**power:.3g} {_BYTES.get(power, '')}B"
        value *= self._factor
        return (f"{value:,.0f}" if value >= _WHOLE else f"{value:.3g}") + self._unit

    @property
    def marks(self) -> list[Mark]:
        """Without the 0."""
        count = round(self.top / self._step)
        return [Mark(self(n * self._step), self.told(n * self._step)) for n in range(1, count + 1)]

    @property
    def finer(self) -> list[Mark]:
        """Between those."""
        count = _FINER * round(self.top / self._step)
        values = [n * self._step / _FINER for n in range(1, count + 1) if n % _FINER]
        return [Mark(self(value), self.told(value)) for value in values]


class Logarithmic:
    """For times, of which the short ones are to be seen beside the long ones."""

    def __init__(self, lowest: float, highest: float) -> None:
        """Seconds, more than 0."""
        self._high = nice(highest)
        self._low = min(1 / nice(1 / lowest), self._high / 10)

    def __call__(self, value: float) -> float:
        """Percent from the bottom."""
        return round(100 * math.log10(value / self._low) / math.log10(self._high / self._low), 2)

    told = staticmethod(duration)

    @property
    def marks(self) -> list[Mark]:
        """The powers of ten; where these are few, what lies between them as well."""
        low, high = math.floor(math.log10(self._low)), math.ceil(math.log10(self._high))
        steps = (1, 2, 5) if high - low <= _DECADES else (1,)
        values = [step * 10.0**power for power in range(low, high + 1) for step in steps]
        # What is off by rounding alone is still on the axis.
        return [Mark(at, duration(value)) for value in values if 0 <= (at := self(value)) <= 100]


class Time:
    """Of a run, from its begin on."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __call__(self, seconds: float) -> float:
        """Percent."""
        return round(100 * seconds / self._seconds, 2)

    @property
    def marks(self) -> list[Mark]:
        """`0:00`, `5:00`; over an hour, in hours and minutes."""
        step = next((step for step in _TIMES if self._seconds / step <= _TIME_MARKS), _TIMES[-1])
        return [Mark(self(at), clock(at)) for at in range(0, math.floor(self._seconds) + 1, step)]


def clock(seconds: float) -> str:
    """`1:20`, `1:02:00`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
