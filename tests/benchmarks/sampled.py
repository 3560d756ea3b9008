"""Locust in a process that looks every few milliseconds of CPU at where it is: its flags follow the file to write to.

SIGUSR1 begins, SIGUSR2 ends and writes. A sample counts for each function on the stack of the running greenlet, and
once more for the innermost one; what C code spends counts for the Python function that called it.
"""

import json
import signal
import sys
from collections import Counter
from pathlib import Path

EVERY = 0.002  # seconds of CPU


def name(code):
    path = Path(code.co_filename)
    return f"{'/'.join(path.parts[-2:])}:{code.co_firstlineno} {code.co_qualname}"


class Samples:
    """What was on the stack, and how often."""

    def __init__(self, file):
        self._file = Path(file)
        self._inclusive, self._own = Counter(), Counter()
        signal.signal(signal.SIGPROF, self._look)
        signal.signal(signal.SIGUSR1, lambda *_: signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY))
        signal.signal(signal.SIGUSR2, self._end)

    def _look(self, _, frame):
        if frame is None:
            return
        self._own[frame.f_code] += 1
        on_stack = set()
        while frame is not None:
            on_stack.add(frame.f_code)
            frame = frame.f_back
        self._inclusive.update(on_stack)

    def _end(self, *_):
        signal.setitimer(signal.ITIMER_PROF, 0)
        whole = sum(self._own.values()) or 1
        found = [(name(code), count / whole, self._own[code] / whole) for code, count in self._inclusive.items()]
        self._file.write_text(json.dumps(found))


if __name__ == "__main__":
    Samples(sys.argv.pop(1))
    from locust.main import main  # imported late, so that it patches what is used from here on

    main()
