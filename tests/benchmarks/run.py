"""`make bench`: what the harness costs, beside its peers, and whether its figures are true; all measured in one run.

Arguments: the parts to measure; all of them where none is named.
"""

import argparse
import os
import platform
import signal
import sys
import time
from importlib.metadata import version

import capacity
import decoding
import judging
import living
import scale
import search
import truth
import uploads
from figures import Bound, columns
from rich.console import Console

PARTS = {
    "decoder": decoding,
    "judge": judging,
    "uploads": uploads,
    "live": living,
    "scale": scale,
    "sandbox": capacity,
    "truth": truth,
    "search": search,
}
SAYS = {True: "reached", False: "NOT REACHED", None: "NOT MEASURED"}
WIDTH = 132
INTERRUPTED = 130


def machine():
    names = ("gevent", "geventhttpclient", "locust", "httpx", "httpx-sse", "uvloop")
    return (
        f"{os.cpu_count()} cores ({processor()}), {platform.system()} {platform.release()}, "
        f"load average {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in names)}.\n"
        "Ratios are to the first row of their table; medians are of repetitions that take turns."
    )


def processor():
    try:
        with open("/proc/cpuinfo") as file:  # noqa: PTH123 - no path of ours
            return next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def flags():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}", default=[*PARTS])
    named = parser.parse_args().parts
    if unknown := [name for name in named if name not in PARTS]:
        parser.error(f"unknown part {unknown[0]!r}; expected some of {', '.join(PARTS)}")
    return named


def measure(names, console):
    """Print what the parts measure, as it comes, and yield the bounds."""
    for name in names:
        console.rule(name, align="left")
        try:
            for shown in PARTS[name].measured():
                if isinstance(shown, Bound):
                    yield shown
                else:
                    console.print(shown, "")
        except Exception as error:  # noqa: BLE001 - the other parts are worth measuring all the same
            console.print(f"{type(error).__name__}: {error}", "", markup=False, highlight=False)
            yield Bound(name, "", "see above", reached=None)


def stop(*_):
    raise KeyboardInterrupt


def main():
    names, console, bounds, begin = flags(), Console(width=WIDTH), [], time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM):  # everything is cleaned up, however the run is ended
        signal.signal(number, stop)
    console.print(machine(), "", highlight=False)
    try:
        bounds.extend(measure(names, console))
    except KeyboardInterrupt:
        console.print("Interrupted; what was measured until then:")
        sys.exit(INTERRUPTED)
    finally:
        rows = [(bound.what, bound.wanted, bound.measured, SAYS[bound.reached]) for bound in bounds]
        if rows:
            console.print(
                columns("All in all", ("", "wanted", "measured", ""), rows, f"{time.monotonic() - begin:.0f} s")
            )


if __name__ == "__main__":
    main()
