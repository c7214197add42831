# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts that failed, as a file for Ansible's `--limit @file`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PLAIN_NAME = re.compile(r"\w[\w.-]*", re.ASCII)
"""Ansible takes a line for a pattern, in which `&`, `!`, `*`, `[` and others choose other hosts."""


def limit_text(hosts: Iterable[str]) -> tuple[str, list[str]]:
    """Return the text, a host a line, and the hosts whose names Ansible would take for patterns."""
    text, left_out = "", []
    for host in hosts:
        if _PLAIN_NAME.fullmatch(host):
            text += f"{host}\n"
        else:
            left_out.append(host)
    return text, left_out
