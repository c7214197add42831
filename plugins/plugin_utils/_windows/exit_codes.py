# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Explain the exit codes of DISM and wusa: what happened and what to do.

Sources: the documentation of DISM, CBS and the Windows Update Agent for Windows 6.1, and logs of real hosts.
Codes arrive unsigned from WinRS and signed from a batch file's %ERRORLEVEL%, as Win32 codes or as their
HRESULTs; the table has one of these forms.
"""

from __future__ import annotations

from dataclasses import dataclass

from .._wsman.wmi_values import by_code, same_code, unsigned32


@dataclass(frozen=True)
class ExitCode:
    """What happened (`text`) and what to do next (`remedy`, empty for success), in full sentences.

    The name is stable: playbooks can compare it.
    """

    name: str
    text: str
    remedy: str


SUCCESS = 0
RESTART_REQUIRED = 3010
_SUCCESSES = {SUCCESS, RESTART_REQUIRED}

_CBS_LOG = r"See %SystemRoot%\Logs\CBS\CBS.log on the host"
REPAIR = (
    "Run the System Update Readiness Tool (KB947821) on the host, then this again; "
    r"%SystemRoot%\Logs\CBS\CheckSUR.log names what it found."
)
_FREE_SPACE = "Free at least 1 GB on the host's system drive, then run this again."


def _store_damaged(text: str, remedy: str = REPAIR) -> ExitCode:
    return ExitCode("store_damaged", text, remedy)


# The codes of the System Update Readiness Tool: those of its article (KB947821), and those with which its log
# marks damage (published CheckSUR.log files).
_STORE_DAMAGE: dict[int, ExitCode] = {
    0x8007000D: _store_damaged("Data of the component store is not valid."),
    0x80070057: _store_damaged(
        "Servicing met a value that is not valid; damage of the component store is a known cause."
    ),
    0x80070246: _store_damaged("A file of the component store has a character that is not valid."),
    0x80070490: _store_damaged("The component store lacks an element that it refers to."),
    0x800705B9: _store_damaged("A file of the component store is no valid XML."),
    0x800736B3: _store_damaged("The component store lacks an assembly that it refers to."),
    0x800736CC: _store_damaged("A file of the component store differs from its manifest."),
    0x80073701: _store_damaged("The component store lacks an assembly that it refers to."),
    0x8007370A: _store_damaged("An identity in the component store has a value that is not valid."),
    0x8007370B: _store_damaged("An identity in the component store has a name that is not valid."),
    0x8007370D: _store_damaged("An identity in the component store is malformed."),
    0x80073712: _store_damaged("The component store is damaged."),
    0x8007371B: _store_damaged("Members of a transaction are missing from the component store."),
    0x80092003: _store_damaged("A catalog of the component store could not be read."),
    0x80092004: _store_damaged("A catalog of the component store lacks an entry."),
    0x800B0101: _store_damaged(
        "A certificate has expired, by the host's clock.",
        f"Check the host's date and time. If they are right: {REPAIR}",
    ),
    # TRUST_E_NOSIGNATURE: of a catalog in the store, or of the package itself.
    0x800B0100: _store_damaged(
        "A signature is missing, from the package or from the component store.",
        "If somebody packed the package anew, use Microsoft's file: compare its hash with the publisher's. "
        f"Otherwise: {REPAIR}",
    ),
    0x800F080D: _store_damaged("A manifest in the component store is not valid."),
    0x800F0818: _store_damaged("A package in the component store has another identity than its name says."),
    0x800F081F: _store_damaged("The component store lacks the source of a file."),
    0x800F0826: _store_damaged("The component store is damaged."),
    0x800F0831: _store_damaged("The component store is damaged."),
    0x800F0900: _store_damaged("A package description in the component store is no valid XML."),
}

EXIT_CODES: dict[int, ExitCode] = {
    **_STORE_DAMAGE,
    SUCCESS: ExitCode("success", "The operation completed.", ""),
    3: ExitCode(
        "path_not_found",
        "DISM did not find the package file.",
        "An antivirus often removes it from the staging folder. Exclude the folder, then run this again.",
    ),
    5: ExitCode(
        "access_denied",
        "Access was denied to the task, which runs as SYSTEM.",
        "Look for security software that keeps SYSTEM from servicing, then run this again.",
    ),
    32: ExitCode(
        "file_in_use",
        "Another program has a file open that servicing needs.",
        f"{_CBS_LOG}, which names the file; then run this again. Antivirus and backup programs do this.",
    ),
    50: ExitCode(
        "msu_not_supported",
        "DISM was given an .msu, which it does not take on a running Windows.",
        "Name a real update package, whose .msu holds the .cab for DISM.",
    ),
    183: ExitCode(
        "another_installation_running",
        "Another installation is running on the host.",
        "Wait for Windows Update or the other tool to end, then run this again.",
    ),
    740: ExitCode(
        "not_elevated",
        "DISM was not run with elevated rights.",
        "Connect as a member of the host's Administrators. A local account other than the built-in one needs "
        "LocalAccountTokenFilterPolicy=1 as well.",
    ),
    1115: ExitCode(
        "shutting_down", "The host was shutting down.", "Wait until it is up again, then run this again."
    ),
    1726: ExitCode(
        "rpc_failed",
        "The servicing service stopped answering (RPC failed).",
        f"{_CBS_LOG}; run this again, after a restart if it repeats.",
    ),
    RESTART_REQUIRED: ExitCode("restart_required", "Restart Windows to complete the operation.", ""),
    0x240006: ExitCode("already_installed", "The update is already installed (wusa).", ""),
    0x80240017: ExitCode(
        "not_applicable",
        "The update does not apply to this computer (wusa).",
        "Compare the package's architecture and Windows version with the host's.",
    ),
    0x80070002: ExitCode(
        "file_not_found", "A file was not found.", f"{_CBS_LOG}, which names the file; then run this again."
    ),
    0x80070070: ExitCode("disk_full", "The host's system drive is full.", _FREE_SPACE),
    0x80070422: ExitCode(
        "service_disabled",
        "The service TrustedInstaller (Windows Modules Installer) is disabled.",
        "Run `sc config TrustedInstaller start= demand` on the host, then this again.",
    ),
    # The HRESULT of 3010. As a failure, it asks for the restart before the installation.
    0x80070BC2: ExitCode(
        "restart_needed_first",
        "The host has to restart before more can be installed.",
        "Restart the host, then run this again.",
    ),
    # ERROR_FAIL_REBOOT_REQUIRED
    0x80070BC9: ExitCode(
        "restart_needed_first",
        "The operation failed, and the host has to restart to undo it.",
        "Restart the host, then run this again.",
    ),
    # TRUST_E_BAD_DIGEST
    0x80096010: ExitCode(
        "package_altered",
        "The package or one of its files was altered after it was signed.",
        "Use Microsoft's own file: download the package again and compare its hash with the publisher's.",
    ),
    # CERT_E_UNTRUSTEDROOT
    0x800B0109: ExitCode(
        "package_not_trusted",
        "The package is signed by somebody whom the host does not trust.",
        "Use Microsoft's own file, not one that was packed anew: compare its hash with the publisher's. "
        "If it is Microsoft's, the host lacks Microsoft's root certificates.",
    ),
    0x800F0805: ExitCode(
        "invalid_package",
        "Windows does not accept the file as a package.",
        "Download the package again and compare its hash with the source's.",
    ),
    0x800F0806: ExitCode(
        "pending_operations",
        "The operation could not be completed due to pending operations.",
        "Restart the host to complete what is pending, then run this again.",
    ),
    0x800F081E: ExitCode(
        "not_applicable",
        "The package is not applicable to this Windows.",
        "Compare the package's architecture and Windows version with the host's; a staged leftover of "
        "another revision can be the cause too, which `dism /online /get-packages` shows.",
    ),
    0x800F0823: ExitCode(
        "servicing_stack_too_old",
        "The servicing stack is too old for this package.",
        "Install the host's latest servicing stack update, then run this again.",
    ),
    0x800F0825: ExitCode(
        "cannot_be_removed",
        "The package cannot be removed.",
        "Windows marks it permanent, or a later update rests on it; remove that one first.",
    ),
    0x800F0828: ExitCode("disk_full", "The host's system drive is full.", _FREE_SPACE),
    0x800F0922: ExitCode(
        "rolled_back",
        "The installation was rolled back.",
        f"{_CBS_LOG} for the first error; frequent causes are a full system partition and security software.",
    ),
}


def exit_name(code: int) -> str:
    """Return the stable name of an exit code in any of its forms; `exit_…` for an unknown code."""
    known = by_code(EXIT_CODES, code)
    return known.name if known else f"exit_{written_code(min(same_code(code)))}"


def is_success(code: int) -> bool:
    """Return whether the code means success: 0, or 3010, which needs a restart."""
    return unsigned32(code) in _SUCCESSES


def explain_exit(code: int) -> str:
    """Return the meaning and the remedy of an exit code, with the code as Windows documents write it."""
    known = by_code(EXIT_CODES, code)
    if known is None:
        return f"DISM ended with {written_code(code)}, a code without a name here. {_CBS_LOG}."
    return f"{known.text} {known.remedy}".strip() + f" (exit code {written_code(code)})"


def written_code(code: int) -> str:
    """Return an exit code as documents write it: HRESULTs in hexadecimal, others in decimal."""
    unsigned = unsigned32(code)
    return f"0x{unsigned:08x}" if unsigned > 0xFFFF else str(unsigned)
