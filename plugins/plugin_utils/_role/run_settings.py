# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that a run has once, for all its hosts: the hotfix, the hosts, the batches, the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._wsman.errors import InputError
from .definition_file import DEFAULT, asked_for
from .values import read_value
from .variables import PREFIX, variables

OF_RUN = (
    *("definition", "max_fail_percent", "report_dir", "report_formats", "report_keep", "token_report"),
    *("require_restart", "scan_concurrency", "scan_host_timeout"),
)


def differences(own: Mapping[str, Any], first: Mapping[str, Any], first_host: str) -> Iterator[str]:
    """Yield the settings of a run that a host has otherwise than the first host of its play.

    The playbooks take them from one host, so that the value of any other would have no effect.

    Args:
        own: The values of the host, by name without the prefix.
        first: The same settings of the first host as given, by name without the prefix; None for no value.
        first_host: Its name.
    """
    for name, given in first.items():
        try:
            wanted = read_value(variables()[PREFIX + name], given)
        except InputError:
            continue  # The first host is refused for it.
        if name == "definition":
            if asked_for(str(own[name])) != asked_for(str(wanted or DEFAULT)):
                yield (
                    f"{PREFIX}{name} is {own[name]} here and {wanted} for {first_host}: a run is for one "
                    "hotfix, so run the playbook for each of them, with hotfix_hosts"
                )
        elif own[name] != wanted:
            yield (
                f"{PREFIX}{name} is {_shown(own[name])} here and {_shown(wanted)} for {first_host}, and a "
                "run has one: give it by -e, or the same to all hosts"
            )


def without_effect(name: str, own: Sequence[Any], used: Sequence[Any]) -> Iterator[str]:
    """Yield a setting of a play that the inventory gives, where the play cannot see it.

    Ansible chooses the hosts and the batches of a play before it reads variables of hosts. Variables of the
    command line and of `import_playbook` are there by then.

    Args:
        name: hosts or batches.
        own: What the variables of a host come to.
        used: What the play goes by.
    """
    if [str(each) for each in own] != [str(each) for each in used]:
        yield (
            f"{PREFIX}{name} is {_shown(own)} in the inventory, and the run goes by {_shown(used)}: Ansible "
            f"chooses {name} before it reads the inventory's variables. Give {PREFIX}{name} by -e instead"
        )


def _shown(value: Any) -> str:
    items = value if isinstance(value, list | tuple) else [value]
    return ", ".join(str(item) for item in items if item is not None) or "not set"
