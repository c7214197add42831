# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host descriptions: what a YAML file under tests/lab/fleets may say about a simulated host.

A file is ``{defaults: {...}, hosts: [{name: ..., ...}, ...]}``; every key of `HostProfile` may stand
under a host or under `defaults`. ``count: N`` makes N hosts of one entry; its name must then hold
``{index}``, which may have a format (``lab-{index:04d}``).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"
FLEETS = Path(__file__).parent.parent / "fleets"

#: What `files:` may say: the state of the article's files on the disk.
FILE_STATES = ("vulnerable", "fixed", "partial", "gdr", "ldr", "sp1", "windows8")

#: Certificates of an HTTPS listener: of its own, or issued by the lab's authority or by another.
CERTIFICATES = ("self_signed", "issued", "expired", "other_name", "foreign")

#: Names for `faults:` (and for `WindowsHost.inject`): each is one way in which a real host misbehaves.
FAULTS = {
    "access_denied": "every WS-Management operation and every change is refused (5)",
    "revert_on_boot": "servicing rolls the package back at the next boot (0x800f0922)",
    "second_restart": "servicing needs a second restart to complete",
    "disk_full": "DISM finds no room (0x80070070)",
    "store_damaged": "the component store is damaged (0x80073712)",
    "pending_operations": "DISM refuses: other operations are pending (0x800f0806)",
    "restart_needed_first": "DISM refuses until a restart (0x80070bc2)",
    "another_install_running": "another installation runs (183)",
    "trustedinstaller_disabled": "the TrustedInstaller service is disabled (0x80070422)",
    "servicing_stack_too_old": "DISM refuses: the servicing stack is too old (0x800f0823)",
    "rpc_failed": "DISM dies with an RPC failure (1726)",
    "dism_slow": "DISM takes ten minutes of the clock",
    "no_sha256": "certutil knows no SHA256",
    "findstr_loses_nul": "findstr drops NUL bytes of its standard input (raw uploads are damaged)",
    "stdin_lost": "commands read no standard input (streamed uploads fail)",
    "reg_find_needs_recursion": "reg query /k /f without /s finds nothing",
    "schtasks_code_page": "schtasks lists tasks under code page 437 only",
    "file_version_tail": "WMI reports versions with their branch tail",
    "cannot_remove": "the package cannot be removed (0x800f0825)",
    "expand_incomplete": "expand makes only the first of several files, and ends with 0",
    "expand_empty": "expand leaves the last file empty, and ends with 0",
    "inheritance_stays": "icacls /inheritance:r removes no inherited right, and ends with 0",
    "download_fails": "certutil -urlcache reaches nothing (0x80072ee7)",
    "staging_readonly": "nothing can be written under C:\\Windows\\Temp or C:\\ProgramData",
    "no_remote_desktop": "Remote Desktop Services do not start with the host",
    "no_boot": "the host does not come back from a restart",
    "reg_disabled": "a policy stops reg.exe (Prevent access to registry editing tools)",
    "stdregprov_denied": "StdRegProv is denied every key (5)",
    "schtasks_list_broken": "schtasks /query of all tasks stops at a damaged one; queries of one task work",
}


class ProfileError(ValueError):
    """A host description is wrong; the message names the host and the key."""


@dataclass(frozen=True)
class SystemInfo:
    """One operating system of data/systems.yml."""

    name: str
    product: str
    caption: str
    edition: str
    sku: int
    product_type: int
    architecture: str
    processor: int
    system_type: str
    version: str
    service_pack: int
    powershell: str | None
    wow64: bool
    core: bool = False

    @property
    def build(self) -> int:
        return int(self.version.rsplit(".", 1)[1])

    @property
    def release(self) -> str:
        """The version of Windows' own files as shipped with this build."""
        return f"{self.version}.{17514 if self.service_pack else 16385}"

    @property
    def is_server(self) -> bool:
        return self.product_type != 1


@dataclass(frozen=True)
class UserProfile:
    """A local or domain account that may log on.

    `administrator`: member of Administrators; `builtin`: RID 500, never filtered by UAC; `remote`: WinRM's
    access list (RootSDDL) lets it in without that; `certificate`: a client certificate is mapped to it.
    """

    name: str
    password: str
    administrator: bool = True
    builtin: bool = False
    domain: str | None = None
    remote: bool = False
    certificate: bool = False


@dataclass(frozen=True)
class WinrmProfile:
    """The WinRM service: listeners, authentication and quotas (defaults of stock 6.1).

    `ntlm`: Negotiate, with NTLM inside, and with Kerberos in a lab with a domain.
    `certificates`: whether users log on with theirs (Service/Auth/Certificate).
    `certificate`: the one of the HTTPS listener, of `CERTIFICATES`.
    `stack`: its version; the Windows Management Framework 3.0 brings 3.0 to 6.1.
    """

    http: bool = True
    https: bool = False
    tls10_only: bool = False
    allow_unencrypted: bool = False
    basic: bool = False
    ntlm: bool = True
    kerberos: bool = True
    credssp: bool = False
    certificates: bool = False
    certificate: str = "self_signed"
    remote_shells: bool = True
    max_envelope_kb: int = 150
    max_timeout_ms: int = 60000
    max_operations_per_user: int = 15
    max_shells_per_user: int = 5
    max_processes_per_shell: int = 15
    optimized_items: int = 1
    stack: str = "2.0"


@dataclass(frozen=True)
class RemoteDesktopProfile:
    """Remote Desktop: fDenyTSConnections, UserAuthentication, TSAppCompat, SecurityLayer, PortNumber."""

    enabled: bool = False
    nla: bool = False
    application_server: bool = False
    security_layer: int = 1
    port: int = 3389


@dataclass(frozen=True)
class SessionProfile:
    """A user session on the host. `state`: active or disc."""

    user: str
    id: int
    name: str = ""
    state: str = "active"


@dataclass(frozen=True)
class HostProfile:
    """One simulated host; every field is a key of the YAML description.

    Attributes:
        system: A name of data/systems.yml.
        files: One of `FILE_STATES`, or a mapping path → version ("missing" for none) over `vulnerable`.
        more_files: Files beside those, or other versions of them: path → version.
        domain: DNS name of the domain; None for a workgroup.
        bitlocker: BitLocker protects drive C: with key protectors of these types (4: TPM and PIN). None: it
            does not, and a server lacks the feature, as shipped.
        on_battery: The host runs on battery power (tasks may refuse to start).
        missing_classes: Names of WMI classes that the host lacks.
        packages: More package identities in CBS, with their CurrentState.
        pending_renames: PendingFileRenameOperations as antivirus and printer drivers leave them.
        dism_seconds, download_seconds, shutdown_seconds, boot_seconds, settle_seconds: Seconds of the
            fleet's clock.
        downloads: What the host can download: URL → file on this machine.
        shares: What the host can read by UNC path: `\\\\server\\share` → folder on this machine.
        blocked: Programs that a software restriction policy blocks, by name without extension.
    """

    name: str
    system: str = "2008r2-x64"
    language: str = "en-US"
    time_zone: str = "UTC"
    files: str | Mapping[str, str] = "vulnerable"
    more_files: Mapping[str, str] = field(default_factory=dict)
    computer_name: str = ""
    domain: str | None = None
    domain_controller: bool = False
    cluster_node: bool = False
    bitlocker: tuple[int, ...] | None = None
    on_battery: bool = False
    max_token_size: int | None = None
    rdp: RemoteDesktopProfile = field(default_factory=RemoteDesktopProfile)
    winrm: WinrmProfile = field(default_factory=WinrmProfile)
    users: tuple[UserProfile, ...] = (UserProfile("Administrator", "Lab-Passw0rd!", True, True),)
    sessions: tuple[SessionProfile, ...] = ()
    faults: tuple[str, ...] = ()
    missing_classes: tuple[str, ...] = ()
    packages: Mapping[str, int] = field(default_factory=dict)
    powered: bool = True
    processors: int = 1
    free_bytes: int = 20 * 1024**3
    dism_seconds: float = 0.3
    download_seconds: float = 0.0
    shutdown_seconds: float = 0.5
    boot_seconds: float = 1.5
    settle_seconds: float = 0.5
    uptime_days: float = 12.5
    pending_renames: tuple[str, ...] = ()
    downloads: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[str, str] = field(default_factory=dict)
    blocked: tuple[str, ...] = ()

    @property
    def os(self) -> SystemInfo:
        return systems()[self.system]

    @property
    def has_bitlocker(self) -> bool:
        """Whether the feature BitLocker is there: always on clients, on servers only if it was added."""
        return self.bitlocker is not None or not self.os.is_server

    @property
    def texts(self) -> Mapping[str, Any]:
        """What Windows says in the host's language (data/languages.yml)."""
        return languages()[self.language]

    @property
    def netbios_name(self) -> str:
        return (self.computer_name or self.name.split(".")[0]).upper()[:15]

    @property
    def full_name(self) -> str:
        """The name in DNS: that of the computer, and the domain's."""
        name = (self.computer_name or self.name.split(".")[0]).lower()
        return f"{name}.{self.domain}" if self.domain else name


@lru_cache(maxsize=1)
def systems() -> dict[str, SystemInfo]:
    """The operating systems of data/systems.yml by name."""
    data = yaml.safe_load((DATA / "systems.yml").read_text("utf-8"))
    return {name: SystemInfo(name=name, **entry) for name, entry in data.items()}


@lru_cache(maxsize=1)
def languages() -> dict[str, dict[str, Any]]:
    """The texts of data/languages.yml by language."""
    result: dict[str, dict[str, Any]] = yaml.safe_load((DATA / "languages.yml").read_text("utf-8"))
    return result


def load_fleet(path: str | Path) -> list[HostProfile]:
    """Read a fleet file (a path, or a name under tests/lab/fleets).

    Raises:
        ProfileError: The description is wrong.
    """
    file = Path(path)
    if not file.exists():
        file = FLEETS / (file.name if file.suffix else f"{file.name}.yml")
    document = yaml.safe_load(file.read_text("utf-8"))
    return parse_fleet(document)


def parse_fleet(document: Mapping[str, Any]) -> list[HostProfile]:
    """Make host profiles of a description that was read from YAML."""
    defaults = document.get("defaults") or {}
    result: list[HostProfile] = []
    for entry in document.get("hosts") or []:
        merged = _merge(defaults, entry)
        count = int(merged.pop("count", 1))
        name = str(merged.pop("name", ""))
        if not name:
            raise ProfileError("a host without a name")
        if count > 1 and "{index" not in name:
            raise ProfileError(f"{name}: count needs {{index}} in the name")
        # One profile's parts are shared by all hosts of an entry: they are frozen.
        parts = _parts(name, merged)
        result.extend(HostProfile(name=name.format(index=number), **parts) for number in range(1, count + 1))
    seen: set[str] = set()
    for profile in result:
        if profile.name in seen:
            raise ProfileError(f"{profile.name}: the name is used twice")
        seen.add(profile.name)
    return result


def _merge(defaults: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(dict(defaults))
    for key, value in entry.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), dict):
            result[key] = {**result[key], **value}
        else:
            result[key] = value
    return result


_NESTED: dict[str, Any] = {"rdp": RemoteDesktopProfile, "winrm": WinrmProfile}
_LISTS: dict[str, Any] = {"users": UserProfile, "sessions": SessionProfile}


def _parts(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    known = {item.name for item in fields(HostProfile)}
    for key in entry:
        if key not in known:
            raise ProfileError(f"{name}: unknown key {key}")
    try:
        for key, kind in _NESTED.items():
            if key in entry:
                entry[key] = kind(**entry[key])
        for key, kind in _LISTS.items():
            if key in entry:
                entry[key] = tuple(kind(**item) for item in entry[key])
    except TypeError as error:
        raise ProfileError(f"{name}: {error}") from error
    for key in ("faults", "pending_renames", "bitlocker", "missing_classes", "blocked"):
        if entry.get(key) is not None:
            entry[key] = tuple(entry[key])
    if entry.get("system", "2008r2-x64") not in systems():
        raise ProfileError(f"{name}: unknown system {entry['system']}")
    if entry.get("language", "en-US") not in languages():
        raise ProfileError(f"{name}: unknown language {entry['language']}")
    state = entry.get("files", "vulnerable")
    if isinstance(state, str) and state not in FILE_STATES:
        raise ProfileError(f"{name}: files must be one of {', '.join(FILE_STATES)}")
    if "winrm" in entry and entry["winrm"].certificate not in CERTIFICATES:
        raise ProfileError(f"{name}: certificate must be one of {', '.join(CERTIFICATES)}")
    for fault in entry.get("faults", ()):
        if fault not in FAULTS:
            raise ProfileError(f"{name}: unknown fault {fault}")
    return entry
