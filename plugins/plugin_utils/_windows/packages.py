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
from .._wsman.wmi_values import as_int
from .exit_codes import REPAIR, explain_exit

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

STAGED = "Staged"
PARTIALLY_INSTALLED = "Partially Installed"
PERMANENT = "Permanent"

INSTALLED_STATES = frozenset({INSTALLED, PERMANENT})
"""The states of a package that is installed, whether or not it can be removed."""

# CurrentState of a package's key, from Microsoft's chart of CBS states (Tip of the Day, 2015-10-12), in the
# words of `dism /english /get-packages` where it has one. The chart has 4 only as CbsInstallStateStaged.
STATES: dict[int, str] = {
    0x00: NOT_PRESENT,
    0x04: STAGED,
    0x05: UNINSTALL_PENDING,
    0x10: "Resolving",
    0x20: "Resolved",
    0x30: "Staging",
    0x40: STAGED,
    0x50: SUPERSEDED,
    0x60: INSTALL_PENDING,
    0x65: PARTIALLY_INSTALLED,
    0x70: INSTALLED,
    0x80: PERMANENT,
}
# The chart's negative states: what the package was, "but broken". Its other negative numbers (-16 to -19) are
# answers of functions and no states of a package.
BROKEN_STATES: dict[int, str] = {
    0xFFFFFF80: "Invalid Permanent",
    0xFFFFFF90: "Invalid Installed",
    0xFFFFFFC0: "Invalid Staged",
    0xFFFFFFE0: "Invalid Resolved",
}
_NAMES = STATES | BROKEN_STATES
_CODES = {name: code for code, name in _NAMES.items()}
# Left there by an installation that was interrupted or never begun: nothing of the package is installed.
_NOT_INSTALLED = frozenset({NOT_PRESENT, "Resolving", "Resolved", "Staging", STAGED})

_KEY_LINE = re.compile(r"^\s*HKEY_LOCAL_MACHINE\\.*\\Packages\\([^\\\r\n]+?)\s*$", re.IGNORECASE)
_STATE_LINE = re.compile(r"^\s*CurrentState\s+REG_DWORD\s+0x([0-9a-f]{1,8})\s*$", re.IGNORECASE)
_DISM_IDENTITY = re.compile(r"^Package Identity : (\S+)\s*$")
_DISM_STATE = re.compile(r"^State : (.+?)\s*$")
_OF_A_KB = re.compile(r"_for_KB\d+(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class PackageState:
    """A package as servicing knows it.

    Attributes:
        identity: Such as `Package_for_KB976902~31bf3856ad364e35~amd64~~6.1.1.17514`.
        state: In the words of `dism /english`; `Unknown` if `code` could not be read or has no meaning.
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
        return self.state in INSTALLED_STATES

    @property
    def not_installed(self) -> bool:
        """Whether nothing of the package is installed."""
        return self.state in _NOT_INSTALLED

    @property
    def doubt(self) -> str:
        """Why the state shows nothing about the package, with what to do; empty where it does."""
        if self.state in BROKEN_STATES.values():
            return f"Servicing calls {self.identity} broken ({self.state}). {REPAIR}"
        if self.state in STATES.values():
            return ""
        if self.code is None:
            return f"The state of {self.identity} in servicing could not be read: {self.state}."
        return (
            f"Servicing gives {self.identity} a state that is not documented: {self.state}. Run "
            "`dism /online /english /get-packages` on the host to see what it calls it."
        )


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
    several revisions, one that waits for a restart comes first, then an installed one, then one whose state
    is in doubt, then one that is present, then the highest.
    """

    def rank(package: PackageState) -> tuple[bool, bool, bool, bool, bool, bool, tuple[int, ...]]:
        name, _unused, rest = package.identity.partition("~")
        numbered = not name.lower().startswith("package_for_")
        suffixed = re.search(r"KB\d+$", name, re.IGNORECASE) is None
        version = tuple(as_int(part) or 0 for part in re.findall(r"\d+", rest.rpartition("~")[2]))
        present = package.state != NOT_PRESENT
        doubtful = bool(package.doubt)
        return (not numbered, not suffixed, package.pending, package.installed, doubtful, present, version)

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
        # The exit code is findstr's, and findstr may be barred; a second run shows what DISM itself says.
        answer = session.run("dism /online /english /get-packages", timeout=600)
        states = _parse_dism(answer.stdout)
    if not states:
        raise RemoteError(
            session.host,
            f"The state of {kb} could not be read: the registry shows no package at all, and DISM says: "
            f"{explain_exit(answer.exit_code)}",
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
    return _NAMES.get(code, f"{UNKNOWN} (0x{code:x})")
