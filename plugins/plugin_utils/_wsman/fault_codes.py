# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection: the codes hosts answer with, what each means and what to do about it.

Sources: [MS-WSMV] and winerror.h for 0x8033….; WbemErr in [MS-WMI] for 0x8004….; the quota and shell
codes as recorded from Windows 7 and Windows Server 2008 R2.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """What a code means (`what`) and what the operator can do (`remedy`), as sentences."""

    what: str
    remedy: str


OPERATION_TIMEOUT = 2150858793
UNKNOWN_SHELL = 2150858843
ACCESS_DENIED = 5
BUSY = 170
"""ERROR_BUSY: the answer to Send while an earlier Send is still being worked on."""

SHELL_QUOTA = 2150859173
OPERATION_QUOTA = 2150859174
QUOTA_CODES = frozenset({SHELL_QUOTA, OPERATION_QUOTA, 2150859175, 2150859176, 2150859179})
"""0x803381A5, A6, A7, A8 and AB. The MSFT_WmiError form of a quota fault carries the same numbers."""

_QUOTA_REMEDY = (
    "Waiting did not help: close other remote sessions of this account on the host, run fewer tasks at once "
    "against it, or raise the quota under winrm/config (winrm get winrm/config)."
)
_RIGHTS_REMEDY = (
    "Use an account of the host's Administrators group. A local account other than the built-in "
    "Administrator is filtered by UAC unless LocalAccountTokenFilterPolicy is 1 under "
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System."
)
_REPOSITORY_REMEDY = (
    "Check WMI on the host: winmgmt /verifyrepository, and that the Winmgmt service is running."
)
_DEFECT_REMEDY = (
    "This host does not know what every Windows 6.1 host knows; check its version, "
    "and if it is one, " + _REPOSITORY_REMEDY[0].lower() + _REPOSITORY_REMEDY[1:]
)

CODES: dict[int, Advice] = {
    2: Advice("A file was not found on the host.", "Check the path."),
    3: Advice("A folder was not found on the host.", "Check the path."),
    ACCESS_DENIED: Advice("Access was denied.", _RIGHTS_REMEDY),
    BUSY: Advice("The command on the host was still busy with earlier input.", "Run the task again."),
    1115: Advice("The host is shutting down.", "Run the task again when it is back."),
    SHELL_QUOTA: Advice("The account's shells on this host are all in use.", _QUOTA_REMEDY),
    OPERATION_QUOTA: Advice("The account's concurrent operations on this host are used up.", _QUOTA_REMEDY),
    2150859175: Advice("The WinRM service's concurrent operations on this host are used up.", _QUOTA_REMEDY),
    2150859176: Advice("The number of concurrent users of WinRM on this host is reached.", _QUOTA_REMEDY),
    2150859179: Advice("A WinRM quota of this host is used up.", _QUOTA_REMEDY),
    OPERATION_TIMEOUT: Advice(
        "The host did not finish the operation in the time it was given.",
        "If the host is busy (an update being installed, an antivirus scan), run the task again later.",
    ),
    UNKNOWN_SHELL: Advice(
        "The remote shell, or the command in it, is gone: the host or its WinRM service was restarted, or "
        "the shell was closed for lack of use.",
        "Run the task again.",
    ),
    2150858778: Advice("The host could not process the query.", _DEFECT_REMEDY),
    2150858752: Advice("The host has no such WMI class or namespace.", _DEFECT_REMEDY),
    2150859002: Advice("The host has no such WMI class or namespace.", _DEFECT_REMEDY),
    2147942402: Advice(
        "A file or program was not found on the host.", "Check that Windows is complete there."
    ),
    2147942405: Advice("Access was denied.", _RIGHTS_REMEDY),
    2147942606: Advice(
        "The command line is longer than Windows allows (8191 characters).",
        "Shorten paths or package names and run again.",
    ),
    2147944122: Advice("The RPC server on the host is unavailable.", "Check the RpcSs and Winmgmt services."),
    0x80041001: Advice("WMI failed on the host.", _REPOSITORY_REMEDY),
    0x80041002: Advice("WMI did not find the object.", "Check the name that was asked for."),
    0x80041003: Advice("WMI denied access.", _RIGHTS_REMEDY),
    0x80041006: Advice(
        "WMI on the host is out of memory.", "Free memory there or restart it, then run again."
    ),
    0x8004100E: Advice("The host has no such WMI namespace.", _DEFECT_REMEDY),
    0x80041010: Advice("The host has no such WMI class.", _DEFECT_REMEDY),
    0x80041017: Advice("WMI could not parse the query.", _DEFECT_REMEDY),
    0x80041033: Advice("WMI on the host is shutting down.", "Run the task again when the host is back."),
    0x8004106C: Advice(
        "WMI's own quota on the host is used up.", "Run the task again when the host is idle."
    ),
}

STATUSES: dict[int, Advice] = {
    400: Advice(
        "The host's HTTP layer refused the request.",
        "With Kerberos this means that the account's own token is too large for http.sys (KB2020943): set "
        "ansible_winrm_transport: ntlm, or use an account in fewer groups.",
    ),
    401: Advice(
        "The host did not accept the credentials.",
        "Check ansible_user, ansible_password and that the account is not locked or expired; check "
        "ansible_winrm_transport: stock hosts accept ntlm and kerberos, not basic.",
    ),
    403: Advice(
        "The host's HTTP layer forbade the request.", "Check the WinRM service's permissions and any proxy."
    ),
    404: Advice(
        "Nothing answers at the WinRM path.", "Check ansible_winrm_path (default /wsman) and ansible_port."
    ),
    413: Advice(
        "The request was larger than the host allows (MaxEnvelopeSizekb, 150 on stock hosts).",
        'The host allows less than the default: winrm set winrm/config @{MaxEnvelopeSizekb="150"}.',
    ),
    503: Advice("The host's WinRM service is not ready.", "Run the task again when the host has started."),
}


def advice_for_code(code: int | None) -> Advice | None:
    """Looks a fault, provider or Win32 code up.

    Args:
        code: Unsigned 32-bit code, or None.

    Returns:
        The advice, or None for a code that is not in the table.
    """
    return None if code is None else CODES.get(code)


def advice_for_status(status: int) -> Advice:
    """Looks an HTTP status up; an unknown one gets a general answer."""
    return STATUSES.get(
        status,
        Advice(
            "The host's HTTP layer refused the request.", "Check what listens at that port, and any proxy."
        ),
    )
