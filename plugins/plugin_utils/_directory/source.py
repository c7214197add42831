# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface of all sources, and the common part of exports."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from pathlib import Path

from ._entries import Entry, EntryReader
from .problems import DirectoryError, Notes
from .progress import Progress
from .records import ForeignPrincipalRecord, GroupRecord, UserRecord

Group = GroupRecord | ForeignPrincipalRecord
_PROGRESS_STEP = 500
_NO_HISTORY = "the export omits sIDHistory; sizes of users and groups that have one are lower bounds"


class Source(ABC):
    """A directory or an export of one: groups first, then users, each as a stream."""

    name: str
    """Its name in messages."""

    @abstractmethod
    def groups(self) -> Iterator[Group]:
        """Yield every group and foreign security principal."""

    @abstractmethod
    def users(self, names: Collection[str] = ()) -> Iterator[UserRecord]:
        """Yield the named users, or everyone without names or if the source cannot search for them."""

    def close(self) -> None:  # noqa: B027 - most sources hold nothing open
        """Close the connection, if there is one."""


class ExportSource(Source):
    """An export, read once for its groups and once for its users, and never held in memory."""

    def __init__(self, path: Path, notes: Notes, progress: Progress) -> None:
        self.name = str(path)
        self.path = path
        self.notes = Notes()  # those of the first pass are dropped, because the second reads everything again
        self._kept_notes, self._progress = notes, progress
        self.reader = EntryReader(self.name, notes, position=self.position)

    def position(self) -> str:
        """Return where the file shows the current entry, such as ``line 12``, for messages."""
        return ""

    def omits(self, attribute: str) -> bool:
        """Return whether the file proves, once it was read, that an attribute was not exported."""
        return False

    @abstractmethod
    def entries(self, *, groups_only: bool) -> Iterator[Entry | None]:
        """Yield the objects of the file, and None for each one that is skipped as not a group."""

    def groups(self) -> Iterator[Group]:
        """Yield every group and foreign security principal of the file."""
        entries = self._counted("objects (for their groups)", groups_only=True)
        yield from filter(None, map(self.reader.group_or_principal, entries))
        self.reader.finish_groups()

    def users(self, names: Collection[str] = ()) -> Iterator[UserRecord]:
        """Yield every user of the file."""
        self.notes = self._kept_notes
        entries = self._counted("objects (for their users)", groups_only=False)
        yield from filter(None, map(self.reader.user, entries))
        self.reader.finish_users()
        if self.omits("sIDHistory"):
            self.notes.add(f"{self.name}: {_NO_HISTORY}")

    def _counted(self, what: str, *, groups_only: bool) -> Iterator[Entry]:
        waiting = 0
        try:
            for entry in self.entries(groups_only=groups_only):
                if entry is not None:
                    yield entry
                waiting += 1
                if waiting == _PROGRESS_STEP:
                    self._progress.step(self.name, what, waiting)
                    waiting = 0
        except OSError as error:
            raise DirectoryError(f"cannot read {self.name}: {error.strerror or error}") from None


def refuse_cut_off_end(path: Path) -> None:
    """Refuse a text export whose last line has no end, because an interrupted copy looks the same.

    Raises:
        DirectoryError: The file is empty, or its last line has no end.
    """
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(0, end - 200))
            tail = file.read()
    except OSError as error:
        raise DirectoryError(f"cannot read {path}: {error.strerror or error}") from None
    if not tail:
        raise DirectoryError(f"{path} is empty; export it again")
    if not tail.endswith((b"\n", b"\n\0", b"\0\n")):
        last = tail.rpartition(b"\n")[2].replace(b"\0", b"").decode("utf-8", "replace")[-80:]
        raise DirectoryError(
            f"{path} has no line end after its last line ('{last}'), so it may be cut off; "
            "export or copy it again"
        )
