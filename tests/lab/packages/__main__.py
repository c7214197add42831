# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.lab.packages OUTDIR`: writes the good packages, and the bad ones into OUTDIR/bad.

`python -m tests.lab.packages OUTDIR KB1234567` also writes those of a hotfix that does not exist: it changes
the same files to later versions.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .builder import LATER_KB, PackageSpec, bad_packages, build_msu, later_hotfix


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2) or arguments[1:] not in ([], [LATER_KB]):
        sys.stderr.write(f"usage: python -m tests.lab.packages OUTDIR [{LATER_KB}]\n")
        return 2
    folder = Path(arguments[0])
    (folder / "bad").mkdir(parents=True, exist_ok=True)
    for architecture in ("x86", "x64", "ia64"):
        for spec in (PackageSpec(architecture), *(later_hotfix(architecture) for _kb in arguments[1:])):
            (folder / f"{spec.stem}.msu").write_bytes(build_msu(spec))
    for name, data in bad_packages().items():
        (folder / "bad" / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
