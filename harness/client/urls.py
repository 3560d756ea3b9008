"""Session URLs: where a request goes, and where it must not go."""

from urllib.parse import SplitResult, urljoin, urlsplit

from harness.errors import UsageError

_PORTS = {"http": 80, "https": 443}


class ForeignOriginError(ValueError):
    """A URL leads to an origin that the user did not name; the API key must not follow it."""


def split_host(host: str) -> tuple[str, str]:
    """The origin and the path prefix of the `--host` that the user named.

    Raise `UsageError` where it is no HTTP URL.
    """
    try:
        parts = urlsplit(host)
        valid = parts.scheme in _PORTS and parts.hostname and not parts.username and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise UsageError(f"host {host!r}: expected an http:// or https:// URL, such as http://127.0.0.1:8080")
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")


def target(origin: str, prefix: str, url: str) -> str:
    """The path and query to ask for, at `origin`, of a URL that the SUT gave: absolute, or relative to the origin.

    A relative one below a gateway's path prefix may or may not name the prefix; both are read the way the document's
    own recipe reads them, which asks at the base URL that the user configured. Raise `ForeignOriginError`.
    """
    try:
        parts = urlsplit(urljoin(origin + prefix + "/", url))
        foreign = _origin(parts) != _origin(urlsplit(origin)) or any(c in url for c in "\r\n ")
    except ValueError:
        foreign = True
    if foreign:
        raise ForeignOriginError(url)
    path = parts.path or "/"
    if not urlsplit(url).netloc and prefix and not path.startswith(prefix + "/"):
        path = prefix + path
    return f"{path}?{parts.query}" if parts.query else path


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    """Scheme, host and port (RFC 6454 section 4)."""
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
