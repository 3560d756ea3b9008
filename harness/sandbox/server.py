"""The sandbox on a socket, by uvicorn."""

import asyncio
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn

from harness.errors import UnusableError
from harness.sandbox.asgi import App
from harness.sandbox.service import Service

if sys.platform != "win32":
    import resource

BACKLOG: Final = 4096
DESCRIPTORS: Final = 65_536  # a session holds two connections; the usual limit of 1,024 files would be 500 sessions


def serve(
    service: Service,
    host: str,
    port: int,
    announce: Callable[[str], None],
    until_eof: int | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, or until the pipe `until_eof` (a file descriptor) is closed at its other end.

    Port 0 takes a free one. `announce` is called with the URL once connections are taken. Raises `UnusableError`.
    """
    _allow_many_files()
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
        # Handed on to accepted connections. asyncio sets it only on sockets whose protocol number is not 0; without
        # it the second part of each reply waits 40 ms for the client's delayed acknowledgement of the first.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        why = str(error.strerror).partition(" (")[0]  # the standard library adds the address once more
        raise UnusableError(f"can't listen on {host}, port {port}: {why}; choose another one") from error
    with listening:
        bound = listening.getsockname()[1]
        url = f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}"
        _Server(App(service), lambda: announce(url), until_eof).run([listening])


class _Server(uvicorn.Server):
    def __init__(self, app: App, announce: Callable[[], None], until_eof: int | None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_level="error",
                access_log=False,
                date_header=False,  # the service writes it, so that it is never a second old
                server_header=False,
                backlog=BACKLOG,
                timeout_keep_alive=600,  # a caller's silence: no client should have to connect again after it
                timeout_graceful_shutdown=1,
            )
        )
        self._app = app
        self._announce = announce
        self._until_eof = until_eof

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._until_eof is not None:
            asyncio.get_running_loop().add_reader(self._until_eof, self._stop)
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.stop()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        # uvicorn would raise the signal again at the end; but this is how a sandbox is meant to end.
        self._stop()

    def _stop(self) -> None:
        self.should_exit = True


def _allow_many_files() -> None:
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
