# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn the results of a run into one typed row per host.

A host is compliant only with positive evidence. A result that is empty, malformed, about another hotfix, or
that claims compliance without files to prove it becomes an *error* row with the reason.

A row's JSON form is itself a valid result, which allows merging the reports of several runs (AWX slices).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ._collector import no_collection
from .host_row import PROVEN_STATES, FileFinding, HostRow, Plain, natural_key, plain, plain_mapping
from .statuses import NO_VERDICT, SETTLED, STATUSES

FILE_STATES = PROVEN_STATES | {"older", "missing", "absent", "unreadable", "undecided"}


class MalformedResultError(ValueError):
    """A result does not have the documented shape; the message says where."""


@no_collection()
def build_rows(
    results: Iterable[object],
    *,
    hotfix: str = "KB978918",
    hosts: Sequence[str] = (),
    groups: Mapping[str, Sequence[str]] | None = None,
) -> list[HostRow]:
    """Turn the results of a run into rows, sorted by host name.

    Args:
        results: One item per host, in the shape that the module `report` documents. If a host has several
            items, the last one that was attempted counts.
        hotfix: The hotfix of the report.
        hosts: All hosts that the run was meant for; those without a result become `not_attempted`.
        groups: The hosts of each group of the inventory. A host that is in none keeps the groups of its item.
    """
    rows: dict[str, HostRow] = {}
    for number, item in enumerate(results, start=1):
        row = build_row(item, hotfix, number)
        if row.status != "not_attempted" or row.host not in rows:
            rows[row.host] = row
    return complete_rows(rows, hosts, groups_by_host(groups or {}))


def complete_rows(
    rows: Mapping[str, HostRow], hosts: Iterable[str], groups: Mapping[str, tuple[str, ...]]
) -> list[HostRow]:
    """Return the rows of all hosts of a run, sorted by name.

    Args:
        rows: Those that there are.
        hosts: All hosts that the run was meant for; those without a row are `not_attempted`.
        groups: The groups of each host of the inventory. Another host keeps the groups of its row.
    """
    why = (STATUSES["not_attempted"].meaning,)
    missing = [HostRow(host, "not_attempted", reasons=why) for host in hosts if host not in rows]
    all_rows = [
        replace(row, groups=groups[row.host]) if row.host in groups else row
        for row in (*rows.values(), *missing)
    ]
    return sorted(all_rows, key=lambda row: natural_key(row.host))


def count_statuses(rows: Iterable[HostRow]) -> dict[str, int]:
    """Return the number of hosts with each status, including 0."""
    counts = dict.fromkeys(STATUSES, 0)
    for row in rows:
        counts[row.status] += 1
    return counts


def by_hand(rows: Sequence[HostRow]) -> str:
    """Return how many hosts need another hotfix or a service pack, in words; empty if none does."""
    hotfixes = [row.sibling for row in rows if row.sibling]
    packs = [f"Service Pack {row.service_pack_needed}" for row in rows if row.service_pack_needed is not None]
    return " and ".join(
        f"{len(kind)} {'needs' if len(kind) == 1 else 'need'} {' or '.join(sorted(set(kind)))} {how}"
        for kind, how in ((hotfixes, "by hand"), (packs, "first"))
        if kind
    )


def groups_by_host(groups: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the groups of each host, without those in which Ansible itself puts hosts."""
    member_of: dict[str, tuple[str, ...]] = {}
    for group in sorted(groups, key=natural_key):
        for host in groups[group]:
            own = () if group in ("all", "ungrouped") else (str(plain(group)),)
            member_of[host] = member_of.get(host, ()) + own
    return member_of


def build_row(item: object, hotfix: str, number: int = 1) -> HostRow:
    """Turn one result into a row; `number` names a result that does not name its host."""
    if not isinstance(item, Mapping):
        return _error_row(f"(result {number})", f"Result {number} is a {type(item).__name__}, not a mapping.")
    host = _text(item.get("host"))
    if not host:
        return _error_row(f"(result {number})", f"Result {number} does not name its host.")
    nested = item.get("hotfix_info")
    information = item if nested is None else nested
    actions = item.get("actions")
    row = HostRow(
        host,
        "error",
        error=_error(item),
        actions=plain_mapping(actions) if isinstance(actions, Mapping) and actions else None,
        domain=_text(item.get("domain")),
        reported_at=_text(item.get("reported_at")),
        removal=item.get("removal") is True,
    )
    try:
        row = replace(
            row,
            groups=_texts(item.get("groups"), "groups"),
            rdp=_section(item, "rdp"),
            remarks=_texts(item.get("remarks"), "remarks"),
        )
        row = _assessed(row, information, hotfix)
    except MalformedResultError as problem:
        row = replace(row, reasons=() if row.error else (f"The result is malformed: {problem}.",))
    return _outcome(row, item)


def _assessed(row: HostRow, information: object, hotfix: str) -> HostRow:
    """Fill the row from a `hotfix_info` mapping; compliance without proof becomes `error`."""
    if not isinstance(information, Mapping):
        raise MalformedResultError(f"hotfix_info is a {type(information).__name__}, not a mapping")
    status = information.get("status")
    if status is None:
        return replace(row, reasons=() if row.error else ("The result has no status.",))
    if not isinstance(status, str) or status not in STATUSES:
        raise MalformedResultError(f"{str(status)[:60]!r} is not a status")
    about = information.get("hotfix")
    if about is not None and str(about).upper() != hotfix.upper():
        raise MalformedResultError(f"it is about {str(about)[:60]}, and this report is about {hotfix}")
    applicable, system = information.get("applicable"), _section(information, "os")
    row = replace(
        row,
        status=str(plain(status)),
        by=_text(information.get("by")),
        reasons=_texts(information.get("reasons"), "reasons"),
        applicable=applicable if isinstance(applicable, bool) else None,
        sibling=_text(information.get("sibling")),
        service_pack_needed=_number(information.get("service_pack_needed")),
        package_architecture=_text(information.get("package_architecture")),
        files=_findings(information.get("files")),
        os=system,
        domain=_text((system or {}).get("domain")) or row.domain,
        manifests=_section(information, "manifests"),
        servicing=_section(information, "servicing"),
        restart=_section(information, "restart"),
        last_attempt=_section(information, "last_attempt"),
        exposure=_section(information, "exposure"),
    )
    doubt = _doubt(row) if row.status == "compliant" else None
    return replace(row, status="error", by=None, reasons=(doubt, *row.reasons)) if doubt else row


def _outcome(row: HostRow, item: Mapping[object, object]) -> HostRow:
    """Let a failure of the run override an assessment that it makes stale."""
    assessed = () if row.status in NO_VERDICT else (f"Assessed as {row.status} before that.",)
    if _is_true(item.get("unreachable")):
        said = row.error or STATUSES["unreachable"].meaning
        return replace(row, status="unreachable", by=None, reasons=(said, *assessed))
    if _is_true(item.get("not_attempted")) or (_is_true(item.get("skipped")) and row.status == "error"):
        return replace(row, status="not_attempted", by=None, reasons=(STATUSES["not_attempted"].meaning,))
    # A failure does not put in doubt which service pack the host has.
    if row.error and row.status in SETTLED and row.service_pack_needed is None:
        return replace(row, status="error", by=None, reasons=(row.error, *assessed))
    if row.status == "error" and not row.reasons:
        return replace(row, reasons=(row.error or "The result reports an error without a reason.",))
    return row


def _doubt(row: HostRow) -> str | None:
    """Return why the files do not prove a claim of compliance; None if they do."""
    if not row.proven:
        return "The result says compliant, but shows no deciding file that is fixed or newer."
    against = [found.path for found in row.deciding if found.state not in PROVEN_STATES]
    if against:
        return f"The result says compliant, but these deciding files are not: {', '.join(against)}."
    return None


def _findings(value: object) -> tuple[FileFinding, ...]:
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise MalformedResultError("files is not a list")
    return tuple(_finding(item, number) for number, item in enumerate(value, start=1))


def _finding(item: object, number: int) -> FileFinding:
    if not isinstance(item, Mapping):
        raise MalformedResultError(f"file {number} is not a mapping")
    path, state = _text(item.get("path")), item.get("state")
    if not path:
        raise MalformedResultError(f"file {number} has no path")
    if not isinstance(state, str) or state not in FILE_STATES:
        raise MalformedResultError(f"{str(state)[:60]!r} is not a state of a file ({path})")
    return FileFinding(
        path=path,
        platform=_text(item.get("platform")),
        component=_text(item.get("component")),
        deciding=item.get("deciding") is True,
        expected_version=_text(item.get("expected_version")),
        version=_text(item.get("version")),
        expected_size=_number(item.get("expected_size")),
        size=_number(item.get("size")),
        state=str(plain(state)),
    )


def _section(information: Mapping[object, object], name: str) -> Plain | None:
    value = information.get(name)
    if not value:
        return None
    if not isinstance(value, Mapping):
        raise MalformedResultError(f"{name} is a {type(value).__name__}, not a mapping")
    return plain_mapping(value)


def _error(item: Mapping[object, object]) -> str | None:
    """Return the failure from `error`, or from the `msg` of a registered result that failed."""
    said = item.get("error")
    if isinstance(said, Mapping):
        said = said.get("msg")
    if said is True or (not said and _is_true(item.get("failed"))):
        said = item.get("msg") or "A task failed on this host and did not say why."
    if not said and _is_true(item.get("unreachable")):
        said = item.get("msg")
    return _text(said) if said else None


def _texts(value: object, name: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, Sequence):
        raise MalformedResultError(f"{name} is a {type(value).__name__}, not a list")
    return tuple(str(plain(item)) for item in value)


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(plain(value))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_true(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() in {"true", "yes", "1"})


def _error_row(host: str, reason: str) -> HostRow:
    return HostRow(host, "error", reasons=(reason,), error=reason)
