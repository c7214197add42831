# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry of a host: an immutable base that hosts of one kind share, and the host's own changes.

Keys are written `HKLM\\SYSTEM\\…` (long root names are accepted); names ignore case and keep their spelling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Union

Data = Union[int, str, bytes, "tuple[str, ...]"]

ROOTS = {
    "HKLM": "HKEY_LOCAL_MACHINE",
    "HKCU": "HKEY_CURRENT_USER",
    "HKCR": "HKEY_CLASSES_ROOT",
    "HKU": "HKEY_USERS",
    "HKCC": "HKEY_CURRENT_CONFIG",
}
#: Roots as StdRegProv's hDefKey.
ROOT_HANDLES = {
    0x80000000: "HKCR",
    0x80000001: "HKCU",
    0x80000002: "HKLM",
    0x80000003: "HKU",
    0x80000005: "HKCC",
}
_SHORT = {long: short for short, long in ROOTS.items()}

#: Value types by their number in the registry.
TYPES = {1: "REG_SZ", 2: "REG_EXPAND_SZ", 3: "REG_BINARY", 4: "REG_DWORD", 7: "REG_MULTI_SZ", 11: "REG_QWORD"}

# ControlSet001 is the set in use; CurrentControlSet is a link to it.
_LINK = "hklm\\system\\currentcontrolset"


@dataclass(frozen=True)
class Value:
    """One value: its name as spelled (empty for the default value), type name and data."""

    name: str
    type: str
    data: Data


@dataclass
class _Key:
    name: str
    values: dict[str, Value] = field(default_factory=dict)
    children: dict[str, str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    # The children in the registry's order; kept for keys that hosts share, which never change.
    order: list[str] | None = None


def normal_path(path: str) -> str:
    """`HKEY_LOCAL_MACHINE\\a\\\\b\\` as `HKLM\\a\\b`; the root in its short form."""
    parts = [part for part in path.strip('"').split("\\") if part]
    if not parts:
        return ""
    root = parts[0].upper()
    return "\\".join([_SHORT.get(root, root), *parts[1:]])


def long_path(path: str) -> str:
    root, _unused, rest = path.partition("\\")
    return ROOTS.get(root, root) + ("\\" + rest if rest else "")


class Base:
    """Keys that many hosts share; never changed once hosts use it."""

    def __init__(self) -> None:
        self.keys: dict[str, _Key] = {root.lower(): _Key(root) for root in ROOTS}

    def add(self, path: str, values: Mapping[str, tuple[str, Data]] | None = None) -> None:
        parts = normal_path(path).split("\\")
        for depth in range(1, len(parts)):
            child, parent = "\\".join(parts[: depth + 1]).lower(), "\\".join(parts[:depth]).lower()
            if child not in self.keys:
                self.keys[child] = _Key(parts[depth])
                self.keys[parent].children[parts[depth].lower()] = parts[depth]
        key = self.keys["\\".join(parts).lower()]
        for name, (kind, data) in (values or {}).items():
            key.values[name.lower()] = Value(name, kind, data)


class Registry:
    """A host's view of the registry."""

    def __init__(self, base: Base) -> None:
        self._base = base.keys
        self._own: dict[str, _Key | None] = {}

    def exists(self, path: str) -> bool:
        return self._find(path) is not None

    def subkeys(self, path: str) -> list[str]:
        """Names of the subkeys, sorted as the registry keeps them; [] if the key is not there."""
        key = self._find(path)
        if key is None:
            return []
        identity = self._id(path)
        if key is not self._base.get(identity):
            return sorted(self._children(identity, key).values(), key=str.upper)
        if key.order is None:
            key.order = sorted(key.children.values(), key=str.upper)
        return list(key.order)

    def values(self, path: str) -> list[Value]:
        key = self._find(path)
        return list(key.values.values()) if key else []

    def get(self, path: str, name: str = "") -> Value | None:
        key = self._find(path)
        return key.values.get(name.lower()) if key else None

    def dword(self, path: str, name: str) -> int | None:
        value = self.get(path, name)
        return value.data if value is not None and isinstance(value.data, int) else None

    def string(self, path: str, name: str) -> str | None:
        value = self.get(path, name)
        return value.data if value is not None and isinstance(value.data, str) else None

    def spelled(self, path: str) -> str:
        """The path as the registry spells it (short root)."""
        parts = normal_path(path).split("\\")
        spelled = [parts[0]]
        for depth in range(1, len(parts)):
            current = "\\".join(parts[: depth + 1])
            key = self._find(current)
            # A link keeps its own name.
            linked = current.lower() == _LINK
            spelled.append("CurrentControlSet" if linked else key.name if key else parts[depth])
        return "\\".join(spelled)

    def create(self, path: str) -> None:
        """Make a key and what is missing above it."""
        parts = normal_path(path).split("\\")
        if parts[0] not in ROOTS:
            raise KeyError(path)
        for depth in range(1, len(parts)):
            child = self._id("\\".join(parts[: depth + 1]))
            if self._lookup(child) is None:
                parent_key = self._writable(self._id("\\".join(parts[:depth])))
                parent_key.children[parts[depth].lower()] = parts[depth]
                parent_key.removed.discard(parts[depth].lower())
                base = self._base.get(child)
                self._own[child] = _Key(parts[depth], removed=set(base.children) if base else set())

    def set(self, path: str, name: str, data: Data, kind: str | None = None) -> None:
        """Write a value, making the key."""
        self.create(path)
        if kind is None:
            kind = (
                "REG_DWORD"
                if isinstance(data, int)
                else "REG_SZ"
                if isinstance(data, str)
                else ("REG_BINARY" if isinstance(data, bytes) else "REG_MULTI_SZ")
            )
        self._writable(self._id(path)).values[name.lower()] = Value(name, kind, data)

    def delete(self, path: str) -> bool:
        """Remove a key and all below it."""
        identity = self._id(path)
        if self._lookup(identity) is None or "\\" not in identity:
            return False
        for child in self.subkeys(path):
            self.delete(f"{path}\\{child}")
        parent, _unused, leaf = identity.rpartition("\\")
        parent_key = self._writable(parent)
        parent_key.children.pop(leaf, None)
        parent_key.removed.add(leaf)
        self._own[identity] = None
        return True

    def walk(self, path: str) -> Iterator[str]:
        """The paths of all keys below a key, parents first, in the spelling of `path` and the registry."""
        for name in self.subkeys(path):
            yield f"{path}\\{name}"
            yield from self.walk(f"{path}\\{name}")

    def changes(self) -> dict[str, dict[str, Data] | None]:
        """The keys that differ from the base: their values by name, None for a deleted key."""
        found: dict[str, dict[str, Data] | None] = {}
        for path, key in self._own.items():
            base = self._base.get(path)
            if key is None and base is not None:
                found[path] = None
            elif key is not None and (base is None or key.values != base.values):
                found[path] = {value.name: value.data for value in key.values.values()}
        return found

    def _id(self, path: str) -> str:
        identity = normal_path(path).lower()
        if identity.startswith(_LINK):
            identity = "hklm\\system\\controlset001" + identity[len(_LINK) :]
        return identity

    def _lookup(self, identity: str) -> _Key | None:
        if identity in self._own:
            return self._own[identity]
        return self._base.get(identity)

    def _find(self, path: str) -> _Key | None:
        return self._lookup(self._id(path))

    def _children(self, identity: str, key: _Key) -> dict[str, str]:
        base = self._base.get(identity)
        if base is None or base is key:
            return key.children
        merged = {name: text for name, text in base.children.items() if name not in key.removed}
        merged.update(key.children)
        return merged

    def _writable(self, identity: str) -> _Key:
        """The host's own copy of a key: values copied, the base's children left where they are."""
        key = self._own.get(identity)
        if key is None:
            base = self._base.get(identity) if identity not in self._own else None
            key = _Key(base.name, dict(base.values)) if base else _Key(identity.rpartition("\\")[2])
            self._own[identity] = key
        return key
