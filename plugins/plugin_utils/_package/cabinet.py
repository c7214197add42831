# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read Microsoft cabinets, of which an .msu package is one.

This file reads the directory itself, by the layout of [MS-CAB] 2, and refuses a damaged or hostile file
before any other code sees it. It never extracts to a disk, but reads a few small members into memory.
"""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ._cabinet_blocks import CabinetDamagedError, CabinetUnreadableError, Folder, check_folder, read_folder
from ._cabinet_tools import read_with_tools

_HEADER = struct.Struct("<4sIIIIIBBHHHHH")
_FOLDER = struct.Struct("<IHH")
_FILE = struct.Struct("<IIHHHH")
_SIGNED, _SIGNED_MARK = struct.Struct("<5I"), 0x0010_0000
_PREVIOUS_CABINET, _NEXT_CABINET, _RESERVE_PRESENT = 1, 2, 4
# [MS-CAB] 2.4: a member's name is at most 256 bytes; the attribute says that it is UTF-8.
_LONGEST_NAME = 256
_NAME_IS_UTF8 = 0x80
# The monthly rollups, the largest packages of Windows 6.1, have 300 to 500 MB.
_LARGEST_INNER = 1024 * 1024 * 1024
# A cabinet inside of an LZX one, which no package seen has, is read into memory.
_LARGEST_INNER_LZX = 64 * 1024 * 1024
COMPRESSIONS = {0: "stored", 1: "MSZIP", 2: "Quantum", 3: "LZX"}
_BY_TOOLS = ("Quantum", "LZX")


@dataclass(frozen=True)
class Member:
    """One file of a cabinet: its name as stored, size in bytes, folder index and offset in that folder."""

    name: str
    size: int
    folder: int
    offset: int


@dataclass(frozen=True)
class Cabinet:
    """The directory of one cabinet file. `size` is that of the cabinet in bytes, without what follows it."""

    path: Path
    size: int
    folders: tuple[Folder, ...]
    members: tuple[Member, ...]

    def check(self) -> None:
        """Compare all data with its checksums, and the sizes in the directory with the data.

        That finds a changed byte anywhere in the data. Nothing proves dates, attributes and most letters of
        names in the directory, the reserved areas, or the signature behind the cabinet.

        Raises:
            CabinetDamagedError: A block is truncated or differs from its checksum, or the sizes disagree.
        """
        end = 0
        with self.path.open("rb") as file:
            for index, folder in enumerate(self.folders):
                data = check_folder(file, folder)
                end = max(end, file.tell())
                self._check_extents(index, data)
        # Packers write the blocks last: so it was in 18 genuine packages and cabinets of 2010 to 2019.
        if end != self.size:
            raise CabinetDamagedError(f"its data ends at byte {end}, and not at {self.size} as it states")

    def _check_extents(self, folder: int, size: int) -> None:
        """Refuse members that leave a gap in the data of their folder, overlap, or end elsewhere than it."""
        position = 0
        extents = sorted((each.offset, each.size) for each in self.members if each.folder == folder)
        for offset, length in extents:
            if offset != position:
                break
            position += length
        if position != size:
            raise CabinetDamagedError("the sizes in its directory do not fit its data")

    def read(self, member: Member, *, limit: int) -> bytes:
        """Return the content of one of the members, of at most `limit` bytes.

        Raises:
            CabinetDamagedError: The data is broken, or the member is larger than the limit.
            CabinetUnreadableError: This controller cannot read the compression.
        """
        if member.size > limit:
            raise CabinetDamagedError(
                f"its member {member.name} claims {member.size} bytes, more than {limit}"
            )
        folder = self.folders[member.folder]
        if folder.compression in _BY_TOOLS:
            found = read_with_tools(self.path, {member.name: member.size}, folder.compression)
            return next(content for _unused, content in found)
        return b"".join(self._blocks(member))

    @contextmanager
    def inner(self, member: Member) -> Iterator[Cabinet]:
        """Open a member that is a cabinet, from a temporary copy that ends with the context.

        Raises:
            CabinetDamagedError: Either cabinet is damaged.
            CabinetUnreadableError: This controller cannot read the compression.
            OSError: The copy could not be written.
        """
        if member.size > _LARGEST_INNER:
            raise CabinetDamagedError(f"its member {member.name} claims {member.size} bytes")
        if self.folders[member.folder].compression in _BY_TOOLS:
            blocks = iter((self.read(member, limit=_LARGEST_INNER_LZX),))
        else:
            blocks = self._blocks(member)
        with tempfile.NamedTemporaryFile(prefix="hotfix-", suffix=".cab") as copy:
            copy.writelines(blocks)
            copy.flush()
            try:
                yield open_cabinet(Path(copy.name))
            except CabinetDamagedError as error:
                raise CabinetDamagedError(f"in its member {member.name}, {error}") from error

    def _blocks(self, member: Member) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            folder = self.folders[member.folder]
            yield from read_folder(file, folder, offset=member.offset, size=member.size)


def open_cabinet(path: Path) -> Cabinet:
    """Read the directory of a cabinet, and nothing else of it.

    Raises:
        CabinetDamagedError: Not a cabinet, truncated, part of a set, or with names that leave its folder.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        try:
            return _read_directory(file, path)
        except struct.error as error:
            raise CabinetDamagedError("it is truncated: its directory is incomplete") from error


def _read_directory(file: BinaryIO, path: Path) -> Cabinet:
    start = file.read(_HEADER.size)
    if not start:
        raise CabinetDamagedError("it is empty")
    if start[:4] != b"MSCF":
        raise CabinetDamagedError(
            f"it is not a cabinet: it starts with {start[:4]!r}, a package with b'MSCF'"
        )
    header = _HEADER.unpack(start)
    stated_size, files_offset = header[2], header[4]
    folder_count, file_count, flags = header[8:11]
    actual_size = os.fstat(file.fileno()).st_size
    # The file may be longer than stated: an Authenticode signature follows the cabinet.
    if actual_size < stated_size:
        raise CabinetDamagedError(
            f"it is truncated: it has {actual_size} bytes of the {stated_size} that it should have"
        )
    if flags & (_PREVIOUS_CABINET | _NEXT_CABINET):
        raise CabinetDamagedError("it is one part of a set of cabinets, which a package never is")
    header_reserve = folder_reserve = block_reserve = 0
    if flags & _RESERVE_PRESENT:
        header_reserve, folder_reserve, block_reserve = struct.unpack("<HBB", file.read(4))
        _check_signature_end(file.read(header_reserve), actual_size)
    folders = tuple(_read_folder(file, folder_reserve, block_reserve) for _unused in range(folder_count))
    file.seek(files_offset)
    # No directory is longer than this; of a hostile one no more is read.
    directory = file.read(file_count * (_FILE.size + _LONGEST_NAME + 1))
    members = tuple(_members(directory, file_count, folder_count))
    if not members:
        raise CabinetDamagedError("it is a cabinet without files")
    return Cabinet(path=path, size=stated_size, folders=folders, members=members)


def _check_signature_end(reserve: bytes, actual_size: int) -> None:
    """Refuse a file that ends within the signature behind its cabinet.

    A signed cabinet has the place and the size of its signature in its reserved area: so it was in 16 genuine
    packages and cabinets of 2010 to 2019.
    """
    if len(reserve) != _SIGNED.size:
        return
    mark, offset, size, _unused, _unused = _SIGNED.unpack(reserve)
    if mark == _SIGNED_MARK and actual_size < offset + size:
        raise CabinetDamagedError(
            f"it is truncated: it has {actual_size} bytes of the {offset + size} with its signature"
        )


def _read_folder(file: BinaryIO, folder_reserve: int, block_reserve: int) -> Folder:
    offset, blocks, kind = _FOLDER.unpack(file.read(_FOLDER.size))
    file.seek(folder_reserve, 1)
    # The low four bits are the method, the others its window: 0x1503 is LZX, 2 MiB.
    compression = COMPRESSIONS.get(kind & 0x0F)
    if compression is None:
        raise CabinetDamagedError(f"its data is compressed by an unknown method ({kind:#06x})")
    return Folder(offset, blocks, compression, block_reserve)


def _members(directory: bytes, count: int, folder_count: int) -> Iterator[Member]:
    position = 0
    for _unused in range(count):
        size, offset, folder, _date, _time, attributes = _FILE.unpack_from(directory, position)
        begin = position + _FILE.size
        end = directory.find(b"\0", begin, begin + _LONGEST_NAME + 1)
        if end < 0:
            raise CabinetDamagedError("its directory has a file name without an end")
        name = directory[begin:end].decode("utf-8" if attributes & _NAME_IS_UTF8 else "cp1252", "replace")
        # The host's `expand -F:*` would follow such a name, and no real package has one.
        if ".." in name.replace("/", "\\").split("\\") or name.startswith(("\\", "/")) or ":" in name:
            raise CabinetDamagedError(f"its member {name!r} points outside the folder that it is expanded to")
        if folder >= folder_count:
            raise CabinetDamagedError(f"its member {name!r} refers to data that the cabinet lacks")
        yield Member(name, size, folder, offset)
        position = end + 1


__all__ = ["Cabinet", "CabinetDamagedError", "CabinetUnreadableError", "Member", "open_cabinet"]
