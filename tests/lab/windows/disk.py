# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's system drive: a real folder, addressed by Windows paths, with Windows' rules."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from .images import read_version

_FORBIDDEN = set('<>"|?*') | {chr(code) for code in range(32)}
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"com{n}" for n in range(1, 10)),
    *(f"lpt{n}" for n in range(1, 10)),
}
_LONGEST_PATH = 259  # MAX_PATH less the terminating zero


class DiskError(OSError):
    """A refusal of the file system.

    Attributes:
        code: The Win32 error: 2, 3, 5, 80, 112, 123, 206 …
    """

    def __init__(self, code: int, path: str) -> None:
        super().__init__(f"Win32 error {code}: {path}")
        self.code = code
        self.path = path


@dataclass(frozen=True)
class FileInfo:
    """What a directory entry says."""

    path: str
    name: str
    is_folder: bool
    size: int
    modified: datetime


@dataclass(frozen=True)
class Acl:
    """What icacls set on a folder or file. `entries`: (SID, rights) such as ("S-1-5-18", "(OI)(CI)F")."""

    inherited: bool = True
    entries: tuple[tuple[str, str], ...] = ()
    owner: str = "S-1-5-18"

    def only(self, *sids: str) -> bool:
        """True if nobody but these accounts has any right."""
        return not self.inherited and {sid for sid, _unused in self.entries} == set(sids)


# Names in real folders by their lower case, as of the folder's modification time.
_NAMES: dict[str, tuple[int, dict[str, str]]] = {}


def _names(folder: str) -> dict[str, str]:
    """How the entries of a real folder are spelled, by lower case; kept until the folder changes."""
    try:
        changed = os.stat(folder).st_mtime_ns  # noqa: PTH116 - called for every part of every path
        known = _NAMES.get(folder)
        if known is None or known[0] != changed:
            known = changed, {name.lower(): name for name in os.listdir(folder)}  # noqa: PTH208
            # A folder that changed just now may change again under the same time stamp.
            if time.time_ns() - changed > 50_000_000:
                _NAMES[folder] = known
    except OSError:
        return {}
    return known[1]


class Disk:
    """Drive C: over a real folder.

    Files may share their bytes with a template by hard link, so every write replaces the directory
    entry and never changes bytes in place.
    """

    def __init__(self, root: Path, free: int) -> None:
        self.root = root
        self.free = free
        self.size = 60 * 1024**3
        self.acls: dict[str, Acl] = {}
        self.readonly_below: set[str] = set()
        # Paths (lower case) whose rights nobody can change, as where a filter driver forbids it.
        self.fixed_rights: set[str] = set()
        # Shares of other machines that this host can read: \\\\server\\share (lower case) → real folder.
        self.shares: dict[str, Path] = {}

    # -- paths ---------------------------------------------------------------------------------------

    def absolute(self, path: str, current: str = "C:\\") -> str:
        """Normalise a path: drive, no dots, single backslashes.

        Raises:
            DiskError: 3 another drive or a share, 123 a name that Windows refuses, 206 too long.
        """
        text = path.replace("/", "\\")
        if text.startswith(("\\\\?\\", "\\\\.\\")):
            text = text[4:]
        if text.startswith("\\\\"):
            text = "\\\\" + "\\".join(part for part in text.split("\\") if part)
            if self._share(text) is None:
                raise DiskError(53, path)
            return text
        if len(text) >= 2 and text[1] == ":":
            drive, text = text[:2].upper(), text[2:]
            if drive != "C:":
                raise DiskError(3, path)
            if not text.startswith("\\"):
                text = current[2:].rstrip("\\") + "\\" + text
        elif not text.startswith("\\"):
            text = current[2:].rstrip("\\") + "\\" + text
        parts: list[str] = []
        for part in text.split("\\"):
            if part in ("", "."):
                continue
            if part == "..":
                if parts:
                    parts.pop()
                continue
            if _FORBIDDEN & set(part) or ":" in part:
                raise DiskError(123, path)
            # Windows drops trailing dots and spaces of a name.
            parts.append(part.rstrip(". ") or part)
        result = "C:\\" + "\\".join(parts)
        if len(result) > _LONGEST_PATH:
            raise DiskError(206, path)
        return result

    def real(self, path: str) -> Path:
        """The real path of an absolute Windows path; names are matched without case."""
        root, rest = self._share(path) or (self.root, path[3:])
        current = str(root)
        for part in rest.split("\\"):
            if part:
                current = f"{current}/{_names(current).get(part.lower(), part)}"
        return Path(current)

    def _share(self, path: str) -> tuple[Path, str] | None:
        """The real folder of a share and the path below it."""
        for prefix, folder in self.shares.items():
            if (path.lower() + "\\").startswith(prefix.lower() + "\\"):
                return folder, path[len(prefix) :]
        return None

    @staticmethod
    def is_device(path: str) -> bool:
        """True for NUL, CON and the like, with any folder or extension."""
        return path.replace("/", "\\").rpartition("\\")[2].split(".")[0].rstrip(": ").lower() in _DEVICES

    # -- reading -------------------------------------------------------------------------------------

    def exists(self, path: str) -> bool:
        return self.real(path).exists()

    def is_folder(self, path: str) -> bool:
        return self.real(path).is_dir()

    def is_file(self, path: str) -> bool:
        return self.real(path).is_file()

    def names(self, folder: str) -> Container[str]:
        """The names in a folder, in lower case: the quick answer for a search along PATH."""
        return _names(str(self.real(folder)))

    def info(self, path: str) -> FileInfo | None:
        """The directory entry, or None."""
        real = self.real(path)
        try:
            status = real.stat()
        except OSError:
            return None
        modified = datetime.fromtimestamp(status.st_mtime, timezone.utc)
        spelled = path.rpartition("\\")[0] + "\\" + real.name if real != self.root else "C:\\"
        return FileInfo(spelled, real.name, real.is_dir(), 0 if real.is_dir() else status.st_size, modified)

    def read(self, path: str) -> bytes:
        real = self.real(path)
        if real.is_dir():
            raise DiskError(5, path)
        try:
            return real.read_bytes()
        except FileNotFoundError:
            raise DiskError(2 if real.parent.is_dir() else 3, path) from None

    def version(self, path: str) -> str | None:
        """The four numbers of the file's version resource, or None."""
        return read_version(self.real(path))

    def listing(self, path: str) -> list[FileInfo]:
        """Entries of a folder in the order of NTFS (by upper-case name)."""
        real = self.real(path)
        if not real.is_dir():
            raise DiskError(3, path)
        entries = [self.info(path.rstrip("\\") + "\\" + name) for name in os.listdir(real)]  # noqa: PTH208
        return sorted((entry for entry in entries if entry), key=lambda entry: entry.name.upper())

    def walk(self, path: str) -> Iterator[FileInfo]:
        for entry in self.listing(path):
            yield entry
            if entry.is_folder:
                yield from self.walk(path.rstrip("\\") + "\\" + entry.name)

    # -- writing -------------------------------------------------------------------------------------

    def write(
        self, path: str, data: bytes, *, append: bool = False, modified: datetime | None = None
    ) -> None:
        """Write a whole file, or append to it.

        Raises:
            DiskError: 3 no such folder, 5 a folder of that name or read-only, 112 disk full.
        """
        real = self.real(path)
        if not real.parent.is_dir():
            raise DiskError(3, path)
        if real.is_dir() or self._is_readonly(path):
            raise DiskError(5, path)
        before = real.stat().st_size if real.exists() else 0
        growth = len(data) if append else len(data) - before
        if growth > self.free:
            raise DiskError(112, path)
        if append and before and real.stat().st_nlink == 1:
            with real.open("ab") as handle:
                handle.write(data)
        else:
            content = real.read_bytes() + data if append and before else data
            real.unlink(missing_ok=True)
            real.write_bytes(content)
        self.free -= growth
        if modified is not None:
            os.utime(real, (modified.timestamp(), modified.timestamp()))

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it. Raises DiskError 80 if it is there, 5 if a file is."""
        real = self.real(path)
        if real.exists():
            raise DiskError(80, path)
        if self._is_readonly(path):
            raise DiskError(5, path)
        parts = path[3:].split("\\")
        for depth in range(1, len(parts) + 1):
            step = self.real("C:\\" + "\\".join(parts[:depth]))
            if step.is_file():
                raise DiskError(3, path)
            step.mkdir(exist_ok=True)

    def delete(self, path: str) -> None:
        """Delete a file."""
        real = self.real(path)
        if not real.exists():
            raise DiskError(2, path)
        if real.is_dir() or self._is_readonly(path):
            raise DiskError(5, path)
        self.free += real.stat().st_size
        real.unlink()
        self.acls.pop(path.lower(), None)

    def remove_folder(self, path: str, *, recursive: bool = False) -> None:
        real = self.real(path)
        if not real.is_dir():
            raise DiskError(267 if real.exists() else 2, path)
        if self._is_readonly(path):
            raise DiskError(5, path)
        if any(real.iterdir()) and not recursive:
            raise DiskError(145, path)
        self.free += sum(item.stat().st_size for item in real.rglob("*") if item.is_file())
        shutil.rmtree(real)
        for key in [key for key in self.acls if (key + "\\").startswith(path.lower() + "\\")]:
            del self.acls[key]

    def rename(self, source: str, target: str, *, replace: bool = False) -> None:
        """Rename or move; on one volume this is atomic."""
        old, new = self.real(source), self.real(target)
        if not old.exists():
            raise DiskError(2, source)
        if not new.parent.is_dir():
            raise DiskError(3, target)
        if new.exists() and old != new:
            if new.is_dir() or not replace:
                raise DiskError(5 if new.is_dir() else 183, target)
            self.free += new.stat().st_size
        if self._is_readonly(target):
            raise DiskError(5, target)
        old.rename(new.parent / target.rpartition("\\")[2])
        if source.lower() in self.acls:
            self.acls[target.lower()] = self.acls.pop(source.lower())

    # -- rights --------------------------------------------------------------------------------------

    def acl(self, path: str) -> Acl:
        """What applies to a path: its own entries and, as far as it inherits, those of the folders above."""
        current = path.lower()
        owner = self.acls.get(current, Acl()).owner
        entries: dict[str, str] = {}
        while True:
            own = self.acls.get(current, Acl())
            entries = {**dict(own.entries), **entries}
            if not own.inherited or len(current) <= 3:
                return Acl(own.inherited, tuple(entries.items()), owner)
            current = current.rpartition("\\")[0]
            if len(current) == 2:
                current += "\\"

    def _is_readonly(self, path: str) -> bool:
        if path.startswith("\\\\"):
            return True
        lowered = path.lower() + "\\"
        return any(lowered.startswith(folder.lower().rstrip("\\") + "\\") for folder in self.readonly_below)
