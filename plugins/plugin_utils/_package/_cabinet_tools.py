# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read LZX cabinets with libarchive or cabextract, whichever the controller has.

libarchive, by the library libarchive-c, comes first: AWX execution environments have libarchive because their
package manager needs it. The program cabextract comes next. With neither, the host's own check decides.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import IO, cast

from ._cabinet_blocks import CabinetDamagedError, CabinetUnreadableError

_SECONDS = 120
# cabextract takes a shell pattern: a name with other characters could select another member.
_PLAIN_NAME = re.compile(r"[\w. \-]+", re.ASCII)


def read_with_tools(path: Path, name: str, size: int, compression: str) -> bytes:
    """Return one member of a cabinet by libarchive or cabextract.

    Its name and its size in bytes come from the directory; more is never read. The compression is named in
    messages only.

    Raises:
        CabinetDamagedError: The data does not decompress.
        CabinetUnreadableError: The controller has neither tool, or neither knows the method.
    """
    damage: CabinetDamagedError | None = None
    for read in (_read_by_libarchive, _read_by_cabextract):
        try:
            content = read(path, name, size)
        except CabinetDamagedError as error:
            # cabextract may still read it: libarchive is stricter with odd block layouts.
            damage = error
            continue
        if content is not None and len(content) != size:
            raise CabinetDamagedError(f"its member {name} has {len(content)} bytes instead of {size}")
        if content is not None:
            return content
    if damage:
        raise damage
    raise CabinetUnreadableError(
        f"its {compression} data needs the Python library libarchive-c with the system's libarchive, "
        "or the program cabextract, and this controller has neither"
    )


def _read_by_libarchive(path: Path, name: str, size: int) -> bytes | None:
    libarchive = _libarchive()
    if libarchive is None:
        return None
    try:
        with libarchive.file_reader(str(path), format_name="cab") as archive:
            for entry in archive:
                if entry.pathname.replace("/", "\\") == name.replace("/", "\\"):
                    return _at_most(entry.get_blocks(), size)
                # libarchive 3.6 answers "Invalid CFDATA" after a member that was skipped, not read.
                for _unused in entry.get_blocks():
                    pass
    except libarchive.exception.ArchiveError as error:
        if "nsupported" in str(error):
            return None
        raise CabinetDamagedError(f"its data does not decompress ({error.msg})") from error
    return None


def _libarchive() -> ModuleType | None:
    try:
        # Raises OSError, TypeError or AttributeError where the library lacks the system's libarchive.
        import libarchive
    except (ImportError, OSError, TypeError, AttributeError):
        return None
    return libarchive


def _at_most(blocks: Iterable[bytes], size: int) -> bytes:
    """Join blocks up to the first beyond the stated size, which the directory may have wrong."""
    content = bytearray()
    for block in blocks:
        content += block
        if len(content) > size:
            break
    return bytes(content)


def _read_by_cabextract(path: Path, name: str, size: int) -> bytes | None:
    program = shutil.which("cabextract")
    if program is None or not _PLAIN_NAME.fullmatch(name):
        return None
    command = [program, "--quiet", "--single", "--pipe", "--filter", name, str(path.absolute())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        stdout = cast(IO[bytes], process.stdout)
        try:
            content = stdout.read(size + 1)
            stdout.close()
            exit_code = process.wait(_SECONDS)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise CabinetDamagedError(f"cabextract did not end within {_SECONDS} seconds") from error
    if exit_code != 0 and len(content) != size:
        raise CabinetDamagedError(f"its data does not decompress (cabextract ended with {exit_code})")
    return content
