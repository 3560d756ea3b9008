"""Lies about keys: an endpoint takes any, and what is asked without the right one is really done."""

from typing import ClassVar

import msgspec

from harness.client.transport import Reply, Request
from harness.contract.messages import API_KEY_HEADER
from harness.history.observations import Kind
from harness.proof.tampering.lie import Ask, Lie, lie


class _Keyless(Lie):
    kind: ClassVar[Kind]

    def request(self, ask: Ask, request: Request) -> Request | Reply:
        if ask.kind != self.kind or ask.key:
            return request
        others = (pair for pair in request.headers if pair[0].lower() != API_KEY_HEADER.lower())
        return msgspec.structs.replace(request, headers=((API_KEY_HEADER, self.course.key), *others))


@lie("start-keyless")
class StartKeyless(_Keyless):
    """A session starts without the right key."""

    trips = ("AUTH-1",)
    kind = "start"


@lie("chunk-keyless")
class ChunkKeyless(_Keyless):
    """Chunks are taken without the right key."""

    trips = ("AUTH-2",)
    kind = "chunk"


@lie("control-keyless")
class ControlKeyless(_Keyless):
    """Control acts without the right key."""

    trips = ("AUTH-3",)
    kind = "control"


@lie("events-keyless")
class EventsKeyless(_Keyless):
    """The event stream is open to everybody."""

    trips = ("AUTH-4",)
    kind = "attach"
