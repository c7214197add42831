# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The codes of faults on which the collection acts. failures.yml has the codes that it explains.

Sources: [MS-WSMV] and winerror.h for 0x8033…, WbemErr in [MS-WMI] for 0x8004…. The quota and shell codes were
recorded from Windows 7 and Windows Server 2008 R2.
"""

from __future__ import annotations

from .wmi_values import same_code

OPERATION_TIMEOUT = 2150858793
UNKNOWN_SHELL = 2150858843
ACCESS_DENIED = 5
BUSY = 170
BUSY_CODES = frozenset(same_code(BUSY))
"""ERROR_BUSY: the answer to a Send while the host still works on an earlier one."""

SHELL_QUOTA = 2150859173
OPERATION_QUOTA = 2150859174
SOME_QUOTA = 2150859179
QUOTA_CODES = frozenset({SHELL_QUOTA, OPERATION_QUOTA, 2150859175, 2150859176, SOME_QUOTA})
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
