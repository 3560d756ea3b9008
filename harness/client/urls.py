"""Session URLs: where a request goes, and where it must not go."""

from functools import lru_cache
from typing import Final
from urllib.parse import urljoin, urlsplit

from harness.errors import UsageError

PORTS: Final = {"http": 80, "https": 443}
"""The port of each scheme that a URL need not name."""


class ForeignOriginError(ValueError):
    """A URL leads to an origin that the user did not name; the API key must not follow it."""


def split_host(host: str) -> tuple[str, str]:
    """The origin and the path prefix of the `--host` that the user named.

    Raise `UsageError` where it is no HTTP URL, or holds a user's name or password; the message does not show them.
    """
    try:
        scheme_host_port(host)
        parts = urlsplit(host)
        valid = "@" not in parts.netloc
    except ValueError:
        valid = False
    if not valid:
        shown = host.rpartition("@")[2]
        expected = "an http:// or https:// URL without a user name, such as http://127.0.0.1:8080"
        raise UsageError(f"host {shown!r}: expected {expected}")
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")


def target(origin: str, prefix: str, url: str) -> str:
    """The path and query to ask for, at `origin`, of a URL that the SUT gave: absolute, or relative to the origin.

    A relative one below a gateway's path prefix may or may not name the prefix; both are read the way the document's
    own recipe reads them, which asks at the base URL that the user configured. Raise `ForeignOriginError`.
    """
    try:
        parts = urlsplit(urljoin(origin + prefix + "/", url))
        foreign = scheme_host_port(f"{parts.scheme}://{parts.netloc}") != scheme_host_port(origin)
        foreign = foreign or any(c in url for c in "\r\n ")
    except ValueError:
        foreign = True
    if foreign:
        raise ForeignOriginError(url)
    path = parts.path or "/"
    if not urlsplit(url).netloc and prefix and not path.startswith(prefix + "/"):
        path = prefix + path
    return f"{path}?{parts.query}" if parts.query else path


@lru_cache(64)  # it is asked before every request
def scheme_host_port(url: str) -> tuple[str, str, int]:
    """The origin of a URL (RFC 6454 section 4), with the host as DNS has it; raise `ValueError` where it has none."""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode("ascii")
    port = PORTS.get(parts.scheme) if parts.port is None else parts.port
    if parts.scheme not in PORTS or not host or not port:
        raise ValueError(f"no HTTP URL: {url!r}")
    return parts.scheme, host, port
