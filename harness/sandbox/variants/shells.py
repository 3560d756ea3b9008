"""Variants whose replies travel otherwise. Over memory there is nothing to see of it."""

from harness.sandbox.registry import variant
from harness.sandbox.service import Service
from harness.sandbox.shell import Shell


@variant("connections-close")
class ConnectionsClose(Service):
    """A connection serves one request and is closed."""

    shell = Shell(keeps_alive=False)


@variant("chunked-replies")
class ChunkedReplies(Service):
    """Replies come in the chunked transfer coding."""

    shell = Shell(tells_length=False)


@variant("gzip-replies")
class GzipReplies(Service):
    """Replies are compressed for clients that take it."""

    shell = Shell(compresses=True)


@variant("byte-by-byte")
class ByteByByte(Service):
    """Bodies and streams come one byte at a time."""

    shell = Shell(packet=1)
