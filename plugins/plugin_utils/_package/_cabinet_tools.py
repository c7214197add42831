# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read LZX cabinets with libarchive or cabextract, whichever the controller has.

libarchive, by the library libarchive-c, comes first: AWX execution environments have libarchive because their
package manager needs it. The program cabextract comes next. With neither, the host's own check decides.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

from ._cabinet_blocks import CabinetDamagedError, CabinetUnreadableError


def read_with_tools(
    path: Path, sizes: Mapping[str, int], compression: str, *, seconds: float = 120
) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of some members of a cabinet, in one pass by libarchive or cabextract.

    Args:
        path: The cabinet, whose directory was read and found harmless.
        sizes: The size in bytes of each wanted member, from the directory; more is never read.
        compression: It is named in messages only.
        seconds: When to give up.

    Raises:
        CabinetDamagedError: The data does not decompress, or not in time.
        CabinetUnreadableError: The controller has neither tool, or neither knows the method.
    """
    rest = dict(sizes)
    until = time.monotonic() + seconds
    damage: CabinetDamagedError | None = None
    for read in (_read_by_libarchive, _read_by_cabextract):
        try:
            for name, content in read(path, tuple(rest), sizes, until):
                if len(content) != sizes[name]:
                    raise CabinetDamagedError(
                        f"its member {name} has {len(content)} bytes instead of {sizes[name]}"
                    )
                del rest[name]
                yield name, content
        except CabinetDamagedError as error:
            # cabextract may still read it: libarchive is stricter with odd block layouts.
            damage = error
        if not rest:
            return
    if damage:
        raise damage
    raise CabinetUnreadableError(
        f"its {compression} data needs the Python library libarchive-c with the system's libarchive, "
        "or the program cabextract, and this controller has neither"
    )


def _read_by_libarchive(
    path: Path, wanted: Collection[str], sizes: Mapping[str, int], until: float
) -> Iterator[tuple[str, bytes]]:
    libarchive = _libarchive()
    if libarchive is None:
        return
    rest = {name.replace("\\", "/"): name for name in wanted}
    try:
        with libarchive.file_reader(str(path), format_name="cab") as archive:
            for entry in archive:
                stored = entry.pathname
                if isinstance(stored, bytes):  # not UTF-8
                    stored = stored.decode("cp1252", "replace")
                name = rest.pop(stored.replace("\\", "/"), None)
                # libarchive 3.6 answers "Invalid CFDATA" after a member that was skipped, not read.
                content = _at_most(entry.get_blocks(), None if name is None else sizes[name], until)
                if name is not None:
                    yield name, content
                if not rest:
                    return
    except libarchive.exception.ArchiveError as error:
        if "nsupported" not in str(error):
            raise CabinetDamagedError(f"its data does not decompress ({error.msg})") from error


def _libarchive() -> ModuleType | None:
    try:
        # Raises OSError, TypeError or AttributeError where the library lacks the system's libarchive.
        import libarchive
    except (ImportError, OSError, TypeError, AttributeError):
        return None
    return libarchive


def _at_most(blocks: Iterable[bytes], size: int | None, until: float) -> bytes:
    """Join blocks up to the first beyond the size, which may be wrong; without a size, drop them all."""
    content = bytearray()
    for block in blocks:
        if time.monotonic() > until:
            raise CabinetDamagedError("it was not decompressed in time")
        if size is not None:
            content += block
            if len(content) > size:
                break
    return bytes(content)


def _read_by_cabextract(
    path: Path, wanted: Collection[str], sizes: Mapping[str, int], until: float
) -> Iterator[tuple[str, bytes]]:
    program = shutil.which("cabextract")
    if program is None:
        return
    with tempfile.TemporaryDirectory(prefix="hotfix-") as folder:
        command = [program, "--quiet", "--single", "--directory", folder, str(path.absolute())]
        seconds = max(until - time.monotonic(), 0)
        try:
            ended = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired as error:
            raise CabinetDamagedError("cabextract did not end in time") from error
        for name in wanted:
            extracted = Path(folder, name.replace("\\", "/"))
            if not extracted.is_file():
                raise CabinetDamagedError(
                    f"cabextract did not extract {name} (it ended with {ended.returncode})"
                )
            with extracted.open("rb") as file:
                yield name, file.read(sizes[name] + 1)
