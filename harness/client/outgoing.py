"""What the transports share of a request's way out: fields that can be sent, and a body in portions."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import quote

from harness.client.transport import Buffer, Reply, Request, TransportError
from harness.errors import UsageError

_STEPS: Final = 20
_TARGET: Final = "%/:?#[]@!$&'()*+,;=~"  # what a target may hold beside letters, digits and "-._" (RFC 3986 appendix A)


def wire_target(target: str) -> str:
    """The target, with whatever must not stand in a request line percent-encoded."""
    return quote(target, safe=_TARGET)


def check_headers(headers: Sequence[tuple[str, str]]) -> None:
    """Raise `UsageError` for a value that would break the request's head; the message does not show it."""
    for name, value in headers:
        if not (value.isascii() and value.isprintable()):  # RFC 9110 5.5
            raise UsageError(f"header {name!r}: expected printable ASCII characters; a line break at its end, perhaps?")


def portions(request: Request) -> Sequence[Buffer]:
    """The body as it is to leave: its own pieces; or, for a fault, up to `abort_after`, in equal steps if `spread`."""
    if request.abort_after is None and not request.spread:
        return request.body
    body = b"".join(request.body)[: request.abort_after]
    step = -(-len(body) // _STEPS) if request.spread else len(body)
    return [body[i : i + step] for i in range(0, len(body), step or 1)]


def aborted(request: Request) -> str:
    """What happened to a request with `abort_after`, in words."""
    return f"the scenario cut the upload off after {request.abort_after} of {request.length} bytes"


def together(sends: Sequence[Callable[[], Reply]]) -> list[Reply | TransportError]:
    """What comes of sending side by side, each in a thread."""

    def outcome(send: Callable[[], Reply]) -> Reply | TransportError:
        try:
            return send()
        except TransportError as error:
            return error

    with ThreadPoolExecutor(len(sends), thread_name_prefix="together") as pool:
        return list(pool.map(outcome, sends))
