"""Histories that perhaps nobody wants: until that is known, those of a process wait in one file together."""

import errno
import os
import weakref
from array import array
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from harness.history.file import PIECE, HistoryWriter


class Spool:
    """A file without a name, in blocks of `PIECE` bytes that are used again and again; for one thread.

    A block costs a fraction of what it costs to open a file, append to it and remove it later, and less still of what
    compressing it would. The file is made with the first block, and when its process is gone, nothing is left of it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder
        self._free: list[int] = []
        self._end = 0

    def put(self, block: bytes) -> int:
        """Keep `PIECE` bytes under the number that is returned. Raise `OSError`."""
        if not self._free:
            self._free.append(self._end)
            self._end += 1
        if os.pwrite(self._fd, block, self._free[-1] * PIECE) < PIECE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # there was room for some of it
        return self._free.pop()

    def get(self, number: int) -> bytes:
        """What was kept under this number. Raise `OSError`."""
        return os.pread(self._fd, PIECE, number * PIECE)

    def free(self, numbers: Iterable[int]) -> None:
        """What was kept under these is not needed any more."""
        self._free.extend(numbers)

    @cached_property
    def _fd(self) -> int:
        file = TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 -- as long as there is the spool
        weakref.finalize(self, file.close)
        return file.fileno()


class Draft(HistoryWriter):
    """A history whose file is written when it is closed. In memory it grows by four bytes with each block."""

    __slots__ = ("_blocks", "_spool")

    def __init__(self, path: Path, spool: Spool) -> None:
        super().__init__(path)
        self._spool: Final = spool
        self._blocks = array("I")

    def close(self) -> bool:
        """Write all of it; raise `OSError`. Whether all of it is there now."""
        try:
            if not self._failed:
                with self.path.open("wb") as file:
                    file.writelines(map(self._spool.get, self._blocks))
                    file.writelines(self._lines)
        finally:
            self._release()
        return not self._failed

    def discard(self) -> None:
        """Leave nothing of it; raise `OSError`."""
        self._release()
        super().discard()

    def _write(self, data: bytes) -> None:
        whole = len(data) - len(data) % PIECE
        for begin in range(0, whole, PIECE):
            self._blocks.append(self._spool.put(data[begin : begin + PIECE]))
        self._lines.append(data[whole:])

    def _release(self) -> None:
        self._spool.free(self._blocks)
        self._blocks = array("I")
