# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file that was given for a package is instead, by its first bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# As much as the longest beginning below, behind a byte order mark and blank lines.
_START = 256


@dataclass(frozen=True)
class Kind:
    """A kind of file that is not a package, and what to do with one.

    Attributes:
        name: Continues the sentence "it is …".
        starts: The lower-case beginnings by which it is known.
        remedy: A sentence.
    """

    name: str
    starts: tuple[bytes, ...]
    remedy: str


_UNPACK = "Unpack it, for instance with `7z x`, and give the .msu that is in it."
_DOWNLOAD = "Download the package itself: a browser or proxy saved this page under its name."
KINDS = (
    # The hotfix service of Microsoft Support sent NNNNNN_intl_x64_zip.exe, a self-extracting archive.
    Kind(
        "a program, such as the self-extracting .exe of Microsoft Support",
        (b"mz",),
        "Run it on a Windows computer, or unpack it here with `7z x`, and give the .msu that is in it.",
    ),
    Kind("a zip archive", (b"pk\x03\x04", b"pk\x05\x06"), _UNPACK),
    Kind("a 7z archive", (b"7z\xbc\xaf\x27\x1c",), _UNPACK),
    Kind("a gzip archive", (b"\x1f\x8b",), _UNPACK),
    Kind("an HTML page", (b"<!doctype", b"<html", b"<head", b"<script"), _DOWNLOAD),
    Kind("an XML file, perhaps the error of a download server", (b"<?xml", b"<error"), _DOWNLOAD),
    Kind("a JSON file, perhaps the error of a download server", (b'{"', b"{\n", b"{\r\n"), _DOWNLOAD),
    # https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: the version is the first line of a pointer.
    Kind(
        "a Git LFS pointer, which stands for the package in the repository",
        (b"version https://git-lfs.github.com/spec/",),
        "Run `git lfs pull` in the clone that it lies in.",
    ),
    # RFC 1740, appendix A and B: AppleSingle and AppleDouble.
    Kind(
        "the AppleDouble file that macOS adds to a copy",
        (b"\x00\x05\x16\x07", b"\x00\x05\x16\x00"),
        "Give the file without `._` before its name.",
    ),
    # [MS-CFB] 2.2. Installer packages (.msi) and patches of Office (.msp) are such files.
    Kind(
        "an installer package or a patch of Windows Installer (.msi, .msp)",
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
        "Windows servicing does not install it. Give an .msu or .cab for Windows 6.1.",
    ),
    Kind(
        "an image (WIM), as the .msu of Windows 11 is",
        (b"mswim\x00\x00\x00",),
        "Give an .msu or .cab for Windows 6.1.",
    ),
    Kind(
        "the delta file (.psf) of an express package",
        (b"pstream",),
        "Give the whole .msu, or its .cab.",
    ),
    Kind(
        "filled with zeros, as an interrupted download leaves it",
        (bytes(64),),
        "Download it again and compare its hash with the publisher's.",
    ),
)


def other_kind(path: Path) -> Kind | None:
    """Return what a file is that is not a package; None for a cabinet, and for what is not known.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(_START)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").lower()
    return next((kind for kind in KINDS if text.startswith(kind.starts)), None)
