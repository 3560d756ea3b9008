"""A sandbox as a child process, for whoever needs one for a while."""

import os
import subprocess
import sys
import tempfile
import threading
from types import TracebackType
from typing import Final, Self

from harness.contract.messages import KEY_VARIABLE
from harness.errors import UnusableError
from harness.sandbox.settings import DEFAULT_KEY

ANNOUNCEMENT: Final = "sandbox listening on "
STARTING: Final = 30.0  # seconds; decoders and numpy take a while to load on a busy machine
STOPPING: Final = 3.0


class Sandbox:
    """Runs `python -m harness.sandbox` with `flags`, on a free port of the loopback; a context manager.

    It never outlives its parent: it stops when its standard input, a pipe from us, closes. Blocking standard-library
    code throughout, so that it waits cooperatively under gevent's monkey-patching. Raises `UnusableError`.
    """

    def __init__(self, *flags: str, api_key: str = DEFAULT_KEY) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - a file and not a pipe, which nobody would empty
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "harness.sandbox", "--port", "0", "--exit-with-stdin", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            env=os.environ | {KEY_VARIABLE: api_key},
            # The terminal's Ctrl-C is not for it: it must be there until its parent's sessions are cancelled.
            start_new_session=True,
        )
        try:
            self.url = self._announced()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def stop(self) -> None:
        """End the child, if need be by force, and pass on what it complained of. May be called again."""
        if self._complaints.closed:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOPPING)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        sys.stderr.write(self._complained())
        for pipe in (self._process.stdin, self._process.stdout, self._complaints):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _announced(self) -> str:
        lines: list[bytes] = []
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101 - for mypy: it was asked for above
        reader = threading.Thread(target=lambda: lines.append(pipe.readline()), daemon=True)
        reader.start()
        reader.join(STARTING)
        line = lines[0].decode().strip() if lines else ""
        if not line.startswith(ANNOUNCEMENT):
            self._process.kill()
            self._process.wait()
            said = self._complained().strip() or f"nothing within {STARTING:.0f} s"
            raise UnusableError(f"the sandbox did not start; it said: {said}")
        return line.removeprefix(ANNOUNCEMENT)

    def _complained(self) -> str:
        """What it wrote to its standard error since we asked last."""
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors="replace")
        self._complaints.truncate(0)
        return said
