"""The SUT, as a run knows it before its first session."""

import msgspec

from harness.contract.profile import Profile
from harness.errors import UsageError


class Deployment(msgspec.Struct, frozen=True):
    """The SUT, as every session of a run sees it."""

    origin: str
    prefix: str
    """Path prefix of the host that the user named; empty for most."""
    key: str
    profile: Profile = Profile()
    server_offset: tuple[float, float] | None = None
    max_wait: float = 600.0
    """Seconds; a plan that would have to wait longer at one point ends there, and says so."""

    disabled: bool = False
    """Live capture is switched off there: no start needs to be accepted."""

    def __post_init__(self) -> None:
        if not self.key.isascii() or not self.key.isprintable():
            raise UsageError("the API key has characters that no HTTP header can carry")

    def __repr__(self) -> str:
        return f"Deployment({self.origin}{self.prefix})"  # the key stays out of every message
