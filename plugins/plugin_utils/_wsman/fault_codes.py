# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The codes that hosts answer with: what each means, and what an operator can do.

Sources: [MS-WSMV] and winerror.h for 0x8033…, WbemErr in [MS-WMI] for 0x8004…. The quota and shell codes were
recorded from Windows 7 and Windows Server 2008 R2.
"""

from __future__ import annotations

from dataclasses import dataclass

from .wmi_values import by_code, same_code


@dataclass(frozen=True)
class Advice:
    """The meaning of a code (`what`) and the operator's next step (`remedy`), in full sentences."""

    what: str
    remedy: str


OPERATION_TIMEOUT = 2150858793
UNKNOWN_SHELL = 2150858843
ACCESS_DENIED = 5
BUSY = 170
BUSY_CODES = frozenset(same_code(BUSY))
"""ERROR_BUSY: the answer to a Send while the host still works on an earlier one."""

SHELL_QUOTA = 2150859173
OPERATION_QUOTA = 2150859174
QUOTA_CODES = frozenset({SHELL_QUOTA, OPERATION_QUOTA, 2150859175, 2150859176, 2150859179})
"""0x803381A5, A6, A7, A8 and AB. The MSFT_WmiError form of a quota fault carries the same numbers."""

DENIED_CODES = frozenset({*same_code(ACCESS_DENIED), 0x80041003})
"""ERROR_ACCESS_DENIED, its HRESULT E_ACCESSDENIED, and WBEM_E_ACCESS_DENIED."""

NO_SUCH_CLASS = frozenset({2150858752, 2150858778, 0x8004100E, 0x80041010})
"""What a query in an unknown namespace or of an unknown class is answered with.

WinRM 2.0 answers an unknown namespace with 2150858752 (0x80338000, from inventory tools) and an unknown class
with 2150858778 (recorded); WMI itself calls them WBEM_E_INVALID_NAMESPACE and WBEM_E_INVALID_CLASS.
"""
NO_SUCH_RESOURCE = "DestinationUnreachable"
"""The subcode that WinRM 3.0 and later may give for an unknown namespace without a code."""

_QUOTA_REMEDY = (
    "Waiting did not help. Close this account's other remote sessions on the host, run fewer tasks at a time "
    "against it, or raise the quota there (`winrm get winrm/config` shows it)."
)
_RIGHTS_REMEDY = (
    "Use an account in the host's Administrators group. UAC filters local accounts other than the built-in "
    "Administrator unless LocalAccountTokenFilterPolicy is 1 under "
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System."
)
_REPOSITORY_REMEDY = "On the host, check that the Winmgmt service runs, and run `winmgmt /verifyrepository`."
_DEFECT_REMEDY = f"Every Windows 6.1 host has it, so check the host's version. {_REPOSITORY_REMEDY}"

CODES: dict[int, Advice] = {
    2: Advice("The host did not find a file.", "Check the path."),
    3: Advice("The host did not find a folder.", "Check the path."),
    ACCESS_DENIED: Advice("The host denied access.", _RIGHTS_REMEDY),
    BUSY: Advice("The command on the host was still busy with earlier input.", "Run the task again."),
    1115: Advice("The host is shutting down.", "Run the task again when the host is back."),
    SHELL_QUOTA: Advice("This account already has all the shells that the host allows.", _QUOTA_REMEDY),
    OPERATION_QUOTA: Advice(
        "This account already has all the operations that the host allows.", _QUOTA_REMEDY
    ),
    2150859175: Advice("The WinRM service already has all the operations that it allows.", _QUOTA_REMEDY),
    2150859176: Advice("The WinRM service already has all the users that it allows.", _QUOTA_REMEDY),
    2150859179: Advice("A WinRM quota of the host is used up.", _QUOTA_REMEDY),
    OPERATION_TIMEOUT: Advice(
        "The host did not finish the operation in time.",
        "If the host is busy with an update or an antivirus scan, run the task again later.",
    ),
    UNKNOWN_SHELL: Advice(
        "The remote shell or its command is gone: the host or its WinRM service restarted, or the host "
        "closed an idle shell.",
        "Run the task again.",
    ),
    2150858778: Advice("The host could not process the query.", _DEFECT_REMEDY),
    # Recorded for an unknown object too (Microsoft's OMI, test of a 2012 R2 host).
    2150858752: Advice("The host has no such WMI namespace, class or object.", _DEFECT_REMEDY),
    # ERROR_WSMAN_INVALID_URI_WMI_SINGLETON
    2150859002: Advice(
        "The request names one object of a WMI class that has many, without saying which.",
        "Report this as an error of the collection.",
    ),
    2147942402: Advice("The host did not find a file or a program.", "Check that its Windows is complete."),
    2147942405: Advice("The host denied access.", _RIGHTS_REMEDY),
    2147942606: Advice(
        "The command line is longer than Windows allows (8191 characters).",
        "Shorten the paths or names in it and run the task again.",
    ),
    2147944122: Advice("The host's RPC server is not available.", "Check its services RpcSs and Winmgmt."),
    0x80041001: Advice("WMI failed on the host.", _REPOSITORY_REMEDY),
    0x80041002: Advice("WMI did not find the object.", "Check its name."),
    0x80041003: Advice("WMI denied access.", _RIGHTS_REMEDY),
    0x80041006: Advice(
        "WMI on the host is out of memory.", "Free memory or restart the host, then run the task again."
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
        "With Kerberos, the account's token is too large for http.sys (KB2020943): set "
        "ansible_winrm_transport: ntlm, or use an account in fewer groups.",
    ),
    401: Advice(
        "The host did not accept the credentials.",
        "Check ansible_user and ansible_password, that the account is not locked or expired, and "
        "ansible_winrm_transport: stock hosts accept ntlm and kerberos, not basic.",
    ),
    403: Advice(
        "The host's HTTP layer forbade the request.",
        "Check the permissions of the WinRM service, and any proxy on the way.",
    ),
    404: Advice(
        "Nothing answers at the WinRM path.", "Check ansible_winrm_path (default /wsman) and ansible_port."
    ),
    413: Advice(
        "The request is larger than the host allows (MaxEnvelopeSizekb, 150 on stock hosts).",
        'Set the default again on the host: winrm set winrm/config @{MaxEnvelopeSizekb="150"}.',
    ),
    503: Advice("The host's WinRM service is not ready.", "Run the task again when the host has started."),
}


def advice_for_code(code: int | None) -> Advice | None:
    """Return the advice for a fault, provider or Win32 code in any of its forms, or None if there is none."""
    return None if code is None else by_code(CODES, code)


def advice_for_status(status: int) -> Advice:
    """Return the advice for an HTTP status; an unknown status gets a general answer."""
    return STATUSES.get(
        status,
        Advice(
            "The host's HTTP layer refused the request.",
            "Check which service listens on that port, and any proxy on the way.",
        ),
    )
