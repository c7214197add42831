# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn a plugin's options into those of a survey, and a survey into the lookup's items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._directory.ldap_options import LdapOptions
from .._directory.problems import DirectoryError
from .._report.inputs import ReportInputError, compile_selection
from ._token_rules import TokenRules
from .survey import Survey

MOST_ITEMS = 50_000
"""The most items of a lookup, which Ansible holds in memory, templates and logs."""


def token_rules(options: Mapping[str, Any]) -> TokenRules:
    """Return the token rules of the options that the lookup and the report share.

    Raises:
        DirectoryError: One is out of range.
    """
    return TokenRules(
        limit=options["limit"],
        warn_percent=options["warn_percent"],
        kdc=options["kdc"],
        compression=options["resource_sid_compression"],
        delegation=options["delegation"],
    )


def ldap_options(options: Mapping[str, Any]) -> LdapOptions:
    """Return the LDAP options of the options that the lookup and the report share.

    Raises:
        DirectoryError: One is out of range.
    """
    return LdapOptions(
        base=options["base"] or "",
        bind_dn=options["bind_dn"] or "",
        bind_password=options["bind_password"] or "",
        auth=options["auth"],
        start_tls=options["start_tls"],
        ca_path=options["ca_path"] or "",
        validate_certs=options["validate_certs"],
        timeout=options["timeout"],
    )


def token_items(survey: Survey, include: str, users: Sequence[str], select: str | None) -> list[Any]:
    """Return the lookup's items.

    Args:
        survey: The sources.
        include: ``flagged`` or ``all``.
        users: Return only these if the list is not empty, whatever their size.
        select: A JMESPath expression to apply to the list of items.

    Raises:
        DirectoryError: A source cannot be read, no source contains a named user, there are too many users, or
            the expression cannot be used.
    """
    try:
        search = compile_selection(select) if select else None
    except ReportInputError as error:
        raise DirectoryError(str(error)) from None
    if users:
        sizes = list(survey.named(map(str, users)))
    elif include == "all":
        sizes = []
        for size in survey.all():
            sizes.append(size)
            if len(sizes) > MOST_ITEMS:
                raise DirectoryError(
                    f"include: all returns at most {MOST_ITEMS:,} users, and there are more; write them to "
                    "files with the playbook winfleet.hotfix.token_report, or use include: flagged"
                )
    else:
        sizes = list(survey.flagged())
    sizes.sort(key=lambda size: (-size.size, size.user.account))
    items: list[Any] = [size.to_result(survey.top_groups(size)) for size in sizes]
    if search is None:
        return items
    try:
        found = search(items)
    except ReportInputError as error:
        raise DirectoryError(str(error)) from None
    return found if isinstance(found, list) else [] if found is None else [found]
