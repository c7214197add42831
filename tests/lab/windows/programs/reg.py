# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""reg.exe: query; formats after Windows 7, the summary line localised."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..cmd.expansion import split_arguments
from ..registry import ROOTS, Data, Value, long_path, normal_path

if TYPE_CHECKING:
    from ..cmd.process import Process

_DEFAULT_NAMES = {"de-DE": "(Standard)", "fr-FR": "(par défaut)", "ja-JP": "(既定)"}
_WITH_VALUE = {"/v", "/f", "/t", "/d", "/se"}


def _options(words: list[str]) -> tuple[dict[str, str], list[str]] | None:
    """Switches with their values, and operands; None for a switch without its value."""
    switches: dict[str, str] = {}
    operands: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        if word.startswith("/"):
            name = word.lower()
            if name in _WITH_VALUE:
                if name == "/v" and words[index + 1 : index + 2] in ([], ["/f"]):
                    switches[name] = "*"
                    index += 1
                    continue
                if index + 1 >= len(words):
                    return None
                index += 1
                switches[name] = words[index]
            else:
                switches[name] = ""
        elif not operands and "verb" not in switches:
            switches["verb"] = word.lower()
        else:
            operands.append(word)
        index += 1
    return switches, operands


async def reg(process: Process) -> int:
    """`reg query KEY …`."""
    if process.host.has_fault("reg_disabled"):
        process.err("ERROR: Registry editing has been disabled by your administrator.")
        return 1
    parsed = _options(split_arguments(process.arguments))
    if parsed is None or parsed[0].get("verb") != "query" or len(parsed[1]) != 1:
        process.host.unknown(f"reg {process.arguments}")
        process.err('ERROR: Invalid syntax.\r\nType "REG /?" for usage.')
        return 1
    switches, operands = parsed
    path = normal_path(operands[0])
    if path.partition("\\")[0] not in ROOTS:
        process.err('ERROR: Invalid key name.\r\nType "REG /?" for usage.')
        return 1
    return _query(process, path, switches)


def _data(value: Value) -> str:
    data: Data = value.data
    if isinstance(data, int):
        return f"0x{data:x}"
    if isinstance(data, bytes):
        return data.hex().upper()
    return data if isinstance(data, str) else "\\0".join(data)


def _name(process: Process, value: Value) -> str:
    return value.name or _DEFAULT_NAMES.get(process.host.profile.language, "(Default)")


def _print_key(process: Process, path: str, values: list[Value]) -> None:
    process.line()
    process.line(long_path(path))
    for value in values:
        process.line(f"    {_name(process, value)}    {value.type}    {_data(value)}")


def _query(process: Process, path: str, switches: dict[str, str]) -> int:
    registry = process.host.registry
    if not registry.exists(path):
        process.err("\r\n" + str(process.texts["registry_missing"]))
        return 1
    path = registry.spelled(path)
    if "/f" in switches:
        return _search(process, path, switches)
    recursive = "/s" in switches
    wanted = "" if "/ve" in switches else switches.get("/v")
    if wanted is not None and wanted != "*":
        found = 0
        for key in _keys(process, path, recursive):
            value = registry.get(key, wanted)
            if value is not None:
                _print_key(process, key, [value])
                found += 1
        if not found and not recursive:
            process.err("\r\n" + str(process.texts["registry_missing"]))
            return 1
        process.line()
        if recursive:
            process.line(str(process.texts["search_end"]).format(count=found))
        return 0 if found else 1
    if recursive:
        for key in _keys(process, path, True):
            _print_key(process, key, registry.values(key))
        process.line()
        return 0
    if registry.values(path):
        _print_key(process, path, registry.values(path))
    process.line()
    for name in registry.subkeys(path):
        process.line(long_path(f"{path}\\{name}"))
    return 0


def _keys(process: Process, path: str, recursive: bool) -> Iterator[str]:
    yield path
    if recursive:
        yield from process.host.registry.walk(path)


def _search(process: Process, path: str, switches: dict[str, str]) -> int:
    """/f: in key names (/k), value names (/v), data (/d), or in all three.

    That /k without /s looks at the first level below the key is not verified; the fault
    reg_find_needs_recursion makes it find nothing.
    """
    registry, recursive, fits = process.host.registry, "/s" in switches, _matcher(switches)
    everywhere = {"/k", "/v", "/d"}
    places = (everywhere & set(switches)) or everywhere
    found = 0
    if "/k" in places and not recursive and not process.host.has_fault("reg_find_needs_recursion"):
        for name in filter(fits, registry.subkeys(path)):
            process.line(("\r\n" if not found else "") + long_path(f"{path}\\{name}"))
            found += 1
    for key in _keys(process, path, recursive):
        hits = [value for value in registry.values(key) if _hit(value, fits, places)]
        matched = recursive and "/k" in places and key != path and fits(key.rpartition("\\")[2])
        if hits or matched:
            _print_key(process, key, hits)
            found += len(hits) + int(matched)
    process.line()
    process.line(str(process.texts["search_end"]).format(count=found))
    return 0 if found else 1


def _hit(value: Value, fits: Callable[[str], bool], places: set[str]) -> bool:
    return ("/v" in places and fits(value.name)) or ("/d" in places and fits(_data(value)))


def _matcher(switches: dict[str, str]) -> Callable[[str], bool]:
    """What /f, /c and /e look for, as a test of a text."""
    fold = str if "/c" in switches else str.lower
    pattern = fold(switches["/f"])
    if "/e" in switches:
        return lambda text: fold(text) == pattern
    if "*" in pattern:
        return lambda text: fnmatch.fnmatchcase(fold(text), f"*{pattern}*")
    return lambda text: pattern in fold(text)
