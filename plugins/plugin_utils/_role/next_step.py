# Copyright (c) 2026, the winfleet.hotfix developers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role does with a host, and whether that is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from .._restart.plan import check_open
from .._restart.window import parse_blackout, parse_window
from .._windows.clock import HostClock
from .._windows.packages import INSTALLED_STATES
from .._wsman.errors import InputError
from .package_source import PackageSource, choose_package
from .settings import Settings

# The step for each wanted state and status. `remove` is for hosts that have the package installed.
STEPS: dict[str, dict[str, str]] = {
    "present": {
        "vulnerable": "install",
        "inconsistent": "install",
        "restart_pending": "restart",
        "compliant": "none",
        "not_applicable": "none",
        "unknown": "fail",
    },
    "downloaded": {
        "vulnerable": "download",
        "inconsistent": "download",
        "restart_pending": "none",
        "compliant": "none",
        "not_applicable": "none",
        "unknown": "fail",
    },
    "absent": {
        "vulnerable": "remove",
        "inconsistent": "remove",
        "restart_pending": "restart",
        "compliant": "remove",
        "not_applicable": "none",
        "unknown": "fail",
    },
}
# The statuses that prove the wanted state. A download does not show in the status.
PROOF: dict[str, frozenset[str]] = {
    "present": frozenset({"compliant", "not_applicable"}),
    "downloaded": frozenset(STEPS["downloaded"]) - {"unknown"},
    "absent": frozenset({"vulnerable", "not_applicable"}),
}


@dataclass(frozen=True)
class NextStep:
    """What the role does with a host in this run.

    Attributes:
        step: none, download, install, remove, restart or fail.
        left_alone: Why a host that needs a change does not get it; empty where it does, or needs none.
        refusal: Why the step is fail.
        package: The package to download or to install.
        delay_minutes: The host's turn in its farm; None where hosts do not take turns.
        at_once: How many hosts of the farm restart `now` at a time; 0 for all.
    """

    step: str
    left_alone: str = ""
    refusal: str = ""
    package: PackageSource | None = None
    delay_minutes: int | None = None
    at_once: int = 0


def next_step(
    info: Mapping[str, Any],
    settings: Settings,
    *,
    host: str,
    groups: Mapping[str, Sequence[str]],
    here: Path = Path(),
) -> NextStep:
    """Decide what the role does with a host.

    Args:
        info: The `hotfix_info` of the host.
        settings: Its settings.
        host: Its name in the inventory.
        groups: The hosts of each group of the inventory.
        here: Relative paths of packages start from here.
    """
    step = STEPS[settings.state].get(info["status"], "fail")
    if step == "fail":
        return NextStep(step, refusal=f"{' '.join(info['reasons'])} So it cannot be judged.")
    if step == "remove" and not _installed(info):
        step = "none"
    if step == "none":
        return NextStep(step, _by_hand(info) if settings.state != "absent" else "")
    try:
        left_alone = _left_alone(step, info, settings)
        if left_alone:
            return NextStep("none", left_alone)
        package = None
        if step in ("download", "install"):
            package = choose_package(settings, info["hotfix"], info["package_architecture"], here)
    except InputError as error:
        return NextStep("fail", refusal=f"{error}.")
    delay, at_once = _turn(settings, host, sorted(groups.get(settings.restart_farm, ())))
    return NextStep(step, package=package, delay_minutes=delay, at_once=at_once)


def unproven(info: Mapping[str, Any], state: str, restart_to_come: bool = False) -> str:
    """Return why a host is not proven to be in the wanted state; empty where it is.

    Args:
        info: The `hotfix_info` of the host.
        state: present, downloaded or absent.
        restart_to_come: Whether the host may wait for its restart: until then it cannot come further.
    """
    status = info["status"]
    # What a later update has put there is not for this package to take away.
    newer = state == "absent" and info["by"] == "newer" and not _installed(info)
    # No service pack installs itself: until somebody has installed it, the host lacks the hotfix.
    lacks = state != "absent" and info.get("service_pack_needed") is not None
    if (status in PROOF[state] and not lacks) or newer or (restart_to_come and status == "restart_pending"):
        return ""
    planned = _restart_planned(info)
    after = f" It restarts at {planned}; run verify after that." if planned else ""
    return f"is {status}. {' '.join(info['reasons'])}{after}"


def not_verified(host: str, info: Mapping[str, Any], state: str, restart_required: bool) -> str:
    """Return why the playbook verify fails a host, for a scan; empty if it does not.

    A host whose restart is planned is where it should be, unless whoever calls requires the restart.
    """
    why = unproven(info, state, restart_to_come=bool(_restart_planned(info)) and not restart_required)
    return f"{host} {why}" if why else ""


def _restart_planned(info: Mapping[str, Any]) -> str:
    return str((info.get("restart") or {}).get("scheduled_for") or "")


def _by_hand(info: Mapping[str, Any]) -> str:
    """Return what somebody has to do first on a host that the hotfix is not for."""
    if info.get("sibling"):
        return f"somebody has to install {info['sibling']} there by hand"
    if info.get("service_pack_needed"):
        return f"somebody has to install Service Pack {info['service_pack_needed']} there first"
    return ""


def _installed(info: Mapping[str, Any]) -> bool:
    return any(package["state"] in INSTALLED_STATES for package in info["servicing"]["packages"])


def _left_alone(step: str, info: Mapping[str, Any], settings: Settings) -> str:
    # The article asks to apply the hotfix only where the problem occurs: at_risk says where it can.
    if settings.only_if_at_risk and step in ("install", "download") and not info["exposure"]["at_risk"]:
        return "it is not at risk, and hotfix_only_if_at_risk is set"
    now = settings.restart == "now"
    # A restart in a window of its own does not depend on the window for changes.
    if step == "download" or (step == "restart" and not now):
        return ""
    # Without a window any time will do, but a restart at once keeps to the blackout dates.
    return _closed(info, settings) if settings.change_window or now else ""


def _closed(info: Mapping[str, Any], settings: Settings) -> str:
    """Return why the host may not be changed now, by its own clock."""
    try:
        time = datetime.fromisoformat(str(info["os"]["local_time"]))
    except ValueError:
        raise InputError("Its clock could not be read, so its change window cannot be kept") from None
    blackout = parse_blackout(settings.blackout)
    window = parse_window(settings.change_window, blackout) if settings.change_window else None
    try:
        check_open(window, blackout, HostClock(now=time, boot=time), room=settings.room)
    except InputError as reason:
        return str(reason)
    return ""


def _turn(settings: Settings, host: str, farm: Sequence[str]) -> tuple[int | None, int]:
    """Return the delay of a host, which is the same in every run, and how many restart at a time."""
    percent = settings.restart_max_parallel_percent
    if percent >= 100 or host not in farm:
        return None, 0
    at_once = max(1, len(farm) * percent // 100)
    turn = farm.index(host) // at_once
    return turn * (settings.restart_notice_minutes + settings.restart_minutes_down), at_once
