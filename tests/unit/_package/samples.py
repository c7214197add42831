# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small packages for the tests of their reading, written by the library cabarchive."""

from __future__ import annotations

from cabarchive import CabArchive, CabFile

_TOKEN = "31bf3856ad364e35"
_PROCESSORS = {"x86": "x86", "x64": "amd64", "ia64": "ia64"}


def cabinet(files: dict[str, bytes]) -> bytes:
    """Return an MSZIP cabinet of files by name."""
    archive = CabArchive()
    for name, data in files.items():
        archive[name] = CabFile(data)
    return bytes(archive.save(compress=True, sort=False))


def cab(
    kb: str = "KB978918",
    architecture: str = "x64",
    *,
    version: str = "6.1.1.0",
    name: str = "",
    language: str = "neutral",
    payload: bytes = b"payload",
) -> bytes:
    """Return the cabinet of a package, as WSUS keeps it."""
    return cabinet(
        {
            "update.mum": _update(name or f"Package_for_{kb}", architecture, version, language),
            _leaf(kb, architecture, version): b"<assembly/>",
            "payload": payload,
        }
    )


def msu(
    kb: str = "KB978918",
    architecture: str = "x64",
    *,
    version: str = "6.1.1.0",
    name: str = "",
    language: str = "neutral",
    payload: bytes = b"payload",
) -> bytes:
    """Return a package with that cabinet in it."""
    name = name or f"Package_for_{kb}"
    inner = cab(kb, architecture, version=version, name=name, language=language, payload=payload)
    stem = f"Windows{version[:3]}-{kb}-{architecture}"
    identity = _identity(name, architecture, version, language)
    unattend = f"<unattend><servicing><package>{identity}</package></servicing></unattend>"
    properties = f'KB Article Number="{kb[2:]}"\r\nProcessor Architecture="{_PROCESSORS[architecture]}"\r\n'
    return cabinet(
        {
            f"{stem}.cab": inner,
            f"{stem}-pkgProperties.txt": properties.encode(),
            f"{stem}.xml": unattend.encode(),
        }
    )


def _leaf(kb: str, architecture: str, version: str) -> str:
    return f"package_1_for_{kb.lower()}~{_TOKEN}~{_PROCESSORS[architecture]}~~{version}.mum"


def _update(name: str, architecture: str, version: str, language: str) -> bytes:
    child = _identity(f"{name}_RTM", architecture, version, language)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\r\n'
        '<assembly xmlns="urn:schemas-microsoft-com:asm.v3" manifestVersion="1.0">\r\n'
        f"  {_identity(name, architecture, version, language)}\r\n"
        f"  <package><update><package>{child}</package></update></package>\r\n</assembly>\r\n"
    ).encode()


def _identity(name: str, architecture: str, version: str, language: str) -> str:
    return (
        f'<assemblyIdentity name="{name}" version="{version}" language="{language}" '
        f'processorArchitecture="{_PROCESSORS[architecture]}" publicKeyToken="{_TOKEN}" />'
    )
