# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the blocks that unfold under a host on the page of a fleet report."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from .host_row import FileFinding, HostRow
from .page import Block
from .reasons import read_reason

STATE_TONES = {
    "fixed": "good",
    "newer": "good",
    "older": "bad",
    "missing": "bad",
    "unreadable": "doubt",
    "undecided": "doubt",
    "absent": "aside",
}

LABELS = {
    "exit_name": "Meaning",
    "boot_time": "Up since",
    "sessions": "Sessions at the time",
    "missed": "Window missed",
    "nla_required": "NLA required",
    "nla": "NLA",
    "tls": "TLS",
    "rdp_port": "Remote Desktop port",
    "credssp_version": "Version of CredSSP",
    "max_token_size": "MaxTokenSize",
    "os": "OS",
    "sku": "SKU",
    "utc_offset_minutes": "Minutes from UTC",
}


def host_detail(row: HostRow, cache: dict[tuple[FileFinding, ...], Block]) -> list[Block]:
    """Return the blocks of one host, most important first; `cache` shares blocks of files between hosts."""
    said = [str(read_reason(reason, row.host)) for reason in row.reasons]
    blocks = [Block("Why", said)] if said else []
    if row.error and row.error not in row.reasons:
        blocks.append(Block("What failed", [str(read_reason(row.error, row.host))]))
    if row.remarks:
        blocks.append(Block("Remarks", row.remarks))
    blocks += _in_full(row)
    blocks += _facts("Where it belongs", {"domain": row.domain, "inventory_groups": list(row.groups)})
    if row.files:
        if row.files not in cache:
            cache[row.files] = _files(row)
        blocks.append(cache[row.files])
    blocks += _facts("Done in this run", row.actions)
    blocks += _facts("Restart", row.restart)
    blocks += _facts("Last attempt", row.last_attempt)
    blocks += _packages(row.servicing)
    blocks += _manifests(row.manifests)
    blocks += _facts("Exposure", row.exposure)
    blocks += _facts("System", row.os)
    blocks += _facts("Remote Desktop from outside", row.rdp)
    return blocks


def _in_full(row: HostRow) -> list[Block]:
    """Return the messages that hold more than cause and remedy, such as the words of libraries."""
    messages = dict.fromkeys((*row.reasons, *([row.error] if row.error else [])))
    longer = [
        message
        for message in messages
        if str(read_reason(message, row.host)) != message.removeprefix(f"{row.host}: ")
    ]
    return [Block("Messages in full", longer, folded=True)] if longer else []


def _files(row: HostRow) -> Block:
    rows = [
        (
            found.path,
            found.platform,
            found.version,
            found.expected_version,
            found.size,
            found.expected_size,
            found.state if found.deciding else f"{found.state} (does not decide)",
            STATE_TONES[found.state] if found.deciding else "aside",
        )
        for found in row.files
    ]
    columns = ("File", "Platform", "Found", "Expected", "Bytes found", "Expected", "State")
    return Block(
        f"Files: {row.proven} of {len(row.deciding)} deciding ones proven fixed", rows, columns, toned=True
    )


def _manifests(manifests: Mapping[str, object] | None) -> list[Block]:
    counts = {name: value for name, value in (manifests or {}).items() if name != "missing"}
    missing = (manifests or {}).get("missing")
    names = [str(name) for name in missing] if isinstance(missing, list) else []
    return _facts("Manifests", counts) + ([Block("Manifests missing", names)] if names else [])


def _packages(servicing: Mapping[str, object] | None) -> list[Block]:
    packages = (servicing or {}).get("packages")
    if not isinstance(packages, list):
        return []
    rows = [
        (_text(item.get("identity")), _text(item.get("state")))
        for item in packages
        if isinstance(item, Mapping)
    ]
    return [Block("Packages in servicing", rows, ("Identity", "State"))] if rows else []


def _facts(title: str, section: Mapping[str, object] | None) -> list[Block]:
    """Return a block of the known names and values."""
    rows = [
        (_label(name), _text(value))
        for name, value in (section or {}).items()
        if value is not None and value != [] and value != ""
    ]
    return [Block(title, rows)] if rows else []


@lru_cache(maxsize=1024)  # a page of ten thousand hosts asks for a million
def _label(name: str) -> str:
    return LABELS.get(name, name.replace("_", " ").capitalize())


def _text(value: object) -> str:
    """Return a value of a row, which has plain types only."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(item)}" for name, item in value.items())
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    return str(value)
