# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the ActiveDirectory module of PowerShell names and flattens properties."""

from __future__ import annotations

from .problems import DirectoryError
from .records import attribute_name

_NAMES = {
    "distinguishedname": "dn",
    "sid": "objectSid",
    "members": "member",
    "logonscript": "scriptPath",
}

JSON_EXPORT = (
    "Get-ADUser -Filter * -Properties memberOf,primaryGroupID,sIDHistory,displayName,scriptPath,profilePath,"
    "homeDirectory,homeDrive | ConvertTo-Json -Depth 3 | Out-File -Encoding utf8 users.json "
    "(and Get-ADGroup -Filter * -Properties memberOf,sIDHistory,groupType for groups.json)"
)
"""The command that exports lists and SIDs intact."""


def property_name(name: str) -> str:
    """Return the LDAP attribute of a property or column."""
    folded = name.strip().lower()
    return _NAMES.get(folded) or attribute_name(folded)


def refuse_flattened(text: str, where: str) -> None:
    """Refuse a list of which only the type's name was exported, as Export-Csv does.

    Raises:
        DirectoryError: The text is a type's name; the message contains a command that works.
    """
    if "PropertyValueCollection" in text or text.startswith("System.Collections."):
        raise DirectoryError(
            f"{where}: found '{text[:80]}' instead of a list; Export-Csv flattens lists, "
            f"and so does ConvertTo-Json beyond its -Depth. Use: {JSON_EXPORT}"
        )
