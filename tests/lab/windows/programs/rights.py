# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""icacls, takeown, whoami."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ..cmd.expansion import split_arguments
from ..disk import Acl, DiskError

if TYPE_CHECKING:
    from ..cmd.process import Process

_NAMES = {
    "S-1-5-18": "NT AUTHORITY\\SYSTEM",
    "S-1-5-32-544": "BUILTIN\\Administrators",
    "S-1-5-32-545": "BUILTIN\\Users",
    "S-1-1-0": "Everyone",
    "S-1-5-11": "NT AUTHORITY\\Authenticated Users",
    "S-1-5-20": "NT AUTHORITY\\NETWORK SERVICE",
}
_DEFAULT = (
    ("S-1-5-18", "(I)(OI)(CI)(F)"),
    ("S-1-5-32-544", "(I)(OI)(CI)(F)"),
    ("S-1-5-32-545", "(I)(OI)(CI)(RX)"),
)
_GRANT = re.compile(r"^(?P<who>.+?):(?P<rights>(?:\([A-Z,]+\))*[A-Z,]*)$", re.IGNORECASE)


def _sid(process: Process, name: str) -> str | None:
    """The SID of `*S-1-…` or of an account name; group names are localised."""
    if name.startswith("*"):
        return name[1:].upper()
    plain = name.rpartition("\\")[2].lower()
    known = {text.rpartition("\\")[2].lower(): sid for sid, text in _NAMES.items()}
    known.pop("administrators")
    known[str(process.texts["administrators"]).lower()] = "S-1-5-32-544"
    if plain in known:
        return known[plain]
    user = process.host.find_user(plain)
    return process.host.logon(user).sid if user else None


def _normal(rights: str) -> str:
    """`(OI)(CI)F` as `(OI)(CI)(F)`: the form in which icacls shows it."""
    match = re.match(r"^((?:\([A-Z,]+\))*)([A-Z,]*)$", rights.upper())
    return f"{match[1]}({match[2]})" if match and match[2] else rights.upper()


async def icacls(process: Process) -> int:
    """`icacls path`: show, /inheritance, /grant[:r], /remove, /setowner, /reset, /t, /c, /q.

    Without /c it ends at the first file that it cannot change. The exit code after /c is documented nowhere:
    here it is that of the last failure.
    """
    words = split_arguments(process.arguments)
    if not words:
        process.host.unknown("icacls")
        return 87
    try:
        path = process.path(words[0])
        if not process.host.disk.exists(path):
            raise DiskError(2, path)
        changes = [word for word in words[1:] if word.lower() not in ("/t", "/c", "/q", "/l")]
        if not changes:
            return _show(process, words[0], path)
        if process.host.disk.acl(path).owner not in (process.account.sid, "S-1-5-32-544"):
            # An owner may always change rights, whatever they are.
            process.check(path, write=True)
        if not process.account.may_administer:
            raise DiskError(5, path)
        options = {word.lower() for word in words}
        failures = 0
        code = _apply(process, path, changes)
        if not code and "/t" in options and process.host.disk.is_folder(path):
            for entry in list(process.host.disk.walk(path)):
                if entry.path.lower() not in process.host.disk.fixed_rights:
                    _apply(process, entry.path, changes)
                    continue
                if "/c" not in options:
                    raise DiskError(5, entry.path)
                process.err(f"{entry.path}: Access is denied.")
                failures += 1
        if failures:
            process.line(f"Successfully processed 1 files; Failed processing {failures} files")
            return 5
    except DiskError as error:
        texts = {
            2: "The system cannot find the file specified.",
            3: "The system cannot find the path specified.",
        }
        process.err(f"{words[0]}: {texts.get(error.code, 'Access is denied.')}")
        process.line("Successfully processed 0 files; Failed processing 1 files")
        return error.code
    if code:
        return code
    if "/q" not in (word.lower() for word in words):
        process.line(f"processed file: {words[0]}")
    process.line("Successfully processed 1 files; Failed processing 0 files")
    return 0


def _apply(process: Process, path: str, changes: list[str]) -> int:
    acl = process.host.disk.acls.get(path.lower(), Acl())
    entries = dict(acl.entries)
    mode = ""
    for word in changes:
        lowered = word.lower()
        if lowered in ("/inheritance:r", "/inheritance:d", "/inheritance:e"):
            stays = process.host.has_fault("inheritance_stays")
            acl = replace(acl, inherited=stays or lowered.endswith("e"))
            if lowered.endswith("d"):
                entries = {sid: rights.replace("(I)", "") for sid, rights in _DEFAULT} | entries
        elif lowered == "/reset":
            acl, entries = Acl(owner=acl.owner), {}
        elif lowered in ("/grant", "/grant:r", "/remove", "/remove:g", "/setowner"):
            mode = lowered
        elif lowered.startswith("/") or not mode:
            process.host.unknown(f"icacls {process.arguments}")
            process.err(f'Invalid parameter "{word}"')
            return 87
        else:
            match = _GRANT.match(word) if mode.startswith("/grant") else None
            sid = _sid(process, match["who"] if match else word)
            if sid is None or (mode.startswith("/grant") and match is None):
                process.err(f"{word}: No mapping between account names and security IDs was done.")
                process.line("Successfully processed 0 files; Failed processing 1 files")
                return 1332
            if mode == "/setowner":
                acl = replace(acl, owner=sid)
            elif match is not None:
                entries[sid] = _normal(match["rights"])
            else:
                entries.pop(sid, None)
    process.host.disk.acls[path.lower()] = replace(acl, entries=tuple(entries.items()))
    return 0


def _show(process: Process, written: str, path: str) -> int:
    acl = process.host.disk.acl(path)
    entries = list(acl.entries) + (list(_DEFAULT) if acl.inherited else [])
    if path.lower() not in process.host.disk.acls:
        entries = [(sid, rights if "(I)" in rights else f"(I){rights}") for sid, rights in entries]
    for index, (sid, rights) in enumerate(entries):
        name = _NAMES.get(sid, sid)
        if sid == "S-1-5-32-544":
            name = f"BUILTIN\\{process.texts['administrators']}"
        process.line(f"{written if index == 0 else ' ' * len(written)} {name}:{rights}")
    process.line("\r\nSuccessfully processed 1 files; Failed processing 0 files")
    return 0


_SDDL_NAMES = {"S-1-5-18": "SY", "S-1-5-32-544": "BA", "S-1-5-32-545": "BU", "S-1-1-0": "WD"}
_SDDL_RIGHTS = {"(F)": "FA", "(RX)": "0x1200a9"}


async def cacls(process: Process) -> int:
    """`cacls path /s`: the DACL of one file as SDDL, as the tool's help describes it."""
    words = split_arguments(process.arguments)
    if len(words) != 2 or words[1].lower() != "/s":
        process.host.unknown(f"cacls {process.arguments}")
        return 1
    path = process.path(words[0])
    if not process.host.disk.exists(path):
        process.line("The system cannot find the file specified.")
        return 1
    acl = process.host.disk.acl(path)
    entries = list(acl.entries) + (list(_DEFAULT) if acl.inherited else [])
    aces = "".join(_ace(sid, rights) for sid, rights in entries)
    process.line(f'{path} "D:{"AI" if acl.inherited else "PAI"}{aces}"\r\n')
    return 0


def _ace(sid: str, rights: str) -> str:
    flags = "".join(flag for flag in ("OI", "CI", "IO", "ID") if f"({flag})" in rights.replace("(I)", "(ID)"))
    mask = next((code for name, code in _SDDL_RIGHTS.items() if rights.endswith(name)), "0x1301bf")
    return f"(A;{flags};{mask};;;{_SDDL_NAMES.get(sid, sid)})"


async def takeown(process: Process) -> int:
    """`takeown /f path [/a] [/r] [/d y]`."""
    words = split_arguments(process.arguments)
    lowered = [word.lower() for word in words]
    if "/f" not in lowered[:-1]:
        process.host.unknown(f"takeown {process.arguments}")
        process.err('ERROR: Invalid syntax.\r\nType "TAKEOWN /?" for usage.')
        return 1
    written = words[lowered.index("/f") + 1]
    path = process.path(written)
    if not process.host.disk.exists(path):
        process.err(f'ERROR: File "{written}" not found or access denied.')
        return 1
    if not process.account.may_administer:
        process.err("ERROR: The current logged on user does not have ownership privileges on the file.")
        return 1
    owner = "S-1-5-32-544" if "/a" in lowered else process.account.sid
    acl = process.host.disk.acls.get(path.lower(), Acl())
    process.host.disk.acls[path.lower()] = replace(acl, owner=owner)
    process.line(f'\r\nSUCCESS: The file (or folder): "{path}" now owned by the administrators group.')
    return 0


def _groups(process: Process) -> list[tuple[str, str, str, str]]:
    account = process.account
    used = "Mandatory group, Enabled by default, Enabled group"
    rows = [("Everyone", "Well-known group", "S-1-1-0", used)]
    if account.administrator:
        deny = "Group used for deny only"
        owner = f"{used}, Group owner" if account.may_administer else deny
        rows.append((f"BUILTIN\\{process.texts['administrators']}", "Alias", "S-1-5-32-544", owner))
    level = (
        ("System", "S-1-16-16384")
        if account.is_system
        else ("High", "S-1-16-12288")
        if account.may_administer
        else ("Medium", "S-1-16-8192")
    )
    rows.append((f"Mandatory Label\\{level[0]} Mandatory Level", "Label", level[1], ""))
    return rows


async def whoami(process: Process) -> int:
    """`whoami`, or `whoami /groups [/fo csv] [/nh]`."""
    words = [word.lower() for word in split_arguments(process.arguments)]
    account = process.account
    if not words:
        process.line((str(process.texts["system"]) if account.is_system else account.qualified).lower())
        return 0
    if "/groups" not in words or set(words) - {"/groups", "/fo", "csv", "/nh"}:
        process.host.unknown(f"whoami {process.arguments}")
        process.err(f"ERROR: Invalid argument/option - '{words[0]}'.")
        return 1
    headers = [] if "/nh" in words else [("Group Name", "Type", "SID", "Attributes")]
    for row in [*headers, *_groups(process)]:
        csv = ",".join(f'"{cell}"' for cell in row)
        process.line(csv if "csv" in words else "  ".join(cell.ljust(38) for cell in row))
    return 0
