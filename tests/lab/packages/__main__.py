# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.lab.packages OUTDIR`: writes the good packages, and the bad ones into OUTDIR/bad.

`python -m tests.lab.packages OUTDIR KB…` also writes those of a hotfix that does not exist: KB1234567 changes
the same files to later versions; KB9100001 has other files, for two builds and in two branches.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from .article_package import PackageSpec, later_hotfix
from .builder import bad_packages, build_msu
from .samples import two_builds
from .update import Update

_OTHERS: dict[str, Callable[[str], PackageSpec | Update]] = {
    "KB1234567": later_hotfix,
    "KB9100001": two_builds,
}


def main(arguments: list[str]) -> int:
    if not arguments or set(arguments[1:]) - set(_OTHERS):
        sys.stderr.write(f"usage: python -m tests.lab.packages OUTDIR [{'|'.join(_OTHERS)}]…\n")
        return 2
    folder = Path(arguments[0])
    (folder / "bad").mkdir(parents=True, exist_ok=True)
    for architecture in ("x86", "x64", "ia64"):
        for spec in (PackageSpec(architecture), *(_OTHERS[kb](architecture) for kb in arguments[1:])):
            (folder / f"{spec.stem}.msu").write_bytes(build_msu(spec))
    for name, data in bad_packages().items():
        (folder / "bad" / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
