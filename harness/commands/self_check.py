"""`live-harness mutants --host`: would the gate see it if this very server lied?"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.client.clock import SystemClock
from harness.client.over_httpx import OverHttpx
from harness.client.preflight import preflight
from harness.commands.progress import progress
from harness.commands.target import deployment
from harness.documents.located import did_you_mean
from harness.errors import ExitCode, HarnessError, UsageError
from harness.gate.bouts import CROWD
from harness.proof.in_memory import probes
from harness.proof.self_check import CAUGHT, HIDDEN, UNSEEN, UNTOLD, SelfCheck, Told
from harness.proof.tampering import LIES
from harness.proof.tampering.lie import about
from harness.report.evidence import clean
from harness.report.folder import open_folder

_STYLES: Final = {CAUGHT: "green", UNSEEN: "bold red", UNTOLD: "bright_black", HIDDEN: "yellow"}


def self_check(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Tell every lie on the server's behalf. `NO_VERDICT` where one goes unseen, or none could be told."""
    names = _chosen(arguments.names)
    clock = SystemClock()
    with deployment(arguments, max_wait=arguments.max_wait) as found:
        transports = OverHttpx(found.origin, clock, verify=not arguments.insecure)
        before = preflight(found, transports.connect, clock)
        sut = msgspec.structs.replace(found, server_offset=before.server_offset)
        jobs, crowd = (1, 0) if before.one_at_a_time else (arguments.jobs, CROWD)
        check = SelfCheck(sut, transports.connect, clock, seed=1, jobs=jobs, crowd=crowd)
        with progress(console, "lies") as told:
            results = check.run(names, probes(), told)
    _print(results, console)
    if arguments.report:
        folder = open_folder(arguments.report, "self-check")
        _write(results, folder)
        console.print(f"report: {folder}", highlight=False, markup=False)
    if check.crashes:
        raise HarnessError(f"a fault of the harness: {check.crashes[0]}")
    if check.interrupted:
        return ExitCode.INTERRUPTED
    outcomes = {one.outcome for one in results}
    return ExitCode.OK if CAUGHT in outcomes and UNSEEN not in outcomes else ExitCode.NO_VERDICT


def _chosen(names: Sequence[str]) -> list[str]:
    for name in names:
        if name not in LIES:
            raise UsageError(f"there is no lie {name!r} to be told of a server{did_you_mean(name, LIES)}")
    return list(names or LIES)


def _print(results: Sequence[Told], console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("lie", "breaks", "outcome", "seen as, or what it is"):
        table.add_column(heading, no_wrap=heading != "seen as, or what it is")
    for one in results:
        words = one.happened if one.outcome == CAUGHT else about(one.lie)
        also = f" (also {', '.join(one.also)})" if one.also else ""
        outcome = Text(one.outcome, _STYLES[one.outcome])
        table.add_row(one.lie, ", ".join(one.trips), outcome, Text(clean(words, 100) + also))
    console.print(table)
    counts = Counter(one.outcome for one in results)
    told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in _STYLES if counts[outcome])
    console.print(f"{len(results)} lies: {told}", highlight=False, markup=False)


def _write(results: Sequence[Told], folder: Path) -> None:
    document = {"lies": [msgspec.to_builtins(one) | {"about": about(one.lie)} for one in results]}
    (folder / "self-check.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
