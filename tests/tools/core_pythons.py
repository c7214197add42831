# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds a Python for each release of ansible-core that `make test` covers beside the pinned one.

Standard library only: it runs before there is an environment.

    core_pythons.py          the cores that can be tested here, on one line
    core_pythons.py 2.21     the interpreter for this core
    core_pythons.py --list   each core with its interpreter, or with what is missing
    core_pythons.py --newest the newest interpreter found
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# The minor releases of Python 3 on which each core runs (the classifiers of its packages on PyPI).
CORES = {
    "2.16": range(10, 13),
    "2.17": range(10, 13),
    "2.18": range(11, 14),
    "2.20": range(12, 15),
    "2.21": range(12, 15),
}


def _candidates(minor: int) -> Iterator[str]:
    """This interpreter, then `python3.N` on the path, then those of pyenv."""
    if sys.version_info.minor == minor:
        yield sys.executable
    yield f"python3.{minor}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    yield from map(str, sorted(pyenv.glob(f"3.{minor}.*/bin/python"), reverse=True))


def _works(program: str, minor: int) -> bool:
    """Whether it is this Python and makes environments: pyenv's shims exist for what is not chosen."""
    check = f"import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, {minor}))"
    try:
        return subprocess.run([program, "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def python(minor: int) -> str | None:
    """An interpreter of Python 3.`minor`, or None."""
    return next((each for each in _candidates(minor) if _works(each, minor)), None)


def core_python(core: str) -> str | None:
    """The interpreter for a core: this one if the core runs on it, otherwise the newest that it runs on."""
    supported = sorted(CORES[core], key=lambda minor: (minor == sys.version_info.minor, minor), reverse=True)
    return next(filter(None, map(python, supported)), None)


def newest() -> str:
    """The newest interpreter found that some core supports."""
    minors = sorted({minor for supported in CORES.values() for minor in supported}, reverse=True)
    return next(filter(None, map(python, minors)), sys.executable)


def listing_of(core: str) -> str:
    """The line of `--list` for one core."""
    minors = CORES[core]
    missing = f"not tested: it needs Python 3.{minors[0]} to 3.{minors[-1]}, not found here"
    return f"  ansible-core {core}: {core_python(core) or missing}"


def main(arguments: list[str]) -> int:
    """Print what is asked for; 1 if a core has no interpreter here."""
    if arguments == ["--list"]:
        print(*map(listing_of, CORES), sep="\n")
    elif arguments == ["--newest"]:
        print(newest())
    elif arguments:
        found = core_python(arguments[0])
        if found is None:
            return 1
        print(found)
    else:
        print(*filter(core_python, CORES))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
