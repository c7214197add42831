# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated process: who runs it, where, with which environment and streams; files with their rights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..accounts import Account
from ..disk import DiskError, FileInfo
from ..streams import Reader, Writer

if TYPE_CHECKING:
    from ..host import WindowsHost

#: Texts of Win32 errors that cmd.exe and the tools print (FormatMessage).
WIN32_TEXTS = {
    2: "The system cannot find the file specified.",
    3: "The system cannot find the path specified.",
    5: "Access is denied.",
    53: "The network path was not found.",
    80: "The file exists.",
    112: "There is not enough space on the disk.",
    123: "The filename, directory name, or volume label syntax is incorrect.",
    145: "The directory is not empty.",
    183: "Cannot create a file when that file already exists.",
    206: "The filename or extension is too long.",
    267: "The directory name is invalid.",
}

_CODECS = {65001: "utf-8", 1200: "utf-16-le"}
_ADMINISTRATORS, _USERS, _EVERYONE = "S-1-5-32-544", "S-1-5-32-545", "S-1-1-0"


def codec(code_page: int) -> str:
    """Python's name of a Windows code page."""
    return _CODECS.get(code_page, f"cp{code_page}")


def signed(code: int) -> int:
    """ERRORLEVEL is a signed 32-bit number."""
    return code - (1 << 32) if code & 0x80000000 else code


class Environment:
    """Environment variables and the current folder; names ignore case and keep their spelling."""

    def __init__(self, values: Mapping[str, str] | None = None, directory: str = "C:\\") -> None:
        self._values: dict[str, tuple[str, str]] = {}
        self.directory = directory
        for name, value in (values or {}).items():
            self.set(name, value)

    def get(self, name: str) -> str | None:
        entry = self._values.get(name.lower())
        return entry[1] if entry else None

    def set(self, name: str, value: str) -> None:
        """Set a variable; an empty value removes it."""
        if value:
            self._values[name.lower()] = (name, value)
        else:
            self._values.pop(name.lower(), None)

    def copy(self) -> Environment:
        other = Environment(directory=self.directory)
        other._values = dict(self._values)
        return other

    def assign(self, other: Environment) -> None:
        """Become equal to another: the end of a SETLOCAL."""
        self._values = dict(other._values)
        self.directory = other.directory

    def items(self) -> Iterator[tuple[str, str]]:
        return iter(sorted(self._values.values(), key=lambda item: item[0].lower()))


@dataclass
class Console:
    """The console that a shell and its programs share; CHCP changes it for all of them."""

    code_page: int = 437


@dataclass
class Process:
    """What a program or the interpreter works with.

    Attributes:
        arguments: The command tail as it was written, for programs.
        console: Its code page decides how text is written and scripts are read.
    """

    host: WindowsHost
    account: Account
    environment: Environment
    stdin: Reader
    stdout: Writer
    stderr: Writer
    console: Console = field(default_factory=Console)
    arguments: str = ""
    name: str = ""
    for_variables: dict[str, str] = field(default_factory=dict)

    def child(self, **changes: object) -> Process:
        """A process started by this one: own copies of environment and folder."""
        return replace(self, environment=self.environment.copy(), **changes)  # type: ignore[arg-type]

    @property
    def directory(self) -> str:
        """The current folder."""
        return self.environment.directory

    @property
    def code_page(self) -> int:
        return self.console.code_page

    # -- text ----------------------------------------------------------------------------------------

    def out(self, text: str) -> None:
        self.stdout.write(text.encode(codec(self.code_page), "replace"))

    def line(self, text: str = "") -> None:
        self.out(text + "\r\n")

    def err(self, text: str) -> None:
        self.stderr.write((text + "\r\n").encode(codec(self.code_page), "replace"))

    def fail(self, error: DiskError | int) -> int:
        """Print a Win32 error as cmd.exe does; returns 1."""
        code = error if isinstance(error, int) else error.code
        self.err(WIN32_TEXTS.get(code, f"The system cannot complete the operation ({code})."))
        return 1

    async def read_text(self) -> str:
        return (await self.stdin.read()).decode(codec(self.code_page), "replace")

    @property
    def texts(self) -> Mapping[str, object]:
        return self.host.profile.texts

    # -- files, with the rights of the account -------------------------------------------------------

    def path(self, text: str) -> str:
        """An absolute path. Raises DiskError for what Windows refuses."""
        return self.host.disk.absolute(text.strip().strip('"'), self.directory)

    def check(self, path: str, *, write: bool) -> None:
        """Raise DiskError 5 if the account may not read or write here."""
        if self.account.is_system:
            return
        acl = self.host.disk.acl(path)
        sids = {sid for sid, _unused in acl.entries}
        if acl.inherited:
            own = f"c:\\users\\{self.account.name}\\".lower()
            free = (own, "c:\\users\\public\\", "c:\\programdata\\", "c:\\windows\\temp\\")
            allowed = self.account.may_administer or not write or (path.lower() + "\\").startswith(free)
        else:
            allowed = (self.account.may_administer and _ADMINISTRATORS in sids) or bool(
                {self.account.sid, _USERS, _EVERYONE} & sids
            )
        if not allowed or (write and self.host.has_fault("access_denied")):
            raise DiskError(5, path)

    def read(self, path: str) -> bytes:
        self.check(path, write=False)
        return self.host.disk.read(path)

    def write(self, path: str, data: bytes, *, append: bool = False) -> None:
        self.check(path, write=True)
        self._fault(path)
        self.host.disk.write(path, data, append=append, modified=self.host.clock.now())

    def make_folder(self, path: str) -> None:
        self.check(path, write=True)
        self._fault(path)
        self.host.disk.make_folder(path)

    def delete(self, path: str) -> None:
        self.check(path, write=True)
        self.host.disk.delete(path)

    def rename(self, source: str, target: str, *, overwrite: bool = False) -> None:
        self.check(source, write=True)
        self.check(target, write=True)
        self.host.disk.rename(source, target, replace=overwrite)

    def listing(self, path: str) -> list[FileInfo]:
        self.check(path, write=False)
        return self.host.disk.listing(path)

    def _fault(self, path: str) -> None:
        if self.host.has_fault("staging_readonly") and path.lower().startswith(
            ("c:\\windows\\temp", "c:\\programdata")
        ):
            raise DiskError(5, path)


class FileWriter:
    """A redirection into a file; every write reaches the disk at once."""

    def __init__(self, process: Process, path: str, *, append: bool) -> None:
        self._process, self._path = process, path
        if not append or not process.host.disk.is_file(path):
            process.write(path, b"")
        else:
            process.check(path, write=True)

    def write(self, data: bytes) -> None:
        if data:
            self._process.write(self._path, data, append=True)


class AsciiReader:
    """Standard input under code page 65001: cmd.exe reads single bytes and loses what is not ASCII."""

    def __init__(self, inner: Reader) -> None:
        self._inner = inner

    async def read(self, size: int = -1) -> bytes:
        data = await self._inner.read(size)
        return bytes(byte if byte < 0x80 else 0x3F for byte in data) if not data.isascii() else data


def default_environment(host: WindowsHost, account: Account) -> Environment:
    """The variables of a fresh process of this account."""
    architecture = {"x86": "x86", "x64": "AMD64", "ia64": "IA64"}[host.profile.os.architecture]
    home = (
        "C:\\Windows\\system32\\config\\systemprofile" if account.is_system else f"C:\\Users\\{account.name}"
    )
    temp = "C:\\Windows\\TEMP" if account.is_system else f"{home}\\AppData\\Local\\Temp"
    path = "C:\\Windows\\system32;C:\\Windows;C:\\Windows\\System32\\Wbem"
    if host.profile.os.powershell:
        path += ";C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\"
    return Environment(
        {
            "ALLUSERSPROFILE": "C:\\ProgramData",
            "COMPUTERNAME": host.profile.netbios_name,
            "ComSpec": "C:\\Windows\\system32\\cmd.exe",
            "NUMBER_OF_PROCESSORS": str(host.profile.processors),
            "OS": "Windows_NT",
            "Path": path,
            "PATHEXT": ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC",
            "PROCESSOR_ARCHITECTURE": architecture,
            "ProgramData": "C:\\ProgramData",
            "ProgramFiles": "C:\\Program Files",
            "PROMPT": "$P$G",
            "PUBLIC": "C:\\Users\\Public",
            "SystemDrive": "C:",
            "SystemRoot": "C:\\Windows",
            "TEMP": temp,
            "TMP": temp,
            "USERDOMAIN": account.domain if not account.is_system else host.profile.netbios_name,
            "USERNAME": account.name if not account.is_system else f"{host.profile.netbios_name}$",
            "USERPROFILE": home,
            "windir": "C:\\Windows",
        }
    )
