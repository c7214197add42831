# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read which packages of a hotfix servicing knows, and their states.

Component Based Servicing keeps a registry key for each package. The names of thousands of packages do not
fit into one EnumKey answer of 150 KiB, so the host's own reg.exe searches them. The parsers read nothing that
Windows localises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._wsman.errors import RemoteError
from .._wsman.registry import read_dword
from .exit_codes import explain_exit

if TYPE_CHECKING:
    from .._wsman.session import Session

_PACKAGES_KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages"
# Every Windows 6.1 has this package. Finding it proves that `reg query /k /f` without /s searches the first
# level, which is not documented. Only then does an empty search mean that the hotfix has no package.
_PROOF_OF_SEARCH = "Microsoft-Windows-Foundation-Package"

INSTALLED = "Installed"
INSTALL_PENDING = "Install Pending"
UNINSTALL_PENDING = "Uninstall Pending"
SUPERSEDED = "Superseded"
NOT_PRESENT = "Not Present"
UNKNOWN = "Unknown"

# CurrentState of a package's key, in the words of `dism /english /get-packages`.
STATES: dict[int, str] = {
    0x00: NOT_PRESENT,
    0x05: UNINSTALL_PENDING,
    0x40: "Staged",
    0x50: SUPERSEDED,
    0x60: INSTALL_PENDING,
    0x65: "Partially Installed",
    0x70: INSTALLED,
    0x80: "Permanent",
}
_CODES = {name: code for code, name in STATES.items()}

_KEY_LINE = re.compile(r"^\s*HKEY_LOCAL_MACHINE\\.*\\Packages\\([^\\\r\n]+?)\s*$", re.IGNORECASE)
_STATE_LINE = re.compile(r"^\s*CurrentState\s+REG_DWORD\s+0x([0-9a-f]+)\s*$", re.IGNORECASE)
_DISM_IDENTITY = re.compile(r"^Package Identity : (\S+)\s*$")
_DISM_STATE = re.compile(r"^State : (.+?)\s*$")
_OF_A_KB = re.compile(r"_for_KB\d+(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class PackageState:
    """A package as servicing knows it.

    Attributes:
        identity: Such as `Package_for_KB976902~31bf3856ad364e35~amd64~~6.1.1.17514`.
        state: In the words of `dism /english`; `Unknown` if `code` could not be read.
        code: CurrentState; None if it could not be read.
    """

    identity: str
    state: str
    code: int | None

    @property
    def pending(self) -> bool:
        """Whether a restart completes an installation or removal."""
        return self.state in (INSTALL_PENDING, UNINSTALL_PENDING)

    @property
    def installed(self) -> bool:
        """Whether the package is installed, permanently or not."""
        return self.state in (INSTALLED, "Permanent")


def packages_command(kb: str) -> str:
    """Return a part of a cmd.exe line that prints each package of a hotfix with its CurrentState.

    `&` can join it with others; its exit code means nothing. It prints the names once more without `for /f`:
    nobody has verified that `for /f` reads a command's output under code page 65001 of Windows 6.1, and if it
    does not, the packages would seem to be missing.
    """
    find = f'reg query "{_PACKAGES_KEY}" /k /f {kb} 2>nul | findstr /r /i /c:"^HKEY_.*_for_{kb}[^0-9]"'
    escaped = find.replace("2>nul |", "2^>nul ^|")
    each = '@echo %K& reg query "%K" /v CurrentState 2>nul'
    proof = f'reg query "{_PACKAGES_KEY}" /k /f {_PROOF_OF_SEARCH} 2>nul | findstr /b /i HKEY_'
    return f"(for /f \"delims=\" %K in ('{escaped}') do {each}) & {find} & {proof}"


def parse_packages(text: str) -> list[PackageState]:
    """Read what `packages_command` printed; a package without a state is `Unknown`."""
    codes: dict[str, int | None] = {}
    identity = ""
    for line in text.splitlines():
        key = _KEY_LINE.match(line)
        value = _STATE_LINE.match(line)
        if key:
            identity = key.group(1)
            if _OF_A_KB.search(identity):
                codes.setdefault(identity, None)
        elif value and identity in codes:
            codes[identity] = int(value.group(1), 16)
    return [PackageState(name, _state_name(code), code) for name, code in codes.items()]


def packages_from_answer(session: Session, kb: str, text: str) -> list[PackageState]:
    """Return the packages that `packages_command` printed.

    WMI supplies a state that the command did not print. If the search proves nothing, DISM lists them all.

    Raises:
        RemoteError: neither the registry nor DISM shows any package.
    """
    found = parse_packages(text)
    if found or any(_KEY_LINE.match(line) for line in text.splitlines()):
        return [_with_state(session, package) for package in found]
    return _packages_by_dism(session, kb)


def parent_package(packages: list[PackageState]) -> PackageState | None:
    """Return the package that decides for a hotfix.

    A hotfix has a parent, `Package_for_KB…`, and often children, `Package_1_for_KB…` or `…_RTM`. Among
    several revisions, one that waits for a restart comes first, then an installed one, then one that is
    present, then the highest.
    """

    def rank(package: PackageState) -> tuple[bool, bool, bool, bool, bool, tuple[int, ...]]:
        name, _unused, rest = package.identity.partition("~")
        numbered = not name.lower().startswith("package_for_")
        suffixed = re.search(r"KB\d+$", name, re.IGNORECASE) is None
        version = tuple(int(part) for part in re.findall(r"\d+", rest.rpartition("~")[2]))
        present = package.state != NOT_PRESENT
        return (not numbered, not suffixed, package.pending, package.installed, present, version)

    return max(packages, key=rank, default=None)


def _with_state(session: Session, package: PackageState) -> PackageState:
    if package.code is not None:
        return package
    code = read_dword(session, f"{_PACKAGES_KEY}\\{package.identity}", "CurrentState")
    return PackageState(package.identity, _state_name(code), code)


def _packages_by_dism(session: Session, kb: str) -> list[PackageState]:
    """Ask DISM for all packages: documented, but it takes seconds."""
    # Without /i, findstr with several literal strings misses lines (Stack Overflow 8844868).
    answer = session.run(
        'dism /online /english /get-packages | findstr /b /i /c:"Package Identity : " /c:"State : "',
        timeout=600,
    )
    states = _parse_dism(answer.stdout)
    if not states:
        # The exit code is findstr's; only a second run shows DISM's own.
        code = session.run("dism /online /english /get-packages >nul", timeout=600).exit_code
        raise RemoteError(
            session.host,
            f"The state of {kb} could not be read: the registry shows no package at all, and DISM says: "
            f"{explain_exit(code)}",
        )
    wanted = re.compile(rf"_for_{re.escape(kb)}(?!\d)", re.IGNORECASE)
    return [
        PackageState(identity, state, _CODES.get(state))
        for identity, state in states
        if wanted.search(identity)
    ]


def _parse_dism(text: str) -> list[tuple[str, str]]:
    packages = []
    identity = None
    for line in text.splitlines():
        if found := _DISM_IDENTITY.match(line):
            identity = found.group(1)
        elif identity and (found := _DISM_STATE.match(line)):
            packages.append((identity, found.group(1)))
            identity = None
    return packages


def _state_name(code: int | None) -> str:
    if code is None:
        return UNKNOWN
    return STATES.get(code, f"{UNKNOWN} (0x{code:x})")
