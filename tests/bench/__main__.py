# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: runs every benchmark and prints its figures.

Each can be run by itself: `python -m tests.bench.fleet`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main() -> int:
    """Run all benchmarks one after the other; the exit code is that of the first that failed."""
    codes = []
    for module in sorted(path.stem for path in FOLDER.glob("[a-z]*.py")):
        print(f"==> tests.bench.{module}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{module}"], cwd=FOLDER.parents[1], check=False
        )
        codes.append(done.returncode)
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
