# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the files of a report, all complete before the first replaces an earlier one."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import IO

FORMATS = ("json", "csv", "html")

Writer = Callable[[IO[bytes]], object]

_GENERATED_AT = re.compile(rb'"generated_at": ?"([^"]*)"')
_LARGEST_HEAD = 1 << 22
"""The bytes to search for the time: a page has up to 500 rows for browsers without scripts before it."""


def report_time() -> str:
    """Return the current time for a report, in ISO 8601 with offset."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def unwritable(what: str, problem: OSError) -> str:
    """Return the message for a report that could not be written, with advice where rights are the cause."""
    said = f"{what} cannot be written: {problem}"
    if problem.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
        return said
    return f"{said}. Choose a folder that this user can write to; in AWX, one that is mounted into the job."


def check_writable(path: Path) -> None:
    """Make sure that a report can be written, without leaving anything.

    Args:
        path: An existing folder, or a file name whose folders need not exist yet.

    Raises:
        OSError: It cannot be.
    """
    folder = path if path.is_dir() else path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "This is a file, and no folder", str(folder))
    with tempfile.TemporaryFile(dir=folder, prefix=".probe-"):
        pass


def report_paths(path: Path, formats: Sequence[str], default_name: str) -> dict[str, Path]:
    """Return the file for each format.

    Args:
        path: An existing folder, or a file name with or without the suffix of a format.
        formats: Some of `FORMATS`.
        default_name: The name of the files in a folder.
    """
    stem = path / default_name if path.is_dir() else path
    if stem.suffix.lstrip(".").lower() in FORMATS:
        stem = stem.with_suffix("")
    return {name: stem.with_name(f"{stem.name}.{name}") for name in formats}


def write_files(writers: Mapping[Path, Writer | None], *, generated_at: str, keep: bool = True) -> set[Path]:
    """Write the files of a report; a reader sees the earlier report or this one, never half of one.

    Of two runs that write to the same paths at once, one replaces all files, and then the other.

    Args:
        writers: For each path the function that writes its content; None removes the file.
        generated_at: The time of the report, which alone does not make a file differ.
        keep: False only compares, as check mode does.

    Returns:
        The paths whose files differ from those that were there.

    Raises:
        OSError: A folder or file cannot be written; the earlier files are untouched.
    """
    changed = set()
    # Not the process id: jobs of AWX write into one folder, each from a container in which ids begin anew.
    token = secrets.token_hex(8)
    parts: dict[Path, Path] = {}
    with tempfile.TemporaryDirectory(prefix="report-") as elsewhere:
        try:
            for path, write in writers.items():
                if write is None:
                    continue
                if keep:
                    path.parent.mkdir(parents=True, exist_ok=True)
                folder = path.parent if keep else Path(elsewhere)
                part = parts[path] = folder / f".{path.name}.{token}.part"
                with part.open("wb") as file:
                    write(file)
                if not _same_but_for_the_time(path, part, generated_at):
                    changed.add(path)
            if keep:
                _replace({path: parts.get(path) for path in writers})
        finally:
            for part in parts.values():
                part.unlink(missing_ok=True)
    return changed


def _replace(parts: Mapping[Path, Path | None]) -> None:
    """Put each complete part into its place, and remove the files that have none."""
    with _alone_in({path.parent for path in parts}):
        for path, part in parts.items():
            if part:
                part.replace(path)
            else:
                path.unlink(missing_ok=True)


@contextmanager
def _alone_in(folders: set[Path]) -> Iterator[None]:
    """Wait until no other run replaces reports in the folders; the end of a process ends its lock."""
    with ExitStack() as handles:
        for folder in sorted(folders):
            # A network file system may have no locks of folders: there, files of two runs at once may mix.
            with suppress(OSError):
                handle = os.open(folder, os.O_RDONLY)
                handles.callback(os.close, handle)
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _same_but_for_the_time(present: Path, new: Path, generated_at: str) -> bool:
    """Compare two files line by line, leaving out the time of each."""
    try:
        with present.open("rb") as before, new.open("rb") as after:
            stamp = _GENERATED_AT.search(before.read(_LARGEST_HEAD))
            before.seek(0)
            then, now = stamp[1] if stamp else b"", generated_at.encode()
            while True:
                old, fresh = before.readline(), after.readline()
                if old.replace(then, b"") != fresh.replace(now, b"") if then else old != fresh:
                    return False
                if not fresh:
                    return True
    except OSError:
        return False
