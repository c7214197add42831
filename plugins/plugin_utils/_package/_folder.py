# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a folder in which somebody keeps packages."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from .._wsman.errors import InputError

# Somebody may name the root of a disk. All updates for Windows 6.1 are about 2000 packages.
_MOST_FILES = 20_000


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the files, those of the folder itself first, without hidden ones such as `._` files of macOS.

    Links are followed, to each folder once. A link that leads nowhere counts as a file that cannot be read.

    Raises:
        InputError: There are too many.
        OSError: The folder or one below it cannot be read.
    """
    count = 0
    seen = set()
    for place, folders, names in os.walk(folder, onerror=_raise, followlinks=True):
        status = Path(place).stat()
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith(".") or _is_special(path):
                continue
            count += 1
            if count > _MOST_FILES:
                raise InputError(
                    f"The package folder {folder} holds more than {_MOST_FILES} files. Name the folder that "
                    "has the packages by hotfix_package_dir"
                )
            yield path


def _is_special(path: Path) -> bool:
    """Return whether it is a pipe or a device, which nobody can read to its end."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _raise(error: OSError) -> None:
    raise error
