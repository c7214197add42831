# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the picture of a fleet report: `python -m tests.integration.report.picture` from the root.

Writes docs/images/fleet-report.png, or with a folder as argument the page and pictures of every mode there.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

from tests.conftest import ROOT
from tests.integration.report.browser import open_browser, write_page
from tests.integration.report.demo_fleet import TOKENS, fourteen

PICTURE = ROOT / "docs" / "images" / "fleet-report.png"
WIDTH = 1360


def take(
    page: Path, picture: Path, *, scheme: str = "light", width: int = WIDTH, media: str = "screen"
) -> None:
    """Opens the page, unfolds one host, and takes a picture of its whole length."""
    with open_browser() as browser:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get(page.as_uri())
        browser.execute_script("""
            [...document.querySelectorAll('.open')].find(b => b.textContent === 'pc-118').click();
            document.activeElement.blur();""")
        size = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        shot = browser.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": {**size, "scale": 1}}
        )
        picture.write_bytes(base64.b64decode(shot["data"]))


def main(folder: Path | None) -> None:
    """Takes the picture of the documentation, or those of every mode."""
    with tempfile.TemporaryDirectory() as temporary:
        page = write_page(folder or Path(temporary), fourteen(), TOKENS)
        if folder is None:
            take(page, PICTURE)
            return
        take(page, folder / "light.png")
        take(page, folder / "dark.png", scheme="dark")
        take(page, folder / "narrow.png", width=480)
        take(page, folder / "print.png", media="print")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
