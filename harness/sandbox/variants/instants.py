"""Variants that tell the time in another way, or go by another clock."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from email.utils import formatdate
from typing import ClassVar

from harness.sandbox.exchange import Served
from harness.sandbox.registry import variant
from harness.sandbox.service import Service


@variant("epoch-milliseconds")
class EpochMilliseconds(Service):
    """`expires_at` is epoch milliseconds."""

    def instant(self, wall: float) -> str | float:
        return math.floor(wall * 1000)


@variant("epoch-whole-seconds")
class EpochWholeSeconds(Service):
    """`expires_at` is whole epoch seconds."""

    def instant(self, wall: float) -> str | float:
        return math.floor(wall)


@variant("epoch-as-text")
class EpochAsText(Service):
    """`expires_at` is epoch seconds as a text."""

    def instant(self, wall: float) -> str | float:
        return f"{math.floor(wall * 1000) / 1000:.3f}"


@variant("expiry-as-http-date")
class ExpiryAsHttpDate(Service):
    """`expires_at` is written like the header `Expires`."""

    def instant(self, wall: float) -> str | float:
        return formatdate(math.floor(wall), usegmt=True)


class _Iso(Service):
    zone: ClassVar[timezone] = UTC
    digits: ClassVar[str] = "milliseconds"

    def instant(self, wall: float) -> str | float:
        return datetime.fromtimestamp(wall, self.zone).isoformat(timespec=self.digits)


@variant("expiry-east-of-utc")
class ExpiryEastOfUtc(_Iso):
    """`expires_at` has the offset +02:00."""

    zone = timezone(timedelta(hours=2))


@variant("expiry-west-of-utc")
class ExpiryWestOfUtc(_Iso):
    """`expires_at` has the offset -05:30, and microseconds."""

    zone = timezone(-timedelta(hours=5, minutes=30))
    digits = "microseconds"


@variant("expiry-in-whole-seconds")
class ExpiryInWholeSeconds(_Iso):
    """`expires_at` has whole seconds."""

    digits = "seconds"


@variant("expiry-without-offset")
class ExpiryWithoutOffset(Service):
    """`expires_at` is UTC and does not say so; a space stands in place of the T."""

    def instant(self, wall: float) -> str | float:
        return datetime.fromtimestamp(wall, UTC).replace(tzinfo=None).isoformat(" ", "milliseconds")


class _Skewed(Service):
    """The server's clock is wrong, in `Date` as in `expires_at`."""

    ahead: ClassVar[float]

    def handle(  # noqa: PLR0917 - the signature of what is replaced
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes, now: float, wall: float
    ) -> Served:
        return super().handle(method, target, headers, body, now, wall + self.ahead)


@variant("clock-an-hour-fast")
class ClockAnHourFast(_Skewed):
    """The server's clock is an hour fast."""

    ahead = 3_600


@variant("clock-an-hour-slow")
class ClockAnHourSlow(_Skewed):
    """The server's clock is an hour slow."""

    ahead = -3_600


@variant("clock-two-days-fast")
class ClockTwoDaysFast(_Skewed):
    """The server's clock is two days fast."""

    ahead = 2 * 86_400


@variant("clock-two-days-slow")
class ClockTwoDaysSlow(_Skewed):
    """The server's clock is two days slow."""

    ahead = -2 * 86_400


@variant("date-of-a-second-ago")
class DateOfASecondAgo(Service):
    """The field `Date` is written once a second and used again, so that it lags behind."""

    def handle(  # noqa: PLR0917 - the signature of what is replaced
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes, now: float, wall: float
    ) -> Served:
        served = super().handle(method, target, headers, body, now, wall)
        late = formatdate(math.floor(wall - 0.95), usegmt=True)
        served.headers[:] = [(name, late if name == "Date" else value) for name, value in served.headers]
        return served
