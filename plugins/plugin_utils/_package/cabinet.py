# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read Microsoft cabinets, of which an .msu package is one.

This file reads the directory itself, by the layout of [MS-CAB] 2, and refuses a damaged or hostile file
before any other code sees it. It never extracts to a disk, but reads a few small members into memory.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ._cabinet_blocks import CabinetDamagedError, CabinetUnreadableError, Folder, read_folder
from ._cabinet_tools import read_with_tools

_HEADER = struct.Struct("<4sIIIIIBBHHHHH")
_FOLDER = struct.Struct("<IHH")
_FILE = struct.Struct("<IIHHHH")
_PREVIOUS_CABINET, _NEXT_CABINET, _RESERVE_PRESENT = 1, 2, 4
# [MS-CAB] 2.4: a member's name is at most 256 bytes; the attribute says that it is UTF-8.
_LONGEST_NAME = 256
_NAME_IS_UTF8 = 0x80
COMPRESSIONS = {0: "stored", 1: "MSZIP", 2: "Quantum", 3: "LZX"}


@dataclass(frozen=True)
class Member:
    """One file of a cabinet: its name as stored, size in bytes, folder index and offset in that folder."""

    name: str
    size: int
    folder: int
    offset: int


@dataclass(frozen=True)
class Cabinet:
    """The directory of one cabinet file."""

    path: Path
    folders: tuple[Folder, ...]
    members: tuple[Member, ...]

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
        if folder.compression in ("LZX", "Quantum"):
            return read_with_tools(self.path, member.name, member.size, folder.compression)
        with self.path.open("rb") as file:
            return read_folder(file, folder, offset=member.offset, size=member.size)


def open_cabinet(path: Path) -> Cabinet:
    """Read the directory of a cabinet.

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
    actual_size = path.stat().st_size
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
        file.seek(header_reserve, 1)
    folders = tuple(_read_folder(file, folder_reserve, block_reserve) for _unused in range(folder_count))
    file.seek(files_offset)
    members = tuple(_read_member(file, len(folders)) for _unused in range(file_count))
    if not members:
        raise CabinetDamagedError("it is a cabinet without files")
    return Cabinet(path=path, folders=folders, members=members)


def _read_folder(file: BinaryIO, folder_reserve: int, block_reserve: int) -> Folder:
    offset, blocks, kind = _FOLDER.unpack(file.read(_FOLDER.size))
    file.seek(folder_reserve, 1)
    # The low four bits are the method, the others its window: 0x1503 is LZX, 2 MiB.
    compression = COMPRESSIONS.get(kind & 0x0F)
    if compression is None:
        raise CabinetDamagedError(f"its data is compressed by an unknown method ({kind:#06x})")
    return Folder(offset, blocks, compression, block_reserve)


def _read_member(file: BinaryIO, folder_count: int) -> Member:
    size, offset, folder, _date, _time, attributes = _FILE.unpack(file.read(_FILE.size))
    raw = bytearray()
    while (byte := file.read(1)) != b"\0":
        if not byte or len(raw) >= _LONGEST_NAME:
            raise CabinetDamagedError("its directory has a file name without an end")
        raw += byte
    name = raw.decode("utf-8" if attributes & _NAME_IS_UTF8 else "cp1252", "replace")
    # The host's `expand -F:*` would follow such a name, and no real package has one.
    if ".." in name.replace("/", "\\").split("\\") or name.startswith(("\\", "/")) or ":" in name:
        raise CabinetDamagedError(f"its member {name!r} points outside the folder that it is expanded to")
    if folder >= folder_count:
        raise CabinetDamagedError(f"its member {name!r} refers to data that the cabinet lacks")
    return Member(name, size, folder, offset)


__all__ = ["Cabinet", "CabinetDamagedError", "CabinetUnreadableError", "Member", "open_cabinet"]
