# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read many members of a cabinet in one pass over its data, within limits."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from ._cabinet_blocks import CabinetDamagedError, read_folder
from ._cabinet_tools import read_with_tools
from .cabinet import Cabinet, Member

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """How much to read of a cabinet at most.

    Of the packages that were looked at, the largest has 77 members and 14 MB of data. Rollups have tens of
    thousands of members, and are refused for another reason. The largest library of Windows 6.1 has 20 MB.

    Attributes:
        members: How many it may have.
        member: The bytes of one member that is read.
        total: The bytes of data up to the last member that is read.
        seconds: The time for all.
    """

    members: int = 5000
    member: int = 32 * _MIB
    total: int = 256 * _MIB
    seconds: float = 60


def read_members(
    cabinet: Cabinet, wanted: Callable[[Member], bool], limits: Limits
) -> Iterator[tuple[Member, bytes]]:
    """Yield the wanted members with their contents, in the order in which they lie in the data.

    Raises:
        CabinetDamagedError: The data is broken, two members have one name or share data, or a limit is
            reached.
        CabinetUnreadableError: This controller cannot read the compression.
    """
    if len(cabinet.members) > limits.members:
        raise CabinetDamagedError(
            f"it has {len(cabinet.members)} members, more than the {limits.members} that are read"
        )
    for name, count in Counter(member.name.lower() for member in cabinet.members).items():
        if count > 1:
            raise CabinetDamagedError(f"it has {count} members with the name {name}")
    until = time.monotonic() + limits.seconds
    chosen = [member for member in cabinet.members if wanted(member)]
    by_folder = [
        sorted((member for member in chosen if member.folder == index), key=lambda member: member.offset)
        for index in range(len(cabinet.folders))
    ]
    _refuse_too_much(chosen, sum(each[-1].offset + each[-1].size for each in by_folder if each), limits)
    yield from chain.from_iterable(
        _of_folder(cabinet, index, members, until) for index, members in enumerate(by_folder) if members
    )


def _refuse_too_much(chosen: Sequence[Member], total: int, limits: Limits) -> None:
    for member in chosen:
        if member.size > limits.member:
            raise CabinetDamagedError(
                f"its member {member.name} claims {member.size} bytes, more than {limits.member}"
            )
    if total > limits.total:
        raise CabinetDamagedError(f"its data claims {total} bytes, more than {limits.total}")


def _of_folder(
    cabinet: Cabinet, index: int, members: Sequence[Member], until: float
) -> Iterator[tuple[Member, bytes]]:
    folder = cabinet.folders[index]
    if folder.compression in ("LZX", "Quantum"):
        by_name = {member.name: member for member in members}
        sizes = {name: member.size for name, member in by_name.items()}
        seconds = until - time.monotonic()
        for name, content in read_with_tools(cabinet.path, sizes, folder.compression, seconds=seconds):
            yield by_name[name], content
        return
    start = members[0].offset
    with cabinet.path.open("rb") as file:
        size = max(member.offset + member.size for member in members) - start
        yield from _split(read_folder(file, folder, offset=start, size=size), start, members, until)


def _split(
    blocks: Iterator[bytes], start: int, members: Sequence[Member], until: float
) -> Iterator[tuple[Member, bytes]]:
    """Cut data that begins at `start` into its members, which are in order."""
    data = bytearray()
    for member in members:
        if member.offset < start:
            raise CabinetDamagedError(f"its member {member.name} shares data with another one")
        end = member.offset + member.size
        while start + len(data) < end:
            if time.monotonic() > until:
                raise CabinetDamagedError("it was not decompressed in time")
            block = next(blocks, None)
            if block is None:
                raise CabinetDamagedError("its data ends before its files do")
            data += block
            # Nothing before the member is wanted any more.
            skipped = min(len(data), member.offset - start)
            del data[:skipped]
            start += skipped
        skipped = member.offset - start
        with memoryview(data) as whole:
            content = bytes(whole[skipped : skipped + member.size])
        yield member, content
        del data[: skipped + member.size]
        start = end
