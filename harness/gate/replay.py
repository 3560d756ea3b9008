"""The commands that play sessions of a run again."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harness.oracle.judge import Finding


def replays(
    findings: Iterable[Finding],
    files: Mapping[str, Path],
    *,
    insecure: bool,
    elsewhere: Mapping[str, str] | None = None,
    comparing: Sequence[str] = (),
    **options: str | None,
) -> dict[str, str]:
    """For each session that was found something against, the command: with the options that have a value.

    `files` says where the scenarios stand that are not shipped, `elsewhere` to which host some go in place of `host`.
    `comparing` are the arguments of `conform` by which sessions are compared again: what only showed by comparing
    them, no session shows by itself.
    """
    hosts = elsewhere or {}
    commands: dict[str, str] = {}
    for f in findings:
        given = options | ({"host": hosts[f.scenario]} if f.scenario in hosts else {})
        words = [word for option, value in given.items() if value for word in (f"--{option}", value)]
        words += ["--insecure"] * insecure
        if comparing and not f.trail:
            commands[f.session] = shlex.join(["live-harness", "conform", *comparing, *words])
            continue
        scenario = str(files.get(f.scenario, f.scenario))
        commands.setdefault(f.session, shlex.join(["live-harness", "replay", scenario, "--seed", str(f.seed), *words]))
    return commands
