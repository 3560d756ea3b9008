"""A report's folder: `reports/<time>-<name>/`, and `reports/latest` that points at the newest."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from harness.errors import UnusableError, UsageError
from harness.report.markdown import markdown
from harness.report.page import page
from harness.report.run import Run
from harness.report.summary import findings, summary

_LONGEST_NAME: Final = 60


def open_folder(parent: Path, name: str) -> Path:
    """Make the folder of a run that begins now, under a name that no other run has; raise `UsageError`."""
    kept = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:_LONGEST_NAME].strip("-")
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{kept or 'run'}"
    folder, n = parent / stem, 1
    try:
        parent.mkdir(parents=True, exist_ok=True)
        while True:
            with suppress(FileExistsError):
                folder.mkdir()
                return folder
            n += 1
            folder = parent / f"{stem}-{n}"
    except OSError as error:
        raise UsageError(_unwritable(parent, error)) from None


def write_report(run: Run, folder: Path) -> None:
    """Write the files of a run into its folder, and have `latest` beside the folder point at it.

    Raise `UnusableError`: that it could be written to was seen when it was opened.
    """
    files: dict[str, Callable[[Run], str]] = {
        "report.html": partial(page, folder=folder),
        "report.md": markdown,
        "summary.json": summary,
        "findings.jsonl": findings,
    }
    try:
        for name, text in files.items():
            (folder / name).write_text(text(run), encoding="utf-8")
    except OSError as error:
        raise UnusableError(_unwritable(folder, error)) from None
    # Not everywhere are there symbolic links, and somebody may have a folder of that name.
    with suppress(OSError, NotImplementedError):
        _point_latest(folder)


def _point_latest(folder: Path) -> None:
    fresh = folder.with_name(f".latest-{folder.name}")
    fresh.symlink_to(folder.name, target_is_directory=True)
    try:
        fresh.replace(folder.with_name("latest"))
    except OSError:
        fresh.unlink()
        raise


def _unwritable(path: Path, error: OSError) -> str:
    return f"{path}: no report can be written here: {error.strerror}; name a folder that can be written to"
