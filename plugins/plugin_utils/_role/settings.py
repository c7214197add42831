# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a run as typed settings, and all that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from .._restart.plan import check_window
from .._restart.request import parse_request
from .._restart.window import parse_window
from .._wsman.errors import InputError
from .values import read_value
from .variables import PREFIX, check_names, variables

_NO_TIME = (
    'hotfix_restart is "scheduled", so the restart needs a time: set hotfix_restart_window (days, start, '
    "duration_minutes) or hotfix_restart_at, or choose now or none"
)


@dataclass(frozen=True)
class Settings:
    """The settings of the role; roles/hotfix/meta/argument_specs.yml documents each."""

    definition: str
    definition_dir: str
    state: str
    package_dir: str
    packages: dict[str, dict[str, str]]
    restart: str
    restart_at: str
    restart_window: dict[str, Any]
    blackout: list[str]
    change_window: dict[str, Any]
    restart_stagger_minutes: int
    restart_farm: str
    restart_max_parallel_percent: int
    restart_minutes_down: int
    restart_notice_minutes: int
    restart_message: str
    drain_sessions: bool
    wait_for_sessions_minutes: int
    only_if_at_risk: bool
    verify: bool
    allow_dc: bool
    allow_cluster_node: bool
    allow_bitlocker_pin: bool
    pre_restart_tasks: str
    post_restart_tasks: str
    timeout: int
    keep_files: bool

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Settings:
        """Take the settings of the role out of the values of all variables."""
        return cls(**{field.name: values[field.name] for field in fields(cls)})

    @property
    def wait_minutes(self) -> int:
        """How long a restart waits for sessions; one that is scheduled does not."""
        return self.wait_for_sessions_minutes if self.restart == "now" else 0

    @property
    def room(self) -> timedelta:
        """What has to fit into the rest of the change window: wait, notice and the restart itself."""
        minutes = self.restart_notice_minutes + self.wait_minutes + self.restart_minutes_down
        return timedelta(minutes=minutes)


@dataclass(frozen=True)
class ReadSettings:
    """What the variables of a host come to.

    Attributes:
        values: Every setting by its name without the prefix; a default in the place of a wrong one.
        wrong: The names of those that are wrong, without the prefix.
        problems: What is wrong, a sentence each, without its full stop.
        warnings: Names that may be misspelt, or the operator's own.
    """

    values: dict[str, Any]
    wrong: frozenset[str]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def read_settings(
    given: Mapping[str, Any], names: Collection[str], extra: Collection[str] = ()
) -> ReadSettings:
    """Read the variables of a host.

    Args:
        given: The values of known variables, by full name; an empty one stands for the default.
        names: The names of all variables of the host.
        extra: The names of those that the command line gave.
    """
    values, wrong = {}, set()
    problems, warnings = check_names(names, extra)
    for name, variable in variables().items():
        try:
            values[variable.name] = read_value(variable, given.get(name))
        except InputError as error:
            values[variable.name] = variable.default
            wrong.add(variable.name)
            problems.append(str(error))
    if values["restart_at"]:
        # A time is given for one run, a window stays in the inventory: the time wins.
        values["restart_window"] = {}
    return ReadSettings(values, frozenset(wrong), tuple(problems), tuple(warnings))


def contradictions(
    settings: Settings, kb: str, groups: Collection[str], wrong: Collection[str] = ()
) -> Iterator[str]:
    """Yield the contradictions between settings, each of which is valid by itself.

    Args:
        settings: The settings of a host that is to be remediated.
        kb: The hotfix.
        groups: The groups of the inventory.
        wrong: Settings that are wrong already, and have a default here.
    """
    if settings.state == "downloaded":
        return
    scheduled = settings.restart == "scheduled"
    timed = settings.restart_at or settings.restart_window or {"restart_at", "restart_window"} & set(wrong)
    if scheduled and not timed:
        yield _NO_TIME
    percent = settings.restart_max_parallel_percent
    if percent < 100 and settings.restart_farm not in groups and "restart_farm" not in wrong:
        yield (
            f"hotfix_restart_max_parallel_percent is {percent}, so hotfix_restart_farm must name the group "
            f"of the inventory whose hosts take turns, not {settings.restart_farm!r}"
        )
    notice = timedelta(minutes=settings.restart_notice_minutes)
    yield from _too_short("restart_window", settings.restart_window if scheduled else {}, notice)
    yield from _too_short("change_window", settings.change_window, settings.room)
    yield from _refused_request(settings, kb)


def _too_short(name: str, given: Mapping[str, Any], room: timedelta) -> Iterator[str]:
    if given:
        try:
            check_window(parse_window(given), room)
        except InputError as error:
            yield re.sub(r"^window", PREFIX + name, str(error))


def _refused_request(settings: Settings, kb: str) -> Iterator[str]:
    """Yield the module restart's objections to the message."""
    try:
        parse_request({"hotfix": kb, "state": "now", "message": settings.restart_message})
    except InputError as error:
        yield f"{PREFIX}restart_{error}"
