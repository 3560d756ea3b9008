"""Where a transport connects to, and in words why it can't."""

import errno
import socket
import ssl
from dataclasses import dataclass
from typing import Final, Self

from harness.client.transport import TransportError
from harness.client.urls import PORTS, scheme_host_port, split_host

EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS})
"""Errors of a machine that has no descriptor or port left: the client's own trouble, and none of the SUT's."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port (RFC 6454)."""

    scheme: str
    host: str
    """A name in its ASCII form, or an address; IPv6 without brackets."""
    port: int

    @classmethod
    def of(cls, url: str) -> Self:
        """The origin of a URL, whose path does not matter; raise `UsageError` where it is no HTTP URL."""
        return cls(*scheme_host_port(split_host(url)[0]))

    @property
    def authority(self) -> str:
        """Host and port, for messages."""
        return f"{self._bracketed}:{self.port}"

    @property
    def host_field(self) -> str:
        """The value of the `Host` field: without the port where it is the scheme's own (RFC 9110 7.2)."""
        return self._bracketed if self.port == PORTS[self.scheme] else self.authority

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def unreachable(self, error: OSError) -> TransportError:
        """The error of a connection that did not come about."""
        match error:
            case ConnectionRefusedError():
                why = f"connection refused by {self.authority}"
            case TimeoutError():
                why = f"no connection to {self.authority} in time"
            case OSError() if error.errno in EXHAUSTED:
                return TransportError("exhausted", f"this machine can open no further connection: {error.strerror}")
            case socket.gaierror():
                why = f"the host name {self.host!r} can't be resolved: {error.strerror}"
            case ssl.SSLCertVerificationError():
                why = f"the TLS certificate of {self.authority} is not trusted: {error.verify_message}"
            case ssl.SSLError():
                why = f"no TLS with {self.authority}: {error.reason or error.strerror}"
            case _:
                why = f"no connection to {self.authority}: {error.strerror or error}"
        return TransportError("unreachable", why)


def tls_context(*, verify: bool) -> ssl.SSLContext:
    """A client's TLS settings, with the system's trusted certificates, or those of `SSL_CERT_FILE`.

    It takes milliseconds and hundreds of kilobytes to make: one is enough for all sessions.
    """
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
