# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who made a report: the playbook, for which hosts of which inventory, the job and the controller."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import PurePath

from .host_row import plain


@dataclass(frozen=True)
class Origin:
    """The run that made a report; None means that it did not say."""

    playbook: str | None = None
    inventory: str | None = None
    hosts: str | None = None  # the pattern of the play
    limit: str | None = None
    job: str | None = None  # of AWX: its number and the name of its template
    controller: str | None = None  # the name of the machine, or of the container that AWX started

    @property
    def facts(self) -> list[str]:
        """What is known, each with its name, for the head of a page."""
        named = [(field.name, getattr(self, field.name)) for field in fields(self)]
        return [f"{name.capitalize()}: {value}" for name, value in named if value]


def read_origin(known: Mapping[str, object], command_line: Mapping[str, object], hosts: str | None) -> Origin:
    """Return who makes the report.

    Args:
        known: The variables of the task.
        command_line: The arguments of Ansible's command line, by name.
        hosts: The pattern of the play, where the playbook names it.
    """
    playbooks = command_line.get("args")
    # `ansible` has the pattern of its hosts there, as text.
    named = [str(each) for each in playbooks] if isinstance(playbooks, Sequence | tuple) else []
    number, template = known.get("awx_job_id"), known.get("awx_job_template_name")
    return Origin(
        playbook=None if isinstance(playbooks, str) else _text([PurePath(each).name for each in named]),
        inventory=_text(known.get("awx_inventory_name") or known.get("ansible_inventory_sources")),
        hosts=_text(hosts),
        limit=_text(known.get("ansible_limit")),
        job=_text(f"{number} ({template})" if template else number) if number else None,
        controller=_text(socket.gethostname()),
    )


def _text(value: object) -> str | None:
    """Return text in one line, however the inventory or the command line wrote it."""
    items = value if isinstance(value, list | tuple) else [value]
    # Hosts in place of an inventory (`-i web-1,`) end in a comma.
    said = ", ".join(str(plain(each)).rstrip(",") for each in items if each)
    return " ".join(said.split()) or None
