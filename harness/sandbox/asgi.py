"""A thin ASGI shell around the service: it reads bodies, tells the time and carries streams; the rest is the service's.

Everything runs in the event loop's one thread, so that the service needs no lock.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from harness.sandbox.exchange import Served
from harness.sandbox.outlet import Outlet
from harness.sandbox.service import Service

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# A consumer that left and another that comes may be seen in one turn of the event loop. The first has been taken off
# after four more: end of file, connection lost, message received, callback.
_TURNS_TO_NOTICE_A_LEAVER: Final = 8


class App:
    """An ASGI 3 application without a lifespan."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._alarm: asyncio.TimerHandle | None = None
        self._open: set[Outlet] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        body = await self._whole_body(receive)
        if body is None:
            return
        if scope["path"].endswith("/events"):
            for _ in range(_TURNS_TO_NOTICE_A_LEAVER):
                await asyncio.sleep(0)
        served = self._serve(scope, body)
        if served.delay:
            await asyncio.sleep(served.delay)
        accepts = next((value for name, value in scope["headers"] if name == b"accept-encoding"), b"")
        fields, body = self._service.shell.dress(served, accepts.decode("latin-1"))
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]
        await send({"type": "http.response.start", "status": served.status, "headers": headers})
        if served.outlet is None:
            await self._write(body, send, last=True)
        else:
            await self._carry(served.outlet, receive, send)

    def stop(self) -> None:
        """End every open stream, so that the server can stop."""
        for outlet in self._open:
            outlet.close()

    async def _whole_body(self, receive: Receive) -> bytes | None:
        """The body, or a little more than the service takes of one too large; None if the client left half way."""
        pieces: list[bytes] = []
        size = 0
        while size <= self._service.settings.max_body:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if not message.get("more_body", False):
                break
        return b"".join(pieces)

    def _serve(self, scope: Message, body: bytes) -> Served:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        now = asyncio.get_running_loop().time()
        try:
            return self._service.handle(scope["method"], scope["path"], headers, body, now, time.time())
        finally:
            self._set_alarm()

    async def _carry(self, outlet: Outlet, receive: Receive, send: Send) -> None:
        ready = asyncio.Event()
        outlet.on_ready = ready.set
        leaving = asyncio.ensure_future(receive())  # after the body, the only message left is the disconnect

        def left(_: object) -> None:
            outlet.hang_up()
            ready.set()

        leaving.add_done_callback(left)
        self._open.add(outlet)
        try:
            while not leaving.done():
                ready.clear()
                if data := outlet.take():
                    await self._write(data, send)
                elif outlet.closed:
                    await send({"type": "http.response.body", "body": b""})
                    return
                else:
                    await ready.wait()
        finally:
            self._open.discard(outlet)
            leaving.cancel()

    async def _write(self, data: bytes, send: Send, *, last: bool = False) -> None:
        *pieces, rest = self._service.shell.cut(data)
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(0)  # so that each leaves by itself
        await send({"type": "http.response.body", "body": rest, "more_body": not last})

    def _set_alarm(self) -> None:
        """Be woken at the next moment at which something happens by itself."""
        due = self._service.next_due()
        if self._alarm is not None:
            if due is not None and self._alarm.when() <= due:
                return  # woken early enough
            self._alarm.cancel()
            self._alarm = None
        if due is not None:
            self._alarm = asyncio.get_running_loop().call_at(due, self._advance)

    def _advance(self) -> None:
        self._alarm = None
        try:
            self._service.advance(asyncio.get_running_loop().time(), time.time())
        finally:
            self._set_alarm()
