# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small builder of PE images: right machine, right size, a version resource that any reader reads.

Layout after "Microsoft Portable Executable and Common Object File Format Specification"; the resource
after the documentation of VS_VERSIONINFO. The code section is filler: nothing here can run.
"""

from __future__ import annotations

import hashlib
import struct
from datetime import datetime

#: IMAGE_FILE_MACHINE_* by architecture.
MACHINES = {"x86": 0x014C, "x64": 0x8664, "ia64": 0x0200}

_FILE_ALIGNMENT = 0x200
_SECTION_ALIGNMENT = 0x1000


def _pad(data: bytes, alignment: int) -> bytes:
    return data + b"\0" * (-len(data) % alignment)


def _block(key: str, value: bytes, value_length: int, is_text: int, children: bytes = b"") -> bytes:
    """One node of VS_VERSIONINFO: length, value length, type, key, value, children; 32-bit aligned."""
    head = _pad(struct.pack("<HHH", 0, value_length, is_text) + key.encode("utf-16-le") + b"\0\0", 4)
    body = head + value
    if children:
        body = _pad(body, 4) + children
    return struct.pack("<H", len(body)) + body[2:]


def _string(key: str, text: str) -> bytes:
    value = text.encode("utf-16-le") + b"\0\0"
    return _pad(_block(key, value, len(value) // 2, 1), 4)


def version_resource(name: str, version: str, tail: str) -> bytes:
    """VS_VERSIONINFO with the fixed part and an English string table."""
    major, minor, build, revision = (int(part) for part in version.split("."))
    most, least = major << 16 | minor, build << 16 | revision
    # signature, structure version, file and product version, flags mask, flags, VOS_NT_WINDOWS32, VFT_DLL/DRV
    kind = 3 if name.lower().endswith(".sys") else 1 if name.lower().endswith(".exe") else 2
    fixed = struct.pack(
        "<13I", 0xFEEF04BD, 0x10000, most, least, most, least, 0x3F, 0, 0x40004, kind, 0, 0, 0
    )
    strings = b"".join(
        _string(key, text)
        for key, text in (
            ("CompanyName", "Simulated file of the winfleet.hotfix lab"),
            ("FileDescription", name),
            ("FileVersion", f"{version} ({tail})" if tail else version),
            ("InternalName", name.rsplit(".", 1)[0]),
            ("OriginalFilename", name),
            ("ProductName", "Simulated operating system"),
            ("ProductVersion", version),
        )
    )
    table = _block("040904B0", b"", 0, 1, strings)
    string_info = _pad(_block("StringFileInfo", b"", 0, 1, table), 4)
    translation = _block("Translation", struct.pack("<HH", 0x0409, 0x04B0), 4, 0)
    var_info = _block("VarFileInfo", b"", 0, 1, translation)
    return _block("VS_VERSION_INFO", fixed, len(fixed), 0, string_info + var_info)


def _resource_section(resource: bytes, address: int) -> bytes:
    """The three-level resource directory (RT_VERSION, id 1, English) and its one entry."""
    directory = struct.Struct("<IIHHHH")
    entry = struct.Struct("<II")
    level = directory.size + entry.size
    parts = []
    for depth, identifier in enumerate((16, 1, 0x0409)):
        parts.append(directory.pack(0, 0, 0, 0, 0, 1))
        below = (depth + 1) * level
        parts.append(entry.pack(identifier, below if depth == 2 else below | 0x80000000))
    parts.append(struct.pack("<IIII", address + 3 * level + 16, len(resource), 0, 0))
    return b"".join(parts) + resource


def build_pe(name: str, version: str, size: int, architecture: str, date: datetime, tail: str = "") -> bytes:
    """Build a PE image of exactly `size` bytes.

    Args:
        name: File name; decides DLL, driver or program.
        version: Four numbers, for the version resource.
        size: Bytes of the whole file; at least 2,560.
        architecture: x86, x64 or ia64.
        date: For the time stamp of the header.
        tail: The branch in the FileVersion string, e.g. `win7_rtm.090713-1255`.

    Raises:
        ValueError: The size is too small to hold the headers and the resource.
    """
    wide = architecture != "x86"
    optional_size = 240 if wide else 224
    headers = _FILE_ALIGNMENT * (2 if 0x80 + 24 + optional_size + 80 > _FILE_ALIGNMENT else 1)
    section = _pad(_resource_section(version_resource(name, version, tail), 0x2000), _FILE_ALIGNMENT)
    filler = (size - headers - len(section)) // _FILE_ALIGNMENT * _FILE_ALIGNMENT
    if filler < _FILE_ALIGNMENT:
        raise ValueError(f"{name}: {size} bytes are too few for a PE image")
    seed = f"{name.lower()} {version} {architecture}".encode()
    code = hashlib.shake_256(seed).digest(filler)
    stamp = int(date.timestamp())
    dll = 0 if name.lower().endswith((".exe", ".sys")) else 0x2000
    coff = struct.pack(
        "<4sHHIIIHH", b"PE\0\0", MACHINES[architecture], 2, stamp, 0, 0, optional_size, 0x0022 | dll
    )
    image = 0x2000 + len(_pad(section, _SECTION_ALIGNMENT)) + len(_pad(code, _SECTION_ALIGNMENT))
    code_at = 0x2000 + len(_pad(section, _SECTION_ALIGNMENT))
    base = (
        struct.pack("<HBBIIIIIQ", 0x20B, 9, 0, filler, len(section), 0, 0, code_at, 0x180000000)
        if wide
        else struct.pack("<HBBIIIIIII", 0x10B, 9, 0, filler, len(section), 0, 0, code_at, 0, 0x10000000)
    )
    rest = struct.pack(
        "<IIHHHHHHIIIIHH",
        _SECTION_ALIGNMENT,
        _FILE_ALIGNMENT,
        6,
        1,
        6,
        1,
        6,
        1,
        0,
        image,
        headers,
        0,
        2,
        0x140,
    )
    stacks = struct.pack("<4QII" if wide else "<4III", 0x40000, 0x1000, 0x100000, 0x1000, 0, 16)
    directories = b"\0" * 16 + struct.pack("<II", 0x2000, len(section)) + b"\0" * (13 * 8)
    text = struct.pack(
        "<8sIIIIIIHHI", b".text", filler, code_at, filler, headers + len(section), 0, 0, 0, 0, 0x60000020
    )
    rsrc = struct.pack(
        "<8sIIIIIIHHI", b".rsrc", len(section), 0x2000, len(section), headers, 0, 0, 0, 0, 0x40000040
    )
    dos = b"MZ" + b"\0" * 58 + struct.pack("<I", 0x80) + b"\0" * 64
    image_bytes = (
        _pad(dos + coff + base + rest + stacks + directories + rsrc + text, headers) + section + code
    )
    return image_bytes + b"\0" * (size - len(image_bytes))
