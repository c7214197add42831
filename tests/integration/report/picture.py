# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the pictures of report pages: `python -m tests.integration.report.picture` from the root.

Writes those of the documentation to docs/images, or with a folder as argument the page of a fleet and
pictures of every mode there.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

from tests.conftest import ROOT
from tests.integration.report.browser import open_browser, write_token_page
from tests.integration.report.demo_history import write_demo_page

IMAGES = ROOT / "docs" / "images"
WIDTH = 1360


def take(
    page: Path,
    picture: Path,
    *,
    scheme: str = "light",
    width: int = WIDTH,
    media: str = "screen",
    part: str = "body",
) -> None:
    """Opens the page, unfolds one host, and takes a picture of what the selector `part` finds."""
    with open_browser() as browser:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get(page.as_uri())
        area = browser.execute_script(
            """
            [...document.querySelectorAll('.open')].find(b => b.textContent === 'pc-118')?.click();
            document.activeElement.blur();
            const boxes = [...document.querySelectorAll(arguments[0])].map(e => e.getBoundingClientRect());
            const top = Math.min(...boxes.map(box => box.top));
            const end = Math.max(...boxes.map(box => box.bottom));
            return {x: 0, y: top + scrollY, width: innerWidth, height: end - top, scale: 1};""",
            part,
        )
        shot = browser.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": area}
        )
        picture.write_bytes(base64.b64decode(shot["data"]))


def main(folder: Path | None) -> None:
    """Takes the pictures of the documentation, or those of every mode."""
    with tempfile.TemporaryDirectory() as temporary:
        page = write_demo_page(folder or Path(temporary))
        if folder is None:
            first = "header, .panels > :nth-child(-n+2)"
            take(page, IMAGES / "fleet-report.png", part=first)
            take(page, IMAGES / "fleet-report-changes.png", part=".panels > :nth-child(3)")
            take(page, IMAGES / "fleet-report-hosts.png", part="#list")
            take(write_token_page(Path(temporary)), IMAGES / "token-report.png", part="header, .panels")
            return
        take(page, folder / "light.png")
        take(page, folder / "dark.png", scheme="dark")
        take(page, folder / "narrow.png", width=390)
        take(page, folder / "print.png", media="print")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
